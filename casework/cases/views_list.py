"""担当ケース: fifty rows, the saved views as tabs, everything in the address."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from accounts.catalogue import Permission
from accounts.gatekeeping import StaffRequest, requires, staff_page
from accounts.models import Account
from casework.cases import duties, exports
from casework.cases.access import named_cases
from casework.cases.caseload import ALL, VIEWS, cases_in, count_views, next_duties, views_for
from casework.cases.forms_list import CaseFilter
from casework.cases.models import Case, Duty, Stage
from casework.cases.permissions import can_receive
from casework.clients.models import Client
from disclosure import gate
from disclosure.opened import Opened
from disclosure.outputs import output
from foundation import clock, parameters
from ui.parts import Badge, Tab, Tone

PAGE = 50


class Row(NamedTuple):
    """A case, and who it is about if the viewer may open it."""

    case: Case
    client: Opened | None
    due: Duty | None
    due_label: str
    is_late: bool
    stage: Badge


TONES: dict[str, Tone] = {Stage.RECEIVED: "info", Stage.SCREENED: "info", Stage.SUPPORTING: "ok", Stage.SUSPENDED: "warn"}


@staff_page
@output("cases.list")
@require_GET
@requires(Permission.SEE_CASE_REGISTER)
def case_list(request: StaffRequest) -> HttpResponse:
    today = clock.today()
    form = CaseFilter(request.GET, viewer=request.user)
    chosen = form.chosen
    views = views_for(request.user, today)
    counts = count_views(views, request.user)
    if not request.GET.get("view") and not counts["mine"]:
        chosen["view"] = ALL
    rows = cases_in(views[chosen["view"]], request.user, sort=chosen.get("sort", ""))
    narrowed = rows.filter(**{name: chosen[name] for name in ("stage", "owner") if name in chosen})
    page = Paginator(narrowed, PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "rows": rows_of(request.user, list(page), today),
        "tabs": [Tab(label, f"{reverse('cases:list')}?view={name}", name == chosen["view"], counts[name]) for name, label in VIEWS.items()],
        "view": chosen["view"],
        "lead": f"{VIEWS[chosen['view']]} {page.paginator.count}件",
        "quiet_days": parameters.get("contact.quiet_days", on=today),
        "may_receive": can_receive(request.user),
        "may_export": exports.may_export(request.user),
        "conditions": urlencode({"kind": exports.KIND, **chosen}),
        "is_narrowed": any(name in chosen for name in ("stage", "owner")),
    }
    return render(request, "cases/list.html", context)


def rows_of(viewer: Account, cases: Sequence[Case], today: date) -> list[Row]:
    """Name, duty and days only where the case opens; one reveal for the page, so one line of evidence."""
    named = named_cases(viewer, [case.pk for case in cases])
    clients: dict[object, Client] = {case.client_id: case.client for case in cases if case.pk in named}
    opened = gate.reveal(clients.values(), viewer=viewer, channel="screen", fields=("name", "kana"))
    names = {client.pk: client for client in opened}
    opens = {case.pk: names[case.client_id] for case in cases if case.pk in named}
    first_due = next_duties(opens)
    return [_row(case, opens.get(case.pk), first_due.get(case.pk), today) for case in cases]


def _row(case: Case, client: Opened | None, due: Duty | None, today: date) -> Row:
    is_late = due is not None and due.is_overdue(today)
    stage = Badge(case.get_stage_display(), TONES.get(case.stage, ""))
    return Row(case, client, due, duties.label_of(due) if due else "", is_late, stage)
