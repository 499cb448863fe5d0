"""The keys themselves: made once, committed first, gone when destroyed."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Barrier, Thread
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from casework.clients.models import Client
from tenants.activation import centre_active, host_active, keys_owner_active
from tenants.hosts import ENTRANCE
from vault import keys
from vault.keys import KeyGone, Owner
from vault.models import CentreKey, ClientKey
from vault.opening import ERASED, Cell, open_values


def name_of(person: Client) -> object:
    return open_values([Cell(Client._meta.get_field("name"), person)])[0]  # type: ignore[arg-type]


def destroy(subject: UUID) -> None:
    ClientKey.objects.filter(subject=subject).update(wrapped=None, destroyed_at=timezone.now())
    keys.forget()


def test_a_key_is_asked_for_once_in_a_minute(centre: object) -> None:
    owner = Owner(uuid4(), "general")
    first = keys.keys_for([owner])
    with CaptureQueriesContext(connections["keys"]) as asked:
        assert keys.keys_for([owner]) == first
        assert keys.keys_by_id([first[owner].id.bytes])
    assert len(asked) == 0


def test_the_stored_key_is_wrapped_and_differs_from_all_others(centre: object) -> None:
    keys.keys_for([Owner(uuid4(), "general") for _ in range(20)])
    wrapped = {bytes(row.wrapped) for row in ClientKey.objects.all() if row.wrapped}
    assert len(wrapped) == ClientKey.objects.count() >= 20
    assert {len(one) for one in wrapped} == {12 + 32 + 16}


def test_opening_many_values_asks_once_for_keys(centre: object) -> None:
    people = Client.objects.bulk_create([Client(name=f"名前{n}") for n in range(30)])
    keys.forget()
    loaded = list(Client.objects.filter(pk__in=[person.pk for person in people]))
    with CaptureQueriesContext(connections["keys"]) as asked:
        values = open_values([Cell(Client._meta.get_field("name"), person) for person in loaded])  # type: ignore[arg-type]
    assert sorted(values) == sorted(f"名前{n}" for n in range(30))
    assert len(asked) <= 2  # the clients' keys and the centre's


def test_what_was_erased_cannot_be_opened_and_gets_no_new_key(centre: object) -> None:
    person, other = Client.objects.create(name="山田花子"), Client.objects.create(name="佐藤")
    destroy(person.pk)
    assert name_of(Client.objects.get(pk=person.pk)) is ERASED
    assert name_of(Client.objects.get(pk=other.pk)) == "佐藤"
    person.name = "戻った名前"
    with pytest.raises(KeyGone), transaction.atomic():
        person.save()


def test_a_destroyed_key_keeps_its_row_and_the_day(centre: object) -> None:
    keys.keys_for([Owner(subject := uuid4(), "general")])
    with pytest.raises(IntegrityError), transaction.atomic(using="keys"):
        ClientKey.objects.filter(subject=subject).update(wrapped=None)


def test_another_centre_has_another_key_for_the_same_id(centre: object, other_centre: Callable[[], AbstractContextManager[object]]) -> None:
    owner = Owner(uuid4(), "general")
    here = keys.keys_for([owner])[owner].id
    with other_centre():
        assert keys.keys_for([owner])[owner].id != here


def test_there_is_no_key_without_a_centre(entrance: object) -> None:
    with pytest.raises(RuntimeError, match="no centre"):
        keys.keys_for([Owner(uuid4(), "general")])


def test_the_same_word_has_the_same_fingerprint_at_one_host_only(
    centre: object, other_centre: Callable[[], AbstractContextManager[object]]
) -> None:
    here = keys.keyed_digest("山田")
    assert here == keys.keyed_digest("山田") != keys.keyed_digest("山口")
    assert "山田" not in here
    with other_centre():
        assert keys.keyed_digest("山田") != here


def test_headquarters_too_has_a_key_for_fingerprints(headquarters: object) -> None:
    assert keys.keyed_digest("a") == keys.keyed_digest("a")


# -- with real commits


def test_with_the_centres_key_everything_of_the_centre_is_gone(logins: str) -> None:
    with centre_active("test_a"):
        person = Client.objects.create(name="山田花子")
    with centre_active("test_b"):
        elsewhere = Client.objects.create(name="隣の人")
    with keys_owner_active():
        CentreKey.objects.filter(pk="test_a").update(wrapped=None, destroyed_at=timezone.now())
    keys.forget()
    with centre_active("test_a"), pytest.raises(KeyGone):
        name_of(Client.objects.get(pk=person.pk))
    with centre_active("test_b"):
        assert name_of(Client.objects.get(pk=elsewhere.pk)) == "隣の人"


def test_the_web_makes_and_destroys_keys_and_replaces_none(logins: str) -> None:
    with centre_active("test_a"):
        person = Client.objects.create(name="山田花子")
    refused(
        f"UPDATE vault_clientkey SET wrapped = 'forged' WHERE subject = '{person.pk}'",
        "UPDATE vault_clientkey SET version = 2",
        "UPDATE vault_centrekey SET wrapped = 'forged'",
        "UPDATE vault_centrekey SET wrapped = NULL, destroyed_at = now()",
        "DELETE FROM vault_centrekey",
        "DELETE FROM vault_erasure",
        "UPDATE vault_erasure SET reason = 'x'",
        "TRUNCATE vault_clientkey",
        "ALTER TABLE vault_clientkey DISABLE TRIGGER ALL",
    )
    destroy(person.pk)
    refused(
        f"UPDATE vault_clientkey SET wrapped = 'back', destroyed_at = NULL WHERE subject = '{person.pk}'",
        f"DELETE FROM vault_clientkey WHERE subject = '{person.pk}'",
    )


def refused(*statements: str) -> None:
    for statement in statements:
        with pytest.raises(DatabaseError), transaction.atomic(using="keys"), connections["keys"].cursor() as cursor:
            cursor.execute(statement)


def test_a_destroyed_key_is_brought_back_by_nobody(logins: str) -> None:
    with centre_active("test_a"):
        person = Client.objects.create(name="山田花子")
    destroy(person.pk)
    with keys_owner_active(), pytest.raises(DatabaseError):
        ClientKey.objects.filter(subject=person.pk).update(wrapped=b"back", destroyed_at=None)


def test_the_key_is_committed_before_the_row_and_survives_its_rollback(logins: str) -> None:
    with centre_active("test_a"):
        with transaction.atomic():
            person = Client.objects.create(name="山田花子")
            transaction.set_rollback(True)
        assert not Client.objects.filter(pk=person.pk).exists()
        assert ClientKey.objects.filter(subject=person.pk).exists()


def test_a_key_is_not_made_inside_a_transaction_of_the_keys(logins: str) -> None:
    with centre_active("test_a"), transaction.atomic(using="keys"), pytest.raises(RuntimeError):
        keys.keys_for([Owner(uuid4(), "general")])


def test_two_who_make_the_first_key_at_once_end_with_one(logins: str) -> None:
    owner, barrier, found = Owner(uuid4(), "general"), Barrier(4), []

    def make() -> None:
        with centre_active("test_a"):
            barrier.wait()
            keys.forget()
            found.append(keys.keys_for([owner])[owner].id)
        for used in connections.all():
            used.close()

    threads = [Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


def test_the_web_cannot_read_keys_through_its_centres_login(logins: str) -> None:
    with centre_active("test_a") as host:
        assert connections["default"].login == host.login != connections["keys"].login
        with connections["keys"].cursor() as cursor:
            cursor.execute("SELECT current_database(), session_user")
            assert cursor.fetchone() == (logins + "_keys", "keys")
    with host_active(ENTRANCE):
        assert connections["keys"].login == "keys"
