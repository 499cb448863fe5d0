"""The heading bar of a case, the same over all its pages."""

from typing import Any

from django import template
from django.middleware.csrf import get_token
from django.template.context import Context

from casework.cases.headings import badges_of, notices_of, tabs_of
from casework.cases.models import Case
from casework.cases.models_access import OpeningKind
from casework.cases.openings import opening_shown
from disclosure.opened import Opened
from foundation import clock

register = template.Library()


@register.inclusion_tag("cases/heading_bar.html", takes_context=True)
def case_heading(context: Context, case: Case, client: Opened) -> dict[str, Any]:
    """Any: a template's context. `client` was opened by the page, in the one reveal it makes."""
    request = getattr(context, "request", None)
    opening = opening_shown(case, request.user) if request else None
    view_name = request.resolver_match.view_name if request and request.resolver_match else ""
    return {
        "case": case,
        "client": client,
        "badges": badges_of(case, today=clock.today()),
        "notices": notices_of(case, client),
        "tabs": tabs_of(case, view_name, to_look=opening is not None and opening.kind == OpeningKind.BREAK_GLASS),
        "writes_here": view_name == "cases:detail" and (opening is None or opening.kind != OpeningKind.BREAK_GLASS),
        "opening": opening,
        "csrf_token": get_token(request) if request and opening else "",  # an include with `only` brings none along
        "request": request,
    }
