"""Who read this person's data: for herself, when she asks. A paper to hand over, with two people and a checked identity."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse

from accounts import approvals
from accounts.catalogue import Role
from accounts.models import Account, Approval, ApprovalState
from audit import reading, trail
from audit.reading import Reading
from audit.sentences import purpose_in_words
from casework.cases.access import can_work_on_case
from casework.cases.models import Case
from casework.oversight.models import IdentityCheck, Requester, WhoReadRequest
from casework.oversight.permissions import blocked_among, can_read_trail
from casework.oversight.wording import CHANNELS, People, fields_in_words
from foundation import clock, parameters
from foundation.errors import RuleViolation, WrongState

PAPER = "who_read.paper"
VALID_DAYS = 14
MACHINE = "job"

# nothing finer is said to anybody outside: why a file was opened may be somebody else's secret
REASONS = {
    "support": "相談を 手伝うため",
    "supervision": "仕事が 正しいかを 確かめるため",
    "meeting": "会議で 話し合うため",
    "shared": "ほかの ところと いっしょに 手伝うため",
    "referral": "ほかの ところと いっしょに 手伝うため",
    "report": "人数や 回数を 数えるため",
    "statistics": "人数や 回数を 数えるため",
}
OTHER_REASON = "センターの 仕事の ため"
SOMEBODY_ELSEWHERE, SOMEBODY_HERE = "ほかの 機関の 人", "センターの 職員"


class Shown(NamedTuple):
    """A line of the page: who, what, why and how, day by day."""

    day: date
    who: str
    what: str
    why: str
    how: str
    times: int


class PaperRow(NamedTuple):
    """A line of the paper."""

    day: date
    who: str
    why: str
    times: int


class Paper(NamedTuple):
    rows: list[PaperRow]
    by_machine: int
    first: date | None


def register() -> None:
    approvals.register(
        PAPER,
        approvals.Kind(
            "「だれが見たか」の紙を本人に渡す",
            may_decide,
            carry_out,
            lambda one: reverse("oversight:who_read_decide", args=[one.about_id]),
            lambda papers: dict(WhoReadRequest.objects.filter(pk__in=papers).values_list("pk", "case__number")),
        ),
    )


def shown_rows(readings: Sequence[Reading]) -> list[Shown]:
    """Everything, newest first, for staff who may read the case."""
    people = People.of_readings(readings)
    return [
        Shown(
            each.day,
            people.actor(each.actor, each.actor_kind, each.membership),
            fields_in_words(each.fields),
            "数える・確かめるために" if each.channel == MACHINE else purpose_in_words(each.purpose),
            CHANNELS.get(each.channel, ""),
            each.times,
        )
        for each in reversed(readings)
    ]


def paper_of(client: UUID, *, today: date) -> Paper:
    """By person and day; reasons in few plain words; a machine's reads as a number. Names of staff as the setting says."""
    readings = reading.readings_of(client)
    by_people = [each for each in readings if each.channel != MACHINE and each.actor is not None]
    people = People.of_readings(by_people)
    with_names = bool(parameters.get("who_read.staff_names", on=today))
    counted: Counter[tuple[date, str, str]] = Counter()
    for each in by_people:
        counted[each.day, _called(each, people, with_names), REASONS.get(each.purpose, OTHER_REASON)] += each.times
    rows = [PaperRow(day, who, why, times) for (day, who, why), times in counted.items()]
    machine = sum(each.times for each in readings if each.channel == MACHINE or each.actor is None)
    return Paper(rows, machine, readings[0].day if readings else None)


def _called(each: Reading, people: People, with_names: bool) -> str:
    if each.actor_kind == Role.GUEST:
        return SOMEBODY_ELSEWHERE
    if with_names:
        return people.actor(each.actor, each.actor_kind, each.membership)
    held = people.memberships.get(each.membership) if each.membership else None
    return held.role_labels[0] if held else SOMEBODY_HERE


# -- asking for the paper, and giving it


def can_ask(account: Account, case: Case) -> bool:
    return can_work_on_case(account, case)


def may_decide(account: Account, papers: Collection[UUID]) -> Collection[UUID]:
    if not can_read_trail(account):
        return ()
    asked = dict(WhoReadRequest.objects.filter(pk__in=papers).values_list("pk", "case__client_id"))
    blocked = blocked_among(account, asked.values())
    return {paper for paper, client in asked.items() if client not in blocked}


@transaction.atomic
def ask_for_paper(case: Case, *, requester: str, identity: str, by: Account, today: date) -> WhoReadRequest:
    """Note that the client herself asked and how it was seen that it is she; a second person has to agree.

    For nobody else, a parent or a spouse neither: there is a procedure of law for that, and whoever asks may be whom she fled
    from. Raises PermissionDenied, RuleViolation `not_for_others`, `identity_not_checked`, `already_asked`.
    """
    if not can_ask(by, case):
        raise PermissionDenied
    if requester != Requester.HERSELF:
        raise RuleViolation(
            "この紙は、本人にだけ渡せます。家族や代理の人には、開示請求の窓口を案内してください。ここに来たことも伝えないでください。",
            code="not_for_others",
            field="requester",
        )
    if identity not in IdentityCheck:
        raise RuleViolation("本人だと、何で確かめたかを選んでください。", code="identity_not_checked", field="identity")
    waiting = Approval.objects.filter(kind=PAPER, state=ApprovalState.WAITING, expires_at__gt=clock.now())
    if WhoReadRequest.objects.filter(case=case, pk__in=waiting.values("about_id")).exists():
        raise RuleViolation("同じ依頼がすでに承認を待っています。", code="already_asked")
    asked = WhoReadRequest.objects.create(case=case, asked_on=today, asked_by=by, identity=identity)
    approvals.ask(PAPER, asked, by=by)
    trail.record("who_read.asked", by=by, about=asked, identity=identity)
    return asked


def carry_out(approval: Approval, *, by: Account) -> None:
    asked = WhoReadRequest.objects.select_for_update(of=("self",)).select_related("case").get(pk=approval.about_id)
    asked.approved_by, asked.approved_on = by, clock.today()
    asked.save(update_fields=["approved_by", "approved_on"])
    trail.record("who_read.approved", by=by, about=asked)


def check_may_be_handed_over(asked: WhoReadRequest, *, by: Account, today: date) -> None:
    """Raises PermissionDenied, WrongState `not_approved`, `too_late`."""
    if not can_ask(by, asked.case):
        raise PermissionDenied
    if asked.approved_on is None:
        raise WrongState("この紙は、まだもう一人の承認を待っています。", code="not_approved")
    if (today - asked.approved_on).days > VALID_DAYS:
        raise WrongState("承認から14日が過ぎました。もう一度、本人を確かめて依頼してください。", code="too_late")
