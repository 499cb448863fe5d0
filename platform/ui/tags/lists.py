"""Lists: their tabs, order, pages and filters; and figures as picture and table."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BoundField
from django.http import QueryDict
from django.template.context import Context

from ui.parts import Stage, Tab

register = template.Library()


@register.inclusion_tag("ui/tabs.html")
def tabs(tabs: Iterable[Tab], label: str) -> dict[str, Any]:
    return {"tabs": tabs, "label": label}


@register.inclusion_tag("ui/stages.html")
def stages(stages: Iterable[Stage], label: str = "支援の段階") -> dict[str, Any]:
    return {"stages": stages, "label": label}


def address_with(query: QueryDict, **changes: str | None) -> str:
    """The same page with other parameters; always back at its first page unless `page` is what changes."""
    altered = query.copy()
    altered.pop("page", None)
    for name, value in changes.items():
        altered.pop(name, None)
        if value is not None:
            altered[name] = value
    return f"?{altered.urlencode()}"


@register.inclusion_tag("ui/sort_heading.html", takes_context=True)
def sort_heading(context: Context, key: str, label: str, number: bool = False) -> dict[str, Any]:
    """A <th> whose link sorts by `key`; the parameter is `sort`, with a minus for descending."""
    query = context["request"].GET
    current = query.get("sort", "")
    direction = "ascending" if current == key else "descending" if current == f"-{key}" else ""
    url = address_with(query, sort=f"-{key}" if current == key else key)
    return {"label": label, "direction": direction, "url": url, "number": number}


@register.inclusion_tag("ui/pager.html", takes_context=True)
def pager(context: Context, page: Page[Any], unit: str = "件") -> dict[str, Any]:
    query = context["request"].GET
    return {
        "page": page,
        "unit": unit,
        "previous": address_with(query, page=str(page.previous_page_number())) if page.has_previous() else "",
        "next": address_with(query, page=str(page.next_page_number())) if page.has_next() else "",
    }


@register.inclusion_tag("ui/filter_tags.html", takes_context=True)
def filter_tags(context: Context, form: BaseForm) -> dict[str, Any]:
    """What narrows the list now, each with a link that removes it; `form` is the bound GET form of the filter."""
    query = context["request"].GET
    chosen = [
        {"label": bound.label, "value": shown_choice(bound), "url": address_with(query, **{bound.html_name: None})}
        for bound in form
        if query.get(bound.html_name) and not bound.errors and not bound.is_hidden
    ]
    return {"chosen": chosen, "clear": address_with(QueryDict(mutable=True), sort=query.get("sort"))}


def shown_choice(bound: BoundField) -> str:
    value = bound.value()
    labels = dict(getattr(bound.field, "choices", ()))
    return str(labels.get(value, value)) if isinstance(value, str) else ""


@register.inclusion_tag("ui/chart.html")
def chart(svg: str, title: str, reading: str, columns: Sequence[str], rows: Sequence[Sequence[object]], level: int = 2) -> dict[str, Any]:
    """A picture with one sentence that reads it and the same figures as a table; a cell may be (text, url)."""
    cells = [[value if isinstance(value, tuple) else (value, "") for value in row] for row in rows]
    return {"svg": svg, "title": title, "reading": reading, "columns": columns, "rows": cells, "level": level}
