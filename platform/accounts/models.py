"""Who signs in at a host, in which capacity and until when. Each host has its own rows."""

import uuid
from datetime import date
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.functional import cached_property
from knox.models import AbstractAuthToken

from accounts.catalogue import MEMBER_ROLES, Role
from foundation import clock


class AccountKind(models.TextChoices):
    STAFF = "staff", "職員"
    GUEST = "guest", "関係機関の利用者"


class AccountManager(BaseUserManager["Account"]):
    def create_user(self, email: str, password: str | None = None, *, name: str, **facts: Any) -> "Account":  # any field
        """An account with a hashed password; without one it cannot sign in by password."""
        account = self.model(email=email.strip().lower(), name=name, **facts)
        account.set_password(password)
        account.save(using=self._db)
        return account

    def get_by_natural_key(self, username: str | None) -> "Account":
        return self.get(email=(username or "").strip().lower())


class Account(AbstractBaseUser, PermissionsMixin):  # type: ignore[django-manager-missing]  # the tokens' manager is untyped knox
    """One who signs in at this host. Ended, never deleted: old records keep their author."""

    id = models.UUIDField("ID", primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField("メールアドレス", unique=True)
    name = models.CharField("氏名", max_length=100)
    kind = models.CharField("種別", max_length=10, choices=AccountKind, default=AccountKind.STAFF)
    is_active = models.BooleanField("有効", default=True)
    password_is_temporary = models.BooleanField("初回パスワード", default=False)
    must_enrol = models.BooleanField("二段階認証の登録が必要", default=False)  # after a reset, wherever it is not required anyway
    created_at = models.DateTimeField("登録日時", auto_now_add=True)

    objects: ClassVar[AccountManager] = AccountManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = "利用者"
        verbose_name_plural = "利用者"
        constraints = [
            models.CheckConstraint(condition=Q(email=Lower("email")), name="account_email_is_lower_case"),
            models.CheckConstraint(condition=Q(kind__in=AccountKind.values), name="account_kind_known"),
        ]

    def __str__(self) -> str:
        return self.name

    def current_membership(self, today: date) -> "Membership | None":
        if self.kind != AccountKind.STAFF:
            return None
        return self.memberships.current(today).select_related("employer").first()

    def current_guest_entry(self, today: date) -> "GuestEntry | None":
        if self.kind != AccountKind.GUEST:
            return None
        return self.guest_entries.current(today).first()

    @cached_property
    def membership(self) -> "Membership | None":
        return self.current_membership(clock.today())

    @cached_property
    def guest_entry(self) -> "GuestEntry | None":
        return self.current_guest_entry(clock.today())

    @property
    def roles(self) -> frozenset[str]:
        if self.guest_entry is not None:
            return frozenset({Role.GUEST.value})
        return frozenset(self.membership.roles) if self.membership is not None else frozenset()

    @property
    def may_sign_in(self) -> bool:
        return self.is_active and bool(self.roles)

    def forget_standing(self) -> None:
        """Look the membership and the guest entry up again: they have changed."""
        self.__dict__.pop("membership", None)
        self.__dict__.pop("guest_entry", None)


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self, today: date) -> "MembershipQuerySet":
        held = Q(until_date=None) | Q(until_date__gte=today)
        return self.filter(held, from_date__lte=today, ended_at=None).order_by("-from_date", "id")


class Membership(models.Model):
    """A member of staff's work at this host: as what, for whom, how long. The last day counts, unless it was cut short."""

    id = models.UUIDField("ID", primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="memberships", verbose_name="利用者")
    roles = ArrayField(models.CharField(max_length=30, choices=Role), verbose_name="役割")
    employer = models.ForeignKey(
        "tenants.Corporation", on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name="所属法人"
    )
    weekly_hours = models.DecimalField("週の勤務時間", max_digits=4, decimal_places=1, null=True, blank=True)
    from_date = models.DateField("開始日")
    until_date = models.DateField("終了日", null=True, blank=True)
    ended_at = models.DateTimeField("終了した日時", null=True, blank=True)
    posting_id = models.UUIDField("職員名簿の配属", null=True, blank=True, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = "配属"
        verbose_name_plural = "配属"
        constraints = [
            models.CheckConstraint(
                condition=Q(roles__len__gte=1, roles__contained_by=sorted(role.value for role in MEMBER_ROLES)),
                name="membership_roles_known",
            ),
            models.CheckConstraint(
                condition=Q(until_date=None) | Q(until_date__gte=F("from_date")), name="membership_until_not_before_from"
            ),
            models.CheckConstraint(condition=Q(ended_at=None) | Q(until_date__isnull=False), name="membership_ended_has_last_day"),
            models.CheckConstraint(
                condition=Q(weekly_hours=None) | Q(weekly_hours__gt=0, weekly_hours__lte=168), name="membership_hours_of_a_week"
            ),
            models.UniqueConstraint(fields=["account"], condition=Q(until_date=None), name="membership_one_open"),
        ]

    def __str__(self) -> str:
        return "・".join(self.role_labels)

    @property
    def role_labels(self) -> list[str]:
        return [Role(code).label for code in self.roles]


class GuestEntryQuerySet(models.QuerySet["GuestEntry"]):
    def current(self, today: date) -> "GuestEntryQuerySet":
        return self.filter(ended_at=None, from_date__lte=today, until_date__gte=today).order_by("-from_date", "id")


class GuestEntry(models.Model):
    """A partner agency's person let in until a date. What she sees is granted elsewhere, object by object."""

    id = models.UUIDField("ID", primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="guest_entries", verbose_name="利用者")
    agency_id = models.UUIDField("関係機関のID")  # directory.Agency, which lies above this app
    agency_name = models.CharField("関係機関", max_length=200)
    from_date = models.DateField("開始日")
    until_date = models.DateField("期限")
    ended_at = models.DateTimeField("終了した日時", null=True, blank=True)
    invited_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name="招待した人")
    verified_at = models.DateTimeField("電話で確かめた日時", null=True, blank=True)
    verified_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name="確かめた人")
    unvouched_since = models.DateTimeField("招待した人が離れた日時", null=True, blank=True)
    pledged_at = models.DateTimeField("誓約した日時", null=True, blank=True)
    pledge_version = models.CharField("誓約書の版", max_length=20, blank=True)
    pledge_name = models.CharField("署名", max_length=100, blank=True)

    objects = GuestEntryQuerySet.as_manager()

    class Meta:
        verbose_name = "関係機関の利用者の登録"
        verbose_name_plural = "関係機関の利用者の登録"
        constraints = [
            models.CheckConstraint(condition=Q(until_date__gte=F("from_date")), name="guest_entry_until_not_before_from"),
            models.CheckConstraint(
                condition=Q(pledged_at=None, pledge_version="", pledge_name="")
                | Q(pledged_at__isnull=False) & ~Q(pledge_version="") & ~Q(pledge_name=""),
                name="guest_entry_pledge_whole",
            ),
            models.CheckConstraint(
                condition=Q(verified_at=None, verified_by=None) | Q(verified_at__isnull=False), name="guest_entry_verified_with_time"
            ),
            models.UniqueConstraint(fields=["account"], condition=Q(ended_at=None), name="guest_entry_one_open"),
        ]

    def __str__(self) -> str:
        return self.agency_name


class ApiToken(AbstractAuthToken):
    """A program's way in as its owner. The token itself is shown once; only its digest is kept."""

    id = models.UUIDField("ID", default=uuid.uuid4, unique=True, editable=False)  # names it in pages and audit lines; the key is the digest
    label = models.CharField("用途", max_length=60)

    class Meta:
        verbose_name = "APIトークン"
        verbose_name_plural = "APIトークン"

    def __str__(self) -> str:
        return self.label


class Notice(models.Model):
    """A mail that was asked for: to whom and of which kind. Its text is fixed by the code."""

    id = models.UUIDField("ID", primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", verbose_name="利用者")
    code = models.CharField("種類", max_length=40)
    asked_at = models.DateTimeField("依頼した日時")
    sent_at = models.DateTimeField("送った日時", null=True, blank=True)

    class Meta:
        verbose_name = "お知らせメール"
        verbose_name_plural = "お知らせメール"

    def __str__(self) -> str:
        return self.code


class ApprovalState(models.TextChoices):
    WAITING = "waiting", "承認待ち"
    APPROVED = "approved", "承認"
    DECLINED = "declined", "却下"
    VOID = "void", "無効"  # overtaken by something newer


class Approval(models.Model):
    """What one person asked for and another has to decide. Codes and ids only; words lie sealed with what it is about."""

    id = models.UUIDField("ID", primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("種類", max_length=60)
    about_label = models.CharField("対象の種類", max_length=60)
    about_id = models.UUIDField("対象")
    asked_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name="依頼した人")
    asked_at = models.DateTimeField("依頼した日時")
    expires_at = models.DateTimeField("期限")
    state = models.CharField("状態", max_length=10, choices=ApprovalState, default=ApprovalState.WAITING)
    decided_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name="決めた人")
    decided_at = models.DateTimeField("決めた日時", null=True, blank=True)

    class Meta:
        verbose_name = "承認の依頼"
        verbose_name_plural = "承認の依頼"
        indexes = [
            models.Index(fields=["state", "-asked_at"], name="approval_by_state"),
            models.Index(fields=["kind", "about_id"], condition=Q(state="waiting"), name="approval_waiting"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at=None, decided_by=None) | ~Q(state="waiting") & Q(decided_at__isnull=False),
                name="approval_decided_with_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "declined"]) | Q(decided_by__isnull=False) & ~Q(decided_by=F("asked_by")),
                name="approval_by_two_people",
            ),
        ]

    def __str__(self) -> str:
        return self.kind


from accounts.models_coming import Departure, Invitation  # noqa: E402, F401 - the app's other models stand in files of their own
from accounts.models_providers import IdentityLink, IdentityProvider  # noqa: E402, F401
from accounts.session_rows import Device, Session, SessionRule  # noqa: E402, F401 - of this app too; they point to Account
