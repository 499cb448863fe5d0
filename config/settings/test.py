"""Tests. Their servers' addresses come from the fixture that starts them.

Without servers (type checker, makemigrations) the placeholders let the settings load; nothing answers behind them.
"""

import os

PLACEHOLDERS = {
    "SECRET_KEY": "placeholder",
    "ROLE_SECRET": "placeholder",
    "OWNER_SECRET": "placeholder",
    "ENVELOPE_KEY": "placeholder",
    "DATABASE_URL": "postgresql:///app?host=/nonexistent",
    "KEYS_DATABASE_URL": "postgresql:///keys?host=/nonexistent",
    "CELERY_BROKER_URL": "redis+socket:///nonexistent",
    "CACHE_URL": "unix:///nonexistent",
    "S3_ENDPOINT_URL": "http://127.0.0.1:1",
    "S3_ACCESS_KEY": "placeholder",
    "S3_SECRET_KEY": "placeholder",
    "S3_BUCKET": "placeholder",
    "ROOT_KEY_FILE": "/nonexistent",
    "MAIL_URL": "memory:",
    "MAIL_FROM": "tsunagi@testserver",
    "BASE_HOST": "testserver",
    "HEADQUARTERS_HOST": "hq.testserver",
}
for _name, _value in PLACEHOLDERS.items():
    os.environ.setdefault(_name, _value)

from config.settings import environment as env  # noqa: E402
from config.settings.base import *  # noqa: E402, F403 - the environment has to be there first

AS_OF = env.day("AS_OF")
GALLERY = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http"
OUTBOUND_LOOPBACK = True  # an identity provider on this machine
STORAGES |= {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
LOGGING = logging_settings(messages_of_exceptions=True)

INSTALLED_APPS += ["deploy.demo_data"]
