"""The command: progress, evidence, who may run it, and what a kill in the middle leaves (K4 in its short form)."""

import os
import random
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from audit.models import AuditLine
from casework.clients.models import Client, ContactWay
from tenants.activation import centre_active, keys_owner_active
from tests import databases
from tests.vault.opening import opened_name, raw_cells
from vault import keys, rotation
from vault.models import CentreKey, ClientKey

ROOT = Path(__file__).resolve().parents[2]
KILLS = 4
# as manage.py, but without waiting two minutes for keys that other processes hold open: nobody else works here
RUN = """
import os, sys
sys.path[:0] = [os.getcwd(), os.path.join(os.getcwd(), "platform")]
import django
django.setup()
from datetime import timedelta
from django.core.management import call_command
from vault import rotation
rotation.GRACE, rotation.BATCH = timedelta(0), 5
print("began", flush=True)
call_command(*sys.argv[1:])
"""


def run(*arguments: str) -> str:
    said = StringIO()
    call_command("rotate_keys", *arguments, stdout=said)
    return said.getvalue()


@pytest.fixture
def people(logins: str, monkeypatch: pytest.MonkeyPatch) -> list[Client]:
    from datetime import timedelta

    monkeypatch.setattr(rotation, "GRACE", timedelta(0))
    with centre_active("test_a"):
        people = [Client.objects.create(name=f"見本 {number}", kana="みほん") for number in range(60)]
        for number in range(60):
            ContactWay.objects.create(client=people[0], kind="mobile", value=f"090-0000-{number:04}")
    return people


def test_each_level_says_how_far_it_is_and_leaves_a_line(people: list[Client], settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "new").write_bytes(os.urandom(32))
    settings.ROOT_KEY_RETIRING, settings.ROOT_KEY = settings.ROOT_KEY, f"file:{tmp_path / 'new'}"
    assert "終わりました" in run("root")
    assert "test_a: " in run("centre", "test_a")
    said = run("client", "test_a", str(people[0].pk))
    assert "clients.ContactWay.value: 60" in said
    assert "終わりました（62 件）" in said
    with centre_active("test_a"):
        actions = list(AuditLine.objects.filter(action__startswith="key.").values_list("action", flat=True))
        assert actions == ["key.centre_rotated", "key.client_rotation_begun", "key.client_rotated"]
        assert AuditLine.objects.get(action="key.client_rotated").subjects == [people[0].pk]


def test_every_centre_when_none_is_named(people: list[Client]) -> None:
    run("centre")
    assert set(CentreKey.objects.values_list("version", flat=True)) == {2}


@pytest.mark.parametrize("arguments", [("client", "nowhere", "own"), ("client", "test_a", "someone"), ("client", "test_a", "own-client")])
def test_what_is_not_there_is_named(people: list[Client], arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        run(*arguments)


@pytest.mark.parametrize("arguments", [("root",), ("centre", "test_a")])
def test_a_root_that_was_left_out_is_asked_for(
    people: list[Client], settings: Settings, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "new").write_bytes(os.urandom(32))
    settings.ROOT_KEY = f"file:{tmp_path / 'new'}"
    with pytest.raises(CommandError, match="ROOT_KEY_RETIRING"):
        run(*arguments)


def test_the_web_cannot_rotate(people: list[Client], settings: Settings) -> None:
    settings.OWNER_SECRET = ""
    for arguments in (["root"], ["centre", "test_a"], ["client", "test_a", str(people[0].pk)]):
        with pytest.raises(CommandError, match="OWNER_SECRET"):
            run(*arguments)


def child(database: str, *arguments: str) -> "subprocess.Popen[bytes]":
    environment = os.environ | databases.environment_of(database)
    return subprocess.Popen([sys.executable, "-c", RUN, "rotate_keys", *arguments], cwd=ROOT, env=environment, stdout=subprocess.PIPE)


def kill_and_finish(database: str, person: Client, chance: random.Random, kills: int) -> None:
    """Rotate centre and client again and again in processes of their own, each killed somewhere, then once to the end."""
    for number in range(kills):
        arguments = ("client", "test_a", str(person.pk)) if number % 2 else ("centre", "test_a")
        running = child(database, *arguments)
        assert running.stdout is not None
        running.stdout.readline()
        time.sleep(chance.uniform(0.0, 0.5))
        running.send_signal(signal.SIGKILL)
        running.communicate()
    with keys_owner_active():
        for name in CentreKey.objects.filter(previous__isnull=False).values_list("pk", flat=True):
            rotation.rotate_centre(name, lambda line: None)
    with keys_owner_active(), centre_active("test_a"):
        rotation.begin("test_a", person.pk)
        rotation.finish("test_a", person.pk, lambda line: None)


def assert_whole(people: list[Client]) -> None:
    keys.forget()
    with centre_active("test_a"):
        assert [opened_name(Client.objects.get(pk=person.pk)) for person in people] == [f"見本 {n}" for n in range(len(people))]
        values = [opened_name(way, "value") for way in ContactWay.objects.all()]
        assert sorted(values) == [f"090-0000-{number:04}" for number in range(60)]
        current = {key.pk for key in ClientKey.objects.filter(subject=people[0].pk, superseded_by=None)}
        old = {key.pk for key in ClientKey.objects.filter(subject=people[0].pk)} - current
        assert raw_cells(old) == []
    assert not ClientKey.objects.filter(pk__in=old, wrapped__isnull=False).exists()
    assert not CentreKey.objects.filter(previous__isnull=False).exists()
    versions = dict(CentreKey.objects.values_list("pk", "version"))
    assert not ClientKey.objects.filter(centre="test_a").exclude(under=versions["test_a"]).exists()


def test_killed_at_random_it_loses_nothing_and_leaves_nothing_on_the_old_key(people: list[Client], logins: str) -> None:
    """K4 in its short form; `soak_rotate_keys.py` kills fifty times."""
    kill_and_finish(logins, people[0], random.Random(4), KILLS)
    assert_whole(people)
