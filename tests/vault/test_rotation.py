"""Keys are replaced at every level while people work: nothing becomes unreadable, nothing is lost, the old key opens nothing.

The short form of K4 runs here; `tests/faults/rotation.py` kills as often as it is asked to.
"""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connections, transaction
from pytest_django.fixtures import Settings

from casework.clients.models import Client, ContactWay
from tenants.activation import centre_active, keys_owner_active
from tests.vault.opening import opened_name, raw_cells
from vault import erasing, keys, rotation, sealing
from vault.models import CentreKey, ClientKey
from vault.refusals import SealBroken, WrongRoot

SILENT = lambda line: None  # noqa: E731


@pytest.fixture
def people(logins: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Client]]:
    monkeypatch.setattr(rotation, "GRACE", timedelta(0))
    with centre_active("test_a"):
        people = [Client.objects.create(name=f"見本 {number}", kana="みほん") for number in range(20)]
        ContactWay.objects.create(client=people[0], kind="mobile", value="090-0000-0000")
        yield people


def readable(people: list[Client]) -> list[str]:
    keys.forget()
    return [opened_name(Client.objects.get(pk=person.pk)) for person in people]


def names(people: list[Client]) -> list[str]:
    return [f"見本 {number}" for number in range(len(people))]


# -- root


def new_root(settings: Settings, folder: Path, name: str = "new") -> str:
    (folder / name).write_bytes(os.urandom(32))
    settings.ROOT_KEY_RETIRING, settings.ROOT_KEY = settings.ROOT_KEY, f"file:{folder / name}"
    return str(settings.ROOT_KEY)


def test_a_new_root_takes_over_and_the_old_one_opens_nothing(people: list[Client], settings: Settings, tmp_path: Path) -> None:
    """K5: a backup of the wrapped keys from after the rotation cannot be read with the root that was revoked."""
    old = settings.ROOT_KEY
    new_root(settings, tmp_path)
    assert readable(people) == names(people)
    with keys_owner_active():
        assert rotation.rewrap_centres(SILENT) >= 1
        assert rotation.rewrap_centres(SILENT) == 0
    settings.ROOT_KEY_RETIRING = ""
    assert readable(people) == names(people)
    settings.ROOT_KEY = old
    with pytest.raises(WrongRoot):
        readable(people)


def test_a_backup_from_before_is_closed_to_whoever_lost_the_old_root(people: list[Client], settings: Settings, tmp_path: Path) -> None:
    """K5: the old root destroyed, yesterday's wrapped keys are as good as gone; today's open."""
    before = CentreKey.objects.get(pk="test_a")
    new_root(settings, tmp_path)
    with keys_owner_active():
        rotation.rewrap_centres(SILENT)
    settings.ROOT_KEY_RETIRING = ""
    with pytest.raises(WrongRoot):
        keys.open_centre_key(before)
    keys.open_centre_key(CentreKey.objects.get(pk="test_a"))


# -- a centre


def test_a_new_centre_key_wraps_all_of_its_clients_and_the_old_one_none(people: list[Client]) -> None:
    fingerprint, old = keys.keyed_digest("見本"), keys.open_centre_key(CentreKey.objects.get(pk="test_a"))
    with keys_owner_active():
        wrapped_anew = rotation.rotate_centre("test_a", SILENT)
    assert wrapped_anew >= len(people)
    row = CentreKey.objects.get(pk="test_a")
    assert (row.version, row.previous) == (2, None)
    assert not ClientKey.objects.filter(centre="test_a").exclude(under=2).exists()
    for key in ClientKey.objects.filter(centre="test_a"):
        with pytest.raises(WrongRoot):
            old.wrapping(1).unwrap(bytes(key.wrapped or b""), keys.context_of(key))
    assert readable(people) == names(people)
    assert keys.keyed_digest("見本") == fingerprint


def test_whoever_holds_the_old_centre_key_open_goes_on_and_makes_keys_under_the_new_one(people: list[Client]) -> None:
    keys.keys_for([keys.Owner(people[0].pk, "general")])
    held = dict(keys._ring._held)
    with keys_owner_active():
        rotation.rotate_centre("test_a", SILENT)
    keys._ring._held.update(held)  # another process, which has not noticed
    newcomer = Client.objects.create(name="見本 新人")
    assert ClientKey.objects.get(subject=newcomer.pk).under == 2
    assert opened_name(Client.objects.get(pk=newcomer.pk)) == "見本 新人"
    keys._ring._held.clear()
    keys._ring._held.update(held)
    assert opened_name(Client.objects.get(pk=newcomer.pk)) == "見本 新人"


def test_a_rotation_cut_short_goes_on_with_the_same_version(people: list[Client], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "BATCH", 5)

    def killed(line: str) -> None:
        raise SystemExit

    with keys_owner_active(), pytest.raises(SystemExit):
        rotation.rotate_centre("test_a", killed)
    assert readable(people) == names(people)
    with keys_owner_active():
        rotation.rotate_centre("test_a", SILENT)
    assert CentreKey.objects.get(pk="test_a").version == 2
    assert readable(people) == names(people)


# -- a client


def rotate(person: Client) -> int:
    with keys_owner_active():
        rotation.begin("test_a", person.pk)
        return rotation.finish("test_a", person.pk, SILENT, sleep=SILENT)


def test_a_new_client_key_seals_everything_of_hers_and_the_old_one_is_destroyed(people: list[Client]) -> None:
    person, before = people[0], set(ClientKey.objects.filter(subject=people[0].pk).values_list("pk", flat=True))
    assert rotate(person) == 3  # name, kana, phone
    assert {key_id for _, key_id in raw_cells(before)} == set()
    after = ClientKey.objects.filter(subject=person.pk)
    assert sorted((key.version, key.wrapped is None) for key in after) == [(1, True), (1, True), (2, False), (2, False)]
    assert readable(people) == names(people)


def test_reading_and_writing_go_on_between_the_new_version_and_the_end(people: list[Client]) -> None:
    """Readers accept old and new; who read before and saves later writes nothing back under the old key."""
    person = people[0]
    read_before = Client.objects.get(pk=person.pk)
    with keys_owner_active():
        rotation.begin("test_a", person.pk)
    assert opened_name(Client.objects.get(pk=person.pk)) == "見本 0"
    old = {row.pk for row in rotation.leaving("test_a", person.pk)}
    read_before.sex = "female"
    read_before.save()
    assert {key_id for pk, key_id in raw_cells(old) if pk == person.pk} == set()
    assert opened_name(Client.objects.get(pk=person.pk)) == "見本 0"
    with keys_owner_active():
        rotation.finish("test_a", person.pk, SILENT, sleep=SILENT)
    assert opened_name(Client.objects.get(pk=person.pk)) == "見本 0"


def test_a_save_between_reading_and_resealing_wins(people: list[Client], monkeypatch: pytest.MonkeyPatch) -> None:
    person, seal = people[0], sealing.seal

    def saved_meanwhile(plain: bytes, *where: Any) -> bytes:
        monkeypatch.setattr(sealing, "seal", seal)
        new = Client.objects.get(pk=person.pk)
        new.name = "見本 改"
        with connections["default"].cursor() as cursor:  # in the same transaction: what another's commit would have left
            cursor.execute("SELECT 1")
        new.save(update_fields=["name"])
        return seal(plain, *where)

    with keys_owner_active():
        rotation.begin("test_a", person.pk)
        monkeypatch.setattr(sealing, "seal", saved_meanwhile)
        rotation.finish("test_a", person.pk, SILENT, sleep=SILENT)
    assert opened_name(Client.objects.get(pk=person.pk)) == "見本 改"


def test_an_old_row_put_back_is_noticed(people: list[Client]) -> None:
    """Key versions only rise: the ciphertext of before the rotation does not open, and is not taken for an erasure."""
    person = people[0]
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT name FROM clients_client WHERE id = %s", [person.pk])
        ((old,),) = cursor.fetchall()
    rotate(person)
    with connections["default"].cursor() as cursor:
        cursor.execute("UPDATE clients_client SET name = %s WHERE id = %s", [old, person.pk])
    with pytest.raises(SealBroken):
        opened_name(Client.objects.get(pk=person.pk))


def test_the_centres_own_values_get_a_new_key_too(people: list[Client]) -> None:
    keys.keys_for([keys.Owner(None, "general")])
    with keys_owner_active():
        assert rotation.begin("test_a", None) == 1
        rotation.finish("test_a", None, SILENT, sleep=SILENT)
    assert [key.version for key in ClientKey.objects.filter(centre="test_a", subject=None, wrapped__isnull=False)] == [2]


def test_a_transaction_that_began_before_is_waited_for(people: list[Client], monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody sealed under the old key and has not committed yet: the key stays until she has."""
    person, sealed, go_on = people[0], Event(), Event()

    def slow_save() -> None:
        with centre_active("test_a"), transaction.atomic():
            late = Client.objects.get(pk=person.pk)
            late.kana = "おそい"
            late.save(update_fields=["kana"])
            sealed.set()
            go_on.wait(20)
        for used in connections.all():
            used.close()

    writer = Thread(target=slow_save)
    writer.start()
    sealed.wait(20)
    with keys_owner_active():
        rotation.begin("test_a", person.pk)
        monkeypatch.setattr(rotation, "PATIENCE", 1.0)
        monkeypatch.setattr(rotation, "reseal", lambda rows, say: 0)  # it would wait for the row itself
        with pytest.raises(rotation.StillInUse):
            rotation.finish("test_a", person.pk, SILENT, sleep=SILENT)
        monkeypatch.undo()
        monkeypatch.setattr(rotation, "GRACE", timedelta(0))
        go_on.set()
        writer.join()
        rotation.finish("test_a", person.pk, SILENT, sleep=SILENT)
    assert opened_name(Client.objects.get(pk=person.pk)) == "見本 0"
    assert opened_name(Client.objects.get(pk=person.pk), "kana") == "おそい"


def test_an_erasure_beside_a_rotation_leaves_no_new_version(people: list[Client], monkeypatch: pytest.MonkeyPatch) -> None:
    """K7: the version that a rotation is just making is destroyed with the others."""
    person, making, go_on = people[0], Event(), Event()

    def slowly(count: int) -> bytes:
        making.set()
        go_on.wait(20)
        return os.urandom(count)

    def beside(act: Callable[[], object]) -> Thread:
        def run() -> None:
            with centre_active("test_a"), keys_owner_active():
                act()
            for used in connections.all():
                used.close()

        thread = Thread(target=run)
        thread.start()
        return thread

    monkeypatch.setattr(rotation, "os", SimpleNamespace(urandom=slowly))
    rotating = beside(lambda: rotation.begin("test_a", person.pk))
    making.wait(20)
    erasing_her = beside(lambda: erasing.erase_subjects("test_a", [person.pk], erasing.Decided("period_over", "x", "y")))
    erasing_her.join(1)
    go_on.set()
    rotating.join()
    erasing_her.join()

    assert ClientKey.objects.filter(subject=person.pk, version=2).exists()
    assert not ClientKey.objects.filter(subject=person.pk, wrapped__isnull=False).exists()


def test_no_save_is_lost_while_a_client_is_rotated_again_and_again(people: list[Client], monkeypatch: pytest.MonkeyPatch) -> None:
    """K4 with two who write all the time: what was acknowledged last is what is read at the end."""
    monkeypatch.setattr(rotation, "GRACE", timedelta(seconds=0.6))
    monkeypatch.setattr(keys._ring, "_lifetime", 0.2)
    stop, last = Event(), {}

    def write(person: Client) -> None:
        number = 0
        with centre_active("test_a"):
            while not stop.is_set():
                number += 1
                row = Client.objects.get(pk=person.pk)
                row.name = f"見本 {number}回"
                row.save()
                last[person.pk] = f"見本 {number}回"
        for used in connections.all():
            used.close()

    writers = [Thread(target=write, args=[person]) for person in people[:2]]
    for writer in writers:
        writer.start()
    with keys_owner_active():
        for _ in range(3):
            for person in people[:2]:
                rotation.begin("test_a", person.pk)
                rotation.finish("test_a", person.pk, SILENT)
    stop.set()
    for writer in writers:
        writer.join()
    assert readable(people[:2]) == [last[person.pk] for person in people[:2]]
    assert ClientKey.objects.filter(subject=people[0].pk, key_class="general", wrapped__isnull=False).count() == 1
