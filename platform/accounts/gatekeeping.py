"""Whom a page is for. Anonymous visitors are led to sign-in; for anybody else's page the answer is 404."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.catalogue import CENTRE_ROLES, HEADQUARTERS_ROLES, MEMBER_ROLES, Permission, Role
from accounts.models import Account
from accounts.permissions import allowed
from tenants.hosts import Host


class StaffRequest(HttpRequest):
    """A request whose account is known to be signed in and current, at the host it came to."""

    user: Account
    tenant: Host


Page = Callable[..., HttpResponse]


def staff_page(view: Page) -> Page:
    return _page_for("staff", CENTRE_ROLES, view)


def guest_page(view: Page) -> Page:
    return _page_for("guest", frozenset({Role.GUEST}), view)


def headquarters_page(view: Page) -> Page:
    return _page_for("headquarters", HEADQUARTERS_ROLES, view)


def member_page(view: Page) -> Page:
    """For staff of a centre or of headquarters alike; a guest meets the 404."""
    return _page_for("member", MEMBER_ROLES, view)


def signed_in_page(view: Page) -> Page:
    """For everybody with an account in good standing: one's own password, second factor and pledge."""
    return _page_for("signed_in", frozenset(Role), view)


def requires(permission: Permission) -> Callable[[Page], Page]:
    """Inside a page decorator: without the permission the answer is 403."""

    def decorate(view: Page) -> Page:
        @wraps(view)
        def guarded(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not allowed(request.user, permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]  # read by the access matrix test
        return guarded

    return decorate


def to_sign_in(request: HttpRequest, *, and_back: bool = True) -> HttpResponse:
    """The way to sign-in: for a page a redirect, for a fragment 401 with the address to go to.

    Without `and_back` the page asked for is forgotten: somebody else may be the next to sign in here.
    """
    page = reverse("account_login", urlconf=getattr(request, "urlconf", None))  # middleware asks before Django has set it
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=401, headers={"HX-Redirect": page})
    return redirect_to_login(request.get_full_path(), page) if and_back else redirect(page)


def _page_for(audience: str, roles: frozenset[Role], view: Page) -> Page:
    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        if roles.isdisjoint(request.user.roles):
            raise Http404
        return view(request, *args, **kwargs)

    page.audience = audience  # type: ignore[attr-defined]  # read by the access matrix test
    return page
