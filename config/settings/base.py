"""What holds in every deployment. demo, test and production add only what differs."""

from datetime import date
from pathlib import Path

from csp.constants import NONCE, NONE, SELF, STRICT_DYNAMIC

from config.logging import logging_settings
from config.settings import environment as env
from config.settings.limits import *  # noqa: F403
from config.settings.mail import *  # noqa: F403
from config.settings.rest import *  # noqa: F403
from config.settings.sign_in import *  # noqa: F403

ROOT = Path(__file__).resolve().parents[2]

VERSION = "0.1.0"
SECRET_KEY = env.text("SECRET_KEY")
DEBUG = False
BASE_HOST = env.text("BASE_HOST", "localhost:8000")
HEADQUARTERS_HOST = env.text("HEADQUARTERS_HOST", "hq.localhost:8000")
ALLOWED_HOSTS = ["*"]  # the host middleware answers 404 to every host that is not in its table

SHARED_APPS = [
    "tenants",
    "django_tenants",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "accounts",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "audit",
    "jobs",
    "foundation",
    "vault",
    "network.directory",
    "headquarters",
]
TENANT_APPS = [
    "accounts",
    "django.contrib.sessions",
    "allauth.account",
    "allauth.mfa",
    "audit",
    "jobs",
    "guardian",
    "knox",
    "exports",
    "casework.clients",
    "casework.cases",
    "casework.protection",
    "casework.erasures",
    "casework.attachments",
    "casework.plans",
    "casework.meetings",
    "casework.history",
    "casework.oversight",
    "casework.reporting",
    "network.collaboration",
]
LIBRARIES = [
    "disclosure",
    "api",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "django_htmx",
    "template_partials",
    "csp",
]
INSTALLED_APPS = ["ui", *SHARED_APPS, *(app for app in TENANT_APPS if app not in SHARED_APPS), *LIBRARIES]
TENANT_MODEL = "tenants.Centre"
TENANT_DOMAIN_MODEL = "tenants.Domain"
PUBLIC_SCHEMA_NAME = "public"
DATABASE_ROUTERS = ["vault.routing.KeysRouter", "django_tenants.routers.TenantSyncRouter"]

DATABASE_MODE = env.choice("DATABASE_MODE", {"login", "owner", "set_role"}, "login")
ROLE_SECRET = env.text("ROLE_SECRET")
OWNER_SECRET = env.optional("OWNER_SECRET")  # only where schemas are changed, never in web and worker
POOL = {"pool": {"keep": 4, "max_idle": 60}}
DATABASES = {
    "default": env.database("DATABASE_URL") | {"ENGINE": "tenants.backend", "MODE": DATABASE_MODE},
    "keys": env.database("KEYS_DATABASE_URL") | {"ENGINE": "tenants.backend", "MODE": "keys"},
}
for _database in DATABASES.values():
    _database |= {"CONN_MAX_AGE": 0, "DISABLE_SERVER_SIDE_CURSORS": True}
    if DATABASE_MODE == "login":
        _database["OPTIONS"] |= POOL
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
OUTBOUND_HOSTS = env.names("OUTBOUND_HOSTS")  # whom foundation.outbound may ask, besides what stands in the database
OUTBOUND_LOOPBACK = False
ROOT_KEY = env.optional("ROOT_KEY") or f"file:{env.text('ROOT_KEY_FILE')}"  # file:/path or kms:key-id
ROOT_KEY_RETIRING = env.optional("ROOT_KEY_RETIRING")  # the one before, while manage.py rotate_keys root is under way
KMS_ENDPOINT_URL = env.optional("KMS_ENDPOINT_URL")
KMS_REGION = env.optional("KMS_REGION") or "ap-northeast-1"
ENVELOPE_KEY = env.text("ENVELOPE_KEY").encode()

# Of the sealing process and of audit_verify alone: web and workers have none of these.
ANCHOR_SECRET = env.optional("ANCHOR_SECRET")
ANCHOR_SECONDS = env.number("ANCHOR_SECONDS", 600)
ANCHOR_KEPT_DAYS = env.number("ANCHOR_KEPT_DAYS", 3653)
ANCHOR_KEY_FILE = env.optional("ANCHOR_KEY_FILE")
ANCHOR_PUBLIC_KEY_FILE = env.optional("ANCHOR_PUBLIC_KEY_FILE")
ANCHOR_DATABASE = env.login("ANCHOR_DATABASE_URL", "anchor", ANCHOR_SECRET)
ANCHOR_BUCKET = env.optional("ANCHOR_BUCKET")
ANCHOR_S3 = env.storage("ANCHOR_S3") if ANCHOR_BUCKET else None

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env.text("CACHE_URL"),
        "KEY_FUNCTION": "config.caching.key_of_host",
    }
}
S3_ENDPOINT_URL = env.text("S3_ENDPOINT_URL")
S3_ACCESS_KEY = env.text("S3_ACCESS_KEY")
S3_SECRET_KEY = env.text("S3_SECRET_KEY")
S3_BUCKET = env.text("S3_BUCKET")
CLAMD_ADDRESS = env.optional("CLAMD_ADDRESS")  # unix:/path or tcp://host:port; none: nothing is called scanned, and originals stay closed

CELERY_BROKER_URL = env.text("CELERY_BROKER_URL")
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "Asia/Tokyo"

MIDDLEWARE = [
    "config.headers.HeadersMiddleware",  # these two first: no answer without its headers, whoever gave it
    "csp.middleware.CSPMiddleware",
    "config.health.HealthMiddleware",  # probes ask by address, so before the host is looked up
    "config.logging.RequestLogMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tenants.middleware.HostMiddleware",
    "django.middleware.security.SecurityMiddleware",  # after the host: it would send a stranger's to https, at the stranger's name
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.circumstances.CircumstancesMiddleware",
    "accounts.middleware.MembershipMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.answers.AnswersMiddleware",
    "jobs.idempotency.IdempotencyMiddleware",
]
CSRF_FAILURE_VIEW = "config.answers.csrf_refused"
ROOT_URLCONF = "config.urls_entrance"  # the host middleware chooses; where it has not, the one with the least
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "ui.context.shell",
                "accounts.context.lock",
            ],
            "builtins": ["ui.templatetags.ui"],
        },
    }
]
FORM_RENDERER = "ui.forms.TsunagiRenderer"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"  # a GET writes nothing to the database
GALLERY = False

AUTH_USER_MODEL = "accounts.Account"
LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", "日本語")]
TIME_ZONE = "Asia/Tokyo"
USE_TZ = True
AS_OF: date | None = None  # demo and tests may stop the calendar

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.optional("STATIC_ROOT") or ROOT / "staticfiles")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},  # attachments come with their own door
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_ALLOW_ALL_ORIGINS = False

SECURE_REFERRER_POLICY = (
    "same-origin"  # no-referrer would make browsers send `Origin: null`, which the protection against forged posts refuses
)
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [NONCE, STRICT_DYNAMIC],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["default"],  # ui/js/answers.js says what it lets through
    }
}

LOGGING = logging_settings(messages_of_exceptions=False)
DEFAULT_EXCEPTION_REPORTER_FILTER = "config.logging.HideEverything"
