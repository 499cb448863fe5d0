"""What looked odd in the trail and what a reviewer found; what staff declare about themselves so that it can be seen."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from casework.cases.models import Case
from vault.fields import CENTRE, SealedField, SealedModel


class AlertKind(models.TextChoices):
    OWN_NAME_SEARCHED = "own_name_searched", "自分や家族の名前で人を探した"
    SAME_NAME_READ = "same_name_read", "自分や家族と同じ姓の人の記録を見た"
    HOUSEHOLD_READ = "household_read", "自分や同居の家族と同じ氏名の人の記録を見た"
    SAME_BLOCK_READ = "same_block_read", "自宅と同じ番地の人の記録を見た"
    NIGHT = "night", "開所時間のほかに記録を見た"
    VOLUME = "volume", "ふだんよりずっと多くの人の記録を見た"
    BULK = "bulk", "一度に多くの人の記録を取り出した"
    EXPORT = "export", "記録をファイルに書き出した"
    BREAK_GLASS = "break_glass", "緊急の閲覧をした"
    REFUSALS = "refusals", "続けて閲覧を断られた"
    LEAVING = "leaving", "退職・異動の前に多くの記録を見た"
    SAMPLE = "sample", "毎週の抜き取り"


class Decision(models.TextChoices):
    PROPER = "proper", "業務に必要な閲覧だった"
    EXPLAINED = "explained", "本人に確かめ、問題はなかった"
    TO_FOLLOW_UP = "to_follow_up", "本人への指導が必要"
    INCIDENT = "incident", "漏えいなどの事故として扱う"


class AccessAlert(SealedModel):
    """Something in the trail that somebody other than the person concerned has to look at by a day."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("種類", max_length=20, choices=AlertKind)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="だれの閲覧か")
    key = models.CharField("見分け", max_length=80)  # the same finding is raised once
    day = models.DateField("いつの閲覧か")
    lines = ArrayField(models.BigIntegerField(), verbose_name="証跡の番号")
    subjects = ArrayField(models.UUIDField(), verbose_name="だれの情報か")
    count = models.PositiveIntegerField("件数")
    usual = models.PositiveIntegerField("ふだんの件数", null=True, blank=True)
    raised_at = models.DateTimeField("気づいた日時")
    due_on = models.DateField("確認の期限")
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name="確認する人"
    )
    decision = models.CharField("確認の結果", max_length=20, choices=Decision, blank=True)
    words = SealedField("確認したこと", of=str, subject=CENTRE, max_length=2000, null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name="確認した人"
    )
    reviewed_at = models.DateTimeField("確認した日時", null=True, blank=True)

    class Meta:
        verbose_name = "閲覧の気づき"
        indexes = [
            models.Index(fields=["due_on", "raised_at"], condition=Q(decision=""), name="alert_open_by_day"),
            models.Index(fields=["assigned_to", "due_on"], condition=Q(decision=""), name="alert_open_by_reviewer"),
            models.Index(fields=["-reviewed_at"], condition=~Q(decision=""), name="alert_reviewed"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["kind", "actor", "key"], name="alert_raised_once"),
            models.CheckConstraint(
                condition=Q(decision="", reviewed_by=None, reviewed_at=None)
                | ~Q(decision="") & Q(reviewed_by__isnull=False, reviewed_at__isnull=False),
                name="alert_decided_by_somebody",
            ),
            models.CheckConstraint(condition=Q(reviewed_by=None) | ~Q(reviewed_by=F("actor")), name="alert_reviewed_by_somebody_else"),
            models.CheckConstraint(condition=Q(assigned_to=None) | ~Q(assigned_to=F("actor")), name="alert_assigned_to_somebody_else"),
        ]

    @property
    def is_open(self) -> bool:
        return not self.decision


class Declaration(SealedModel):
    """自己申告: surnames and people of a member's own household and where she lives, under a key of her own.

    Only she reads it; rules compare it. `watched` holds keyed digests of the names, to be compared with those of searches.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="職員")
    surnames = SealedField("姓", of=list, subject="account_id", null=True, blank=True)
    people = SealedField("同居の家族", of=list, subject="account_id", null=True, blank=True)
    address = SealedField("住所", of=str, subject="account_id", max_length=200, null=True, blank=True)
    watched = ArrayField(models.CharField(max_length=64), verbose_name="名前の指紋", default=list)
    declared_on = models.DateField("申告した日")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = "自己申告"


class ComparedPair(models.Model):
    """A reader and somebody she read, compared by name and address: not opened again before some time has passed."""

    pk = models.CompositePrimaryKey("actor_id", "subject")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    subject = models.UUIDField()
    compared_on = models.DateField()

    class Meta:
        verbose_name = "比べた組"

    def __str__(self) -> str:
        return f"{self.actor_id} {self.subject}"


class Watch(models.Model):
    """How far a centre's trail has been watched. One row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    day = models.DateField("見終えた日", null=True)
    sampled_week = models.DateField("抜き取りを終えた週", null=True)
    digests_on = models.DateField("指紋を作り直した日", null=True)

    class Meta:
        verbose_name = "見張りの進み"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="watch_one_row")]

    def __str__(self) -> str:
        return str(self.day)


class Requester(models.TextChoices):
    HERSELF = "herself", "本人"
    PARENT = "parent", "親・保護者"
    FAMILY = "family", "配偶者・そのほかの家族"
    AGENT = "agent", "代理の人"
    OTHER = "other", "そのほかの人"


class IdentityCheck(models.TextChoices):
    PHOTO_ID = "photo_id", "顔写真のある証明書"
    TWO_DOCUMENTS = "two_documents", "証明書2点"
    KNOWN = "known", "担当者が以前から会っている本人"


class WhoReadRequest(models.Model):
    """The client herself asked who read her data; a second person agrees before the paper is printed."""

    audit_subject = "case.client_id"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", verbose_name="ケース")
    identity = models.CharField("本人の確かめ方", max_length=20, choices=IdentityCheck)
    asked_on = models.DateField("求められた日")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="受けた人")
    approved_on = models.DateField("承認した日", null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True, verbose_name="承認した人"
    )

    class Meta:
        verbose_name = "「だれが見たか」の求め"
        indexes = [models.Index(fields=["case", "-asked_on"], name="who_read_by_case")]
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_on=None, approved_by=None)
                | Q(approved_on__isnull=False, approved_by__isnull=False) & ~Q(approved_by=F("asked_by")),
                name="who_read_by_two_people",
            ),
        ]

    def __str__(self) -> str:
        return str(self.asked_on)
