"""How the library's pages answer at our hosts: 422 to a form they refuse, and nothing left behind in the browser on leaving."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse

# "cookies" is missing on purpose: it would take the sessions at the other centres of this domain along
NOTHING_LEFT = '"cache", "storage"'


def leaves_nothing(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For leaving by one's own will: the browser drops pages and whatever a page has stored for this host."""

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Clear-Site-Data"] = NOTHING_LEFT
        return response

    return page


def refused_forms_are_422(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        context = getattr(response, "context_data", None) or {}
        refused = any(context.get(name) is not None and context[name].errors for name in ("form", "webauthn_form"))
        refused = refused or bool(context.get("refused"))
        if request.method == "POST" and response.status_code == 200 and refused:
            response.status_code = 422
        return response

    return page
