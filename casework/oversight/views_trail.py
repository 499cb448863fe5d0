"""The trail, read as sentences by those who review it."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.catalogue import Permission
from accounts.gatekeeping import StaffRequest, requires, staff_page
from accounts.persons import accounts_of_mailbox
from audit import reading, trail
from casework.oversight.forms_trail import TrailFilter
from casework.oversight.tabs import tabs_at
from casework.oversight.wording import tell
from disclosure.outputs import output

PAGE = 50


@staff_page
@output("oversight.trail")
@require_GET
@requires(Permission.REVIEW_EVIDENCE)
def trail_page(request: StaffRequest) -> HttpResponse:
    form = TrailFilter(request.GET, viewer=request.user)
    question = form.question()
    narrowed = sorted(form.chosen)
    trail.record_read("evidence.read", by=request.user, channel="screen", purpose="review", narrowed=narrowed)
    herself = list(accounts_of_mailbox(request.user.email).values_list("pk", flat=True))  # nobody learns here that she was noticed
    page = Paginator(reading.lines(**question, but_noticed=herself), PAGE).get_page(request.GET.get("page"))
    first, last = form.period
    context = {
        "form": form,
        "page": page,
        "told": tell(request.user, list(page), channel="screen"),
        "first": first,
        "last": last,
        "is_narrowed": bool(narrowed),
        "tabs": tabs_at("oversight:trail"),
    }
    return render(request, "oversight/trail.html", context)
