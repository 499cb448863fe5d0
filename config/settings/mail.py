"""Where mails go. Imported by base.

MAIL_URL  smtps://user:password@host:465, smtp+starttls://user:password@host:587, smtp://localhost:25,
          file:///folder (demo: one file a mail), memory: (tests)
"""

from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from config.settings import environment as env

_url = urlsplit(env.text("MAIL_URL"))
_backends = {"smtps": "smtp", "smtp+starttls": "smtp", "smtp": "smtp", "file": "filebased", "memory": "locmem"}
if _url.scheme not in _backends:
    raise ImproperlyConfigured("環境変数 MAIL_URL は smtps:// か smtp+starttls:// で始まるメールサーバーの住所です。")

EMAIL_BACKEND = f"django.core.mail.backends.{_backends[_url.scheme]}.EmailBackend"
EMAIL_FILE_PATH = _url.path
EMAIL_HOST = _url.hostname or ""
EMAIL_PORT = _url.port or {"smtps": 465, "smtp+starttls": 587}.get(_url.scheme, 25)
EMAIL_HOST_USER = unquote(_url.username or "")
EMAIL_HOST_PASSWORD = unquote(_url.password or "")
EMAIL_USE_SSL = _url.scheme == "smtps"
EMAIL_USE_TLS = _url.scheme == "smtp+starttls"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("MAIL_FROM")
