"""The heading bar of a case, the same over all its pages."""

from typing import Any

from django import template
from django.template.context import Context

from casework.cases.headings import badges_of, notices_of, tabs_of
from casework.cases.models import Case
from disclosure.gate import Opened
from foundation import clock

register = template.Library()


@register.inclusion_tag("cases/heading_bar.html", takes_context=True)
def case_heading(context: Context, case: Case, client: Opened) -> dict[str, Any]:
    """Any: a template's context. `client` was opened by the page, in the one reveal it makes."""
    request = getattr(context, "request", None)
    view_name = request.resolver_match.view_name if request and request.resolver_match else ""
    return {
        "case": case,
        "client": client,
        "badges": badges_of(case, today=clock.today()),
        "notices": notices_of(case, client),
        "tabs": tabs_of(case, view_name),
        "writes_here": view_name == "cases:detail",
    }
