"""Form fields and the summary of what is wrong in them."""

from typing import Any

from django import template
from django.forms import BaseForm, BoundField, CheckboxInput
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from foundation import wareki
from ui.forms import dress

register = template.Library()


@register.simple_tag
def field(bound: BoundField, label: str = "", hint: str = "", wide: bool = False) -> SafeString:
    """One field with label, hint, error and echo; label and hint replace the form's own."""
    dress(bound.field)
    context = {
        "field": bound,
        "label": label or bound.label,
        "hint": hint or bound.help_text,
        "wide": wide,
        "single": isinstance(bound.field.widget, CheckboxInput),
        "mark_optional": getattr(bound.form, "mark_optional", False),
        "candidates": [wareki.letters(found) for error in bound.errors.as_data() for found in getattr(error, "candidates", ())],
        "echo": bound.field.echo(bound.value()) if hasattr(bound.field, "echo") else "",
        "echoes": hasattr(bound.field, "echo"),
    }
    if hint and not bound.help_text:
        bound.help_text = hint  # so that the control's aria-describedby names it
    return render_to_string("ui/field.html", context)


@register.inclusion_tag("ui/error_summary.html")
def error_summary(*forms: BaseForm) -> dict[str, Any]:
    """Every error of the forms, each a link to its field; nothing when there is none."""
    entries = []
    for form in forms:
        entries += [("", error) for error in form.non_field_errors()]
        for bound in form:
            target = f"{bound.auto_id}_0" if bound.use_fieldset else bound.id_for_label
            known = bound.is_hidden  # a hidden field's name says nothing to anybody
            entries += [(target, error if known or str(bound.label) in error else f"{bound.label}：{error}") for error in bound.errors]
    return {"entries": entries}
