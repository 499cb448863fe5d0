"""A sealed column in a real table: the client's name, kana and birth date."""

import copy
import json
import pickle
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from uuid import uuid4

import pytest
from django import forms
from django.core import serializers
from django.core.exceptions import FieldError, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, connections
from django.db.models import F
from django.forms import modelform_factory
from django.template import Context, Template
from django.test.utils import CaptureQueriesContext
from rest_framework import serializers as rest

from casework.clients.models import Client, ContactWay
from vault import sealing
from vault.fields import Sealed
from vault.models import ClientKey
from vault.opening import Cell, open_values

pytestmark = pytest.mark.usefixtures("centre")


def opened(row: object, *names: str) -> list[object]:
    return open_values([Cell(row._meta.get_field(name), row) for name in names])  # type: ignore[attr-defined]


def make_client() -> Client:
    return Client.objects.create(name="山田花子", kana="ヤマダハナコ", birth_date=date(1974, 5, 3))


def raw(table: str, column: str) -> list[bytes]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table}")
        return [bytes(value) for (value,) in cursor.fetchall()]


# -- covered


def test_a_value_is_covered_before_and_after_saving_and_after_loading() -> None:
    fresh = Client(name="山田花子")
    saved = make_client()
    loaded = Client.objects.get(pk=saved.pk)
    for person in (fresh, saved, loaded):
        assert isinstance(person.name, Sealed)
        assert "山田" not in f"{person.name} {person.name!r} {person.name:>9} {vars(person)!r} %s" % person.name
    assert Template("{{ person.name }}").render(Context({"person": loaded})) == "●●●"


@pytest.mark.parametrize(
    "question", [bool, len, list, int, lambda value: value < value, lambda value: value + "x", lambda value: "山" in value]
)
def test_a_sealed_value_answers_no_question(question: Callable[[object], object]) -> None:
    with pytest.raises(TypeError):
        question(make_client().name)


@pytest.mark.parametrize(
    "source", ["{% if person.name %}{% endif %}", "{{ person.name|default:'x' }}", "{% for c in person.name %}{% endfor %}"]
)
def test_a_template_that_asks_fails_loudly(source: str) -> None:
    with pytest.raises(TypeError):
        Template(source).render(Context({"person": make_client()}))


def test_a_sealed_value_equals_only_itself() -> None:
    person = make_client()
    assert person.name == person.name
    assert person.name != Client.objects.get(pk=person.pk).name
    assert person.name != "山田花子"
    assert person.name not in [None, "", []]


def test_it_cannot_be_pickled_or_serialised_in_any_way() -> None:
    person = make_client()
    plain = type("Plain", (rest.ModelSerializer,), {"Meta": type("Meta", (), {"model": Client, "fields": ["name"]})})
    for attempt in (
        lambda: pickle.dumps(person.name),
        lambda: pickle.dumps(person),
        lambda: json.dumps(person.name),
        lambda: json.dumps({"name": person.name}, cls=DjangoJSONEncoder),
        lambda: serializers.serialize("json", [person]),
        lambda: plain(person).data,
    ):
        with pytest.raises(TypeError):
            attempt()


def test_a_copy_is_the_same_sealed_value() -> None:
    name = make_client().name
    assert copy.copy(name) is name
    assert copy.deepcopy([name])[0] is name


# -- sealed in the database


def test_the_database_holds_nothing_readable_and_opens_again() -> None:
    person = Client.objects.get(pk=make_client().pk)
    for column in ("name", "kana", "birth_date"):
        for sealed in raw("clients_client", column):
            assert sealed[:1] == b"\x01"
            assert not any(clear in sealed for clear in ("山田".encode(), "ヤマダ".encode(), b"1974"))
    assert opened(person, "name", "kana", "birth_date") == ["山田花子", "ヤマダハナコ", date(1974, 5, 3)]


def test_unknown_stays_null_and_may_be_asked_for() -> None:
    nameless = Client.objects.create()
    make_client()
    assert nameless.name is None
    assert Client.objects.get(name__isnull=True) == nameless
    assert opened(Client.objects.get(pk=nameless.pk), "name") == [None]


def test_only_a_changed_field_is_sealed_anew() -> None:
    person = Client.objects.get(pk=make_client().pk)
    before = dict(zip(("name", "kana"), (raw("clients_client", c)[0] for c in ("name", "kana")), strict=True))
    person.name = "佐藤花子"
    person.save()
    assert raw("clients_client", "kana") == [before["kana"]]
    assert raw("clients_client", "name") != [before["name"]]
    person.kana = "サトウハナコ"
    person.save(update_fields=["name"])
    assert raw("clients_client", "kana") == [before["kana"]]


@pytest.mark.parametrize(
    "query",
    [
        lambda: Client.objects.filter(name="山田花子"),
        lambda: Client.objects.filter(name__icontains="山田"),
        lambda: Client.objects.exclude(kana__in=["ヤマダ"]),
        lambda: ContactWay.objects.filter(client__name="山田花子"),
    ],
)
def test_no_query_compares_ciphertext(query: Callable[[], object]) -> None:
    with pytest.raises(FieldError):
        query()


@pytest.mark.parametrize(
    "query",
    [
        lambda: Client.objects.order_by("name"),
        lambda: Client.objects.order_by("-name"),
        lambda: Client.objects.order_by(F("name").desc()),
        lambda: ContactWay.objects.order_by("client__kana"),
        lambda: Client.objects.update(name="佐藤"),
        lambda: Client.objects.update(name=F("kana")),
        lambda: Client.objects.update(name=None),
        lambda: Client.objects.bulk_update([make_client()], ["name"]),
        lambda: Client.objects.filter(pk=make_client().pk).update_or_create(defaults={"name": 3}),
    ],
)
def test_no_query_orders_by_ciphertext_or_writes_it(query: Callable[[], object]) -> None:
    with pytest.raises(TypeError):
        query()


def test_a_clear_column_may_be_updated_and_ordered_by() -> None:
    make_client()
    assert Client.objects.update(sex="female") == 1
    assert Client.objects.order_by("-created_at", "pk").count() == 1


def test_the_longest_value_is_measured_in_letters_not_bytes() -> None:
    Client.objects.create(name="山" * 80)
    Client(name="山" * 80).full_clean()
    with pytest.raises(ValidationError):
        Client(name="山" * 81).full_clean()
    with pytest.raises(ValidationError):
        Client.objects.create(name="山" * 81)


@pytest.mark.parametrize("notice", ["●●●", "（非表示）", "（消去済み）"])
def test_what_stands_for_a_hidden_value_is_never_saved_as_the_value(notice: str) -> None:
    with pytest.raises(ValidationError):
        Client(name=notice)


# -- bound to its row


def test_a_sealed_value_is_not_carried_to_another_row() -> None:
    one, other = make_client(), Client.objects.create(name="別人")
    other.name = Client.objects.get(pk=one.pk).name
    with pytest.raises(TypeError):
        other.save()


def test_a_copied_row_does_not_take_its_sealed_values_along() -> None:
    person = Client.objects.get(pk=make_client().pk)
    person.pk, person._state.adding = uuid4(), True
    with pytest.raises(TypeError):
        person.save()


def test_a_loaded_row_may_be_refreshed_and_saved() -> None:
    person = Client.objects.defer("kana").get(pk=make_client().pk)
    person.refresh_from_db()
    person.save()
    assert opened(person, "name", "kana") == ["山田花子", "ヤマダハナコ"]


def test_bytes_swapped_in_the_database_do_not_open() -> None:
    one, other = make_client(), make_client()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE clients_client SET name = (SELECT name FROM clients_client WHERE id = %s) WHERE id = %s", [one.pk, other.pk])
        cursor.execute("UPDATE clients_client SET kana = name WHERE id = %s", [one.pk])
    for row, column in ((Client.objects.get(pk=other.pk), "name"), (Client.objects.get(pk=one.pk), "kana")):
        with pytest.raises(sealing.SealBroken):
            opened(row, column)


def test_bytes_brought_to_another_centre_do_not_open(other_centre: Callable[[], AbstractContextManager[object]]) -> None:
    person = make_client()
    stolen = raw("clients_client", "name")[0]
    with other_centre():
        copied = Client.objects.create(pk=person.pk)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE clients_client SET name = %s", [stolen])
        with pytest.raises(sealing.SealBroken):
            opened(Client.objects.get(pk=copied.pk), "name")


# -- keys


def test_each_client_has_a_key_and_the_whereabouts_another() -> None:
    person = make_client()
    ContactWay.objects.create(client=person, kind="phone", value="090-0000-0000", note="夜のみ")
    held = ClientKey.objects.filter(subject=person.pk)
    assert {key.key_class for key in held} == {"general", "whereabouts"}
    used = {sealing.key_id_of(raw("clients_contactway", "value")[0]), sealing.key_id_of(raw("clients_contactway", "note")[0])}
    assert used == {key.pk.bytes for key in held}


def test_many_rows_at_once_ask_for_their_keys_at_once() -> None:
    with CaptureQueriesContext(connections["keys"]) as asked:
        made = Client.objects.bulk_create([Client(name=f"名前{n}") for n in range(50)])
    statements = [query["sql"].split()[0] for query in asked if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(statements) <= 8, statements
    assert opened(Client.objects.get(pk=made[7].pk), "name") == ["名前7"]


# -- forms


def test_a_form_over_a_sealed_row_refuses_to_show_itself() -> None:
    form = modelform_factory(Client, fields=["name", "birth_date"])(instance=make_client())
    with pytest.raises(TypeError):
        str(form)


def test_a_form_started_from_clear_values_shows_saves_and_knows_what_changed() -> None:
    person = make_client()
    make_form = modelform_factory(Client, fields=["name", "kana", "sex"])
    initial = {"name": "山田花子", "kana": "ヤマダハナコ"}
    assert 'value="山田花子"' in str(make_form(instance=person, initial=initial))
    form = make_form({"name": "佐藤花子", "kana": "ヤマダハナコ", "sex": ""}, instance=person, initial=initial)
    assert form.is_valid(), form.errors
    assert form.changed_data == ["name"]
    form.save()
    assert opened(Client.objects.get(pk=person.pk), "name", "kana") == ["佐藤花子", "ヤマダハナコ"]


def test_a_form_measures_and_reads_by_type() -> None:
    form = modelform_factory(Client, fields=["name", "birth_date"])({"name": "山" * 81, "birth_date": "いつか"})
    assert set(form.errors) == {"name", "birth_date"}
    assert isinstance(form.fields["birth_date"], forms.DateField)
