"""人を探す: the box of the shell. Terms travel in the body of a POST, never in an address."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts import throttles
from accounts.catalogue import Permission
from accounts.gatekeeping import StaffRequest, staff_page
from accounts.permissions import allowed
from casework.cases.found import show_found
from casework.clients.search import find_clients
from disclosure.outputs import output

LONGEST_TERM = 80


@staff_page
@output("clients.search")
@require_http_methods(["GET", "POST"])
def search(request: StaffRequest) -> HttpResponse:
    """One hit that may be opened is opened at once."""
    if not allowed(request.user, Permission.SEE_CASE_REGISTER):
        raise PermissionDenied
    term = request.POST.get("q", "").strip()[:LONGEST_TERM]
    if term:
        throttles.count("search", request)
    found = find_clients(request.user, term) if term else []
    page, people = show_found(request.user, found, channel="screen", page=request.POST.get("page", "1"))
    if page.paginator.count == 1 and people[0].open_here:
        return redirect("cases:detail", pk=people[0].open_here.pk)
    return render(request, "clients/search.html", {"term": term, "page": page, "people": people})
