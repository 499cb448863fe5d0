"""Production settings with invented values, for checks and builds: nothing answers behind the addresses.

python3 -m deploy.rehearsal collectstatic --noinput
"""

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def rehearsal() -> Iterator[dict[str, str]]:
    """An environment with which config.settings.production starts."""
    with tempfile.TemporaryDirectory() as folder:
        root_key = Path(folder) / "root.key"
        root_key.write_bytes(secrets.token_bytes(32))
        root_key.chmod(0o600)
        yield {name: value for name, value in os.environ.items() if name not in REFUSED} | invented_values(root_key)


REFUSED = {
    "DEBUG",
    "AS_OF",
    "OWNER_SECRET",
    "DATABASE_MODE",
    "REQUIRE_SECOND_FACTOR",
    "SEALER",
    "ANCHOR_KEY_FILE",
    "ANCHOR_SECRET",
    "ANCHOR_BUCKET",
}


def invented_values(root_key: Path) -> dict[str, str]:
    made = {name: secrets.token_hex(32) for name in ("SECRET_KEY", "ROLE_SECRET", "ENVELOPE_KEY", "S3_ACCESS_KEY", "S3_SECRET_KEY")}
    return made | {
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "DATABASE_URL": "postgresql://db.tsunagi.invalid/app?sslmode=verify-full",
        "KEYS_DATABASE_URL": "postgresql://keys.tsunagi.invalid/keys?sslmode=verify-full",
        "CELERY_BROKER_URL": f"rediss://:{secrets.token_hex(16)}@valkey.tsunagi.invalid:6380/0",
        "CACHE_URL": f"rediss://:{secrets.token_hex(16)}@valkey.tsunagi.invalid:6380/1",
        "S3_ENDPOINT_URL": "https://s3.tsunagi.invalid",
        "S3_BUCKET": "tsunagi",
        "CLAMD_ADDRESS": "unix:/run/clamav/clamd.ctl",
        "ROOT_KEY_FILE": str(root_key),
        "MAIL_URL": f"smtp+starttls://tsunagi:{secrets.token_hex(16)}@mail.tsunagi.invalid:587",
        "MAIL_FROM": "no-reply@tsunagi.invalid",
        "BASE_HOST": "tsunagi.invalid",
        "HEADQUARTERS_HOST": "hq.tsunagi.invalid",
    }


def main() -> None:
    with rehearsal() as environment:
        sys.exit(subprocess.run([sys.executable, "manage.py", *sys.argv[1:]], cwd=ROOT, env=environment).returncode)


if __name__ == "__main__":
    main()
