"""Servers and settings of a test or benchmark run. To be called before Django reads its settings."""

import os
from pathlib import Path

from deploy.local import Services, start_in_free_slot

ROOT = Path(__file__).resolve().parents[1]


def start_servers(mode: str) -> Services:
    """`mode` is what the backend does in this process: set_role for unit tests, login for the real thing."""
    services, environment = start_in_free_slot(ROOT / ".local" / "test", fsync=False, parts=("postgres", "valkey"))
    os.environ.update(environment | {"DATABASE_MODE": mode, "BASE_HOST": "testserver", "HEADQUARTERS_HOST": "hq.testserver"})
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
    return services
