"""Buttons of the corporations' own sign-in."""

from typing import Any

from django import template
from django.template.context import Context
from django.utils.http import urlencode

from accounts import identity_providers
from accounts.models import IdentityLink

register = template.Library()


@register.inclusion_tag("accounts/identity_buttons.html", takes_context=True)
def identity_buttons(context: Context) -> dict[str, Any]:
    """On the sign-in page; `next` goes along. Any: what its template prints."""
    wanted = context["request"].GET.get("next", "")
    return {"providers": list(identity_providers.providers()), "query": f"?{urlencode({'next': wanted})}" if wanted else ""}


@register.inclusion_tag("accounts/identity_choice.html", takes_context=True)
def identity_choice(context: Context) -> dict[str, Any]:
    """In her settings: whether she is linked, or the providers she may link to. Any: what its template prints."""
    account = context["request"].user
    if account.membership is None:
        return {"linked": False, "providers": []}
    linked = IdentityLink.objects.filter(account=account).exists()
    hers = [one for one in identity_providers.providers() if one.corporation_id in {None, account.membership.employer_id}]
    return {"linked": linked, "providers": [] if linked else hers}
