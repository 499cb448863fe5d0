"""The queue of what looked odd, and one of it after the other: a code, a few words, the next."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounts.catalogue import Permission
from accounts.gatekeeping import StaffRequest, requires, staff_page
from accounts.models import Account
from audit import reading, trail
from casework.cases.answers import posted, status_of, take
from casework.oversight.alerts import next_alert, queue_of, review_alert
from casework.oversight.forms_review import ReviewForm
from casework.oversight.models import AccessAlert
from casework.oversight.permissions import can_review
from casework.oversight.tabs import tabs_at
from casework.oversight.wording import tell, why_odd
from disclosure import gate
from disclosure.outputs import output
from foundation import clock
from foundation.errors import RuleViolation
from ui.parts import Tab

PAGE = 50
VIEWS = {"open": "まだのもの", "mine": "自分の分", "done": "済んだもの"}


@staff_page
@output("oversight.queue")
@require_GET
@requires(Permission.REVIEW_EVIDENCE)
def queue(request: StaffRequest) -> HttpResponse:
    view = request.GET.get("view", "")
    view = view if view in VIEWS else "open"
    page = Paginator(rows_of(request.user, view), PAGE).get_page(request.GET.get("page"))
    trail.record_read("alert.listed", by=request.user, channel="screen", purpose="review", view=view)
    context = {
        "page": page,
        "view": view,
        "today": clock.today(),
        "tabs": tabs_at("oversight:queue"),
        "views": [Tab(label, f"{reverse('oversight:queue')}?view={name}", name == view) for name, label in VIEWS.items()],
        "first": next_alert(request.user) if view != "done" else None,
    }
    return render(request, "oversight/queue.html", context)


def rows_of(viewer: Account, view: str) -> "QuerySet[AccessAlert]":
    if view == "done":
        return queue_of(viewer).exclude(decision="").order_by("-reviewed_at", "pk")
    waiting = queue_of(viewer).filter(decision="").order_by("due_on", "raised_at", "pk")
    return waiting.filter(assigned_to=viewer) if view == "mine" else waiting


@staff_page
@output("oversight.review")
@require_http_methods(["GET", "POST"])
@requires(Permission.REVIEW_EVIDENCE)
def review(request: StaffRequest, pk: UUID) -> HttpResponse:
    alert = get_object_or_404(AccessAlert.objects.select_related("actor", "assigned_to", "reviewed_by"), pk=pk)
    if not can_review(request.user, alert):
        raise PermissionDenied
    form = ReviewForm(posted(request))
    if form.is_valid():
        try:
            review_alert(alert, by=request.user, **form.cleaned_data)
        except RuleViolation as violation:
            take(form, violation)
        else:
            return to_next(request)
    return review_page(request, alert, form)


def to_next(request: StaffRequest) -> HttpResponse:
    following = next_alert(request.user)
    if following is None:
        messages.success(request, "確認を記録しました。待っているものは、もうありません。")
        return redirect("oversight:queue")
    messages.success(request, "確認を記録しました。次の閲覧です。")
    return redirect("oversight:review", pk=following.pk)


def review_page(request: StaffRequest, alert: AccessAlert, form: ReviewForm) -> HttpResponse:
    trail.record_read("alert.read", by=request.user, about=alert, channel="screen", purpose="review")
    lines = reading.numbered(alert.lines)
    opened = gate.reveal([alert], viewer=request.user, channel="screen", purpose="review")[0] if alert.words is not None else None
    context = {
        "alert": alert,
        "opened": opened,
        "form": form,
        "told": tell(request.user, lines, channel="screen"),
        "why": why_odd(alert),
        "today": clock.today(),
    }
    return render(request, "oversight/review.html", context, status=status_of(form))
