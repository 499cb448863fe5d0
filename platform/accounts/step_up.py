"""A fresh proof that it is she who sits there: what may do great harm asks for a factor used within the last five minutes."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

Page = Callable[..., HttpResponse]


class StepUpNeeded(Exception):
    """The last proof is older than five minutes. Nothing has changed; answered 403 with code `step_up_needed`."""


def is_fresh(request: HttpRequest) -> bool:
    """Whether a factor was proved at this session within settings.ACCOUNT_REAUTHENTICATION_TIMEOUT seconds."""
    return did_recently_reauthenticate(request)


def fresh_factor(view: Page) -> Page:
    """Inside a page decorator: a GET leads to the proof and back, anything else raises StepUpNeeded.

    What was posted never waits in the session, where it would lie in clear: the page that posts has asked for the proof.
    """

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_fresh(request):
            return view(request, *args, **kwargs)
        if request.method not in {"GET", "HEAD"}:
            raise StepUpNeeded
        return redirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': request.get_full_path()})}")

    page.fresh_factor = True  # type: ignore[attr-defined]  # read by the access matrix test
    return page
