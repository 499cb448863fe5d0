"""アセスメント: each save is a version of its own, written over the one before; none is ever changed."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import transaction

from accounts.models import Account
from audit import trail
from casework.cases.assessment_sheet import LONGEST_TEXT, check_sections
from casework.cases.deadlines import plan_due
from casework.cases.duties import close_duty, open_duty
from casework.cases.events import record_event
from casework.cases.models import Assessment, Case, Stage
from casework.cases.steps import begin_step, check_day, check_not_before, check_open, check_text
from disclosure import gate
from disclosure.opened import Opened
from foundation import codes
from foundation.errors import RuleViolation, StaleVersion, WrongState

Sections = Mapping[str, Mapping[str, Any]]  # Any: an answer is a code, codes, a number or a text


class Sheet(NamedTuple):
    """What a new version starts from, and the number of the version it is written over (0: none)."""

    based_on: int
    sections: Sections
    issue_traits: Sequence[str]
    summary: str
    direction: str


@transaction.atomic
def assess_case(
    case: Case,
    *,
    sections: Sections,
    issue_traits: Sequence[str],
    on: date,
    by: Account,
    today: date,
    summary: str = "",
    direction: str = "",
    based_on: int | None = None,
) -> Assessment:
    """Write the next version of the sheet. `based_on` is the version the writer saw; None does not ask.

    Raises PermissionDenied, WrongState `case_ended`, `not_applied`, StaleVersion, RuleViolation `nothing_assessed`,
    `unknown_item`, `unknown_code`, `repeated_code`, `number_out_of_range`, `too_long`, `future`, `before_reception`,
    `before_application`, `before_last_version`.
    """
    case = begin_step(case, by=by)
    check_open(case)
    if case.applied_on is None:
        raise WrongState("利用申込のあとでアセスメントをします。", code="not_applied")
    last = case.assessments.order_by("-number").first()
    if based_on is not None and based_on != (last.number if last else 0):
        raise StaleVersion()
    _check_sheet(sections, issue_traits, summary=summary, direction=direction, on=on)
    check_day(case, on, today=today)
    check_not_before(on, case.applied_on, "利用申込日", code="before_application")
    if last:
        check_not_before(on, last.made_on, "前の版の作成日", code="before_last_version")
    assessment = Assessment.objects.create(
        case=case,
        number=last.number + 1 if last else 1,
        made_on=on,
        made_by=by,
        sections={key: dict(answers) for key, answers in sections.items() if answers},
        issue_traits=list(issue_traits),
        summary=summary or None,
        direction=direction or None,
    )
    if case.stage == Stage.APPLIED:
        _move_on(case, on=on, by=by)
    record_event(case, "case.assessed", on=on, by=by, about=assessment, facts={"number": assessment.number})
    trail.record("case.assessed", by=by, about=[case, assessment], number=assessment.number)
    return assessment


def prefill(case: Case, viewer: Account, *, channel: str = "screen") -> Sheet:
    """The current version, or what reception already heard: nothing is asked or typed twice (T5)."""
    last = case.assessments.order_by("-number").first()
    heard, *newest = gate.reveal([case, *([last] if last else [])], viewer=viewer, channel=channel)
    return sheet_of(heard, newest[0] if newest else None)


def sheet_of(heard: Opened, newest: Opened | None) -> Sheet:
    """The same from what a page has already opened: the case as heard at reception, and its newest version if there is one."""
    if newest is not None:
        return Sheet(newest.number, newest.sections, newest.issue_traits, newest.summary or "", newest.direction or "")
    return Sheet(0, {"complaint": {"words": heard.memo[:LONGEST_TEXT]}} if heard.memo else {}, [], "", "")


def _check_sheet(sections: Sections, issue_traits: Sequence[str], *, summary: str, direction: str, on: date) -> None:
    if not (any(sections.values()) or issue_traits or summary.strip() or direction.strip()):
        raise RuleViolation("聞き取ったことを、一つは書いてください。", code="nothing_assessed", field="summary")
    check_sections(sections, on=on)
    codes.check("issue_trait", list(issue_traits), on=on, field="issue_traits")
    check_text(Assessment, summary=summary, direction=direction)


def _move_on(case: Case, *, on: date, by: Account) -> None:
    case.stage = Stage.ASSESSED
    case.save(update_fields=["stage"])
    close_duty(case, "case.assessment", by=by, on=on)
    open_duty(case, "plan.make", due_on=plan_due(on), opened_on=on, assigned_to=case.owner)
