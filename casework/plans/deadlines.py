"""When the next step of a plan is due: the usual number of days after the one before (dated parameters), on an open day."""

from datetime import date, timedelta

from casework.plans.models import SupportPlan
from foundation import clock, parameters


def agreement_due(made_on: date) -> date:
    return _days_after(made_on, "plan.agreement_days")


def meeting_due(agreed_on: date) -> date:
    return _days_after(agreed_on, "plan.meeting_days")


def revision_due(asked_on: date) -> date:
    return _days_after(asked_on, "plan.revision_days")


def decision_due(approved_on: date) -> date:
    return _days_after(approved_on, "plan.decision_days")


def follow_up_due(evaluated_on: date) -> date:
    """The closing or the next plan after an evaluation."""
    return _days_after(evaluated_on, "plan.next_days")


def usual_end(begins: date) -> date:
    """The last day of a plan of the usual length (P14)."""
    return clock.add_months(begins, parameters.get("plan.length_months", on=begins)) - clock.DAY


def usual_monitoring(after: date) -> date:
    """The next monitoring at the usual interval (P14)."""
    return clock.business_day_on_or_after(clock.add_months(after, parameters.get("monitoring.interval_months", on=after)))


def evaluation_due(plan: SupportPlan, decided_on: date) -> date:
    return max(plan.period_until or usual_end(decided_on), decided_on)


def _days_after(day: date, parameter: str) -> date:
    return clock.business_day_on_or_after(day + timedelta(days=parameters.get(parameter, on=day)))
