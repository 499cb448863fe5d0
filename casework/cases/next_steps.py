"""The steps of this slice that stand open in a case: links on its page, by the same questions the domain functions ask."""

from collections.abc import Callable

from django.urls import reverse

from accounts.catalogue import Permission
from accounts.models import Account
from accounts.permissions import allowed
from casework.cases.cards import CaseLink, register_link
from casework.cases.emergency_starts import can_start_early
from casework.cases.models import Case, Stage
from casework.cases.permissions import can_receive
from casework.cases.screening import can_be_screened

SCREENED_AT_ONCE = (
    (10, "継続して支援する", "sprout", "continue_plan"),
    (11, "ほかの機関につないで終える", "split", "referred"),
    (12, "情報提供で終える", "info", "info_only"),
)


def register() -> None:
    """Right after reception its three usual ends are one click away; the duty leads to all five."""
    for order, label, icon, result in SCREENED_AT_ONCE:
        register_link(CaseLink(order, label, icon, _address_of("cases:screen", f"?result={result}"), _for_workers(can_be_screened)))
    for order, label, icon, name, fits in (
        (20, "利用申込を受ける", "file-pen-line", "cases:apply", lambda case: case.stage == Stage.SCREENED),
        (30, "アセスメント", "clipboard-list", "cases:assess", lambda case: case.is_open and case.applied_on is not None),
        (50, "会議の前に支援を始める", "siren", "cases:emergency", can_start_early),
        (80, "就労・増収を記録する", "briefcase", "cases:outcome", lambda _case: True),
    ):
        register_link(CaseLink(order, label, icon, _address_of(name), _for_workers(fits)))
    register_link(
        CaseLink(90, "受付の内容を直す", "pencil", _address_of("cases:edit"), lambda account, case: case.is_open and can_receive(account))
    )


def _for_workers(fits: Callable[[Case], bool]) -> Callable[[Account, Case], bool]:
    """Whoever the page opened to is on the care team or its chief; what is left to ask is whether she may write."""
    return lambda account, case: allowed(account, Permission.WORK_ON_CASE) and fits(case)


def _address_of(name: str, query: str = "") -> Callable[[Case], str]:
    return lambda case: reverse(name, args=[case.pk]) + query
