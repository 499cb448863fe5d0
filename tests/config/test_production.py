"""Production settings in a process of their own, as gunicorn would load them."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.rehearsal import invented_values

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def complete(tmp_path: Path) -> dict[str, str]:
    root_key = tmp_path / "root.key"
    root_key.write_bytes(os.urandom(32))
    root_key.chmod(0o600)
    return {"PATH": os.environ["PATH"]} | invented_values(root_key)


def load(environment: dict[str, str], printed: str = "") -> subprocess.CompletedProcess[str]:
    code = f"import config.settings.production as loaded; print({printed})"
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)


def test_a_complete_environment_starts_with_host_cookies_https_and_a_second_factor(complete: dict[str, str]) -> None:
    shown = "loaded.DEBUG, loaded.SESSION_COOKIE_NAME, loaded.DEVICE_COOKIE_NAME, loaded.CSRF_COOKIE_NAME"
    https = "loaded.SESSION_COOKIE_SECURE, loaded.CSRF_COOKIE_SECURE, loaded.SECURE_SSL_REDIRECT, loaded.SECURE_HSTS_SECONDS > 31536000"

    done = load(complete, f"{shown}, {https}, loaded.REQUIRE_SECOND_FACTOR, loaded.GALLERY")

    assert done.stdout.strip() == "False __Host-session __Host-device __Host-csrf True True True True True False", done.stderr


@pytest.mark.parametrize(
    "name",
    [
        "SECRET_KEY",
        "ROLE_SECRET",
        "ENVELOPE_KEY",
        "DATABASE_URL",
        "KEYS_DATABASE_URL",
        "CELERY_BROKER_URL",
        "CACHE_URL",
        "S3_ENDPOINT_URL",
        "S3_ACCESS_KEY",
        "S3_SECRET_KEY",
        "S3_BUCKET",
        "CLAMD_ADDRESS",
        "ROOT_KEY_FILE",
        "MAIL_URL",
        "MAIL_FROM",
        "BASE_HOST",
        "HEADQUARTERS_HOST",
    ],
)
def test_a_missing_value_stops_the_start_and_is_named(complete: dict[str, str], name: str) -> None:
    del complete[name]

    done = load(complete)

    assert done.returncode != 0
    assert f"環境変数 {name} がありません。" in done.stderr


LONG = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


@pytest.mark.parametrize(
    ("unsafe", "complaint"),
    [
        ({"DEBUG": "1"}, "DEBUG は本番では使えません"),
        ({"ANCHOR_SECRET": "f" * 64}, "ANCHOR_* は封印のプロセスと audit_verify だけに渡します"),
        ({"SEALER": "1"}, "SEALER=1 には ANCHOR_DATABASE_URL"),
        ({"AS_OF": "2026-05-20"}, "AS_OF"),
        ({"CLAMD_ADDRESS": "tcp://scanner.example.jp:3310"}, "CLAMD_ADDRESS は"),
        ({"CLAMD_ADDRESS": "tcp://localhost"}, "CLAMD_ADDRESS は"),
        ({"REQUIRE_SECOND_FACTOR": "0"}, "二要素認証は必須です"),
        ({"DATABASE_MODE": "set_role"}, "DATABASE_MODE=set_role"),
        ({"OWNER_SECRET": LONG}, "OWNER_SECRET は migrate"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY が弱すぎます"),
        ({"ROLE_SECRET": "a" * 64}, "ROLE_SECRET が弱すぎます"),
        ({"SECRET_KEY": "django-insecure-" + LONG}, "SECRET_KEY が見本のままです"),
        ({"S3_SECRET_KEY": "change-me"}, "S3_SECRET_KEY が見本のままです"),
        ({"SECRET_KEY": LONG, "ENVELOPE_KEY": LONG}, "互いに違う値"),
        ({"BASE_HOST": "localhost"}, "BASE_HOST は https で公開するホスト名です"),
        ({"BASE_HOST": "http://tsunagi.invalid"}, "BASE_HOST は https で公開するホスト名です"),
        ({"HEADQUARTERS_HOST": "hq.localhost:8000"}, "HEADQUARTERS_HOST は https で公開するホスト名です"),
        ({"HEADQUARTERS_HOST": "127.0.0.1"}, "HEADQUARTERS_HOST は https で公開するホスト名です"),
        ({"DATABASE_URL": "postgresql://db.tsunagi.invalid/app"}, "sslmode=verify-full"),
        ({"DATABASE_URL": "postgresql://owner:secret@db.tsunagi.invalid/app"}, "利用者名やパスワードは書きません"),
        ({"DATABASE_URL": "mysql://db.tsunagi.invalid/app"}, "postgresql://"),
        ({"KEYS_DATABASE_URL": "postgresql://db.tsunagi.invalid/app?sslmode=verify-full"}, "別のデータベース"),
        ({"CELERY_BROKER_URL": "redis://:x@valkey.tsunagi.invalid/0"}, "rediss://"),
        ({"CACHE_URL": "rediss://valkey.tsunagi.invalid/1"}, "CACHE_URL にパスワードがありません"),
        ({"S3_ENDPOINT_URL": "http://s3.tsunagi.invalid"}, "S3_ENDPOINT_URL は https://"),
        ({"MAIL_URL": "memory:"}, "MAIL_URL は smtps:// か"),
        ({"MAIL_URL": "file:///var/mail"}, "MAIL_URL は smtps:// か"),
        ({"MAIL_URL": "smtp://mail.tsunagi.invalid:25"}, "MAIL_URL は smtps:// か"),
        ({"MAIL_URL": "smtps://tsunagi:change-me@mail.tsunagi.invalid"}, "MAIL_URL のパスワードが見本のままです"),
        ({"MAIL_URL": "pigeon://roof"}, "MAIL_URL は"),
        ({"ROOT_KEY_FILE": "/nonexistent/root.key"}, "が読めません"),
        ({"ROOT_KEY": "file:/nonexistent/root.key"}, "ROOT_KEY /nonexistent/root.key が読めません"),
        ({"ROOT_KEY": "vault:somewhere"}, "ROOT_KEY は file:/パス か kms:鍵の名前 です"),
        ({"ROOT_KEY": "kms:"}, "ROOT_KEY に鍵の名前がありません"),
        ({"ROOT_KEY": "kms:1234", "KMS_ENDPOINT_URL": "http://kms.tsunagi.invalid"}, "KMS_ENDPOINT_URL は https://"),
        ({"ROOT_KEY": "kms:1234", "ROOT_KEY_RETIRING": "kms:1234"}, "ROOT_KEY_RETIRING は ROOT_KEY と別の鍵です"),
        ({"ROOT_KEY_RETIRING": "file:/nonexistent/old.key"}, "ROOT_KEY_RETIRING /nonexistent/old.key が読めません"),
    ],
)
def test_an_unsafe_value_stops_the_start_with_its_reason(complete: dict[str, str], unsafe: dict[str, str], complaint: str) -> None:
    done = load(complete | unsafe)

    assert done.returncode != 0
    assert "ImproperlyConfigured" in done.stderr
    assert complaint in done.stderr


def test_a_key_service_takes_the_place_of_the_file(complete: dict[str, str]) -> None:
    done = load(complete | {"ROOT_KEY": "kms:1234", "ROOT_KEY_RETIRING": f"file:{complete['ROOT_KEY_FILE']}"})
    assert done.returncode == 0, done.stderr


def test_a_root_key_that_others_can_read_stops_the_start(complete: dict[str, str]) -> None:
    path = Path(complete["ROOT_KEY_FILE"])
    path.chmod(path.stat().st_mode | stat.S_IRGRP)

    assert "持ち主だけが読めるように" in load(complete).stderr


def test_every_fault_is_named_at_once(complete: dict[str, str]) -> None:
    stderr = load(complete | {"DEBUG": "1", "SECRET_KEY": "short", "BASE_HOST": "localhost"}).stderr

    assert all(fault in stderr for fault in ("DEBUG は", "SECRET_KEY が弱すぎます", "BASE_HOST は"))


def test_the_demo_says_that_its_services_are_not_up(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "STATE_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings.demo"}

    done = subprocess.run([sys.executable, "manage.py", "check"], cwd=ROOT, env=environment, capture_output=True, text=True)

    assert done.returncode != 0
    assert "デモのサービスが動いていません。make demo を実行" in done.stderr
