"""What holds in every deployment. demo, test and production add only what differs."""

from datetime import date
from pathlib import Path

from config.settings import environment as env

ROOT = Path(__file__).resolve().parents[2]

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
    "allauth.usersessions",
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
    "allauth.usersessions",
    "audit",
    "jobs",
    "guardian",
    "knox",
    "casework.clients",
    "casework.cases",
    "casework.plans",
    "casework.meetings",
    "casework.reporting",
    "network.collaboration",
]
LIBRARIES = [
    "ui",
    "disclosure",
    "api",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "django_htmx",
    "template_partials",
    "csp",
    "django_structlog",
]
INSTALLED_APPS = [*SHARED_APPS, *(app for app in TENANT_APPS if app not in SHARED_APPS), *LIBRARIES]
TENANT_MODEL = "tenants.Centre"
TENANT_DOMAIN_MODEL = "tenants.Domain"
PUBLIC_SCHEMA_NAME = "public"
DATABASE_ROUTERS = ["vault.routing.KeysRouter", "django_tenants.routers.TenantSyncRouter"]

DATABASE_MODE = env.text("DATABASE_MODE", "login")
ROLE_SECRET = env.text("ROLE_SECRET")
DATABASES = {
    "default": {
        "ENGINE": "tenants.backend",
        "MODE": DATABASE_MODE,
        **env.database("DATABASE_URL"),
        "CONN_MAX_AGE": 0,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {"pool": {"keep": 4, "max_idle": 60}} if DATABASE_MODE == "login" else {},
    },
    "keys": {
        "ENGINE": "tenants.backend",
        "MODE": "keys",
        **env.database("KEYS_DATABASE_URL"),
        "CONN_MAX_AGE": 0,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {"pool": {"keep": 4, "max_idle": 60}} if DATABASE_MODE == "login" else {},
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.Account"
LANGUAGE_CODE = "ja"
TIME_ZONE = "Asia/Tokyo"
USE_TZ = True
AS_OF: date | None = None  # demo and tests may stop the calendar

STATIC_URL = "/static/"
STATIC_ROOT = ROOT / "staticfiles"
