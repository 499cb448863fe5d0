"""B34, B5, B33: every way out is known, and through none of them goes where a protected person is.

The envelope, the address book, the calendar, the workbook for the city: the second channel that does not know of the flag. So the
list of ways out is written by hand; a new page, document, mail or command that is not on it fails here before it leaks.
"""

import ast
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.core import mail
from django.core.management import call_command
from django.urls import resolve
from pytest_django import DjangoDbBlocker

from accounts import step_up
from casework.cases.models import Case
from casework.clients.models import ContactWay
from casework.protection.protections import add_secret_place, protect
from disclosure import gate, outputs
from disclosure.channels import ON_SCREEN, Channel
from foundation import clock
from tenants.activation import centre_active
from tests.access.addresses import address
from tests.access.matrix import TABLES
from tests.access.test_leaks import plant, text_of
from tests.access.test_matrix import ask
from tests.worlds import two_worlds

ROOT = Path(__file__).resolve().parents[2]
OURS = ("platform", "casework", "network", "api", "tenants", "config")
ROWS = [row for row in TABLES["config.urls_centre"] if row.route not in {"account_logout"}]

# Who makes paper, workbooks and mails, and why nothing of hers can be in them; a new one needs its line and its reason.
MAKERS = {
    "casework/cases/exports.py": "made at the moment of handing over, through the gate, of people who exist for the asker",
    "casework/meetings/exports.py": "meetings.pdf, walked below",
    "casework/oversight/views_who_read.py": "who read her data, for herself: names of readers, no field of hers",
    "casework/plans/exports.py": "plans.pdf, walked below",
    "casework/reporting/workbook.py": "reporting.workbook, walked below",
    "platform/accounts/invitations.py": "an address of ours and the invited person's own",
    "platform/accounts/notices.py": "fixed words without data",
    "platform/ui/paper.py": "the press itself",
}
MAKING = {"render_pdf", "pdf_of", "EmailMessage", "EmailMultiAlternatives", "send_mail", "Workbook", "load_workbook", "HTML", "Calendar"}

COMMANDS = {
    "import_history": "reads, prints counts",
    "monthly_report": "run below",
    "add_member": "accounts alone",
    "migrate": "no data",
    "open_centre": "no data",
    "repair_logins": "no data",
}
# other people's commands whose output holds no opened field of a client
WITHOUT_CLIENTS = {
    "audit_gaps",
    "audit_prove",
    "audit_seal",
    "audit_verify",
    "audit_who_read",
    "erase_centre_keys",
    "erasure_ledger",
    "field_map",
    "replay_erasures",
    "rotate_keys",
    "sweep_keys",
}


def makers() -> set[str]:
    found = set()
    for top in OURS:
        for path in (ROOT / top).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                    if name in MAKING:
                        found.add(str(path.relative_to(ROOT)))
    return found


def commands() -> set[str]:
    return {path.stem for top in OURS for path in (ROOT / top).rglob("management/commands/*.py") if path.stem != "__init__"}


def test_whoever_makes_paper_a_workbook_or_a_mail_is_on_the_list() -> None:
    """B34: a new maker fails here until somebody says why nothing of a protected person can be in what it makes."""
    assert makers() == set(MAKERS)


def test_every_command_is_on_the_list() -> None:
    """B34."""
    assert commands() - WITHOUT_CLIENTS == set(COMMANDS)


@dataclass
class Walk:
    """What left by each output, after the flag was set."""

    whereabouts: list[str] = field(default_factory=list)
    secret: str = ""
    planted: list[str] = field(default_factory=list)
    general: frozenset[str] = frozenset()
    seen: list[tuple[str, str, str, str]] = field(default_factory=list)  # who, output code, address, text
    left: str = ""


@pytest.fixture(scope="module")
def walk(django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    with django_db_blocker.unblock(), two_worlds() as worlds, pytest.MonkeyPatch.context() as patch:
        patch.setattr(step_up, "is_fresh", lambda request: request.method == "GET")  # behind a proof, too, a page shows what it shows
        found, people = Walk(), worlds.here.people
        with centre_active("test_a"):
            tell, _, planted = plant(worlds)
            case = Case.objects.select_related("client", "owner").get(pk=planted["case"]["pk"])
            ways = gate.reveal(ContactWay.objects.filter(client=case.client_id), viewer=people["team"], channel="screen")
            found.whereabouts = [str(row.value) for row in ways] + [str(row.note) for row in ways if row.note]
            (told,) = gate.reveal([case], viewer=people["team"], channel="screen")
            found.secret = str(told.memo)[:12]
            protect(case, kind="dv", by=people["team"], today=clock.today())
            add_secret_place(case, kind="school", value=found.secret, by=people["team"], today=clock.today())
            found.planted = list(tell.planted)
            remarks = next(number for number, word in enumerate(tell.planted) if word.startswith("全体"))
            found.general = frozenset(tell.planted[remarks - 1 : remarks + 1])
        ids = worlds.here.ids | planted
        for who in ("team", "chief", "colleague", "clerk", "granted"):
            browser = worlds.here.browser(who)
            for row in ROWS:
                if row.method == "GET" or who in ("team", "chief"):
                    path = address(row.route, ids[row.of])
                    entry = outputs.output_of(resolve(path, "config.urls_centre").func)
                    answer = ask(browser, row.method, path)
                    found.seen.append((who, entry.code if entry else "", path, text_of(answer)))
            for path, posted in (("/clients/search/", {"q": "かなりあ"}), ("/clients/similar/", {"kana": "かなりあ", "name": "金糸雀"})):
                found.seen.append((who, "clients.search", path, text_of(browser.post(path, posted))))
        out = tmp_path_factory.mktemp("report") / "report.xlsx"
        call_command("monthly_report", "test_a", "2026-05", out=out)
        with zipfile.ZipFile(out) as book:
            found.seen.append(("server", "command", "monthly_report", "\n".join(book.read(name).decode() for name in book.namelist())))
        found.left = "\n".join(str(letter.message()) for letter in getattr(mail, "outbox", []))
        yield found


def leaks(walk: Walk, words: list[str], *, channels: frozenset[Channel] | None = None, who: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """(who, address) of every answer in which one of the words stands, printed numbers with their hyphens too."""
    entries = outputs.registered()
    return [
        (viewer, path)
        for viewer, code, path, text in walk.seen
        if (not who or viewer in who)
        and (channels is None or (code in entries and entries[code].channel in channels))
        and any(word in text or word in text.replace("-", "") for word in words)
    ]


def test_her_whereabouts_leave_by_no_output_for_nobody(walk: Walk) -> None:
    """B34: B5: page, fragment, JSON, PDF, workbook, mail, command: the canary address and number stand nowhere."""
    assert len(walk.whereabouts) >= 2
    assert leaks(walk, walk.whereabouts) == []
    assert [word for word in walk.whereabouts if word in walk.left] == []


def test_a_text_that_names_her_place_leaves_by_no_paper_file_or_interface(walk: Walk) -> None:
    """B34: her own team reads it on its screen; PDF, workbook and JSON cover it."""
    off_screen = frozenset(set(Channel) - ON_SCREEN)
    assert leaks(walk, [walk.secret], channels=off_screen) == []
    assert leaks(walk, [walk.secret], channels=ON_SCREEN, who=("team",)) != []


def test_for_those_outside_her_team_no_word_of_hers_leaves_at_all(walk: Walk) -> None:
    """B34: B30: colleague, clerk, and the guest whose share has stopped."""
    hers = [word for word in walk.planted if word not in walk.general]
    assert leaks(walk, hers, who=("colleague", "clerk", "granted")) == []


def test_every_registered_output_of_a_centre_was_walked(walk: Walk) -> None:
    """B34: an output with no route in the matrix would be one that nobody looked through."""
    ours = {code for code, entry in outputs.registered().items() if not entry.made_by.startswith(("tests.", "headquarters."))}
    assert ours - {code for _, code, _, _ in walk.seen} - {"ui.gallery"} == set()
