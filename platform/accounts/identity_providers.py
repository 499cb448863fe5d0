"""Which identity providers a host's corporations have, and whose account there is whose here."""

import time
from collections.abc import Iterable, MutableMapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet

from accounts import leaving, notices, openid_connect, sealed_seeds
from accounts.catalogue import Permission
from accounts.models import Account, AccountKind, IdentityLink, IdentityProvider, Invitation
from accounts.openid_connect import NotProved, Proof
from accounts.permissions import allowed, at_work
from accounts.standing import has_second_factor
from audit import trail
from foundation import clock, outbound
from foundation.errors import RuleViolation, WrongState
from tenants.activation import active_host
from tenants.models import Corporation

EMERGENCY_ADMINISTRATORS = 2
CHECKED_AT = "identity_checked_at"
RECHECK_SECONDS = 3600


def providers() -> QuerySet[IdentityProvider]:
    return IdentityProvider.objects.filter(ended_at=None).select_related("corporation").order_by("corporation__name", "made_at")


def local_administrators() -> list[Account]:
    """Who can still let people in when every provider is down: administrators of today with password and factor of this host's own."""
    known = Authenticator.objects.exclude(type=Authenticator.Type.RECOVERY_CODES)
    found = at_work(Permission.MANAGE_STAFF.default_roles, clock.today()).filter(identity_link=None, pk__in=known.values("user"))
    return [account for account in found if account.has_usable_password()]


@transaction.atomic
def configure_provider(
    *, issuer: str, client_id: str, secret: str, by: Account, corporation: Corporation | None = None, strong_acr: Iterable[str] = ()
) -> IdentityProvider:
    """Let this corporation's staff sign in with its provider. It replaces the one before; links to another issuer open nothing any more.

    The provider is asked for its description at once. Raises PermissionDenied, RuleViolation no_emergency_administrators, bad_issuer,
    no_client, issuer_taken or issuer_not_reached.
    """
    if not allowed(by, Permission.MANAGE_STAFF):
        raise PermissionDenied
    if len(local_administrators()) < EMERGENCY_ADMINISTRATORS:
        raise RuleViolation(
            "先に、このホストのパスワードと二段階認証で入れる管理者を2人にしてください。法人のサインインが止まったときに必要です。",
            code="no_emergency_administrators",
        )
    issuer = checked_issuer(issuer)
    if not client_id.strip() or not secret:
        raise RuleViolation("クライアントIDとクライアントシークレットを入力してください。", code="no_client", field="client_id")
    now = clock.now()
    if providers().filter(issuer=issuer).exclude(corporation=corporation).exists():
        raise RuleViolation("この発行者は、ほかの法人で使っています。", code="issuer_taken", field="issuer")
    IdentityProvider.objects.filter(corporation=corporation, ended_at=None).update(ended_at=now)
    provider = IdentityProvider.objects.create(
        corporation=corporation, issuer=issuer, client_id=client_id.strip(), sealed_secret=sealed_seeds.seal(secret),
        strong_acr=sorted({value.strip() for value in strong_acr if value.strip()}), made_by=by, made_at=now,
    )  # fmt: skip
    try:
        openid_connect.discover(provider)
    except NotProved:
        raise RuleViolation(
            "この発行者の設定情報を取得できません。アドレスを確かめてください。", code="issuer_not_reached", field="issuer"
        ) from None
    trail.record("identity_provider.configured", by=by, about=provider, corporation=corporation.pk if corporation else None)
    return provider


@transaction.atomic
def end_provider(provider: IdentityProvider, *, by: Account) -> IdentityProvider:
    """Nobody signs in by it any more, and who did is signed out. Raises PermissionDenied, WrongState provider_ended."""
    provider = IdentityProvider.objects.select_for_update(of=("self",)).get(pk=provider.pk)
    if not allowed(by, Permission.MANAGE_STAFF):
        raise PermissionDenied
    if provider.ended_at is not None:
        raise WrongState("このサインインは、すでに終わっています。", code="provider_ended")
    provider.ended_at = clock.now()
    provider.save(update_fields=["ended_at"])
    for link in IdentityLink.objects.filter(issuer=provider.issuer).select_related("account"):
        leaving.end_sessions(link.account)
    trail.record("identity_provider.ended", by=by, about=provider)
    return provider


@transaction.atomic
def link_account(account: Account, proof: Proof) -> IdentityLink:
    """From now on she signs in there and no longer by a password of ours; her second factor here stays.

    The caller has asked for a fresh factor. Raises RuleViolation already_linked, subject_taken, other_employer, factor_first,
    staff_only or emergency_needed.
    """
    account = _locked_with_administrators(account)
    employer = proof.provider.corporation_id
    if account.kind != AccountKind.STAFF or account.membership is None:
        raise RuleViolation("職員だけが使えます。", code="staff_only")
    if IdentityLink.objects.filter(account=account).exists():
        raise RuleViolation("すでに法人のサインインを使っています。", code="already_linked")
    if IdentityLink.objects.filter(issuer=proof.provider.issuer, subject=proof.subject).exists():
        raise RuleViolation("この法人の利用者は、ほかの人が使っています。", code="subject_taken")
    if employer is not None and account.membership.employer_id not in {employer, None}:
        raise RuleViolation("所属法人のサインインを使ってください。", code="other_employer")
    if not has_second_factor(account):
        raise RuleViolation("先に二段階認証を登録してください。", code="factor_first")
    locals_left = [one for one in local_administrators() if one.pk != account.pk]
    if allowed(account, Permission.MANAGE_STAFF) and len(locals_left) < EMERGENCY_ADMINISTRATORS:
        raise RuleViolation("緊急時の管理者が2人残らなくなるため、つなげません。", code="emergency_needed")

    link = IdentityLink.objects.create(account=account, issuer=proof.provider.issuer, subject=proof.subject, made_at=clock.now())
    account.set_unusable_password()
    account.save(update_fields=["password"])
    leaving.end_sessions(account)
    Invitation.objects.filter(account=account, used_at=None, withdrawn_at=None).update(withdrawn_at=clock.now())  # it would make a password
    trail.record("identity.linked", by=account, about=[account, link], provider=proof.provider.pk)
    notices.tell(account, "identity_linked")
    return link


def _locked_with_administrators(account: Account) -> Account:
    """Each in the same order: of two administrators who link at the same moment the second counts without the first."""
    those = {account.pk, *(one.pk for one in local_administrators())}
    return {one.pk: one for one in Account.objects.select_for_update(of=("self",)).filter(pk__in=those).order_by("pk")}[account.pk]


@transaction.atomic
def unlink_account(account: Account, *, by: Account) -> None:
    """She is signed out; an invitation lets her choose a password again. Raises PermissionDenied, WrongState not_linked."""
    if not allowed(by, Permission.MANAGE_STAFF):
        raise PermissionDenied
    if not IdentityLink.objects.filter(account=account).delete()[0]:
        raise WrongState("法人のサインインを使っていません。", code="not_linked")
    leaving.end_sessions(account)
    trail.record("identity.unlinked", by=by, about=account)
    notices.tell(account, "identity_unlinked")


def account_of(proof: Proof) -> Account:
    """Whose link it is: issuer and subject, nothing else. Raises NotProved `unknown_subject` or `left`; nobody is ever made or matched."""
    link = IdentityLink.objects.select_related("account").filter(issuer=proof.provider.issuer, subject=proof.subject).first()
    if link is None:
        raise NotProved("unknown_subject")
    if not link.account.may_sign_in:
        raise NotProved("left")
    return link.account


def note_check(session: MutableMapping[str, Any]) -> None:
    session[CHECKED_AT] = int(time.time())


def is_recheck_due(session: MutableMapping[str, Any]) -> bool:
    """Whether the provider has to be asked again: an hour after it last answered for her."""
    checked = session.get(CHECKED_AT)
    return checked is not None and time.time() - checked > RECHECK_SECONDS


def checked_issuer(issuer: str) -> str:
    """As OpenID Connect Discovery 4 has it: an address without query and fragment. RuleViolation bad_issuer."""
    issuer = issuer.strip().rstrip("/")
    try:
        target = outbound.target_of(issuer)
    except outbound.OutboundRefused:
        target = None
    if target is None or urlsplit(issuer).query or urlsplit(issuer).fragment:
        raise RuleViolation("発行者は https:// で始まるアドレスです。", code="bad_issuer", field="issuer")
    return issuer


def hosts() -> set[str]:
    """Whom this host may ask on its providers' account."""
    if getattr(active_host(), "kind", "entrance") == "entrance":  # at none, as before any request
        return set()
    found = IdentityProvider.objects.filter(ended_at=None).values_list("issuer", flat=True)
    return {outbound.target_of(issuer).written for issuer in found}


def find(pk: UUID) -> IdentityProvider | None:
    return providers().filter(pk=pk).first()


def end_link(leave: leaving.Leave) -> int:
    return IdentityLink.objects.filter(account=leave.account).delete()[0]


def register() -> None:
    outbound.allow(hosts)
    leaving.register("identity_link", leaving.Step(25, end_link, centres_only=False))
    changed = "心当たりがないときは、すぐにセンターの管理者に電話で連絡してください。"
    notices.register("identity_linked", "法人のサインインにつながりました", changed)
    notices.register("identity_unlinked", "法人のサインインとのつながりが終わりました", changed)
