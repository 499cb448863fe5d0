"""How somebody gets her first password: by a one-time link sent to her address, which nobody else ever sees.

The token stands in the link's fragment, which no browser sends, so it is in no log, no Referer and no proxy. Fetching the page
shows an empty form and uses nothing up. The token alone opens nothing either: it is bound to the address it was sent to.
"""

import hmac
import secrets
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse

from accounts import guests, leaving
from accounts.catalogue import Permission
from accounts.members import set_first_password
from accounts.models import Account, AccountKind, IdentityLink, Invitation
from accounts.permissions import allowed
from accounts.persons import is_same_person
from audit import trail
from foundation import clock
from foundation.errors import RuleViolation, WrongState
from tenants.activation import active_host

log = structlog.get_logger("tsunagi.accounts")

GOOD_FOR = timedelta(hours=72)
WRONG_ADDRESSES = 5
NO_GOOD = "この招待は使えません。もう一度招待してもらってください。"


class InvitationRefused(RuleViolation):
    """Unknown, used, withdrawn, too old, or not this address: one answer for all of them, so that it tells nothing."""

    def __init__(self) -> None:
        super().__init__(NO_GOOD, code="invitation_no_good")


def can_invite(by: Account, account: Account) -> bool:
    return guests.can_invite_guests(by) if account.kind == AccountKind.GUEST else allowed(by, Permission.MANAGE_STAFF)


@transaction.atomic
def invite(account: Account, *, by: Account) -> Invitation:
    """Send her a link; one that was sent before is void from now on. Also for a password that is lost.

    Raises PermissionDenied, RuleViolation own_invitation, not_here (whoever has no membership or guest entry is let in first) or
    linked (whom her corporation signs in has no password here).
    """
    account = Account.objects.select_for_update(of=("self",)).get(pk=account.pk)
    if not can_invite(by, account):
        raise PermissionDenied
    if is_same_person(account, by):
        raise RuleViolation("自分を招待することはできません。", code="own_invitation")
    if not is_expected(account):
        raise RuleViolation("この人は、いま登録されていません。先に登録してください。", code="not_here")
    if _is_linked(account):
        raise RuleViolation(
            "この人は、法人のサインインで入るので、招待できません。パスワードが要るときは、先に法人のサインインから外してください。",
            code="linked",
        )

    now, token = clock.now(), secrets.token_urlsafe(32)
    Invitation.objects.filter(account=account, used_at=None, withdrawn_at=None).update(withdrawn_at=now)
    invitation = Invitation.objects.create(
        account=account, token_digest=digest_of(token), made_by=by, made_at=now, expires_at=now + GOOD_FOR
    )
    trail.record("invitation.made", by=by, about=[account, invitation])
    transaction.on_commit(lambda: _send(invitation.pk, account.email, token), robust=True)
    return invitation


def welcome(account: Account, *, by: Account) -> bool:
    """Invite somebody who has just been let in. False, and nothing sent, for whom her corporation signs in already."""
    return not _is_linked(account) and bool(invite(account, by=by))


@transaction.atomic
def withdraw(invitation: Invitation, *, by: Account) -> Invitation:
    """Raises PermissionDenied, WrongState invitation_over."""
    invitation = Invitation.objects.select_for_update(of=("self",)).select_related("account").get(pk=invitation.pk)
    if not can_invite(by, invitation.account):
        raise PermissionDenied
    if invitation.used_at is not None or invitation.withdrawn_at is not None:
        raise WrongState("この招待は、もう終わっています。", code="invitation_over")
    invitation.withdrawn_at = clock.now()
    invitation.save(update_fields=["withdrawn_at"])
    trail.record("invitation.withdrawn", by=by, about=[invitation.account, invitation])
    return invitation


def accept(*, token: str, email: str, password: str) -> Account:
    """She chooses her password; every session there was ends, and the link is used up.

    Raises InvitationRefused, with a line in the trail; RuleViolation weak_password, and the link stays good.
    """
    invitation = Invitation.objects.select_related("account").filter(token_digest=digest_of(token)).first()
    reason = _why_not(invitation, email)
    if invitation is not None and not reason:
        accepted = _accept(invitation, password)
        if accepted is not None:
            return accepted
        reason = "used"
    if invitation is not None and reason == "address":
        _count_wrong_address(invitation.pk)
    trail.record_refusal("invitation.refused", by=None, about=invitation, channel="screen", reason=reason)
    raise InvitationRefused


@transaction.atomic
def _accept(found: Invitation, password: str) -> Account | None:
    """None: somebody else was faster. Locked in the order of everybody who ends an invitation: the account first."""
    account = Account.objects.select_for_update(of=("self",)).get(pk=found.account_id)
    invitation = Invitation.objects.select_for_update(of=("self",)).open(clock.now()).filter(pk=found.pk).first()
    if invitation is None:
        return None
    set_first_password(account, password, temporary=False)
    invitation.used_at = clock.now()
    invitation.save(update_fields=["used_at"])
    leaving.end_sessions(account)
    trail.record("invitation.accepted", by=account, about=[account, invitation])
    return account


def _is_linked(account: Account) -> bool:
    return IdentityLink.objects.filter(account=account).exists()


def is_expected(account: Account) -> bool:
    """Whether she may come today or on a later day."""
    today = clock.today()
    if account.kind == AccountKind.GUEST:
        return account.guest_entries.current(today).exists()
    return account.memberships.filter(ended_at=None).exclude(until_date__lt=today).exists()


def digest_of(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _why_not(invitation: Invitation | None, email: str) -> str:
    if invitation is None:
        return "unknown"
    if invitation.used_at is not None:
        return "used"
    if invitation.withdrawn_at is not None:
        return "withdrawn"
    if invitation.expires_at <= clock.now():
        return "expired"
    if invitation.wrong_addresses >= WRONG_ADDRESSES or not is_expected(invitation.account):
        return "void"
    same = hmac.compare_digest(email.strip().lower().encode(), invitation.account.email.encode())
    return "" if same else "address"


@transaction.atomic
def _count_wrong_address(pk: UUID) -> None:
    invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=pk)
    invitation.wrong_addresses += 1
    invitation.save(update_fields=["wrong_addresses"])


def _send(pk: UUID, email: str, token: str) -> None:
    """After the commit, because the token is kept nowhere. A mail that does not go out shows in the list, to be sent again."""
    host = active_host()
    link = f"{host.url.rstrip('/')}{reverse('accounts:invitation', urlconf=host.urlconf)}#{token}"
    body = f"""{host.name}のつなぎ帖への招待です。

次のリンクを開いて、パスワードを決めてください。72時間のあいだ、1回だけ使えます。

{link}

このリンクを、ほかの人に渡さないでください。
心当たりがないときは、何もせずにこのメールを削除してください。
"""
    try:
        EmailMessage("【つなぎ帖】招待", body, settings.DEFAULT_FROM_EMAIL, [email]).send()
    except OSError as away:  # smtplib's errors are OSErrors
        log.warning("invitation not sent", invitation=str(pk), error=type(away).__qualname__)
        return
    Invitation.objects.filter(pk=pk).update(sent_at=clock.now())
