"""Strict readers of environment variables: a missing or nonsensical value stops the start with one clear line."""

import os
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if not value:
        raise ImproperlyConfigured(f"環境変数 {name} がありません。")
    return value


def flag(name: str, default: bool) -> bool:
    value = os.environ.get(name, "1" if default else "0")
    if value not in {"0", "1"}:
        raise ImproperlyConfigured(f"環境変数 {name} は 0 か 1 です（今の値: {value}）。")
    return value == "1"


def file_bytes(name: str) -> bytes:
    path = Path(text(name))
    if not path.is_file():
        raise ImproperlyConfigured(f"環境変数 {name} のファイル {path} が読めません。")
    return path.read_bytes()


def database(name: str) -> dict[str, str]:
    """HOST, PORT and NAME of a `postgresql://` address without user and password: those belong to the backend."""
    parts = urlsplit(text(name))
    query = parse_qs(parts.query)
    if parts.scheme != "postgresql" or parts.path in {"", "/"}:
        raise ImproperlyConfigured(f"{name} は postgresql://ホスト:ポート/データベース名 の形です。")
    if parts.username or parts.password:
        raise ImproperlyConfigured(f"{name} に利用者名やパスワードは書きません。")
    return {
        "HOST": query.get("host", [parts.hostname or ""])[0],
        "PORT": query.get("port", [str(parts.port or 5432)])[0],
        "NAME": parts.path.lstrip("/"),
    }
