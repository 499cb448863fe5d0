"""The monthly series of the national survey (支援状況調査): what counts in which month, and by which record."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import models

from casework.cases.models import Case, EmploymentOutcome, Screening, SupportRecord
from casework.meetings.models import MeetingState, SupportCoordinationMeeting
from casework.plans.models import PlanServiceUse, SupportPlan
from casework.reporting.months import Month
from foundation import parameters


class Series(models.TextChoices):
    NEW_CONSULTATIONS = "new_consultations", "新規相談受付件数"
    PLANS_MADE = "plans_made", "プラン作成件数"
    EMPLOYMENT_TARGETS = "employment_targets", "就労支援対象者数"
    STARTED_WORK = "started_work", "就労者数"
    STARTED_WORK_OF_TARGETS = "started_work_of_targets", "就労者数（うち就労支援対象プラン作成者）"
    INCOME_INCREASE = "income_increase", "増収者数"
    INCOME_INCREASE_OF_TARGETS = "income_increase_of_targets", "増収者数（うち就労支援対象プラン作成者）"
    SERVICE_USES = "service_uses", "事業等の利用件数"
    MEETINGS_HELD = "meetings_held", "支援調整会議の開催回数"
    SUPPORT_RECORDS = "support_records", "延べ相談・支援件数（方法別）"
    SCREENING_RESULTS = "screening_results", "スクリーニング結果"
    CLOSED_CASES = "closed_cases", "終結件数"


BY_CODE = {
    Series.SERVICE_USES: "service_use",
    Series.SUPPORT_RECORDS: "record_method",
    Series.SCREENING_RESULTS: "screening_result",
}
"""Series that are told apart by a code, and the code list that names the codes."""


@dataclass(frozen=True)
class Entry:
    """One record that counts: the case it belongs to (None for a meeting), its day, and its code where the series has codes."""

    record: UUID
    case: UUID | None
    on: date
    code: str = ""


@dataclass(frozen=True)
class MonthlyFigures:
    month: Month
    entries: dict[Series, tuple[Entry, ...]]

    def count(self, series: Series, code: str = "") -> int:
        return sum(1 for entry in self.entries[series] if not code or entry.code == code)

    def by_code(self, series: Series) -> dict[str, int]:
        return dict(sorted(Counter(entry.code for entry in self.entries[series]).items()))

    def as_series(self) -> dict[str, Any]:
        """The identifiers and values other systems read; a code without a record is absent."""
        return {series.value: self.by_code(series) if series in BY_CODE else self.count(series) for series in Series}


def monthly_figures(month: Month) -> MonthlyFigures:
    """Every series of the month with the records behind it, in a fixed number of queries; counting rules as dated settings hold."""
    plans = _plans_made(month)
    started, increased = _people_with_outcomes(month)
    targets = _target_plan_days({entry.person for entry in [*started, *increased]})
    found: dict[Series, Iterable[Entry]] = {
        Series.NEW_CONSULTATIONS: _new_consultations(month),
        Series.PLANS_MADE: [Entry(plan.pk, plan.case_id, day) for plan, day in plans],
        Series.EMPLOYMENT_TARGETS: [Entry(plan.pk, plan.case_id, day) for plan, day in plans if plan.is_employment_target],
        Series.STARTED_WORK: [one.entry for one in started],
        Series.STARTED_WORK_OF_TARGETS: [one.entry for one in started if _is_of_target(one, targets)],
        Series.INCOME_INCREASE: [one.entry for one in increased],
        Series.INCOME_INCREASE_OF_TARGETS: [one.entry for one in increased if _is_of_target(one, targets)],
        Series.SERVICE_USES: _service_uses(plans),
        Series.MEETINGS_HELD: _rows(SupportCoordinationMeeting.objects.filter(state=MeetingState.HELD), "held_on", month, case=None),
        Series.SUPPORT_RECORDS: _rows(SupportRecord.objects.all(), "happened_on", month, code="method"),
        Series.SCREENING_RESULTS: _rows(Screening.objects.all(), "screened_on", month, code="result"),
        Series.CLOSED_CASES: _rows(Case.objects.all(), "closed_on", month, case="pk"),
    }
    return MonthlyFigures(month, {series: tuple(found[series]) for series in Series})


def monthly_counts(months: list[Month]) -> dict[Month, tuple[int, int]]:
    """New consultations and plans made of each month, in two queries, for the year's chart."""
    first, last = months[0].first, months[-1].last
    received = Counter(
        Month.of(day) for day in _counted_cases(months[-1]).filter(received_on__range=(first, last)).values_list("received_on", flat=True)
    )
    field = _plan_basis(months[-1])
    made = Counter(
        Month.of(day) for day in _counted_plans(months[-1]).filter(**{f"{field}__range": (first, last)}).values_list(field, flat=True)
    )
    return {month: (received[month], made[month]) for month in months}


def _rows(rows: models.QuerySet[Any], day: str, month: Month, *, case: str | None = "case_id", code: str | None = None) -> list[Entry]:
    found = rows.filter(**{f"{day}__range": (month.first, month.last)}).order_by(day, "pk")
    columns = ["pk", day, case or "pk", code or "pk"]
    return [Entry(pk, owner if case else None, on, name if code else "") for pk, on, owner, name in found.values_list(*columns)]


def _counted_cases(month: Month) -> models.QuerySet[Case]:
    """Returns of former clients count as new unless the setting says otherwise (domain 5.2, unverified: a dated setting)."""
    cases = Case.objects.all()
    return cases if parameters.get("new_consultations.returns_count", on=month.last) else cases.filter(previous=None)


def _new_consultations(month: Month) -> list[Entry]:
    return _rows(_counted_cases(month), "received_on", month, case="pk")


def _plan_basis(month: Month) -> str:
    return str(parameters.get("plans_made.date_basis", on=month.last))


def _counted_plans(month: Month) -> models.QuerySet[SupportPlan]:
    plans = SupportPlan.objects.all()
    return plans if parameters.get("plans_made.replans_count", on=month.last) else plans.filter(number=1)


def _plans_made(month: Month) -> list[tuple[SupportPlan, date]]:
    """Plans and re-plans whose decision or confirmation (the setting's date basis) falls in the month."""
    basis = _plan_basis(month)
    plans = _counted_plans(month).filter(**{f"{basis}__range": (month.first, month.last)}).order_by(basis, "pk")
    return [(plan, getattr(plan, basis)) for plan in plans.only("pk", "case_id", "is_employment_target", basis)]


def _service_uses(plans: list[tuple[SupportPlan, date]]) -> list[Entry]:
    made = {plan.pk: (plan.case_id, day) for plan, day in plans}
    uses = PlanServiceUse.objects.filter(plan__in=made).order_by("service", "pk")
    return [Entry(pk, *made[plan], service) for pk, plan, service in uses.values_list("pk", "plan_id", "service")]


@dataclass(frozen=True)
class _PersonsOutcome:
    person: UUID
    entry: Entry


def _people_with_outcomes(month: Month) -> tuple[list[_PersonsOutcome], list[_PersonsOutcome]]:
    """People who started work, and people who earn more, by their last such day of the month; whoever started counts only there."""
    outcomes = EmploymentOutcome.objects.filter(happened_on__range=(month.first, month.last)).order_by("happened_on", "pk")
    last: dict[tuple[str, UUID], _PersonsOutcome] = {}
    for pk, case, person, kind, day in outcomes.values_list("pk", "case_id", "case__client_id", "kind", "happened_on"):
        last[kind, person] = _PersonsOutcome(person, Entry(pk, case, day))
    started = [one for (kind, _), one in last.items() if kind == "started_work"]
    exclusive = parameters.get("outcomes.started_work_excludes_income_increase", on=month.last)
    counted_above = {one.person for one in started} if exclusive else set()
    return started, [one for (kind, person), one in last.items() if kind == "income_increase" and person not in counted_above]


def _target_plan_days(people: set[UUID]) -> dict[UUID, date]:
    """For each person the first day on which a plan with the employment flag was decided or confirmed."""
    plans = SupportPlan.objects.filter(case__client__in=people, is_employment_target=True, decided_on__isnull=False)
    return dict(plans.values_list("case__client_id").annotate(first=models.Min("decided_on")))


def _is_of_target(one: _PersonsOutcome, targets: dict[UUID, date]) -> bool:
    return one.person in targets and targets[one.person] <= one.entry.on


def last_full_month(today: date) -> Month:
    return Month.of(today.replace(day=1) - timedelta(days=1))
