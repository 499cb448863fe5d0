"""Taking over a centre's past: each line through the domain function that does the same on screen, all or nothing."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import models, transaction

from accounts.catalogue import Permission
from accounts.models import Account
from accounts.permissions import allowed
from audit import trail
from casework.cases.applications import ConsentFacts, apply_for_support
from casework.cases.assessments import assess_case
from casework.cases.emergency_starts import start_support_early
from casework.cases.models import Case, EmergencyStart
from casework.cases.outcomes import record_outcome
from casework.cases.reception import receive_person
from casework.cases.records import record_support
from casework.cases.screening import screen_case
from casework.clients.people import ContactFacts, PersonFacts
from casework.history.lines import BadLine, Line, read_lines
from casework.history.models import ImportedLine, ImportReference
from casework.meetings.decisions import decide_plan, report_emergency_start
from casework.meetings.meetings import call_meeting, hold_meeting
from casework.meetings.models import MeetingKind, SupportCoordinationMeeting
from casework.plans.agreements import agree_plan
from casework.plans.closing import close_case
from casework.plans.decisions import record_decision
from casework.plans.evaluations import evaluate_plan
from casework.plans.models import SupportPlan
from casework.plans.parts import ActionFacts, GoalFacts
from casework.plans.plans import make_plan
from foundation import clock
from foundation.errors import RuleViolation
from vault import keys

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True)
class Imported:
    """How many lines were put through now, and how many had been before."""

    added: int
    known: int


@dataclass
class _Import:
    by: Account
    known: dict[tuple[str, str], UUID]
    line: Line = field(init=False)

    def find(self, model: type[M], kind: str, name: str, member: str) -> M:
        try:
            return model._default_manager.get(pk=self.known[kind, name])
        except KeyError:
            label = {"case": "ケース", "plan": "プラン"}[kind]
            raise BadLine(self.line.number, member, f"{label} {name} はまだ出てきていません。") from None

    def remember(self, kind: str, name: str, thing: models.Model) -> None:
        self.known[kind, name] = thing.pk
        ImportReference.objects.create(kind=kind, name=name, object_id=thing.pk)

    def refuse_known(self, kind: str, name: str) -> None:
        if (kind, name) in self.known:
            raise BadLine(self.line.number, kind, f"{name} はもう使われています。")

    @property
    def day(self) -> dict[str, Any]:
        return {"on": self.line.on, "today": self.line.on, "by": self.by}


def import_history(lines: Iterable[bytes], *, by: Account, progress: Callable[[int], None] = lambda count: None) -> Imported:
    """Put a file's lines through; lines that were put through before are passed over.

    The active centre stays as it was, keys included, when any line cannot be: raises BadLine with line, member and reason.
    Raises PermissionDenied when the account may not take a past over.
    """
    if not allowed(by, Permission.IMPORT_HISTORY):
        raise PermissionDenied
    with keys.unmade_on_failure(), transaction.atomic():
        return _import(lines, by, progress)


def _import(lines: Iterable[bytes], by: Account, progress: Callable[[int], None]) -> Imported:
    run = _Import(by, {(kind, name): pk for kind, name, pk in ImportReference.objects.values_list("kind", "name", "object_id")})
    done = set(ImportedLine.objects.values_list("digest", "occurrence"))
    added: list[ImportedLine] = []
    count = 0
    for count, line in enumerate(read_lines(lines), start=1):
        digest = trail.digest(line.digest)  # a line may be as guessable as a name and a phone number
        if (digest, line.occurrence) not in done:
            run.line = line
            _put_through(run, line)
            added.append(ImportedLine(digest=digest, occurrence=line.occurrence))
        progress(count)
    ImportedLine.objects.bulk_create(added, batch_size=1000)
    if added:
        trail.record("history.imported", by=by, channel="command", purpose="handover", lines=len(added))
    return Imported(added=len(added), known=count - len(added))


def _put_through(run: _Import, line: Line) -> None:
    if line.on > clock.today():
        raise BadLine(line.number, "on", "これから来る日です。")
    try:
        with transaction.atomic():
            _STEPS[line.kind](run, line.members)
    except PermissionDenied as refusal:
        raise BadLine(line.number, "kind", "取り込む人に、この手続きをする権限がありません。") from refusal
    except RuleViolation as violation:
        raise BadLine(line.number, _member_at_fault(line, violation), str(violation.message)) from violation


_MEMBERS = {"kind": "outcome", "goal_results": "goals", "held_on": "on", "contact_ways": "person.phone"} | {
    name: f"person.{name}" for name in ("name", "kana", "birth_date", "sex")
}
_MEMBER_OF_CODE = {"main_not_among_concerns": "main_concern", "previous_open": "previous", "before_closing": "previous"}


def _member_at_fault(line: Line, violation: RuleViolation) -> str:
    """The file's name for what the rule found wrong; a step out of turn is the fault of what it names."""
    field = violation.field or ""
    member = _MEMBER_OF_CODE.get(violation.code or "") or _MEMBERS.get(field, field)
    if member.split(".")[0] in line.members:
        return member
    return next(name for name in ("meeting", "case", "plan") if name in line.members)


def _reception(run: _Import, given: dict[str, Any]) -> None:
    run.refuse_known("case", given["case"])
    person, previous = given.get("person"), given.get("previous")
    if person is not None and previous is not None:
        raise BadLine(run.line.number, "previous", "person と previous はどちらか一方にしてください。")
    facts, ways = _person(person or {})
    case = receive_person(
        person=facts,
        previous=_last_case_since(run.find(Case, "case", previous, "previous")) if previous else None,
        contact_ways=ways,
        memo=given.get("memo", ""),
        route=given.get("route", ""),
        concerns=given.get("concerns", [given["main_concern"]] if "main_concern" in given else []),
        main_concern=given.get("main_concern", ""),
        **run.day,
    )
    run.remember("case", given["case"], case)


def _last_case_since(case: Case) -> Case:
    """Old tables may name any earlier case of the person; the new one follows the last of them."""
    while (later := Case.objects.filter(previous=case).first()) is not None:
        case = later
    return case


def _person(given: dict[str, Any]) -> tuple[PersonFacts | None, list[ContactFacts]]:
    known = {name: given[name] for name in ("name", "kana", "sex", "birth_date") if name in given}
    ways = [ContactFacts(kind=_phone_kind(given["phone"]), value=given["phone"])] if "phone" in given else []
    return (PersonFacts(**known) if known else None), ways


def _phone_kind(phone: str) -> str:
    return "mobile" if phone.startswith(("070", "080", "090")) else "home_phone"


def _case(run: _Import, given: dict[str, Any]) -> Case:
    return run.find(Case, "case", given["case"], "case")


def _plan_named(run: _Import, given: dict[str, Any], member: str = "plan") -> SupportPlan:
    return run.find(SupportPlan, "plan", given["plan"], member)


def _plan(run: _Import, given: dict[str, Any]) -> None:
    run.refuse_known("plan", given["plan"])
    plan = make_plan(
        _case(run, given),
        wishes=given.get("wishes", ""),
        issues=given.get("issues", ""),
        cautions=given.get("cautions", ""),
        goals=[GoalFacts(**goal) for goal in given["goals"]],
        actions=[ActionFacts(**action) for action in given.get("actions", [])],
        service_uses=given.get("service_uses", []),
        is_employment_target=given.get("employment_target", False),
        **run.day,
    )
    run.remember("plan", given["plan"], plan)


def _meeting(run: _Import, given: dict[str, Any]) -> None:
    run.refuse_known("meeting", given["meeting"])
    day: dict[str, Any] = {"by": run.by, "today": run.line.on}
    meeting = call_meeting(held_on=run.line.on, kind=MeetingKind.REGULAR, starts_at=None, place="", attendees=given["attendees"], **day)
    for position, item in enumerate(given["items"], start=1):
        if "plan" in item and item["plan"] in [earlier.get("plan") for earlier in given["items"][: position - 1]]:
            raise BadLine(run.line.number, f"items[{position}].plan", f"プラン {item['plan']} がこの会議に二度あります。")
        _agenda_item(run, meeting, item, f"items[{position}]")
    meeting.refresh_from_db()
    hold_meeting(meeting, attendees=given["attendees"], attendee_names="", remarks="", version=meeting.version, **day)
    run.remember("meeting", given["meeting"], meeting)


def _agenda_item(run: _Import, meeting: SupportCoordinationMeeting, item: dict[str, Any], member: str) -> None:
    if ("plan" in item) == ("emergency_start" in item):
        raise BadLine(run.line.number, member, "plan か emergency_start のどちらか一方を書いてください。")
    day: dict[str, Any] = {"by": run.by, "today": run.line.on}
    try:
        if "plan" in item:
            plan = _plan_named(run, item, f"{member}.plan")
            decide_plan(meeting, plan, decision=item["decision"], reason=item.get("reason", ""), minutes="", **day)
        else:
            if item["decision"] != "reported":
                raise BadLine(run.line.number, f"{member}.decision", "会議前の開始は reported（報告済み）だけです。")
            report_emergency_start(meeting, _unreported_start(run, item["emergency_start"], f"{member}.emergency_start"), **day)
    except RuleViolation as violation:
        at_fault = violation.field if violation.field in ("decision", "reason") else "plan" if "plan" in item else "emergency_start"
        raise BadLine(run.line.number, f"{member}.{at_fault}", str(violation.message)) from violation


def _unreported_start(run: _Import, name: str, member: str) -> EmergencyStart:
    case = run.find(Case, "case", name, member)
    start = case.emergency_starts.filter(reported_on=None).order_by("started_on").first()
    if start is None:
        raise BadLine(run.line.number, member, f"ケース {name} に、報告を待つ会議前の開始がありません。")
    return start


def _agreement(run: _Import, given: dict[str, Any]) -> None:
    agree_plan(_plan_named(run, given), **run.day)


def _decision(run: _Import, given: dict[str, Any]) -> None:
    record_decision(_plan_named(run, given), decision_kind=given["decision_kind"], **run.day)


def _evaluation(run: _Import, given: dict[str, Any]) -> None:
    evaluate_plan(
        _plan_named(run, given),
        outcome=given["outcome"],
        goal_results=given.get("goals", []),
        changes=given.get("changes", []),
        reason=given.get("reason", ""),
        **run.day,
    )


def _with_case(function: Callable[..., object], names: dict[str, str], run: _Import, given: dict[str, Any]) -> None:
    """Call the function with the line's case and those members it has, under the function's own names."""
    function(_case(run, given), **{argument: given[member] for argument, member in names.items() if member in given}, **run.day)


def _application(run: _Import, given: dict[str, Any]) -> None:
    apply_for_support(_case(run, given), consents=[ConsentFacts(kind=kind) for kind in given["consents"]], **run.day)


def _assessment(run: _Import, given: dict[str, Any]) -> None:
    assess_case(_case(run, given), sections={}, issue_traits=given.get("issue_traits", []), summary=given.get("summary", ""), **run.day)


_STEPS: dict[str, Callable[[_Import, dict[str, Any]], None]] = {
    "reception": _reception,
    "screening": partial(_with_case, screen_case, {"result": "result"}),
    "application": _application,
    "emergency_start": partial(_with_case, start_support_early, {"agreed_on": "agreed_on", "content": "content"}),
    "assessment": _assessment,
    "plan": _plan,
    "agreement": _agreement,
    "meeting": _meeting,
    "decision": _decision,
    "record": partial(_with_case, record_support, {"method": "method", "minutes": "minutes", "text": "text"}),
    "outcome": partial(_with_case, record_outcome, {"kind": "outcome"}),
    "evaluation": _evaluation,
    "closing": partial(_with_case, close_case, {"reason": "reason"}),
}
