"""ファイル: the list with the form that adds one, the copy, the original, taking one out of the list."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.gatekeeping import StaffRequest, staff_page
from accounts.step_up import fresh_factor
from casework.attachments.downloads import Taken, Which, check_ready, needs_opening, read_file
from casework.attachments.files import Brought, add_file, find_file, open_files, remove_file
from casework.attachments.forms import FileForm, PurposeForm, RemovalForm
from casework.attachments.models import FileState, StoredFile
from casework.cases.access import can_work_on_case, find_case
from casework.cases.answers import posted, status_of, step_page, take
from casework.cases.models import Case
from disclosure import gate
from disclosure.opened import Opened
from disclosure.openings import open_protected
from disclosure.outputs import output
from files.store import StoreAway
from foundation import clock
from foundation.errors import RuleViolation

AWAITED = timedelta(minutes=1)
LET_NOTHING_RUN = "default-src 'none'; sandbox"


@staff_page
@output("attachments.list")
@require_http_methods(["GET", "POST"])
def file_list(request: StaffRequest, pk: UUID) -> HttpResponse:
    case = find_case(request.user, pk, to_look=request.method == "GET")
    form = FileForm(posted(request), request.FILES or None)
    if not form.is_valid():
        return list_page(request, case, form)
    chosen = form.cleaned_data["file"]
    try:
        add_file(case, Brought(chosen.name, chosen.read(), form.cleaned_data["description"]), by=request.user)
    except RuleViolation as violation:
        take(form, violation)
    except StoreAway as away:
        form.add_error(None, f"{away.message}まだ保存していません。")
        return list_page(request, case, form, status=503)
    else:
        messages.success(request, "ファイルを加えました。検査が終わると開けます。")
        return redirect("attachments:list", pk=case.pk)
    return list_page(request, case, form)


@staff_page
@output("attachments.copy", channel="file")
@require_http_methods(["GET", "POST"])
def copy(request: StaffRequest, pk: UUID, file_pk: UUID) -> HttpResponse:
    """At once, or for a protected person after a purpose and a fresh proof."""
    file = find_file(request.user, pk, file_pk)
    check_ready(file, Which.COPY)
    if needs_opening(file, request.user):
        return with_proof(request, file=file, which=Which.COPY)
    return attached(read_file(file, Which.COPY, viewer=request.user))


@staff_page
@output("attachments.original", channel="file")
@require_http_methods(["GET", "POST"])
def original(request: StaffRequest, pk: UUID, file_pk: UUID) -> HttpResponse:
    file = find_file(request.user, pk, file_pk)
    check_ready(file, Which.ORIGINAL)
    return with_proof(request, file=file, which=Which.ORIGINAL)


@fresh_factor
def with_proof(request: StaffRequest, file: StoredFile, which: Which) -> HttpResponse:
    """The page that says what is about to leave; its button hands it over."""
    covered = needs_opening(file, request.user)
    form = PurposeForm(posted(request)) if covered else None
    if request.method == "POST" and (form is None or form.is_valid()):
        opening = open_protected(request, form.cleaned_data["purpose"]) if form is not None else None
        return attached(read_file(file, which, viewer=request.user, opening=opening))
    client, opened = gate.reveal([file.case.client, file], viewer=request.user, channel="screen")
    context = {"case": file.case, "client": client, "file": opened, "form": form, "which": which}
    return render(request, "attachments/open.html", context, status=422 if form is not None and form.is_bound else 200)


@staff_page
@output("attachments.remove")
@require_http_methods(["GET", "POST"])
def remove(request: StaffRequest, pk: UUID, file_pk: UUID) -> HttpResponse:
    file = find_file(request.user, pk, file_pk)
    form = RemovalForm(posted(request))
    if form.is_valid():
        try:
            remove_file(file, reason=form.cleaned_data["reason"], by=request.user)
        except RuleViolation as violation:
            take(form, violation)
        else:
            messages.success(request, "ファイルを一覧から外しました。")
            return redirect("attachments:list", pk=file.case_id)
    (opened,) = gate.reveal([file], viewer=request.user, channel="screen")
    return step_page(request, file.case, form, "attachments/remove.html", file=opened)


def list_page(request: StaffRequest, case: Case, form: FileForm, *, status: int = 0) -> HttpResponse:
    client, page = open_files(case, request.user, page=request.GET.get("page"))
    may_write = can_work_on_case(request.user, case)
    context = {"case": case, "client": client, "page": page, "form": form, "may_write": may_write, "is_awaited": is_awaited(page)}
    return render(request, "attachments/list.html", context, status=status or status_of(form))


def is_awaited(files: Iterable[Opened]) -> bool:
    """Whether one's inspection may end while somebody looks; what takes longer than a minute keeps no forgotten screen awake."""
    return any(file.state == FileState.WAITING and file.added_at > clock.now() - AWAITED for file in files)


def attached(taken: Taken) -> HttpResponse:
    """Always to be saved, never shown inside a page of ours."""
    headers = {
        "Content-Disposition": f'attachment; filename="{taken.name}"',
        "Content-Security-Policy": LET_NOTHING_RUN,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return HttpResponse(taken.content, content_type=taken.content_type, headers=headers)
