"""`make demo`: the real thing with local servers and invented data."""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from config.settings import environment as env

STATE = Path(env.optional("STATE_DIR") or Path(__file__).resolve().parents[2] / ".local" / "demo")
if not (STATE / "env").is_file():
    raise ImproperlyConfigured("デモのサービスが動いていません。make demo を実行してから、別の端末でもう一度実行してください。")
env.load_file(STATE / "env")
if not Path(env.database("DATABASE_URL")["HOST"]).exists():
    raise ImproperlyConfigured("デモのデータベースが止まっています。make demo を実行してから、別の端末でもう一度実行してください。")

env.default("MAIL_URL", f"file://{STATE / 'mail'}")  # looked at, never sent
env.default("MAIL_FROM", "tsunagi@localhost")

from config.settings.base import *  # noqa: E402, F403 - the environment has to be there first

AS_OF = env.day("AS_OF")
GALLERY = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http"
OUTBOUND_LOOPBACK = True  # an identity provider on this machine
STATIC_ROOT = STATE / "static"
LOGGING = logging_settings(messages_of_exceptions=True)

INSTALLED_APPS += ["deploy.demo_data"]
