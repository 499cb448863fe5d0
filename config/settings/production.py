"""Production: refuses to start on a missing or unsafe value, and names every one of them at once."""

import json
import stat
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from config.settings import environment as env
from config.settings.base import *  # noqa: F403

SECRETS = ("SECRET_KEY", "ROLE_SECRET", "ENVELOPE_KEY", "S3_SECRET_KEY", "OWNER_SECRET", "ANCHOR_SECRET", "ANCHOR_S3_SECRET_KEY")
OWN_SECRETS = (
    "SECRET_KEY",
    "ROLE_SECRET",
    "ENVELOPE_KEY",
    "OWNER_SECRET",
    "ANCHOR_SECRET",
)  # the length of the others is not ours to choose
PLACEHOLDERS = ("change", "example", "insecure", "secret", "password", "placeholder", "xxxx")


def problems() -> Iterator[str]:
    yield from problems_of_switches()
    yield from problems_of_secrets()
    yield from problems_of_hosts()
    yield from problems_of_databases()
    yield from problems_of_services()
    yield from problems_of_mail()
    yield from problems_of_sealer() if env.optional("SEALER") == "1" else problems_of_root_key()


def problems_of_switches() -> Iterator[str]:
    if env.optional("DEBUG") not in {"", "0"}:
        yield "DEBUG は本番では使えません。"
    if env.optional("AS_OF"):
        yield "AS_OF（日付を止める）は本番では使えません。"
    if env.optional("REQUIRE_SECOND_FACTOR") == "0":
        yield "REQUIRE_SECOND_FACTOR=0 は本番では使えません。二要素認証は必須です。"
    if DATABASE_MODE == "set_role":
        yield "DATABASE_MODE=set_role はテスト専用です。"
    if env.optional("SEALER") != "1" and (ANCHOR_KEY_FILE or ANCHOR_SECRET or ANCHOR_BUCKET):
        yield "ANCHOR_* は封印のプロセスと audit_verify だけに渡します（SEALER=1。web と worker には渡しません）。"
    if DATABASE_MODE == "login" and OWNER_SECRET:
        yield "OWNER_SECRET は migrate などスキーマを変えるコマンドだけに渡します（web と worker には渡しません）。"


def problems_of_secrets() -> Iterator[str]:
    values = {name: env.optional(name) for name in SECRETS if env.optional(name)}
    for name, value in values.items():
        if name in OWN_SECRETS and (len(value) < 50 or len(set(value)) < 12):
            yield f"{name} が弱すぎます。50 文字以上のでたらめな値にしてください（openssl rand -hex 32）。"
        if any(word in value.lower() for word in PLACEHOLDERS):
            yield f"{name} が見本のままです。"
        if value in secrets_of_the_demo():
            yield f"{name} はデモの値です。本番用に新しく作ってください。"
    if len(set(values.values())) < len(values):
        yield f"{'・'.join(SECRETS)} は互いに違う値にしてください。"


def secrets_of_the_demo() -> set[str]:
    try:
        return set(json.loads((ROOT / ".local" / "demo" / "secrets.json").read_text()).values())
    except (OSError, ValueError):
        return set()


def problems_of_hosts() -> Iterator[str]:
    for name in ("BASE_HOST", "HEADQUARTERS_HOST"):
        host = env.optional(name)
        if not host:
            yield f"環境変数 {name} がありません。"
        elif is_local(host) or not all(host.split(".")) or "." not in host or not set(host) <= HOST_LETTERS:
            yield f"{name} は https で公開するホスト名です。スキームやポート、localhost、IP アドレスは書けません（今の値: {host}）。"


HOST_LETTERS = set("abcdefghijklmnopqrstuvwxyz0123456789.-")


def problems_of_databases() -> Iterator[str]:
    default, keys = DATABASES["default"], DATABASES["keys"]
    if all(default[part] == keys[part] for part in ("HOST", "PORT", "NAME")):
        yield "KEYS_DATABASE_URL は DATABASE_URL と別のデータベースにしてください。"
    for name, database in (("DATABASE_URL", default), ("KEYS_DATABASE_URL", keys)):
        reached_by_network = not database["HOST"].startswith("/") and not is_local(database["HOST"])
        if reached_by_network and database["OPTIONS"].get("sslmode") != "verify-full":
            yield f"{name} は別の機械につながるので、sslmode=verify-full が必要です。"


def problems_of_services() -> Iterator[str]:
    for name in ("CELERY_BROKER_URL", "CACHE_URL"):
        parts = urlsplit(env.text(name))
        if parts.scheme == "redis" and not is_local(parts.hostname or ""):
            yield f"{name} は別の機械につながるので、rediss:// （TLS）が必要です。"
        if parts.scheme in {"redis", "rediss"} and not parts.password:
            yield f"{name} にパスワードがありません。"
    yield from problems_of_scanner()
    storage = urlsplit(S3_ENDPOINT_URL)
    if storage.scheme != "https" and not is_local(storage.hostname or ""):
        yield "S3_ENDPOINT_URL は https:// でなければなりません。"


def problems_of_scanner() -> Iterator[str]:
    """It is told what is in a file, in clear, so it is on the same machine."""
    parts = urlsplit(CLAMD_ADDRESS)
    if not CLAMD_ADDRESS:
        yield "環境変数 CLAMD_ADDRESS がありません。ウイルス検査プログラム（clamd）なしでは、添付ファイルを受け取れません。"
    elif not (parts.scheme == "unix" and parts.path.startswith("/")) and not (
        parts.scheme == "tcp" and is_local(parts.hostname or "-") and has_port(CLAMD_ADDRESS)
    ):
        yield "CLAMD_ADDRESS は unix:/パス か、同じ機械の tcp://localhost:ポート です。"


def has_port(address: str) -> bool:
    try:
        return urlsplit(address).port is not None
    except ValueError:
        return False


def problems_of_mail() -> Iterator[str]:
    parts = urlsplit(env.text("MAIL_URL"))
    if parts.scheme not in {"smtps", "smtp+starttls"} and not (parts.scheme == "smtp" and is_local(parts.hostname or "")):
        yield "MAIL_URL は smtps:// か smtp+starttls:// （同じ機械なら smtp://localhost）です。"
    elif not parts.hostname:
        yield "MAIL_URL にメールサーバーのホスト名がありません。"
    if any(word in (parts.password or "").lower() for word in PLACEHOLDERS):
        yield "MAIL_URL のパスワードが見本のままです。"


def problems_of_sealer() -> Iterator[str]:
    """The process that seals and anchors, and whoever verifies: it opens nothing, so it has no root key, and is the only one with these."""
    if not (ANCHOR_DATABASE and ANCHOR_S3 and ANCHOR_PUBLIC_KEY_FILE):
        yield "SEALER=1 には ANCHOR_DATABASE_URL・ANCHOR_SECRET・ANCHOR_BUCKET・ANCHOR_S3_*・ANCHOR_PUBLIC_KEY_FILE が要ります。"
    if (
        ANCHOR_S3
        and urlsplit(ANCHOR_S3["endpoint_url"]).scheme != "https"
        and not is_local(urlsplit(ANCHOR_S3["endpoint_url"]).hostname or "")
    ):
        yield "ANCHOR_S3_ENDPOINT_URL は https:// でなければなりません。"
    if ANCHOR_KEY_FILE and Path(ANCHOR_KEY_FILE).exists() and Path(ANCHOR_KEY_FILE).stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield f"ANCHOR_KEY_FILE {ANCHOR_KEY_FILE} は持ち主だけが読めるようにしてください（chmod 600）。"


def problems_of_root_key() -> Iterator[str]:
    for name, address in (("ROOT_KEY", ROOT_KEY), ("ROOT_KEY_RETIRING", ROOT_KEY_RETIRING)):
        kind, _, rest = address.partition(":")
        if kind == "file":
            yield from problems_of_key_file("ROOT_KEY_FILE" if name == "ROOT_KEY" and not env.optional(name) else name, Path(rest))
        elif kind == "kms":
            yield from problems_of_key_service(name, rest)
        elif address:
            yield f"{name} は file:/パス か kms:鍵の名前 です。"
    if ROOT_KEY == ROOT_KEY_RETIRING:
        yield "ROOT_KEY_RETIRING は ROOT_KEY と別の鍵です。替え終わったら消します。"


def problems_of_key_file(name: str, path: Path) -> Iterator[str]:
    try:
        mode, content = path.stat().st_mode, path.read_bytes()
    except OSError:
        yield f"{name} {path} が読めません。"
        return
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield f"{name} {path} は持ち主だけが読めるようにしてください（chmod 600）。"
    if len(content) not in {32, 64, 65} or len(set(content)) < 8:
        yield f"{name} {path} は 32 バイトのでたらめな値（または 16 進 64 文字）です。"


def problems_of_key_service(name: str, key_id: str) -> Iterator[str]:
    if not key_id:
        yield f"{name} に鍵の名前がありません（kms:鍵の ID か ARN）。"
    service = urlsplit(KMS_ENDPOINT_URL)
    if KMS_ENDPOINT_URL and service.scheme != "https" and not is_local(service.hostname or ""):
        yield "KMS_ENDPOINT_URL は https:// でなければなりません。"


def is_local(host: str) -> bool:
    name = host.partition(":")[0] if host.count(":") < 2 else host.strip("[]")
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name in {"", "localhost"} or name.endswith(".localhost")


found = list(problems())
if found:
    raise ImproperlyConfigured("本番の設定に問題があるので起動しません。\n" + "\n".join(f"  - {problem}" for problem in found))

REQUIRE_SECOND_FACTOR = True
SESSION_COOKIE_NAME = "__Host-session"
SESSION_COOKIE_SECURE = True
DEVICE_COOKIE_NAME = "__Host-device"
CSRF_COOKIE_NAME = "__Host-csrf"
CSRF_COOKIE_SECURE = True
ALLAUTH_TRUSTED_PROXY_COUNT = 1  # nginx names the client; throttles count by it
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")  # gunicorn listens where only the proxy reaches it
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
