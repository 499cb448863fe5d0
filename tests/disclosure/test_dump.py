"""A stolen dump, a stolen disk: nothing of what was said about a hundred invented facts can be found in either.

The facts are planted through the domain functions, as the pages do it, with the real logins and real commits.
"""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client

from accounts.models import Account
from casework.cases.applications import ConsentFacts, apply_for_support
from casework.cases.assessments import assess_case
from casework.cases.models import Case
from casework.cases.reception import receive_person
from casework.cases.records import record_support, revise_record
from casework.cases.screening import screen_case
from casework.clients.people import CallerFacts, ContactFacts, PersonFacts
from casework.meetings.decisions import decide_plan
from casework.meetings.meetings import call_meeting, hold_meeting
from casework.plans.agreements import agree_plan
from casework.plans.decisions import record_decision
from casework.plans.evaluations import evaluate_plan
from casework.plans.monitoring import monitor_plan
from casework.plans.parts import ActionFacts, GoalFacts
from casework.plans.plans import make_plan
from tenants.activation import centre_active
from tests import databases
from tests.factories.casework import make_member
from vault.fields import sealed_fields
from vault.rotation import sealed_columns
from vault.sealing import BODY

TODAY, FIRST = date(2026, 5, 29), date(2026, 5, 11)
PEOPLE = 12
LETTERS = "雪月花鳥風森川空海星"
KANA = "あかさたなはまやらわ"


@dataclass
class Canaries:
    """Invented facts that occur nowhere else; each is remembered with what it was planted as."""

    random: Random
    planted: list[str]

    def number(self, digits: int) -> str:
        return "".join(self.random.choices("0123456789", k=digits))

    def plant(self, text: str) -> str:
        self.planted.append(text)
        return text

    def name(self) -> str:
        return self.plant("金糸雀" + "".join(self.random.choices(LETTERS, k=7)))

    def kana(self) -> str:
        return self.plant("かなりあ" + "".join(self.random.choices(KANA, k=9)))

    def phone(self) -> str:
        middle, last = self.number(4), self.number(4)
        self.plant(f"090-{middle}-{last}")
        self.planted.append(f"090{middle}{last}")
        return f"090-{middle}-{last}"

    def address(self) -> str:
        return self.plant(f"金糸雀市{''.join(self.random.choices(LETTERS, k=6))}町{self.number(4)}番地")

    def sentence(self, about: str) -> str:
        return self.plant(f"{about}のことで金糸雀が{''.join(self.random.choices(LETTERS, k=8))}と話した{self.number(6)}")


@pytest.fixture
def canaries() -> Canaries:
    return Canaries(Random(20260529), [])


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


def plant_reception(tell: Canaries, by: Account) -> Case:
    return receive_person(
        on=FIRST,
        by=by,
        today=TODAY,
        person=PersonFacts(tell.name(), tell.kana(), date(1974, 5, 3), "female"),
        memo=tell.sentence("家賃"),
        concerns=["rent_loan_payment"],
        contact_ways=[ContactFacts("mobile", tell.phone(), "yes", tell.sentence("留守電")), ContactFacts("address", tell.address())],
        caller=CallerFacts("child", tell.name(), tell.phone()),
    )


def plant_whole_story(tell: Canaries, by: Account, chief: Account) -> Case:
    """受付 to 終結, with something said at every step."""
    case = plant_reception(tell, by)
    screen_case(case, result="continue_plan", on=day(1), by=by, today=TODAY, note=tell.sentence("見立て"))
    apply_for_support(case, consents=[ConsentFacts("information_sharing", tell.sentence("同意"))], on=day(1), by=by, today=TODAY)
    assess_case(
        case, sections={}, issue_traits=["economic_hardship"], summary=tell.sentence("課題"), direction=tell.sentence("方向"), on=day(2), by=by, today=TODAY
    )  # fmt: skip
    told = {"counterpart": tell.name(), "next_step": tell.sentence("次")}
    record = record_support(case, method="interview", text=tell.sentence("面談"), on=day(3), by=by, today=TODAY, **told)
    revise_record(record, version=record.version, method="interview", text=tell.sentence("訂正"), on=day(3), by=by, today=TODAY, **told)
    plan = make_plan(
        case,
        on=day(4),
        by=by,
        today=TODAY,
        wishes=tell.sentence("意向"),
        issues=tell.sentence("解決"),
        cautions=tell.sentence("注意"),
        goals=[GoalFacts(tell.sentence("目標"), date(2026, 9, 30))],
        actions=[ActionFacts(tell.sentence("支援"), "counsellor", tell.sentence("頻度"))],
        service_uses=["employment_support"],
        is_employment_target=True,
    )
    agree_plan(plan, on=day(5), by=by, today=TODAY)
    meeting = call_meeting(held_on=day(6), kind="regular", starts_at=None, place="相談室", attendees=("centre",), by=chief, today=TODAY)
    decide_plan(meeting, plan, decision="approved", reason=tell.sentence("理由"), minutes=tell.sentence("議事"), by=chief, today=TODAY)
    heard = {"attendee_names": tell.name(), "remarks": tell.sentence("全体")}
    hold_meeting(meeting, attendees=("centre",), version=meeting.version, by=chief, today=TODAY, **heard)
    record_decision(plan, decision_kind="decision", on=day(7), by=by, today=TODAY)
    monitor_plan(plan, content=tell.sentence("様子"), next_on=TODAY + timedelta(days=30), on=day(8), by=by, today=TODAY)
    evaluate_plan(
        plan, outcome="closed", goal_results=["achieved"], changes=["relief"], reason=tell.sentence("評価"), on=day(9), by=by, today=TODAY
    )  # fmt: skip
    return case


def dump(database: str) -> bytes:
    settings = connections["default"].settings_dict
    command = [str(Path(os.environ["PG_BIN"]) / "pg_dump"), "-h", settings["HOST"], "-p", settings["PORT"], "-U", "postgres", database]
    return subprocess.run(
        command, check=True, capture_output=True, env=os.environ | {"PGPASSWORD": os.environ["PG_SUPERUSER_PASSWORD"]}
    ).stdout


def disk(database: str) -> Iterator[bytes]:
    """The database's own files and the log of everything that was ever written."""
    with databases.administrator() as admin:
        admin.execute("CHECKPOINT")
        ((directory, oid),) = admin.execute(
            "SELECT current_setting('data_directory'), oid FROM pg_database WHERE datname = %s", [database]
        ).fetchall()
    for folder in (Path(directory) / "base" / str(oid), Path(directory) / "pg_wal"):
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                yield file.read_bytes()


def everything_written(database: str) -> Iterator[bytes]:
    """Whatever else the database servers and the cache leave: temporary files, logs, statistics, texts of queries, cached values."""
    with databases.administrator() as admin:
        ((directory,),) = admin.execute("SELECT current_setting('data_directory')").fetchall()
        for (text,) in admin.execute("SELECT query FROM pg_stat_activity WHERE query IS NOT NULL").fetchall():
            yield text.encode()
        if "pg_stat_statements" in str(admin.execute("SHOW shared_preload_libraries").fetchall()):
            for (text,) in admin.execute("SELECT query FROM ext.pg_stat_statements").fetchall():
                yield text.encode()
    state = Path(os.environ["ROOT_KEY_FILE"]).parent
    folders = (
        Path(directory) / "base" / "pgsql_tmp",
        Path(directory) / "pg_stat_tmp",
        Path(directory) / "log",
        state / "logs",
        state / "valkey",
    )
    for folder in folders:
        for file in sorted(folder.rglob("*")) if folder.exists() else ():
            if file.is_file():
                yield file.read_bytes()
    valkey = cache._cache.get_client()  # type: ignore[attr-defined]  # the raw connection
    for number in range(int(valkey.config_get("databases")["databases"])):
        valkey.execute_command("SELECT", number)
        for name in valkey.scan_iter(count=1000):
            yield bytes(name) + b" " + (valkey.dump(name) or b"")
    valkey.execute_command("SELECT", 1)


def found(needles: list[str], content: bytes) -> set[str]:
    """As text, and as a dump prints bytes."""
    return {needle for needle in needles if needle.encode() in content or needle.encode().hex().encode() in content}


def test_neither_dump_nor_disk_holds_a_word_of_what_was_told(logins: str, canaries: Canaries) -> None:
    with centre_active("test_a"):
        chief, counsellor = make_member("chief_counsellor"), make_member("counsellor", name="金糸雀の相談員")
        plant_whole_story(canaries, counsellor, chief)
        for _ in range(PEOPLE):
            plant_reception(canaries, counsellor)
    assert len(set(canaries.planted)) >= 100
    in_clear_by_design = ["金糸雀の相談員"]  # an account's name: it shows that the search finds what is there
    dumps = [dump(logins), dump(logins + "_keys")]
    assert found(in_clear_by_design, dumps[0]) == set(in_clear_by_design)
    for content in dumps:
        assert found(canaries.planted, content) == set()
    files = [*disk(logins), *disk(logins + "_keys")]
    assert any(found(in_clear_by_design, content) for content in files)
    for content in files:
        assert found(canaries.planted, content) == set()


def lying_about() -> set[Path]:
    """Temporary files of everybody; a folder that another process takes away meanwhile is passed over."""
    return {Path(folder, name) for folder, _, names in os.walk(tempfile.gettempdir()) for name in names}


def test_neither_temporary_files_nor_logs_nor_the_cache_hold_a_word(logins: str, canaries: Canaries, tmp_path: Path) -> None:
    """B50, K1: after pages, searches, forms that were refused and a sort that spilled to disk."""
    with centre_active("test_a"):
        counsellor = make_member("counsellor")
        cases = [plant_reception(canaries, counsellor) for _ in range(PEOPLE)]
    browser = Client(SERVER_NAME="test-a.testserver")
    with centre_active("test_a"):
        browser.force_login(counsellor, backend="accounts.authentication.SignInBackend")
    temporary = lying_about()
    for case in cases:
        assert browser.get(f"/cases/{case.pk}/").status_code == 200
    typed = canaries.sentence("断られた")
    assert browser.post(f"/cases/{cases[0].pk}/records/", {"text": typed, "on": "いつか"}).status_code == 422
    assert browser.post("/clients/search/", {"term": canaries.planted[0]}).status_code == 200
    with centre_active("test_a"), connection.cursor() as cursor:
        cursor.execute(
            "SET work_mem = 64; SELECT count(*) FROM (SELECT memo FROM cases_case, generate_series(1, 3000) ORDER BY memo OFFSET 0) s"
        )
        cursor.execute("RESET work_mem")
    cache.set("looked_at", "金糸雀の控え")
    pieces = list(everything_written(logins))
    assert any("金糸雀の控え".encode() in piece for piece in pieces)
    for piece in pieces:
        assert found(canaries.planted, piece) == set()
    for file in lying_about() - temporary:
        if file.is_file() and os.access(file, os.R_OK) and file.stat().st_uid == os.getuid():
            assert found(canaries.planted, file.read_bytes()) == set(), file


def test_a_dump_of_a_whole_centre_tells_no_equal_values_and_few_lengths(logins: str, canaries: Canaries) -> None:
    """B51: over every sealed column: the same name twice is unequal bytes, and a column has at most five lengths."""
    with centre_active("test_a"):
        chief, counsellor = make_member("chief_counsellor"), make_member("counsellor")
        plant_whole_story(canaries, counsellor, chief)
        for number in range(40):
            receive_person(
                on=FIRST, by=counsellor, today=TODAY, person=PersonFacts("佐藤 見本", "さとう みほん", None, ""), memo="あ" * (1 + number * 120),
            )  # fmt: skip
        seen: set[bytes] = set()
        for field in sealed_columns():
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT {field.column} FROM {field.model._meta.db_table} WHERE {field.column} IS NOT NULL")
                values = [bytes(value) for (value,) in cursor.fetchall()]
            assert len({len(value) for value in values}) <= 5, field
            bodies = {value[BODY][:16] for value in values}
            assert len(bodies) == len(values)
            assert not bodies & seen
            seen |= bodies
    assert len(seen) > 150


def test_every_column_that_holds_text_of_a_case_is_sealed_or_known_to_be_clear() -> None:
    """A new text column in a centre's casework is sealed, or somebody has said here why it need not be."""
    from django.apps import apps
    from django.db import models

    clear = {
        "meetings.SupportCoordinationMeeting.place",  # the room
    }
    longest_code = 60
    open_text = {
        f"{model._meta.label}.{field.name}"
        for label in ("clients", "cases", "plans", "meetings", "collaboration")
        for model in apps.get_app_config(label).get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.TextField) or (isinstance(field, models.CharField) and (field.max_length or 0) > longest_code)
    }
    assert open_text - clear == set()
    assert any(sealed_fields(model) for model in apps.get_app_config("clients").get_models())
