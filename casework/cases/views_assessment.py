"""アセスメント."""

from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from accounts.gatekeeping import StaffRequest, staff_page
from casework.cases.access import find_case
from casework.cases.answers import step_page
from casework.cases.forms_steps import WithdrawalForm
from disclosure.outputs import output


@staff_page
@output("cases.assess")
@require_http_methods(["GET", "POST"])
def assess(request: StaffRequest, pk: UUID) -> HttpResponse:
    return step_page(request, find_case(request.user, pk), WithdrawalForm(), "cases/screen.html")
