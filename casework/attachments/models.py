"""Files on a case: what they are called is sealed, what is in them lies sealed in the object store under random ids."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from casework.cases.models import Case
from files.inspection import REFUSALS
from files.names import LONGEST
from vault.fields import SealedField, SealedModel


class FileState(models.TextChoices):
    WAITING = "waiting", "検査待ち"
    CLEAN = "clean", "使えます"
    REFUSED = "refused", "危険が見つかりました"


class Family(models.TextChoices):
    """Which kind the name says it is; the inspection has seen to it that the content agrees."""

    PDF = "pdf", "PDF"
    JPEG = "jpeg", "写真（JPEG）"
    PNG = "png", "画像（PNG）"
    DOCX = "docx", "Word"
    XLSX = "xlsx", "Excel"
    TEXT = "text", "テキスト"


class RemovalReason(models.TextChoices):
    WRONG_FILE = "wrong_file", "ファイルを間違えた"
    WRONG_CASE = "wrong_case", "別の方のファイルだった"
    REPLACED = "replaced", "新しいものに替えた"
    NOT_NEEDED = "not_needed", "もう要らない"
    DANGEROUS = "dangerous", "危険が見つかった"


class StoredFile(SealedModel):
    """People open the copy that the inspection made; the original only after a fresh proof, and only when a scanner has seen it.

    Each object has a key of its own (disclosure.contents). A removed file is out of every list and stays sealed until its client is erased.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="files")
    name = SealedField("ファイル名", of=str, subject="case.client_id", max_length=LONGEST)
    description = SealedField("説明", of=str, subject="case.client_id", max_length=400, null=True, blank=True)
    family = models.CharField("種類", max_length=10, choices=Family)
    size = models.PositiveIntegerField("大きさ（バイト）")
    state = models.CharField("状態", max_length=10, choices=FileState, default=FileState.WAITING)
    refusal = models.CharField("見つかったもの", max_length=30, blank=True)
    is_scanned = models.BooleanField("ウイルス検査済み", default=False)

    original_object = models.UUIDField("元のファイルの保管番号", unique=True)
    original_checksum = models.CharField("元のファイルの照合値", max_length=64)
    original_key = SealedField("元のファイルの中身", of=str, subject="case.client_id")
    copy_object = models.UUIDField("写しの保管番号", unique=True, null=True)
    copy_checksum = models.CharField("写しの照合値", max_length=64, blank=True)
    copy_key = SealedField("写しの中身", of=str, subject="case.client_id", null=True)

    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField("加えた日時")
    inspected_at = models.DateTimeField("検査した日時", null=True)
    removed_at = models.DateTimeField("外した日時", null=True)
    removed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    removal_reason = models.CharField("外した理由", max_length=20, choices=RemovalReason, blank=True)

    class Meta:
        verbose_name = "ファイル"
        indexes = [
            models.Index(fields=["case", "-added_at"], condition=Q(removed_at=None), name="file_on_case"),
            models.Index(fields=["added_at"], condition=Q(state="waiting", removed_at=None), name="file_waiting"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting", inspected_at=None, copy_object=None, refusal="", is_scanned=False)
                | Q(state="clean", inspected_at__isnull=False, copy_object__isnull=False, refusal="")
                | (Q(state="refused", inspected_at__isnull=False, copy_object=None) & ~Q(refusal="")),
                name="file_open_only_when_inspected",
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_by=None, removal_reason="")
                | (Q(removed_at__isnull=False, removed_by__isnull=False) & ~Q(removal_reason="")),
                name="file_removed_by_someone_for_a_reason",
            ),
        ]

    @property
    def what_was_found(self) -> str:
        return REFUSALS.get(self.refusal, "")
