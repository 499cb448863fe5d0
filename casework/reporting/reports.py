"""Making the monthly report: who may, and the line it leaves."""

from django.core.exceptions import PermissionDenied

from accounts.catalogue import Permission
from accounts.models import Account
from accounts.permissions import allowed
from audit import trail
from casework.reporting.figures import MonthlyFigures, monthly_figures
from casework.reporting.months import Month
from foundation.errors import RuleViolation


def make_report(month: Month, *, by: Account | None, channel: str, today_month: Month) -> MonthlyFigures:
    """The month's figures with their records, for page, workbook, API and command alike.

    `by` is None for a command run on the server. Raises PermissionDenied, or RuleViolation `month_to_come`.
    The trail has its line before the figures are returned.
    """
    if by is not None and not allowed(by, Permission.MAKE_MONTHLY_REPORT):
        raise PermissionDenied
    if month > today_month:
        raise RuleViolation("これから来る月の報告はまだ作れません。", code="month_to_come")
    trail.record_read("report.made", by=by, channel=channel, purpose="report", month=str(month))
    return monthly_figures(month)
