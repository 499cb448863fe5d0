"""The partner organisations centres work with. Public schema, no client data: who could be called, never about whom."""

import uuid

from django.db import models
from django.db.models import Q


class Agency(models.Model):
    """A partner organisation (関係機関). `mail_domain` tells whether a guest's address can be one of its own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField("名前", max_length=120)
    kana = models.CharField("ふりがな", max_length=120, blank=True)
    kind = models.CharField("種類", max_length=60)
    phone = models.CharField("電話", max_length=40, blank=True)
    address = models.CharField("住所", max_length=200, blank=True)
    mail_domain = models.CharField("メールのドメイン", max_length=120, blank=True)
    active = models.BooleanField("使っている", default=True)

    class Meta:
        verbose_name = "関係機関"
        ordering = ["kana", "name"]
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=Q(active=True), name="agency_named_once"),
            models.CheckConstraint(condition=~Q(name=""), name="agency_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name
