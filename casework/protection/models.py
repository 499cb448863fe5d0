"""Who must not be found, where she is, whom she fled from, and how a protection ends."""

import uuid
from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from casework.clients.models import Client
from vault.fields import SealedField, SealedModel

PERSON = settings.AUTH_USER_MODEL


class Protection(SealedModel):
    """One request to be protected; a renewal is a new row. In force until two people have ended it: a day that passes ends nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="protections")
    kind = models.CharField("保護の種類", max_length=40)
    from_on = models.DateField("いつから")
    until_on = models.DateField("期限", null=True, blank=True)
    words = SealedField("事情", of=str, subject="client_id", max_length=4000, null=True, blank=True)
    set_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField("設定した日時")
    ended_at = models.DateTimeField("終わった日時", null=True, blank=True)

    class Meta:
        verbose_name = "保護"
        indexes = [models.Index(fields=["client"], condition=Q(ended_at__isnull=True), name="protection_in_force")]
        constraints = [
            models.CheckConstraint(condition=Q(until_on__isnull=True) | Q(until_on__gte=F("from_on")), name="protection_until_after_from"),
        ]

    def has_run_out(self, today: date) -> bool:
        return self.ended_at is None and self.until_on is not None and self.until_on < today


class SecretPlace(SealedModel):
    """A home, school, workplace, clinic or number that must not be known, with the other ways of writing it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="secret_places")
    kind = models.CharField("種類", max_length=40)
    value = SealedField("場所・番号", of=str, subject="client_id", key_class="whereabouts", max_length=200)
    aliases = SealedField("ほかの書き方", of=list, subject="client_id", key_class="whereabouts", null=True, blank=True)
    added_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField("登録した日時")
    removed_at = models.DateTimeField("外した日時", null=True, blank=True)

    class Meta:
        verbose_name = "知られてはならない場所"
        indexes = [models.Index(fields=["client"], condition=Q(removed_at__isnull=True), name="secret_place_kept")]


class AdverseParty(SealedModel):
    """Someone who must not find her: by what is known of him, and who he is here, if he is anybody here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="adverse_parties")
    relation = models.CharField("本人との関係", max_length=40)
    name = SealedField("氏名", of=str, subject="client_id", max_length=80, null=True, blank=True)
    kana = SealedField("ふりがな", of=str, subject="client_id", max_length=80, null=True, blank=True)
    birth_date = SealedField("生年月日", of=date, subject="client_id", null=True, blank=True)
    phones = SealedField("電話", of=list, subject="client_id", null=True, blank=True)
    party = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="この人のケース")
    account = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="職員・利用者")
    agency_id = models.UUIDField("関係機関", null=True, blank=True)
    added_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField("登録した日時")
    ended_at = models.DateTimeField("外した日時", null=True, blank=True)
    compared_at = models.DateTimeField("相談者と見比べた日時", null=True, blank=True)

    class Meta:
        verbose_name = "知られてはならない相手"
        indexes = [
            models.Index(fields=["client"], condition=Q(ended_at__isnull=True), name="adverse_party_of_client"),
            models.Index(fields=["party"], condition=Q(ended_at__isnull=True), name="adverse_party_as_client"),
            models.Index(fields=["account"], condition=Q(ended_at__isnull=True), name="adverse_party_as_account"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(party__isnull=True) | ~Q(party=F("client")), name="adverse_party_is_another"),
        ]


class EndingState(models.TextChoices):
    ASKED = "asked", "承認待ち"
    APPROVED = "approved", "承認ずみ"
    ENDED = "ended", "終了した"
    OVERTAKEN = "overtaken", "新しい申出により無効"
    DECLINED = "declined", "承認されなかった"


class ProtectionEnding(SealedModel):
    """A wish to end what protects a client, on a day: it covers what was asked for before it and loses to anything newer."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="protection_endings")
    reason = SealedField("終える理由", of=str, subject="client_id", max_length=4000)
    ends_on = models.DateField("終える日")
    asked_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField("依頼した日時")
    state = models.CharField("状態", max_length=20, choices=EndingState.choices, default=EndingState.ASKED)
    closed_at = models.DateTimeField("片づいた日時", null=True, blank=True)
    overtaken_by = models.ForeignKey(Protection, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = "保護を終える依頼"
        indexes = [models.Index(fields=["ends_on"], condition=Q(state="approved"), name="protection_ending_due")]
        constraints = [
            models.UniqueConstraint(fields=["client"], condition=Q(state__in=["asked", "approved"]), name="protection_ending_once"),
            models.CheckConstraint(
                condition=Q(state__in=["asked", "approved"], closed_at__isnull=True)
                | Q(state__in=["ended", "overtaken", "declined"], closed_at__isnull=False),
                name="protection_ending_closed",
            ),
        ]


class BothSides(models.Model):
    """The same colleague works for a client and for somebody adverse to her: of the two the later case stays closed until allowed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    party = models.ForeignKey(AdverseParty, on_delete=models.PROTECT, related_name="both_sides")
    account = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    noticed_at = models.DateTimeField("気づいた日時")
    allowed_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    allowed_at = models.DateTimeField("認めた日時", null=True, blank=True)

    audit_subject = "party.client_id"

    class Meta:
        verbose_name = "両方の担当"
        constraints = [models.UniqueConstraint(fields=["party", "account"], name="both_sides_once")]

    def __str__(self) -> str:
        return f"{self.account_id}"


class PossibleParty(models.Model):
    """A client who may be somebody's adverse party, by name or number: the chief says whether it is he."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    party = models.ForeignKey(AdverseParty, on_delete=models.PROTECT, related_name="possible")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+")
    has_same_name = models.BooleanField("同じ氏名")
    has_same_phone = models.BooleanField("同じ電話")
    noticed_at = models.DateTimeField("気づいた日時")
    is_same = models.BooleanField("同じ人", null=True, blank=True)
    answered_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField("確かめた日時", null=True, blank=True)

    audit_subject = "party.client_id"

    class Meta:
        verbose_name = "相手かもしれない人"
        constraints = [
            models.UniqueConstraint(fields=["party", "client"], name="possible_party_once"),
            models.CheckConstraint(
                condition=Q(is_same__isnull=True, answered_at__isnull=True) | Q(is_same__isnull=False, answered_at__isnull=False),
                name="possible_party_answered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.client_id}"
