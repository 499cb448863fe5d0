"""Ciphertext that was moved, altered or put back: refused, always in the same way, and noted (security F: K2, K3, K6; row B51)."""

import multiprocessing
import os
import random
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection, transaction
from django.test import Client as Browser

from accounts.models import Account
from audit.models import AuditLine
from casework.cases.models import Case, SupportRecord
from casework.clients.models import Client, ContactWay
from casework.clients.search import find_by_name
from disclosure import gate, registrations
from disclosure.registrations import Registration
from tenants.activation import centre_active
from tests.factories.casework import make_case, make_member
from tests.vault.opening import opened_name
from vault import keys, sealing
from vault.opening import PurposeMissing
from vault.refusals import SealBroken

NONCES = 100_000


def put(table: str, column: str, pk: object, value: bytes) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [value, pk])


def raw(table: str, column: str, pk: object) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} WHERE id = %s", [pk])
        return bytes(cursor.fetchone()[0])


# -- K2


@pytest.fixture
def two_cases(centre: object) -> tuple[Account, Case, Case]:
    by = make_member()
    return by, make_case(by=by), make_case(by=by)


def move_between_clients(mine: Case, hers: Case) -> None:
    put("clients_client", "name", mine.client_id, raw("clients_client", "name", hers.client_id))


def move_between_columns(mine: Case, hers: Case) -> None:
    put("clients_client", "name", mine.client_id, raw("clients_client", "kana", mine.client_id))


def move_between_tables(mine: Case, hers: Case) -> None:
    put("clients_client", "name", mine.client_id, raw("cases_case", "memo", mine.pk))


def alter_one_byte(mine: Case, hers: Case) -> None:
    value = bytearray(raw("clients_client", "name", mine.client_id))
    value[-1] ^= 1
    put("clients_client", "name", mine.client_id, bytes(value))


def name_a_key_that_never_was(mine: Case, hers: Case) -> None:
    value = raw("clients_client", "name", mine.client_id)
    put("clients_client", "name", mine.client_id, value[:1] + os.urandom(16) + value[17:])


def leave_rubbish(mine: Case, hers: Case) -> None:
    put("clients_client", "name", mine.client_id, b"rubbish")


MOVES = [move_between_clients, move_between_columns, move_between_tables, alter_one_byte, name_a_key_that_never_was, leave_rubbish]


@pytest.mark.parametrize("move", MOVES)
def test_a_moved_value_is_refused_and_noted(two_cases: tuple[Account, Case, Case], move: Callable[[Case, Case], None]) -> None:
    """K2: swapped between clients, columns and tables: the page is refused and the trail says so."""
    by, mine, hers = two_cases
    move(mine, hers)
    with pytest.raises(SealBroken):
        gate.reveal([Client.objects.get(pk=mine.client_id)], viewer=by, channel="screen")
    line = AuditLine.objects.get(action="seal.broken")
    assert (line.verdict, line.actor) == ("refused", by.pk)
    assert line.facts["rows"] == [str(mine.client_id)]


def test_a_value_of_another_centre_is_refused(centre: object, other_centre: Callable[[], object]) -> None:
    """K2: swapped between hosts."""
    with other_centre():  # type: ignore[attr-defined]  # a context manager
        there = Client.objects.create(name="見本 隣")
        value = raw("clients_client", "name", there.pk)
    here = Client.objects.create(id=there.pk, name="見本 花子")
    put("clients_client", "name", here.pk, value)
    with pytest.raises(SealBroken):
        opened_name(Client.objects.get(pk=here.pk))


@pytest.mark.parametrize("move", MOVES)
def test_on_a_page_every_kind_of_tampering_is_the_same_answer(logins: str, move: Callable[[Case, Case], None]) -> None:
    """K3: the same bytes whatever was done, so no oracle; never a 500."""
    with centre_active("test_a"):
        by = make_member()
        mine, hers = make_case(by=by), make_case(by=by)
        browser = Browser(SERVER_NAME="test-a.testserver")
        browser.force_login(by, backend="accounts.authentication.SignInBackend")
        move(mine, hers)
    refused = browser.get(f"/cases/{mine.pk}/")
    assert refused.status_code == 409
    assert "保存したときのものではありません" in refused.content.decode()
    assert browser.get(f"/cases/{hers.pk}/").status_code == 200


def test_one_altered_name_does_not_end_every_search(two_cases: tuple[Account, Case, Case]) -> None:
    by, mine, hers = two_cases
    for case in (mine, hers):
        client = Client.objects.get(pk=case.client_id)
        client.name = "金糸雀 探子"
        client.save(update_fields=["name"])
    alter_one_byte(mine, hers)
    assert find_by_name(by, ["金糸雀"], channel="screen") == [hers.client_id]
    assert AuditLine.objects.get(action="seal.broken").facts["rows"] == [str(mine.client_id)]


def test_a_rule_does_not_work_on_altered_data(two_cases: tuple[Account, Case, Case]) -> None:
    by, mine, hers = two_cases
    alter_one_byte(mine, hers)
    with transaction.atomic(), pytest.raises(SealBroken):
        gate.compute([Client.objects.get(pk=mine.client_id)], rule="revision", by=by)


# -- K3


def test_each_byte_of_a_hundred_ciphertexts_counts(centre: object) -> None:
    """K3: version, key, nonce, text and tag; each flip is refused with the same error."""
    chance, flips = random.Random(3), 0
    people = Client.objects.bulk_create([Client(name=f"見本 {number}") for number in range(100)])
    field = Client._meta.get_field("name")
    for number, person in enumerate(people):
        value = raw("clients_client", "name", person.pk)
        positions = range(len(value)) if number == 0 else chance.sample(range(len(value)), 10)
        for position in positions:
            altered = bytearray(value)
            altered[position] ^= 1 << chance.randrange(8)
            row = Client(pk=person.pk)
            row.__dict__["name"] = field.from_db_value(bytes(altered), None, None)  # type: ignore[union-attr]
            with pytest.raises(SealBroken):
                opened_name(row)
            flips += 1
    assert flips >= 1000


@pytest.mark.parametrize("length", range(0, 60, 7))
def test_a_value_cut_short_is_refused(centre: object, length: int) -> None:
    person = Client.objects.create(name="見本 花子")
    put("clients_client", "name", person.pk, raw("clients_client", "name", person.pk)[:length])
    with pytest.raises(SealBroken):
        opened_name(Client.objects.get(pk=person.pk))


# -- K6


def nonces(count: int) -> set[bytes]:
    from uuid import UUID

    key, where, made = AESGCM(bytes(32)), b"v1|a|b|c|d", set()
    for _ in range(count):
        made.add(sealing.seal(b"x", UUID(int=1), key, where)[sealing.NONCE])
    return made


def nonces_into(pipe: "multiprocessing.connection.Connection", count: int) -> None:
    pipe.send_bytes(b"".join(nonces(count)))
    pipe.close()


def nonces_of_forks(count: int, children: int) -> list[bytes]:
    """Forked after everything was imported and used, as workers are."""
    nonces(10)
    fork, found, running = multiprocessing.get_context("fork"), [], []
    for _ in range(children):
        near, far = fork.Pipe(duplex=False)
        child = fork.Process(target=nonces_into, args=[far, count])
        child.start()
        far.close()
        running.append((child, near))
    for child, near in running:
        joined = near.recv_bytes()
        found += [joined[at : at + sealing.NONCE_BYTES] for at in range(0, len(joined), sealing.NONCE_BYTES)]
        child.join()
    return found


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_no_nonce_is_used_twice_here_or_in_forked_workers() -> None:
    """K6 in its short form: 10^5 in one process and in forked ones; `soak_nonces.py` makes 10^6."""
    assert len(nonces(NONCES // 2)) == NONCES // 2
    of_forks = nonces_of_forks(NONCES // 8, 4)
    assert len(set(of_forks)) == len(of_forks) == NONCES // 2


# -- class S: a purpose


def test_where_a_person_can_be_found_opens_for_a_stated_purpose_only(two_cases: tuple[Account, Case, Case]) -> None:
    from vault.opening import Cell, open_values

    _, mine, _ = two_cases
    way = ContactWay.objects.create(client_id=mine.client_id, kind="mobile", value="090-0000-0000")
    cell = Cell(ContactWay._meta.get_field("value"), way)  # type: ignore[arg-type]
    with pytest.raises(PurposeMissing):
        open_values([cell])
    assert open_values([cell], purpose="support") == ["090-0000-0000"]


def test_the_gate_passes_on_what_the_decision_says_and_invents_nothing(
    two_cases: tuple[Account, Case, Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    by, mine, _ = two_cases
    way = ContactWay.objects.create(client_id=mine.client_id, kind="mobile", value="090-0000-0000")
    (opened,) = gate.reveal([way], viewer=by, channel="screen")
    assert opened.value == "090-0000-0000"
    registration = Registration({"whereabouts": frozenset({"value", "note"})}, lambda viewer, things: {way.pk: {"whereabouts"}})
    monkeypatch.setitem(registrations._registered, ContactWay, registration)
    with pytest.raises(PurposeMissing):
        gate.reveal([ContactWay.objects.get(pk=way.pk)], viewer=by, channel="screen")
    (opened,) = gate.reveal([ContactWay.objects.get(pk=way.pk)], viewer=by, channel="screen", purpose="support")
    assert opened.value == "090-0000-0000"


def test_a_rule_opens_whereabouts_only_when_it_was_registered_for_that(
    two_cases: tuple[Account, Case, Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    by, mine, _ = two_cases
    way = ContactWay.objects.create(client_id=mine.client_id, kind="mobile", value="090-0000-0000")
    with transaction.atomic(), pytest.raises(PurposeMissing):
        gate.compute([ContactWay.objects.get(pk=way.pk)], rule="not_registered", by=by)
    monkeypatch.setattr(registrations, "_rules_for_whereabouts", {"registered"})
    with transaction.atomic():
        (computed,) = gate.compute([ContactWay.objects.get(pk=way.pk)], rule="registered", by=by)
    assert computed.value == "090-0000-0000"


# -- B51


def test_a_dump_tells_neither_equal_names_nor_their_lengths(centre: object) -> None:
    """B51: equal values are unequal ciphertexts, and lengths fall into at most five classes."""
    by = make_member()
    case = make_case(by=by)
    for number in range(60):
        Client.objects.create(name="佐藤" + "子" * (number % 20))
        SupportRecord.objects.create(case=case, happened_on=case.received_on, method="phone", text="あ" * (1 + number * 80), recorded_by=by)
    names = [raw("clients_client", "name", person.pk) for person in Client.objects.filter(name__isnull=False)]
    texts = [raw("cases_supportrecord", "text", record.pk) for record in SupportRecord.objects.all()]
    assert len(set(names)) == len(names)
    assert len({name[sealing.BODY][:16] for name in names}) == len(names)
    assert len({len(value) for value in names + texts}) <= 5


def test_keys_held_open_are_a_minutes_at_most_and_never_in_the_cache(two_cases: tuple[Account, Case, Case]) -> None:
    """Opened keys live in this process alone (K12's ground)."""
    from django.core.cache import cache

    by, mine, _ = two_cases
    gate.reveal([Client.objects.get(pk=mine.client_id)], viewer=by, channel="screen")
    assert keys.HELD_FOR <= 60 < 300
    client = cache._cache.get_client()  # type: ignore[attr-defined]  # the raw connection to Valkey
    assert [name for name in client.scan_iter() if b"key" in name.lower() or b"vault" in name.lower()] == []
