"""The door: who gets what, and that evidence comes first."""

import json
import pickle
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django import forms
from django.db import DatabaseError, connection, transaction
from django.template import Context, Template
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Account
from audit.models import AuditLine
from audit.trail import EvidenceUnavailable
from casework.clients.models import Client, ContactWay
from disclosure import gate, registrations
from disclosure.gate import Refused
from disclosure.opened import GONE, NOT_ALLOWED, Withheld
from disclosure.registrations import Access, Registration
from tenants.activation import centre_active
from vault import keys
from vault.models import ClientKey

Answers = Mapping[UUID, Access | Collection[str]]
IDENTITY, CONTACT = {"identity": ("name", "kana"), "birth": ("birth_date",)}, {"contact": ("value", "note")}


@pytest.fixture
def viewer(centre: object) -> Account:
    return Account.objects.create_user("tanaka@example.jp", name="田中")


@pytest.fixture
def decide(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Put rules of the test's own in place of the slices'."""

    def put(rule: Callable[[Sequence[Any]], Answers]) -> None:
        for model, groups in ((Client, IDENTITY), (ContactWay, CONTACT)):
            named = {group: frozenset(names) for group, names in groups.items()}
            monkeypatch.setitem(registrations._registered, model, Registration(named, lambda viewer, objects: rule(objects)))

    return put


@pytest.fixture
def everything(decide: Callable[..., None]) -> None:
    decide(lambda objects: {thing.pk: {"identity", "birth"} if isinstance(thing, Client) else {"contact"} for thing in objects})


def make_client(name: str = "山田花子") -> Client:
    return Client.objects.create(name=name, kana="ヤマダハナコ", birth_date=date(1974, 5, 3), sex="female")


def revoke_append() -> None:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE; REVOKE EXECUTE ON FUNCTION test_a.audit_append FROM c_test_a; SET ROLE c_test_a")


# -- reveal


def test_what_is_allowed_is_opened_in_order_and_leaves_one_line(viewer: Account, everything: None) -> None:
    one, other = make_client("一"), make_client("二")
    way = ContactWay.objects.create(client=one, kind="phone", value="090-0000-0000")
    opened = gate.reveal([other, way, one], viewer=viewer, channel="screen", purpose="support")
    assert [opened[0].name, opened[1].value, opened[2].name] == ["二", "090-0000-0000", "一"]
    assert (opened[2].birth_date, opened[2].sex, opened[2].pk, opened[1].note) == (date(1974, 5, 3), "female", one.pk, None)
    line = AuditLine.objects.get()
    assert (line.action, line.verdict, line.actor, line.channel, line.purpose) == ("record.read", "read", viewer.pk, "screen", "support")
    assert [pk for _, pk in line.objects_touched] == [str(other.pk), str(way.pk), str(one.pk)]
    assert set(line.subjects) == {one.pk, other.pk}
    assert line.fields == {"clients.Client": ["birth_date", "kana", "name"], "clients.ContactWay": ["note", "value"]}


def test_nothing_to_open_leaves_no_line(viewer: Account, everything: None) -> None:
    assert gate.reveal([], viewer=viewer, channel="screen") == []
    assert not AuditLine.objects.exists()


def test_a_field_that_is_not_hers_is_withheld_and_not_named_in_the_line(viewer: Account, decide: Callable[..., None]) -> None:
    decide(lambda objects: {thing.pk: {"identity"} for thing in objects})
    (opened,) = gate.reveal([make_client()], viewer=viewer, channel="screen")
    assert opened.birth_date is NOT_ALLOWED
    assert AuditLine.objects.get().fields == {"clients.Client": ["kana", "name"]}


def test_one_closed_object_refuses_the_whole_page_and_leaves_its_line(viewer: Account, decide: Callable[..., None]) -> None:
    mine, hers = make_client(), make_client()
    for nothing in ({mine.pk: {"identity"}}, {mine.pk: {"identity"}, hers.pk: ()}, {mine.pk: {"identity"}, hers.pk: Access(frozenset())}):
        decide(lambda objects, nothing=nothing: nothing)
        with pytest.raises(Refused):
            gate.reveal([mine, hers], viewer=viewer, channel="json")
    for line in AuditLine.objects.all():
        assert (line.verdict, line.channel, line.facts, line.fields) == ("refused", "json", {"refused": [str(hers.pk)]}, {})
    assert AuditLine.objects.count() == 3


def test_a_read_to_supervise_says_so_and_names_which_when_mixed(viewer: Account, decide: Callable[..., None]) -> None:
    mine, hers = make_client(), make_client()
    supervised = Access(frozenset({"identity"}), "supervision")
    decide(lambda objects: {thing.pk: supervised if thing.pk == hers.pk else {"identity"} for thing in objects})
    gate.reveal([mine, hers], viewer=viewer, channel="screen")
    gate.reveal([hers], viewer=viewer, channel="screen")
    gate.reveal([mine], viewer=viewer, channel="screen", purpose="handover")
    assert list(AuditLine.objects.values_list("purpose", "facts")) == [
        ("supervision", {"supervised": [str(hers.pk)]}),
        ("supervision", {}),
        ("handover", {}),
    ]


def test_only_the_fields_asked_for_are_opened(viewer: Account, everything: None) -> None:
    (opened,) = gate.reveal([make_client()], viewer=viewer, channel="screen", fields={"name"})
    assert opened.name == "山田花子"
    assert str(opened.kana) == "●●●"
    assert AuditLine.objects.get().fields == {"clients.Client": ["name"]}


def test_a_column_that_was_left_out_is_not_fetched_unasked(viewer: Account, everything: None) -> None:
    person = Client.objects.defer("kana").get(pk=make_client().pk)
    gate.reveal([person], viewer=viewer, channel="screen")
    assert AuditLine.objects.get().fields == {"clients.Client": ["birth_date", "name"]}


@pytest.mark.parametrize("channel", ["", "telepathy"])
def test_an_unknown_channel_opens_nothing(viewer: Account, everything: None, channel: str) -> None:
    with pytest.raises(ValueError, match="not a valid Channel"):
        gate.reveal([make_client()], viewer=viewer, channel=channel)
    assert not AuditLine.objects.exists()


def test_a_model_nobody_registered_is_not_opened(viewer: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registrations, "_registered", {})
    with pytest.raises(LookupError):
        gate.reveal([make_client()], viewer=viewer, channel="screen")


def test_inside_a_transaction_nothing_is_revealed(viewer: Account, everything: None) -> None:
    person = make_client()
    with transaction.atomic(), pytest.raises(RuntimeError):
        gate.reveal([person], viewer=viewer, channel="screen")


def test_without_evidence_nothing_is_opened(viewer: Account, everything: None, monkeypatch: pytest.MonkeyPatch) -> None:
    person = make_client()
    opened: list[object] = []
    monkeypatch.setattr(gate, "open_values", lambda cells, **how: opened.append(cells))
    monkeypatch.setattr(gate, "open_rows", lambda *rows, **how: iter(()))
    revoke_append()
    with pytest.raises(EvidenceUnavailable):
        gate.reveal([person], viewer=viewer, channel="screen")
    with pytest.raises(EvidenceUnavailable):
        gate.search(Client, ["name"], lambda name: True, viewer=viewer, channel="json", term="山田")
    with pytest.raises(EvidenceUnavailable), transaction.atomic():
        gate.compute([person], rule="test.rule", by=viewer)
    assert opened == []


def test_an_erased_value_reads_as_erased(viewer: Account, everything: None) -> None:
    person, other = make_client(), make_client("佐藤")
    ClientKey.objects.filter(subject=person.pk).update(wrapped=None, destroyed_at=timezone.now())
    keys.forget()
    opened = gate.reveal(Client.objects.filter(pk__in=[person.pk, other.pk]).order_by("created_at"), viewer=viewer, channel="screen")
    assert opened[0].name is GONE
    assert opened[1].name == "佐藤"


def test_a_page_of_fifty_costs_the_line_and_the_keys(viewer: Account, everything: None) -> None:
    Client.objects.bulk_create([Client(name=f"名前{n}", kana="カナ") for n in range(50)])
    people = list(Client.objects.all())
    assert viewer.membership is None  # as the middleware has asked already
    with CaptureQueriesContext(connection) as asked:
        gate.reveal(people, viewer=viewer, channel="screen")
    statements = [query["sql"] for query in asked if "SAVEPOINT" not in query["sql"]]
    assert len(statements) == 2, statements  # who is protected now, and the line
    assert statements[1].startswith("SELECT audit_append")


# -- what was opened


def test_an_opened_view_is_read_only_and_does_not_travel(viewer: Account, everything: None) -> None:
    (opened,) = gate.reveal([make_client()], viewer=viewer, channel="screen")
    with pytest.raises(AttributeError):
        opened.name = "別名"
    with pytest.raises(AttributeError):
        del opened.name
    for attempt in (lambda: pickle.dumps(opened), lambda: json.dumps(opened), lambda: pickle.dumps(NOT_ALLOWED)):
        with pytest.raises(TypeError):
            attempt()
    assert "山田" not in repr(opened)
    assert "山田" not in str(vars(opened.original))


def test_a_withheld_value_is_empty_prints_its_notice_and_starts_no_form(viewer: Account, decide: Callable[..., None]) -> None:
    decide(lambda objects: {thing.pk: {"birth"} for thing in objects})
    (opened,) = gate.reveal([make_client()], viewer=viewer, channel="screen")
    source = "{{ p.name }}{% if p.name %}x{% endif %}{% for c in p.name %}x{% endfor %}{{ p.name|default:'—' }}"
    assert Template(source).render(Context({"p": opened})) == "（非表示）—"
    assert f"{opened.name:>3}" == "（非表示）"
    form = forms.modelform_factory(Client, fields=["name"])(initial={"name": opened.name})
    with pytest.raises(TypeError):
        str(form)


def test_a_withheld_value_has_only_notices_a_form_recognises() -> None:
    with pytest.raises(AssertionError):
        Withheld("ひみつ")


# -- compute


def test_a_rule_opens_inside_its_transaction_and_its_line_falls_with_it(viewer: Account) -> None:
    person = make_client()
    with transaction.atomic():
        (computed,) = gate.compute([person], rule="test.rule", by=viewer, fields={"birth_date"})
        assert computed.birth_date == date(1974, 5, 3)
        assert str(computed.name) == "●●●"
        line = AuditLine.objects.get()
        assert (line.action, line.verdict, line.channel, line.facts) == ("record.computed", "read", "job", {"rule": "test.rule"})
        assert line.fields == {"clients.Client": ["birth_date"]}
        transaction.set_rollback(True)
    assert not AuditLine.objects.exists()


# -- search


def test_search_tells_ids_and_leaves_a_fingerprint_of_the_word(viewer: Account) -> None:
    wanted, _other, nameless = make_client("山田花子"), make_client("佐藤太郎"), Client.objects.create()
    seen: list[tuple[object, object]] = []

    def matches(name: str | None, kana: str | None) -> bool:
        seen.append((name, kana))
        return "山田" in (name or "")

    assert gate.search(Client, ["name", "kana"], matches, viewer=viewer, channel="json", term="山田") == [wanted.pk]
    assert (None, None) in seen
    line = AuditLine.objects.get()
    assert line.facts == {"term": keys.keyed_digest("山田"), "hits": 1, "rows": 3}
    assert (line.action, line.actor, line.fields) == ("record.searched", viewer.pk, {"clients.Client": ["name", "kana"]} | line.fields)
    among = Client.objects.filter(pk=nameless.pk)
    assert gate.search(Client, ["name"], lambda name: True, viewer=viewer, channel="json", term="山", among=among) == [nameless.pk]


def test_search_is_for_sealed_fields_only(viewer: Account) -> None:
    with pytest.raises(ValueError, match="only sealed"):
        gate.search(Client, ["sex"], lambda sex: True, viewer=viewer, channel="json", term="x")


# -- registration


@pytest.mark.parametrize("groups", [{"identity": ("name", "kana")}, IDENTITY | {"more": ("sex",)}])
def test_groups_hold_every_sealed_field_and_nothing_else(groups: dict[str, Sequence[str]]) -> None:
    with pytest.raises(ValueError, match="groups and sealed fields differ"):
        registrations.register(Client, groups=groups, decide=lambda viewer, objects: {})


# -- with real commits


def test_the_line_is_committed_before_anything_is_opened(logins: str, decide: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    decide(lambda objects: {thing.pk: {"identity"} for thing in objects})
    seen_by_another: list[int] = []
    real = gate.open_values

    def look_first(cells: Any, **how: Any) -> Any:
        assert not connection.in_atomic_block
        seen_by_another.append(AuditLine.objects.count())
        return real(cells, **how)

    monkeypatch.setattr(gate, "open_values", look_first)
    with centre_active("test_a"):
        viewer = Account.objects.create_user("tanaka@example.jp", name="田中")
        gate.reveal([make_client()], viewer=viewer, channel="screen")
    assert seen_by_another == [1]


def test_a_dead_database_opens_nothing(logins: str, decide: Callable[..., None]) -> None:
    decide(lambda objects: {thing.pk: {"identity"} for thing in objects})
    with centre_active("test_a"):
        viewer, person = Account.objects.create_user("tanaka@example.jp", name="田中"), make_client()
        with connection.cursor() as cursor, pytest.raises(DatabaseError):
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        with pytest.raises((EvidenceUnavailable, DatabaseError)):
            gate.reveal([person], viewer=viewer, channel="screen")
        connection.close()
