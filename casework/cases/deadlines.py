"""When the next step of a case is due: so many working days after the one before, by the dated parameters."""

from datetime import date

from foundation import parameters
from foundation.clock import add_business_days, next_business_day


def screening_due(received_on: date) -> date:
    return add_business_days(received_on, parameters.get("case.screening_days", on=received_on))


def application_due(screened_on: date) -> date:
    return add_business_days(screened_on, parameters.get("case.application_days", on=screened_on))


def consent_due(screened_on: date) -> date:
    return add_business_days(screened_on, parameters.get("case.consent_days", on=screened_on))


def assessment_due(applied_on: date) -> date:
    return add_business_days(applied_on, parameters.get("case.assessment_days", on=applied_on))


def plan_due(assessed_on: date) -> date:
    return add_business_days(assessed_on, parameters.get("case.plan_days", on=assessed_on))


def emergency_report_due(started_on: date) -> date:
    """「速やかに」 (business plan 6(1)): red from the first working day after the start until a meeting has heard of it."""
    return next_business_day(started_on)
