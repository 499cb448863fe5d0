"""B31, B30, B32: the one she fled from, as a client here: a world with her and one without are the same for him and whoever serves him.

Everything that his worker, reception, a colleague, a guest of his and a relative on the staff can ask is asked before she comes
and after: status, bytes and the number of questions to the database are the same.
"""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import approvals
from accounts.models import Account
from casework.cases.access import find_case
from casework.cases.care_team import join_team
from casework.cases.models import Case
from casework.cases.records import record_support
from casework.clients.people import CallerFacts, ContactFacts, PersonFacts
from casework.protection.models import BothSides
from casework.protection.newcomers import notice_newcomers
from casework.protection.parties import BOTH_SIDES, allow_colleague, notice_both_sides
from disclosure import gate
from foundation.errors import WrongState
from tests.access.addresses import address
from tests.access.matrix import TABLES
from tests.factories.agencies import make_agency
from tests.factories.casework import TODAY, make_case, make_member
from tests.factories.files import stored_file
from tests.factories.objects import Shelf, shelf
from tests.factories.people import guest, staff
from tests.factories.plans import make_draft, make_meeting
from tests.factories.protection import add_party, make_protected
from tests.worlds import guard, refer_and_share

pytestmark = pytest.mark.usefixtures("centre")
PASSING = re.compile(
    r'name="csrfmiddlewaretoken" value="[^"]*"|name="idempotency_key" value="[^"]*"|"X-CSRFToken": ?"[^"]*"|nonce="[^"]*"|'
    r"最後に見た日時：<time[^>]*>[^<]*|"  # of a guest who walks along
    r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{1,2}:[0-9]{2}(?=\u3000画面の印刷)|"
    r"hx-headers='[^']*'|data-csrf=\"[^\"]*\"|csrf[-\w]*=\"[^\"]*\""
)
# the city's figures are exact, and count her; who read his own case tells of this walk's own reads, more each time
NOT_OF_PEOPLE = ("/accounts/", "/api/v1/schema", "/ui/", "/reports/", "/api/v1/monthly", "/oversight/cases/")
NOBODYS = str(UUID(int=4))
HOUSEHOLD = "0700000004321"
# remembered for a while by the process, or written once a minute: when a session was last used
LOOKED_UP = re.compile(
    r'"(foundation_\w+|tenants_\w+|django_content_type|auth_permission)"|"accounts_session(rule)?"|^(RELEASE )?SAVEPOINT'
)
SURNAME = "追川"
Seen = dict[tuple[str, str], tuple[int, str, int]]


@pytest.fixture(autouse=True)
def _stopped_calendar(settings: Any) -> None:
    settings.AS_OF = TODAY


class His:
    """His world: a case, who works on it, and everybody else who is not on her team."""

    def __init__(self) -> None:
        agency = make_agency().pk
        self.worker = staff("counsellor", email="his.worker@example.jp", name="職員 team")
        self.people: dict[str, Account] = {
            "worker": self.worker,
            "clerk": staff("clerk", name="職員 clerk"),
            "relative": staff("counsellor", name="職員 relative"),
            "guest": guest(agency_id=agency),
        }
        people = {"team": self.worker, "granted": self.people["guest"], "chief": staff("chief_counsellor", name="職員 chief")}
        self.chief, self.her_worker = people["chief"], staff("counsellor", email="her.worker@example.jp", name="職員 hers")
        self.case = make_case(
            "assessed",
            by=self.worker,
            person=PersonFacts(f"{SURNAME} 見本夫", "おいかわ みほお"),
            contact_ways=[ContactFacts("mobile", HOUSEHOLD)],
            caller=CallerFacts("spouse", f"{SURNAME} 見本子", HOUSEHOLD),
        )
        record = record_support(self.case, method="phone", text="妻を探している（見本）", on=TODAY, by=self.worker, today=TODAY)
        plan, meeting = make_draft(self.case, by=self.worker), make_meeting(by=self.worker)
        referral, grant = refer_and_share(self.case, agency, people)
        consent = self.case.client.consents.order_by("pk")[0]
        self.ids: dict[str, dict[str, Any]] = {
            "": {},
            "case": {"pk": self.case.pk},
            "record": {"pk": record.pk},
            "consent": {"pk": self.case.pk, "consent_pk": consent.pk},
            "file": {"pk": self.case.pk, "file_pk": stored_file(self.case, by=self.worker).pk},
            "plan": {"pk": plan.pk},
            "meeting": {"pk": meeting.pk},
            "referral": {"pk": referral.pk},
            "ended": {"pk": grant.pk},
            "month": {"month": "2026-05"},
            "series": {"month": "2026-05", "series": "new_consultations"},
            **guard(self.case, people),
        }


def look(browser: Client, path: str, posted: dict[str, str] | None = None) -> tuple[int, str, int]:
    with CaptureQueriesContext(connections["default"]) as asked:
        answer = browser.get(path) if posted is None else browser.post(path, posted)
    body = answer.content.decode(errors="replace") if "pdf" not in answer.get("Content-Type", "") else str(len(answer.content) > 0)
    return answer.status_code, PASSING.sub("", body), sum(1 for query in asked if not LOOKED_UP.search(query["sql"]))


def everything(his: His) -> Iterator[tuple[tuple[str, str], tuple[int, str, int]]]:
    """Every page of his, every list, every search that could find her, by everybody who must not know of her."""
    paths = [address(row.route, his.ids[row.of]) for row in TABLES["config.urls_centre"] if row.method == "GET" and row.of in his.ids]
    paths = [path for path in dict.fromkeys(paths) if not path.startswith(NOT_OF_PEOPLE)]
    terms = (SURNAME, "みほこ", "4321", HOUSEHOLD, "逃田", "R8-0002")
    for who, account in his.people.items():
        browser = Client(SERVER_NAME="test-a.testserver")
        browser.force_login(account, backend="accounts.authentication.SignInBackend")
        for path in (*paths, "/cases/?view=all", "/cases/?view=late", "/cases/?view=new", "/cases/?view=quiet", "/?view=mine"):
            yield (who, path), look(browser, path)
        for term in terms:
            yield (who, f"search {term}"), look(browser, "/clients/search/", {"q": term})
            yield (who, f"similar {term}"), look(browser, "/clients/similar/", {"name": term, "kana": term, "phone": term})
        for path, posted in (("/cases/reception/", {"memo": "", "previous": NOBODYS}), (f"/cases/{his.case.pk}/team/", {})):
            yield (who, f"post {path}"), look(browser, path, posted)


def first_difference(one: str, other: str) -> tuple[str, str]:
    """Where two pages part, with a little of what stands there."""
    at = next((number for number, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one[max(at - 40, 0) : at + 60], other[max(at - 40, 0) : at + 60]


@pytest.fixture
def objects() -> Iterator[Shelf]:
    with shelf() as made:
        yield made


@pytest.mark.usefixtures("objects")
def test_a_world_with_her_and_one_without_are_the_same() -> None:
    """B31: B32: his pages, his papers, lists, counts, searches, the similar-person check; bytes and number of questions alike."""
    his = His()
    dict(everything(his))  # what is looked up once in a process is at hand from here on
    without: Seen = dict(everything(his))

    her = hers_comes(his)

    with_her: Seen = dict(everything(his))
    assert without.keys() == with_her.keys()
    assert {key: (without[key][0], with_her[key][0]) for key in without if without[key][0] != with_her[key][0]} == {}
    assert {key: first_difference(without[key][1], with_her[key][1]) for key in without if without[key][1] != with_her[key][1]} == {}
    assert {key: (without[key][2], with_her[key][2]) for key in without if without[key][2] != with_her[key][2]} == {}
    assert find_case(his.her_worker, her.pk) == her  # or she would not be there for anybody


def hers_comes(his: His) -> Case:
    """In flight from him: same household number, same surname at first, her child's school, a relative of his on the staff."""
    owner = his.her_worker
    her = make_protected(
        owner,
        stage="assessed",
        person=PersonFacts(f"{SURNAME} 見本子", "おいかわ みほこ"),
        contact_ways=[ContactFacts("mobile", HOUSEHOLD), ContactFacts("address", "見本市例示町9-9-9")],
    )
    make_draft(her, by=owner)
    add_party(her, owner, party=his.case.client)
    add_party(her, owner, account=his.people["relative"])
    add_party(her, owner, account=his.people["guest"])
    assert notice_newcomers(today=TODAY) == 2  # by the name in each of the last two
    return her


# -- the same colleague on both sides


def test_who_joins_his_team_while_working_for_her_gets_nothing_of_his_until_the_chief_allows_it() -> None:
    """B31: joining shows nothing to him or his worker; the chief is told, and the later case stays closed to the colleague."""
    chief, hers, his_worker = make_member("chief_counsellor"), make_member(), make_member()
    her, his = make_protected(hers), make_case(by=his_worker)
    add_party(her, hers, party=his.client)
    join_team(his, hers, by=his_worker, today=TODAY)
    assert find_case(hers, her.pk) == her
    with pytest.raises(gate.Refused):
        gate.reveal([his.client], viewer=hers, channel="screen")
    assert notice_both_sides(today=TODAY) == 1
    assert notice_both_sides(today=TODAY) == 0
    both = BothSides.objects.get()
    approvals.decline(approvals.waiting_for(BOTH_SIDES, both.pk).get(), by=chief)
    assert (both.account, her.duties.filter(kind="protection.both_sides", closed_on=None).count()) == (hers, 1)
    allow_colleague(both, by=chief)  # she thought again
    with pytest.raises(WrongState):
        allow_colleague(both, by=chief)
    assert find_case(hers, his.pk) == his
    assert gate.reveal([his.client, her.client], viewer=hers, channel="screen")
    assert not her.duties.filter(kind="protection.both_sides", closed_on=None).exists()


def test_who_works_for_him_and_joins_her_team_does_not_meet_her_until_allowed() -> None:
    """B31: the same the other way round: of two cases the later one waits."""
    hers, his_worker = make_member(), make_member()
    her, his = make_protected(hers), make_case(by=his_worker)
    add_party(her, hers, party=his.client)
    join_team(her, his_worker, by=hers, today=TODAY)
    assert find_case(his_worker, his.pk) == his
    with pytest.raises(gate.Refused):
        gate.reveal([her.client], viewer=his_worker, channel="screen")
