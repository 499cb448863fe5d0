"""Two centres and headquarters with everybody in them, on a clone with the real logins: for sweeps over all addresses."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from uuid import UUID, uuid4

from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.db import connections
from django.test import Client

from accounts import approvals
from accounts.models import Account
from accounts.tokens import issue_token
from casework.cases.blocks import block
from casework.cases.models import Case
from casework.cases.models_access import CaseBlock
from casework.cases.records import record_support
from casework.cases.team_requests import ask_to_join
from casework.meetings.models import SupportCoordinationMeeting
from casework.oversight.alerts import raise_alert
from casework.oversight.models import AccessAlert, AlertKind
from casework.oversight.rules import Finding
from casework.oversight.who_read import ask_for_paper
from casework.plans.models import SupportPlan
from casework.protection.models import AdverseParty, BothSides, PossibleParty, ProtectionEnding, SecretPlace
from exports import exports
from foundation import clock
from network.collaboration.grants import end_share, share_referral
from network.collaboration.models import GuestGrant, Referral
from network.collaboration.referrals import refer_client
from network.directory.models import Agency
from tenants.activation import centre_active, headquarters_active, host_active, owner_active
from tenants.hosts import Host, host_named
from tests import databases
from tests.factories.casework import TODAY, make_case, supervised_by
from tests.factories.files import stored_file
from tests.factories.managed import transfer_between, what_is_managed
from tests.factories.objects import Shelf, shelf
from tests.factories.people import guest, staff
from tests.factories.plans import make_draft, make_meeting
from vault import keys

HOSTS = {"test_a": "test-a.testserver", "test_b": "test-b.testserver", "headquarters": "hq.testserver"}
ROLES = {
    "team": ("counsellor",),
    "colleague": ("counsellor",),
    "chief": ("chief_counsellor",),
    "clerk": ("clerk",),
    "admin": ("centre_admin",),
}
OFFICERS = {"analyst": ("analyst",), "training": ("training_officer",), "privacy": ("privacy_officer",)}

Ids = dict[str, UUID | str | int]
clones = count(1)


@dataclass
class Place:
    """A host with its people, and the ids that its addresses are made of, by what they mean."""

    server: str
    people: dict[str, Account]
    ids: dict[str, Ids] = field(default_factory=dict)
    sessions: dict[str, Client] = field(default_factory=dict)

    @property
    def host(self) -> Host:
        host = host_named(self.server)
        assert host is not None
        return host

    def sign_in(self, who: str) -> Client:
        """A browser of its own, signed in unless `who` is "anonymous"."""
        browser = Client(SERVER_NAME=self.server)
        if who != "anonymous":
            with host_active(self.host):
                browser.force_login(self.people[who], backend="accounts.authentication.SignInBackend")
        return browser

    def browser(self, who: str) -> Client:
        """The same person's browser each time."""
        if who not in self.sessions:
            self.sessions[who] = self.sign_in(who)
        return self.sessions[who]


@dataclass
class Casework:
    """What a centre's people work on: one case with everything that hangs on it."""

    case: Case
    plan: SupportPlan
    meeting: SupportCoordinationMeeting
    referral: Referral


@dataclass
class Worlds:
    here: Place
    there: Place
    headquarters: Place
    entrance: Place
    work: Casework
    rows: Callable[[], dict[str, tuple[int, int]]]
    objects: Shelf

    def place_of(self, urlconf: str) -> Place:
        return {
            "config.urls_centre": self.here,
            "config.urls_headquarters": self.headquarters,
            "config.urls_entrance": self.entrance,
        }[urlconf]


@contextmanager
def two_worlds() -> Iterator[Worlds]:
    """On a database of its own, committed. Whoever changes it, changes it for the whole module."""
    with databases.own_database(f"w{next(clones)}_{uuid4().hex[:8]}") as name, rows_of(name) as rows, shelf() as objects:
        keys.forget()  # those of another database, opened by an earlier test
        cache.clear()
        agency = make_agency()
        here, work = furnish("test_a", agency)
        there, _ = furnish("test_b", agency)
        for place, other in ((here, there), (there, here)):
            place.ids["transfer"] = {"pk": transfer_between(other.host, other.people["admin"], place.host, place.people["admin"])}
        headquarters, entrance = staff_headquarters(), Place("testserver", {}, {"": {}})
        for place in (here, there, headquarters):
            for who in place.people:
                place.browser(who)
        yield Worlds(here, there, headquarters, entrance, work, rows, objects)
        for used in connections.all():
            used.close()


@contextmanager
def rows_of(database: str) -> Iterator[Callable[[], dict[str, tuple[int, int]]]]:
    """A function that tells of every table how many rows it has and which was changed last, in all schemas and the keys.

    Left out are sessions, and of the trail everything but the lines of changes: to look and to be refused may leave those.
    """
    with ExitStack() as stack:
        asked = []
        for suffix in databases.SUFFIXES.values():
            admin = stack.enter_context(databases.administrator(database + suffix))
            tables = admin.execute(TABLES).fetchall()
            asked.append((admin, " UNION ALL ".join(COUNT.format(schema, table, where(table)) for schema, table in tables)))
        yield lambda: {name: (rows, last) for admin, sql in asked for name, rows, last in admin.execute(sql).fetchall()}


TABLES = """SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('test_a', 'test_b', 'public', 'headquarters')
    AND tablename NOT IN ('django_session', 'accounts_session') ORDER BY 1, 2"""
COUNT = "SELECT '{0}.{1}', count(*), coalesce(max(xmin::text::bigint), 0) FROM {0}.{1} {2}"


def where(table: str) -> str:
    return "WHERE verdict = 'write'" if table == "audit_auditline" else ""


def make_agency() -> UUID:
    with owner_active():
        return Agency.objects.create(name="見本の法律相談所", kind="legal").pk


def furnish(schema: str, agency_id: UUID) -> tuple[Place, Casework]:
    with centre_active(schema):
        people = {who: staff(*roles, email=f"{who}@{schema}.example.jp", name=f"職員 {who}") for who, roles in ROLES.items()}
        for who in ("granted", "guest"):
            people[who] = guest(email=f"{who}@{schema}.example.jp", agency_id=agency_id)
        place, team = Place(HOSTS[schema], people), people["team"]
        case = make_case("assessed", by=team, memo="家賃のことで見本さんと話した（見本）")
        record = record_support(case, method="phone", text="電話で聞いた（見本）", on=TODAY, by=team, today=TODAY)
        plan, file = make_draft(case, by=team), stored_file(case, by=team, description="届いた通知（見本）")
        meeting = make_meeting(by=team)
        referral, grant, ended = share(case, agency_id, people)
        supervised_by(people["chief"], case)
        asked, block = ask_and_block(case, people)
        consent = case.client.consents.order_by("pk")[0]
        alert, paper = notice(team), ask_for_paper(case, requester="herself", identity="photo_id", by=team, today=TODAY)
        managed = what_is_managed(people["colleague"], asked_by=staff("centre_admin", name="管理 absent"))
        entry = people["guest"].guest_entries.get()
        absent = staff("clerk", name="職員 absent")
        token, _ = issue_token(label="集計（見本）", by=absent)
        passkey = Authenticator.objects.create(user=absent, type="webauthn", data={"name": "見本の鍵", "credential": {}})
        give_password(people)
        guarded = guard(case, people)
    place.ids = {
        "": {},
        "case": {"pk": case.pk},
        "record": {"pk": record.pk},
        "file": {"pk": case.pk, "file_pk": file.pk},
        "consent": {"pk": case.pk, "consent_pk": consent.pk},
        "outsider": {"pk": case.pk, "account_pk": people["colleague"].pk},
        "plan": {"pk": plan.pk},
        "meeting": {"pk": meeting.pk},
        "join": {"pk": case.pk, "approval_pk": asked},
        "block": {"pk": case.pk, "block_pk": block},
        "glass": {"pk": case.pk, "approval_pk": uuid4()},
        "referral": {"pk": referral.pk},
        "grant": {"pk": grant},
        "ended": {"pk": ended},
        **guarded,
        "token": {"token_id": token.id},
        "alert": {"pk": alert.pk},
        "paper": {"pk": case.pk, "request_pk": paper.pk},
        "paper_asked": {"pk": paper.pk},
        "entry": {"pk": entry.pk},
        "passkey": {"passkey_id": passkey.pk},
        "month": {"month": "2026-05"},
        "series": {"month": "2026-05", "series": "new_consultations"},
        **managed,
    }
    with centre_active(schema):
        place.ids["export"] = {"pk": exports.ask("cases.list", {"view": "all", "format": "xlsx"}, purpose="check", by=people["chief"]).pk}
    return place, Casework(case, plan, meeting, referral)


def notice(actor: Account) -> AccessAlert:
    """An alert about what somebody read."""
    alert = raise_alert(Finding(AlertKind.NIGHT, actor.pk, "2026-05-28", TODAY, [], [], 5), today=TODAY)
    assert alert is not None
    return alert


def guard(case: Case, people: dict[str, Account]) -> dict[str, Ids]:
    """What hangs on a protection, over and done with: asking for it again changes nothing, and nobody is protected."""
    by, now, client = people["team"], clock.now(), case.client
    place = SecretPlace.objects.create(client=client, kind="home", value="見本ハウス", added_by=by, added_at=now, removed_at=now)
    known = SecretPlace.objects.create(client=client, kind="work", value="見本商店", added_by=by, added_at=now)
    party = AdverseParty.objects.create(client=client, relation="spouse", name="見本 夫", added_by=by, added_at=now, ended_at=now)
    ending = ProtectionEnding.objects.create(
        client=client, reason="安全を確かめた（見本）", ends_on=TODAY, asked_by=by, asked_at=now, state="declined", closed_at=now
    )
    both = BothSides.objects.create(party=party, account=by, noticed_at=now, allowed_by=people["chief"], allowed_at=now)
    possible = PossibleParty.objects.create(
        party=party, client=client, has_same_name=True, has_same_phone=False, noticed_at=now, is_same=False,
        answered_by=people["chief"], answered_at=now,
    )  # fmt: skip
    return {
        "place": {"pk": case.pk, "place_pk": place.pk},
        "known_place": {"pk": case.pk, "place_pk": known.pk},
        "party": {"pk": case.pk, "party_pk": party.pk},
        "ending": {"pk": case.pk, "ending_pk": ending.pk},
        "both": {"pk": case.pk, "both_pk": both.pk},
        "possible": {"pk": case.pk, "possible_pk": possible.pk},
    }


def give_password(people: dict[str, Account]) -> None:
    """The same for everybody, digested once: argon2 is slow on purpose."""
    digest = make_password("nagai-yoru-no-akari")
    Account.objects.filter(pk__in=[account.pk for account in people.values()]).update(password=digest)
    for account in people.values():
        account.password = digest


def ask_and_block(case: Case, people: dict[str, Account]) -> tuple[UUID, UUID]:
    """The colleague and the chief have asked to join the team; somebody was blocked from the case and is not any more."""
    request, _ = (ask_to_join(case, by=people[who]) for who in ("colleague", "chief"))
    made = block(case, staff("counsellor", name="職員 related"), reason="relative", words="いとこ（見本）", by=people["chief"])
    CaseBlock.objects.filter(pk=made.pk).update(ended_at=clock.now(), ended_by=people["admin"])
    return approvals.waiting_for("case.join", request.pk)[0].pk, made.pk


def share(case: Case, agency_id: UUID, people: dict[str, Account]) -> tuple[Referral, UUID, UUID]:
    """A referral of the case, open to the granted guest; an earlier share has ended."""
    referral, ended = refer_and_share(case, agency_id, people)
    end_share(ended, by=people["team"], today=clock.today())
    return referral, give_access(referral, people).pk, ended.pk


def refer_and_share(case: Case, agency_id: UUID, people: dict[str, Account], **said: str) -> tuple[Referral, GuestGrant]:
    today = clock.today()
    words = {"name": "見本 花子", "kana": "みほん はなこ", "reason": "借金の相談（見本）", "content": "渡す内容（見本）"}
    referral = refer_client(
        case,
        agency=Agency.objects.get(pk=agency_id),
        follow_up_on=today + timedelta(days=14),
        on=today,
        by=people["team"],
        today=today,
        **words | said,
    )
    return referral, give_access(referral, people)


def give_access(referral: Referral, people: dict[str, Account]) -> GuestGrant:
    today = clock.today()
    until = today + timedelta(days=10)
    return share_referral(referral, guest=people["granted"], groups=["identity", "reason"], until=until, by=people["team"], today=today)


def staff_headquarters() -> Place:
    with headquarters_active():
        keys.keyed_digest("a refusal says who asked, and the host's key has to be there")
        people = {who: staff(*roles, email=f"{who}@hq.example.jp", name=f"本部 {who}") for who, roles in OFFICERS.items()}
        managed = what_is_managed(people["analyst"], role="analyst", asked_by=staff("privacy_officer", name="本部 absent"))
        give_password(people)
    return Place(HOSTS["headquarters"], people, {"": {}, "token": {"token_id": uuid4()}, "passkey": {"passkey_id": 1}, **managed})


def unknown(ids: Ids) -> Ids:
    """The same address with ids that nobody has."""
    return {name: uuid4() if isinstance(value, UUID) else value for name, value in ids.items()}
