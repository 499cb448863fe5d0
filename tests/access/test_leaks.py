"""Canaries in every sealed field of one case: nobody outside its care team and above it meets one, nor does
log, cache, queue, file or mail."""

import io
import logging
import re
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from uuid import uuid4

import pypdf
import pytest
import redis
from django.apps import apps
from django.conf import settings
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoDbBlocker

from accounts.models import Account
from casework.cases.blocks import block
from casework.cases.broken_glass import break_glass, review_glass
from casework.cases.care_team import join_team
from casework.cases.emergency_starts import start_support_early
from casework.cases.models import Case
from casework.cases.outcomes import record_outcome
from network.collaboration.referrals import record_answer
from tenants.activation import centre_active
from tests.access.addresses import address
from tests.access.matrix import TABLES
from tests.access.test_matrix import ask
from tests.disclosure.test_dump import TODAY, Canaries, plant_whole_story
from tests.factories.casework import supervised_by
from tests.factories.files import stored_file
from tests.factories.people import staff
from tests.worlds import Ids, Worlds, give_password, refer_and_share, two_worlds
from vault.fields import sealed_fields

GETS = [row for row in TABLES["config.urls_centre"] if row.method == "GET"]
MAY_READ = ("team", "chief")
MAY_NOT = ("colleague", "clerk", "admin", "granted", "guest", "anonymous")
BORN = ["1974-05-03", "昭和49年5月3日"]
OF_THE_CASE = {"case", "record", "consent", "plan", "referral", "file"}
CODES = {"cases.Case.main_concern"}  # a word of a public list is no canary


@dataclass
class Walk:
    """What everybody was shown, and what was left behind meanwhile."""

    words: frozenset[str] = frozenset()
    granted: frozenset[str] = frozenset()
    general: frozenset[str] = frozenset()
    shown: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    logged: str = ""
    cached: str = ""
    mailed: str = ""
    written: str = ""
    stored: str = ""
    for_a_relative: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    unknown: dict[bool, tuple[int, bytes]] = field(default_factory=dict)

    def seen_by(self, who: str) -> dict[str, set[str]]:
        """Of each address the canaries it showed."""
        found = ((path, {word for word in self.words if word in text}) for path, text in self.shown[who])
        return {path: words for path, words in found if words}


def plant(worlds: Worlds) -> tuple[Canaries, list[str], dict[str, Ids]]:
    """One case told in canaries; of its referral the guest was granted name, reading and reason."""
    tell, people = Canaries(Random(20261123), []), worlds.here.people
    team, told = people["team"], {}
    case = plant_whole_story(tell, team, people["chief"])
    start_support_early(worlds.work.case, agreed_on=TODAY, content=tell.sentence("早期"), on=TODAY, by=team, today=TODAY)
    record_outcome(case, kind="started_work", on=TODAY, note=tell.sentence("就労"), by=team, today=TODAY)
    told = {"name": tell.name(), "kana": tell.kana(), "reason": tell.sentence("紹介")}
    supervised_by(people["chief"], case)
    brought = {"name": f"{tell.sentence('通知')}.txt", "description": tell.sentence("説明"), "content": tell.sentence("中身").encode()}
    stored_file(case, by=team, **brought)
    let_others_near(case, people, tell)
    referral, grant = refer_and_share(case, worlds.work.referral.agency_id, people, content=tell.sentence("渡す情報"), **told)
    record_answer(referral, answer=tell.sentence("返答"), on=referral.referred_on, by=team, today=referral.referred_on)
    grant.resume_reason = tell.sentence("再開")
    grant.save()
    ids = addresses_of(case) | {"referral": {"pk": referral.pk}, "started": {"pk": worlds.work.case.pk}}
    return tell, list(told.values()), ids


def let_others_near(case: Case, people: dict[str, Account], tell: Canaries) -> None:
    """Somebody broke the glass and still reads; a relative was on the team, and is blocked."""
    people["glass"], people["relative"] = staff("counsellor", name="職員 glass"), staff("counsellor", name="職員 relative")
    give_password({who: people[who] for who in ("glass", "relative")})
    opening = break_glass(case, reason="person_is_here", words=f"{tell.sentence('緊急')}、担当は外出中", by=people["glass"])
    review_glass(opening, result="unclear", words=tell.sentence("確認"), by=people["team"])
    join_team(case, people["relative"], by=people["team"], today=TODAY)
    block(case, people["relative"], reason="relative", words=tell.sentence("親族"), by=people["chief"])


def addresses_of(case: Case) -> dict[str, Ids]:
    return {
        "case": {"pk": case.pk},
        "record": {"pk": case.records.order_by("pk")[0].pk},
        "consent": {"pk": case.pk, "consent_pk": case.client.consents.order_by("pk")[0].pk},
        "file": {"pk": case.pk, "file_pk": case.files.get().pk},
        "plan": {"pk": case.plans.get().pk},
        "meeting": {"pk": case.agenda_items.order_by("pk")[0].meeting_id},
    }


def text_of(answer: HttpResponse) -> str:
    """Everything that can be read in an answer: head, cookies, body, the text of a PDF, the parts of a workbook."""
    kind, parts = answer.get("Content-Type", ""), [str(answer.headers), str(answer.cookies)]
    if kind == "application/pdf":
        parts += [page.extract_text().replace("\n", "") for page in pypdf.PdfReader(io.BytesIO(answer.content)).pages]
    elif "spreadsheetml" in kind:
        book = zipfile.ZipFile(io.BytesIO(answer.content))
        parts += [book.read(name).decode() for name in book.namelist()]
    else:
        parts.append(answer.content.decode())
    return "\n".join(parts)


def visit(browser: Client, ids: dict[str, Ids]) -> Iterator[tuple[str, str]]:
    paths = [address(row.route, ids[row.of]) for row in GETS]
    for path in (*paths, address("cases:detail", ids["started"]), "/cases/?view=all", "/?view=team"):
        yield path, text_of(browser.get(path))
    if browser.cookies:
        for path, posted in (("/clients/search/", {"q": "かなりあ"}), ("/clients/similar/", {"kana": "かなりあ", "name": "金糸雀"})):
            yield path, text_of(browser.post(path, posted))


def press_everything(browser: Client, ids: dict[str, Ids]) -> Iterator[tuple[str, str]]:
    """Every button of the case, pressed by somebody to whom it is not open: a refusal tells nothing either."""
    for row in TABLES["config.urls_centre"]:
        if row.method == "POST" and row.of in OF_THE_CASE:
            path = address(row.route, ids[row.of])
            yield path, text_of(ask(browser, "POST", path))


@contextmanager
def own_folder_for_files() -> Iterator[Path]:
    """Where everything that is put aside for a moment goes while this lasts."""
    before = tempfile.tempdir
    with tempfile.TemporaryDirectory(prefix="tsunagi-walk-") as folder:
        tempfile.tempdir = folder
        try:
            yield Path(folder)
        finally:
            tempfile.tempdir = before


def what_lies_in(folder: Path) -> str:
    return "\n".join(f"{path} {path.read_bytes().decode(errors='replace')}" for path in folder.rglob("*") if path.is_file())


def what_valkey_holds() -> str:
    """Cache and queue: the broker is one of its databases."""
    found = []
    for database in range(4):
        store = redis.Redis.from_url(settings.CACHES["default"]["LOCATION"], db=database)
        found += [repr((key, store.dump(key))) for key in store.keys("*")]
        store.close()
    return "\n".join(found)


class Kept(logging.Handler):
    """Whatever is logged, as it was given: before anything is left out of it."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.text.append(f"{record.msg!r} {record.args!r} {record.exc_text!r}")


@pytest.fixture(scope="module")
def walk(django_db_blocker: DjangoDbBlocker) -> Iterator[Walk]:
    kept = Kept()
    with django_db_blocker.unblock(), two_worlds() as worlds, own_folder_for_files() as folder:
        with centre_active("test_a"):
            tell, granted, planted = plant(worlds)
            ids = worlds.here.ids | planted
        remarks = next(number for number, word in enumerate(tell.planted) if word.startswith("全体"))
        general = tell.planted[remarks - 1 : remarks + 1]  # who came to the meeting and what was said of nobody in particular
        found = Walk(frozenset([*tell.planted, *BORN]), frozenset(granted), frozenset(general))
        logging.getLogger().addHandler(kept)
        try:
            for who in (*MAY_READ, *MAY_NOT, "glass", "relative"):
                found.shown[who] = list(visit(worlds.here.browser(who), ids))
                if who not in MAY_READ:
                    found.shown[who] += press_everything(worlds.here.browser(who), ids)
            ask_as_a_relative(worlds, ids, found)
            found.shown["another centre"] = list(visit(worlds.there.browser("chief"), ids))
            found.shown["headquarters"] = list(visit(worlds.headquarters.browser("analyst"), ids))
            with centre_active("test_a"):
                assert unsaid() == []
        finally:
            logging.getLogger().removeHandler(kept)
        found.logged, found.cached = "\n".join(kept.text), what_valkey_holds()
        found.written = what_lies_in(folder)
        found.stored = "\n".join(f"{key} {sealed!r} {sealed.hex()}" for key, sealed in worlds.objects.objects.items())
        found.mailed = "\n".join(str(letter.message()) for letter in getattr(mail, "outbox", []))
        yield found


def ask_as_a_relative(worlds: Worlds, ids: dict[str, Ids], found: Walk) -> None:
    """Every address of the case and of what hangs on it, by every method it has; and what an id nobody has is answered with."""
    browser = worlds.here.browser("relative")
    for row in TABLES["config.urls_centre"]:
        if row.of in OF_THE_CASE:
            path = address(row.route, ids[row.of])
            answer = ask(browser, row.method, path)
            found.for_a_relative[f"{row.method} {path}"] = answer.status_code, answer.content
    for route in ("cases:detail", "api:case"):
        answer = browser.get(address(route, {"pk": uuid4()}))
        found.unknown[route.startswith("api:")] = answer.status_code, answer.content


def unsaid() -> list[str]:
    """Sealed fields of which the centre has no row with anything in it: the canaries would not show that they leak."""
    return [
        f"{model._meta.label}.{sealed.name}"
        for model in apps.get_models()
        for sealed in sealed_fields(model)
        if model._meta.app_label in ("clients", "cases", "plans", "meetings", "attachments", "collaboration")
        and f"{model._meta.label}.{sealed.name}" not in CODES
        and not model._default_manager.filter(**{f"{sealed.name}__isnull": False}).exists()
    ]


def test_the_care_team_and_the_chief_meet_what_was_told(walk: Walk) -> None:
    """Or the search would find nothing at all."""
    shown = set().union(*(words for who in MAY_READ for words in walk.seen_by(who).values()))
    assert {word for word in walk.words - shown if not word.isdigit()} == set()  # numbers are shown with their hyphens


@pytest.mark.parametrize("who", ["clerk", "admin", "guest", "anonymous", "another centre", "headquarters"])
def test_nobody_else_meets_a_word_of_it(who: str, walk: Walk) -> None:
    assert walk.seen_by(who) == {}


def test_a_colleague_meets_what_a_meeting_said_in_general_and_no_other_word(walk: Walk) -> None:
    seen = walk.seen_by("colleague")
    assert set().union(*seen.values()) == walk.general
    assert all(path.startswith("/meetings/") for path in seen)


def test_who_broke_the_glass_meets_it_on_the_pages_that_only_show_and_on_no_other(walk: Walk) -> None:
    """B3: read-only pages of the one case; no form, no paper, no list, no API, nor why others looked."""
    seen = {path: words for path, words in walk.seen_by("glass").items() if not path.startswith("/meetings/")}
    assert len(seen) == 4, sorted(seen)  # the case, the names of its files, its plan, its referral
    assert all(re.fullmatch(r"/(cases|plans|collaboration/referrals|referrals)/[0-9a-f-]{36}/(files/)?", path) for path in seen), sorted(
        seen
    )
    assert not [word for word in set().union(*seen.values()) if word.startswith(("緊急", "確認", "親族", "中身"))]
    assert set().union(*(words for path, words in walk.seen_by("glass").items() if path.startswith("/meetings/"))) == walk.general


def test_a_relative_lives_in_a_world_without_the_case(walk: Walk) -> None:
    """B3, B32: blocked, she meets no word of it, and each of its addresses answers her like an id that nobody has, in bytes."""
    seen = walk.seen_by("relative")
    assert set().union(*seen.values()) == walk.general
    assert all(path.startswith("/meetings/") for path in seen)
    assert len(walk.for_a_relative) > 40
    differing = {path for path, answer in walk.for_a_relative.items() if answer != walk.unknown["/api/" in path]}
    assert differing == set()


def test_a_guest_meets_what_she_was_granted_and_no_other_word(walk: Walk) -> None:
    seen = walk.seen_by("granted")
    assert set().union(*seen.values()) == walk.granted
    assert all(path.startswith("/shared/") for path in seen)


def test_no_address_holds_a_word_of_it(walk: Walk) -> None:
    paths = "\n".join(path for pages in walk.shown.values() for path, _ in pages)
    assert [word for word in walk.words if word in paths] == []


@pytest.mark.parametrize("kept", ["logged", "cached", "mailed", "written", "stored"])
def test_nothing_of_it_is_left_behind(kept: str, walk: Walk) -> None:
    left = getattr(walk, kept)
    assert [word for word in walk.words if word in left or word.encode().hex() in left or repr(word.encode())[2:-1] in left] == []


def test_something_was_logged_and_cached(walk: Walk) -> None:
    """Or the search above would prove nothing."""
    assert "cases/<uuid:pk>/" in walk.logged
    assert walk.cached
    assert walk.stored.count("attachments/test_a/") >= 4
