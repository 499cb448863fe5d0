"""Who asked to look into a case or to join its team, and who must never: rows that `access` asks before anything is opened."""

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from casework.clients.models import Client
from foundation import clock
from vault.fields import SealedField, SealedModel, SealedQuerySet


class OpeningKind(models.TextChoices):
    SUPERVISION = "supervision", "監督"
    BREAK_GLASS = "break_glass", "緊急閲覧"


class OpeningReason(models.TextChoices):
    """Why a chief looks into a case outside her team, and why somebody breaks the glass."""

    REGULAR_CHECK = "regular_check", "定期の確認"
    COMPLAINT = "complaint", "苦情への対応"
    HANDOVER = "handover", "引継ぎの確認"
    MEETING = "meeting", "会議の準備"
    INQUIRY = "inquiry", "監査・照会への対応"
    OTHER_SUPERVISION = "other_supervision", "その他の監督"
    LIFE_IN_DANGER = "life_in_danger", "命や身体に危険がある"
    PERSON_IS_HERE = "person_is_here", "担当の不在中に本人が来た・電話があった"
    CALLED_FROM_OUTSIDE = "called_from_outside", "病院・警察・消防などから至急の照会があった"
    OTHER_EMERGENCY = "other_emergency", "その他の緊急"

    @classmethod
    def of(cls, kind: str) -> list["OpeningReason"]:
        emergencies = [cls.LIFE_IN_DANGER, cls.PERSON_IS_HERE, cls.CALLED_FROM_OUTSIDE, cls.OTHER_EMERGENCY]
        return emergencies if kind == OpeningKind.BREAK_GLASS else [reason for reason in cls if reason not in emergencies]


class ReviewResult(models.TextChoices):
    JUSTIFIED = "justified", "必要だった"
    UNCLEAR = "unclear", "本人に事情を聞く"
    UNJUSTIFIED = "unjustified", "必要だったとは言えない"


class OpeningQuerySet(SealedQuerySet["CaseOpening"]):
    def in_force(self, now: datetime) -> "OpeningQuerySet":
        return self.filter(opened_at__lte=now, until__gt=now, ended_at=None)

    def to_review(self) -> "OpeningQuerySet":
        return self.filter(kind=OpeningKind.BREAK_GLASS, opened_at__isnull=False, reviewed_at=None)


class CaseOpening(SealedModel):
    """A case opened to somebody outside its team, for a reason and for a time: a chief's supervision, or broken glass.

    One that has no `opened_at` still waits for a second person.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("種類", max_length=20, choices=OpeningKind)
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="openings")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="case_openings")
    reason = models.CharField("目的", max_length=30, choices=OpeningReason)
    words = SealedField("くわしい理由", of=str, subject="case.client_id", max_length=2000, null=True, blank=True)
    asked_at = models.DateTimeField(default=clock.now)
    opened_at = models.DateTimeField("開いた日時", null=True, blank=True)
    until = models.DateTimeField("いつまで", null=True, blank=True)
    ended_at = models.DateTimeField("閉じた日時", null=True, blank=True)
    reviewed_at = models.DateTimeField("確認した日時", null=True, blank=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    review = models.CharField("確認の結果", max_length=20, choices=ReviewResult, blank=True)
    review_words = SealedField("確認で分かったこと", of=str, subject="case.client_id", max_length=2000, null=True, blank=True)

    objects = OpeningQuerySet.as_manager()  # type: ignore[misc]  # the base has a plainer one

    class Meta:
        verbose_name = "ケースを開いた理由"
        indexes = [
            models.Index(fields=["account", "until"], condition=Q(ended_at=None), name="opening_by_account"),
            models.Index(fields=["account", "kind", "opened_at"], name="opening_counted"),
            models.Index(fields=["case", "-asked_at"], name="opening_by_case"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "case", "kind", "until"], condition=Q(kind="supervision"), name="opening_supervised_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(opened_at=None, until=None, ended_at=None) | Q(opened_at__isnull=False, until__gt=F("opened_at")),
                name="opening_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_at=None, reviewed_by=None, review="")
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False, kind="break_glass")
                & ~Q(review="")
                & ~Q(reviewed_by=F("account")),
                name="opening_reviewed_by_another",
            ),
        ]

    def is_in_force(self, now: datetime) -> bool:
        return self.opened_at is not None and self.until is not None and self.opened_at <= now < self.until and self.ended_at is None

    @property
    def minutes_left(self) -> int:
        return max(0, round((self.until - clock.now()).total_seconds() / 60)) if self.until else 0


class BlockReason(models.TextChoices):
    RELATIVE = "relative", "親族・同居人"
    ACQUAINTANCE = "acquaintance", "友人・知人・近所"
    BUSINESS = "business", "仕事や金銭の利害"
    PARTY = "party", "争いの相手方・その関係者"
    OTHER = "other", "その他の関係"


class BlockQuerySet(SealedQuerySet["CaseBlock"]):
    def in_force(self) -> "BlockQuerySet":
        return self.filter(ended_at=None)


class CaseBlock(SealedModel):
    """Nothing of this client is there for this account, whatever else was granted: she is a relative, or has an interest."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="blocks")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="blocks")
    reason = models.CharField("関係", max_length=20, choices=BlockReason)
    words = SealedField("くわしい事情", of=str, subject="client_id", max_length=2000, null=True, blank=True)
    declared_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    declared_at = models.DateTimeField("届け出た日時", default=clock.now)
    ended_at = models.DateTimeField("解除した日時", null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = BlockQuerySet.as_manager()  # type: ignore[misc]  # the base has a plainer one

    class Meta:
        verbose_name = "閲覧させない職員"
        constraints = [
            models.UniqueConstraint(fields=["account", "client"], condition=Q(ended_at=None), name="block_once"),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None) | Q(ended_at__isnull=False, ended_by__isnull=False), name="block_ended_by_someone"
            ),
        ]


class TeamRequest(models.Model):
    """Somebody is to join these cases' teams and a second person has to say yes; the answer stands in the approval."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cases = models.ManyToManyField("cases.Case", related_name="team_requests")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)
    settled_at = models.DateTimeField("答えた日時", null=True, blank=True)

    class Meta:
        verbose_name = "支援チームへの参加の依頼"
        indexes = [models.Index(fields=["account"], condition=Q(settled_at=None), name="team_request_waiting")]

    def __str__(self) -> str:
        return str(self.pk)
