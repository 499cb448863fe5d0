"""Tokens by which a program acts as its owner through the API: made, shown once, listed, revoked."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from knox.settings import knox_settings

from accounts.catalogue import Permission
from accounts.models import Account, ApiToken
from accounts.permissions import allowed
from audit import trail
from foundation.errors import RuleViolation


@transaction.atomic
def issue_token(*, label: str, by: Account) -> tuple[ApiToken, str]:
    """The row and the token itself, which is nowhere kept.

    Raises PermissionDenied without `use_api`, RuleViolation `no_label` or `too_many_tokens`.
    """
    owner = Account.objects.select_for_update(of=("self",)).get(pk=by.pk)
    if not allowed(by, Permission.USE_API):
        raise PermissionDenied
    if not label.strip():
        raise RuleViolation("用途を入力してください。", code="no_label", field="label")
    if owner.auth_token_set.count() >= knox_settings.TOKEN_LIMIT_PER_USER:
        raise RuleViolation("トークンは5つまでです。使わないものを無効にしてください。", code="too_many_tokens")

    token, secret = ApiToken.objects.create(user=owner, label=label.strip())
    trail.record("token.issued", by=by, about=by, token=str(token.id))
    return token, secret


@transaction.atomic
def revoke_token(token_id: UUID, *, by: Account) -> None:
    """Only one's own. Raises ApiToken.DoesNotExist for any other."""
    token = ApiToken.objects.select_for_update(of=("self",)).get(id=token_id, user=by)
    token.delete()
    trail.record("token.revoked", by=by, about=by, token=str(token_id))


def tokens_of(account: Account) -> list[ApiToken]:
    return list(ApiToken.objects.filter(user=account).order_by("-created", "id"))
