"""Sessions, the browsers they run in, and the host's own rule for its screens. Read through accounts.models."""

import uuid
from typing import Any

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q

LOCK_MINUTES = range(5, 31)
ORDINARY_LOCK_MINUTES = 15


class Device(models.Model):
    """A browser that an account has signed in with: it holds a cookie, here lies the cookie's digest."""

    id = models.UUIDField("ID", primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="devices", verbose_name="利用者")
    digest = models.CharField("端末の印", max_length=64)
    first_seen_at = models.DateTimeField("最初のサインイン")

    class Meta:
        verbose_name = "端末"
        verbose_name_plural = "端末"
        constraints = [models.UniqueConstraint(fields=["account", "digest"], name="device_once_per_account")]

    def __str__(self) -> str:
        return str(self.pk)


class Session(AbstractBaseSession):
    """One sign-in that goes on. Its key is the secret in the cookie, so pages and evidence name it by `handle`."""

    handle = models.UUIDField("呼び名", default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="sessions", null=True, verbose_name="利用者")
    device = models.ForeignKey(Device, on_delete=models.SET_NULL, related_name="sessions", null=True, verbose_name="端末")
    agent = models.CharField("ブラウザ", max_length=60, blank=True)
    place = models.GenericIPAddressField("接続元", null=True)
    began_at = models.DateTimeField("サインインした日時", null=True)
    seen_at = models.DateTimeField("最後に使った日時", null=True)
    locked_at = models.DateTimeField("ロックした日時", null=True)

    class Meta(AbstractBaseSession.Meta):
        verbose_name = "サインイン"
        verbose_name_plural = "サインイン"

    @classmethod
    def get_session_store_class(cls) -> type[Any]:  # Any: Django's store, which imports this module
        from accounts.sessions import SessionStore

        return SessionStore

    def save(self, *args: Any, force_update: bool = False, **kwargs: Any) -> None:
        """What a request saves of a session it has loaded is its data. Lock and last use may have changed meanwhile."""
        if force_update:
            kwargs["update_fields"] = ["session_data", "expire_date"]
        super().save(*args, force_update=force_update, **kwargs)


class SessionRule(models.Model):
    """After how many minutes without a touch a centre's screens lock; one row, or none for the ordinary time."""

    id = models.UUIDField("ID", primary_key=True, default=uuid.uuid4, editable=False)
    only = models.BooleanField("ただ一つの行", default=True, unique=True, editable=False)
    lock_minutes = models.PositiveSmallIntegerField("画面をロックするまでの時間（分）", default=ORDINARY_LOCK_MINUTES)

    class Meta:
        verbose_name = "画面のロック"
        verbose_name_plural = "画面のロック"
        constraints = [
            models.CheckConstraint(
                condition=Q(lock_minutes__gte=LOCK_MINUTES[0], lock_minutes__lte=LOCK_MINUTES[-1]), name="session_rule_five_to_thirty"
            ),
            models.CheckConstraint(condition=Q(only=True), name="session_rule_is_one"),
        ]

    def __str__(self) -> str:
        return str(self.lock_minutes)
