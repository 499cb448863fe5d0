"""Opening a centre: whole, or refused with a clear word and nothing left behind."""

import os
import signal
import subprocess
import sys
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from accounts.models import Account
from tenants.activation import centre_active, owner_active
from tenants.migrating import everything_is_current
from tenants.models import Centre, CentreState, ConsortiumMember, Domain, SchemaState
from tenants.schemas import TEMPLATE
from tests.databases import ROOT, administrator, environment_of
from tests.tenants.centres import forget_role, role_exists
from tests.tenants.dumps import rows_of, structure_of

NERIMA = {"name": "ねりま相談センター", "host": "nerima.example.jp", "municipality": "練馬区"}


@pytest.fixture(autouse=True)
def _no_role_is_left() -> None:
    forget_role("nerima")


def schemas() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%%'")
        return {name for (name,) in cursor.fetchall()}


def left_behind() -> tuple[bool, bool, bool, bool, bool]:
    with owner_active():
        return (
            "nerima" in schemas(),
            role_exists("nerima"),
            Centre.objects.filter(schema_name="nerima").exists(),
            Domain.objects.filter(domain="nerima.example.jp").exists(),
            SchemaState.objects.filter(schema="nerima").exists(),
        )


def test_an_opened_centre_works_at_once(logins: str) -> None:
    call_command(
        "open_centre",
        "nerima",
        **NERIMA,
        corporation=["社会福祉法人あかり", "NPO法人みち"],
        contract_from=date(2026, 4, 1),
        contract_until=date(2028, 3, 31),
    )
    with centre_active("nerima") as host:
        assert (host.name, host.municipality, host.state) == ("ねりま相談センター", "練馬区", CentreState.OPEN)
        Account.objects.create_user("a@example.jp", name="相談花子")
        assert Account.objects.count() == 1
        employers = ConsortiumMember.objects.filter(centre_id=host.centre_id).values_list("corporation__name", flat=True)
        assert sorted(employers) == ["NPO法人みち", "社会福祉法人あかり"]
    with owner_active():
        assert everything_is_current()
    assert Client(SERVER_NAME="nerima.example.jp").get("/no-such-page/").headers["Content-Type"].startswith("text/html")


REFUSALS = [
    ("Nerima", {}, "スキーマ名"),
    ("n", {}, "スキーマ名"),
    ("1nerima", {}, "スキーマ名"),
    ("nerima; DROP SCHEMA test_a", {}, "スキーマ名"),
    ("ne-rima", {}, "スキーマ名"),
    ("n" * 42, {}, "スキーマ名"),
    ("public", {}, "スキーマ名"),
    ("headquarters", {}, "スキーマ名"),
    ("tmpl_zz9", {}, "スキーマ名"),
    ("pg_nerima", {}, "スキーマ名"),
    ("test_a", {}, "「test_a」はすでに使われています"),
    ("nerima", {"host": "test-a.testserver"}, "「test-a.testserver」はすでに使われています"),
    ("nerima", {"host": "TEST-A.testserver:8000"}, "「test-a.testserver」はすでに使われています"),
    ("nerima", {"host": "hq.testserver"}, "すでに使われています"),
    ("nerima", {"host": "testserver"}, "すでに使われています"),
    ("nerima", {"host": "ne_rima.example.jp"}, "ホスト名"),
    ("nerima", {"host": ""}, "ホスト名"),
    ("nerima", {"host": "http://nerima"}, "ホスト名"),
    ("nerima", {"name": " "}, "名称と自治体"),
    ("nerima", {"municipality": ""}, "名称と自治体"),
    ("nerima", {"name": "練" * 101}, "100文字まで"),
    ("nerima", {"contract_from": date(2026, 4, 1), "contract_until": date(2026, 3, 31)}, "契約の終了日"),
]


def test_each_refusal_says_why_and_leaves_nothing(logins: str) -> None:
    with owner_active():
        before = (schemas(), Centre.objects.count(), Domain.objects.count())
    for schema, changes, word in REFUSALS:
        with pytest.raises(CommandError, match=word):
            call_command("open_centre", schema, **NERIMA | changes)
        with owner_active():
            assert (schemas(), Centre.objects.count(), Domain.objects.count()) == before, schema
        assert not role_exists("nerima")


def test_the_command_ends_with_an_error_code_and_one_line(logins: str) -> None:
    options = [f"--{name}={value}" for name, value in NERIMA.items()]
    run = command(logins, "open_centre", "test_a", *options)
    assert run.returncode == 1
    assert run.stderr == "CommandError: スキーマ「test_a」はすでに使われています。\n"
    assert run.stdout == ""


def test_without_the_owners_secret_nothing_is_opened(owner_secret_absent: None) -> None:
    with pytest.raises(CommandError, match="OWNER_SECRET"):
        call_command("open_centre", "nerima", **NERIMA)


def test_a_login_of_that_name_is_not_taken_over(logins: str) -> None:
    with administrator() as admin:
        admin.execute("CREATE ROLE c_nerima LOGIN")
    with pytest.raises(CommandError, match="c_nerima"):
        call_command("open_centre", "nerima", **NERIMA)
    forget_role("nerima")
    assert left_behind() == (False,) * 5


def test_a_schema_without_a_centre_is_taken_all_the_same(logins: str) -> None:
    with owner_active(), connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA nerima")
    with pytest.raises(CommandError, match="「nerima」はすでに使われています"):
        call_command("open_centre", "nerima", **NERIMA)


def test_a_template_of_another_state_opens_nothing(logins: str) -> None:
    with owner_active(), connection.cursor() as cursor:
        cursor.execute("UPDATE tenants_templaterecord SET hash = 'older'")
    with pytest.raises(CommandError, match=r"manage\.py migrate"):
        call_command("open_centre", "nerima", **NERIMA)
    assert left_behind() == (False,) * 5


KILLED = """
import os, signal, sys
sys.path.append("platform")
import django
django.setup()
from django.core.management import call_command
from tenants import opening

real = getattr(opening, sys.argv[1])
def die(*facts, **more):
    real(*facts, **more)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(opening, sys.argv[1], die)
call_command("open_centre", "nerima", name="ねりま", host="nerima.example.jp", municipality="練馬区")
"""


@pytest.mark.parametrize("step", ["create_login", "replay", "enter", "mark"])
def test_killed_half_way_it_leaves_nothing(step: str, logins: str) -> None:
    run = subprocess.run([sys.executable, "-c", KILLED, step], cwd=ROOT, env=os.environ | environment_of(logins), capture_output=True)
    assert run.returncode == -signal.SIGKILL, run.stderr.decode()
    assert left_behind() == (False,) * 5
    call_command("open_centre", "nerima", **NERIMA)
    assert left_behind() == (True,) * 5


def test_a_replayed_schema_equals_the_migrated_one(logins: str) -> None:
    call_command("open_centre", "nerima", **NERIMA)
    with owner_active():
        migrated = structure_of(TEMPLATE, called="centre")
        assert len(migrated) > 300
        assert structure_of("nerima", called="centre") == migrated
        assert [line.replace("nerima", TEMPLATE) for line in rows_of("nerima", "django_migrations")] == rows_of(
            TEMPLATE, "django_migrations"
        )


def test_repairing_the_logins_undoes_what_a_login_did_to_itself(logins: str) -> None:
    with centre_active("test_a"), connection.cursor() as cursor:
        cursor.execute("ALTER ROLE c_test_a PASSWORD 'mine'; ALTER ROLE c_test_a SET statement_timeout = '1ms'")
    connection.close_pool()
    call_command("repair_logins")
    with centre_active("test_a"), connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("30s",)


def command(database: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | environment_of(database)
    return subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True)
