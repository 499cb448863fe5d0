"""Strict readers of environment variables: a missing or nonsensical value stops the start with one clear line."""

import os
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import ImproperlyConfigured

from tenants.passwords import password_for


def text(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if not value:
        raise ImproperlyConfigured(f"環境変数 {name} がありません。")
    return value


def optional(name: str) -> str:
    return os.environ.get(name, "")


def choice(name: str, choices: set[str], default: str) -> str:
    value = text(name, default)
    if value not in choices:
        raise ImproperlyConfigured(f"環境変数 {name} は {' / '.join(sorted(choices))} のどれかです（今の値: {value}）。")
    return value


def flag(name: str, default: bool) -> bool:
    value = os.environ.get(name, "1" if default else "0")
    if value not in {"0", "1"}:
        raise ImproperlyConfigured(f"環境変数 {name} は 0 か 1 です（今の値: {value}）。")
    return value == "1"


def names(name: str) -> frozenset[str]:
    """Several, separated by commas."""
    return frozenset(filter(None, (one.strip() for one in optional(name).split(","))))


def day(name: str) -> date | None:
    value = os.environ.get(name)
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"環境変数 {name} は 2026-05-20 の形の日付です（今の値: {value}）。") from error


def number(name: str, default: int) -> int:
    value = os.environ.get(name) or str(default)
    if not value.isdigit() or int(value) == 0:
        raise ImproperlyConfigured(f"環境変数 {name} は 1 以上の整数です（今の値: {value}）。")
    return int(value)


def login(name: str, user: str, secret: str) -> dict[str, Any] | None:  # Any: psycopg's parameters
    """Where and as whom to log in to a database that is not Django's; None without an address or without its secret."""
    if not (os.environ.get(name) and secret):
        return None
    address = database(name)
    where = {"host": address["HOST"], "port": address["PORT"], "dbname": address["NAME"]}
    return where | address["OPTIONS"] | {"user": user, "password": password_for(user, role_secret=secret)}


def storage(prefix: str) -> dict[str, str]:
    """An S3 server and whose key is used there."""
    return {
        "endpoint_url": text(f"{prefix}_ENDPOINT_URL"),
        "aws_access_key_id": text(f"{prefix}_ACCESS_KEY"),
        "aws_secret_access_key": text(f"{prefix}_SECRET_KEY"),
        "region_name": os.environ.get(f"{prefix}_REGION") or "us-east-1",
    }


def file_bytes(name: str) -> bytes:
    path = Path(text(name))
    try:
        return path.read_bytes()
    except OSError as error:
        raise ImproperlyConfigured(f"環境変数 {name} のファイル {path} が読めません。") from error


def database(name: str) -> dict[str, Any]:  # Any: OPTIONS is a dictionary of libpq's own
    """HOST, PORT, NAME and TLS options of a `postgresql://` address without user and password: those belong to the backend."""
    parts = urlsplit(text(name))
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    if parts.scheme != "postgresql" or parts.path in {"", "/"}:
        raise ImproperlyConfigured(f"{name} は postgresql://ホスト:ポート/データベース名 の形です。")
    if parts.username or parts.password:
        raise ImproperlyConfigured(f"{name} に利用者名やパスワードは書きません。")
    return {
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": query.pop("port", str(parts.port or 5432)),
        "NAME": parts.path.lstrip("/"),
        "OPTIONS": {key: value for key, value in query.items() if key.startswith("ssl")},
    }


def default(name: str, value: str) -> None:
    os.environ.setdefault(name, value)


def load_file(path: Path) -> None:
    """KEY=VALUE lines; what the real environment says wins."""
    for line in path.read_text().splitlines():
        name, _, value = line.partition("=")
        os.environ.setdefault(name, value)
