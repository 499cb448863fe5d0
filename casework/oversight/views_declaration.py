"""自己申告, beside one's own settings: seen by oneself only."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.gatekeeping import StaffRequest, staff_page
from casework.cases.answers import posted, stand_on, status_of, take
from casework.oversight.declarations import declare
from casework.oversight.forms_review import DeclarationForm
from casework.oversight.models import Declaration
from disclosure import gate
from disclosure.opened import Opened
from disclosure.outputs import output
from foundation import clock
from foundation.errors import RuleViolation, StaleVersion


@staff_page
@output("oversight.declaration")
@require_http_methods(["GET", "POST"])
def declaration(request: StaffRequest) -> HttpResponse:
    form, is_stale = DeclarationForm(posted(request)), False
    if form.is_valid():
        typed = {name: form.cleaned_data[name] for name in ("surnames", "people", "address", "version")}
        try:
            declare(request.user, today=clock.today(), **typed)
        except RuleViolation as violation:
            take(form, violation)
            is_stale = isinstance(violation, StaleVersion)
        else:
            messages.success(request, "自己申告を保存しました。")
            return redirect("accounts:settings")
    rows = list(Declaration.objects.filter(account=request.user))
    said = next(iter(gate.reveal(rows, viewer=request.user, channel="screen", purpose="own")), None)
    if said and not form.is_bound:
        form = DeclarationForm(initial=as_typed(said))
    if said and is_stale:
        stand_on(form, version=said.version)
    context = {"form": form, "said": as_typed(said) if said and is_stale else None, "declared_on": said.declared_on if said else None}
    return render(request, "oversight/declaration.html", context, status=status_of(form))


def as_typed(said: Opened) -> dict[str, object]:
    return {
        "surnames": "、".join(said.surnames or []),
        "people": "\n".join(said.people or []),
        "address": said.address or "",
        "version": said.version,
    }
