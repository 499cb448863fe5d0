"""How long a text may be: what the model's field says, asked before sealing hides it."""

from django.db import models

from foundation.errors import RuleViolation


def check_text(model: type[models.Model], *, shown_at: str | None = None, **texts: str | None) -> None:
    """Refuse what the model's field does not take, as `too_long`; `shown_at` names the form field if it is another one."""
    for name, text in texts.items():
        field = model._meta.get_field(name)
        limit = getattr(field, "max_length", None)
        if text and limit and len(text) > limit:
            label = getattr(field, "verbose_name", name)
            raise RuleViolation(f"{label}は{limit:,}文字までです（いま{len(text):,}文字）。", code="too_long", field=shown_at or name)
