"""Centres, who runs them, at which host they are found, and the roster of those who work there. No client data."""

import uuid

from django.db import models
from django.db.models import F, Q
from django_tenants.models import DomainMixin, TenantMixin

from tenants.hosts import Host


class CentreState(models.TextChoices):
    PREPARING = "preparing", "準備中"
    OPEN = "open", "開設"
    READ_ONLY = "read_only", "閲覧のみ"
    HANDED_OVER = "handed_over", "引継ぎ済み"
    ERASED = "erased", "消去済み"


REACHABLE = frozenset({CentreState.PREPARING, CentreState.OPEN, CentreState.READ_ONLY})


class CentreQuerySet(models.QuerySet["Centre"]):
    def reachable(self) -> "CentreQuerySet":
        return self.filter(state__in=REACHABLE)


class Centre(TenantMixin):
    """A consultation centre under a municipality's contract; its schema holds all its casework."""

    auto_create_schema = False

    id = models.UUIDField("ID", primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField("名称", max_length=100)
    municipality = models.CharField("自治体", max_length=100)
    contract_from = models.DateField("契約の開始日", null=True, blank=True)
    contract_until = models.DateField("契約の終了日", null=True, blank=True)
    state = models.CharField("状態", max_length=12, choices=CentreState, default=CentreState.OPEN)

    objects = CentreQuerySet.as_manager()

    class Meta:
        verbose_name = "センター"
        verbose_name_plural = "センター"
        constraints = [
            models.CheckConstraint(condition=Q(schema_name__regex=r"^[a-z][a-z0-9_]{1,40}$"), name="centre_schema_name_plain"),
            models.CheckConstraint(condition=Q(state__in=CentreState.values), name="centre_state_known"),
            models.CheckConstraint(
                condition=Q(contract_from=None) | Q(contract_until=None) | Q(contract_until__gte=F("contract_from")),
                name="centre_contract_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def host(self) -> Host:
        return Host(
            kind="centre",
            schema_name=self.schema_name,
            login="c_" + self.schema_name,
            name=self.name,
            municipality=self.municipality,
            centre_id=self.pk,
            state=self.state,
            domain=next((domain.domain for domain in self.domains.all() if domain.is_primary), ""),
        )


class Domain(DomainMixin):
    """A host name of a centre, without port, in lower case."""

    id = models.UUIDField("ID", primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        verbose_name = "ホスト名"
        verbose_name_plural = "ホスト名"


class Corporation(models.Model):
    """A corporation that runs centres and employs their staff."""

    id = models.UUIDField("ID", primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField("法人名", max_length=100, unique=True)

    class Meta:
        verbose_name = "法人"
        verbose_name_plural = "法人"

    def __str__(self) -> str:
        return self.name


class ConsortiumMember(models.Model):
    """A corporation's part in running a centre; a joint venture has several."""

    id = models.UUIDField("ID", primary_key=True, default=uuid.uuid4, editable=False)
    centre = models.ForeignKey(Centre, on_delete=models.PROTECT, related_name="consortium", verbose_name="センター")
    corporation = models.ForeignKey(Corporation, on_delete=models.PROTECT, related_name="+", verbose_name="法人")

    class Meta:
        verbose_name = "受託法人"
        verbose_name_plural = "受託法人"
        constraints = [models.UniqueConstraint(fields=["centre", "corporation"], name="consortium_member_once")]

    def __str__(self) -> str:
        return str(self.corporation_id)


class StaffPerson(models.Model):
    """One who works at centres or at headquarters: the same person at each, though she signs in at each by itself."""

    id = models.UUIDField("ID", primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField("メールアドレス", unique=True)
    name = models.CharField("氏名", max_length=100)

    class Meta:
        verbose_name = "職員"
        verbose_name_plural = "職員名簿"

    def __str__(self) -> str:
        return self.name


class Posting(models.Model):
    """Where somebody works, as what, for whom, how long. Written by tenants.roster alone."""

    id = models.UUIDField("ID", primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(StaffPerson, on_delete=models.PROTECT, related_name="postings", verbose_name="職員")
    centre = models.ForeignKey(Centre, on_delete=models.PROTECT, related_name="+", null=True, verbose_name="センター")  # null: headquarters
    employer = models.ForeignKey(Corporation, on_delete=models.PROTECT, related_name="+", null=True, verbose_name="所属法人")
    roles = models.JSONField("役割", default=list)
    from_date = models.DateField("開始日")
    until_date = models.DateField("終了日", null=True)

    class Meta:
        verbose_name = "職員の配属"
        verbose_name_plural = "職員の配属"
        constraints = [
            models.CheckConstraint(condition=Q(until_date=None) | Q(until_date__gte=F("from_date")), name="posting_ends_after_it_begins")
        ]

    def __str__(self) -> str:
        return str(self.person_id)


class TransferState(models.TextChoices):
    OFFERED = "offered", "受け入れ待ち"
    ACCEPTED = "accepted", "受け入れ済み"
    DECLINED = "declined", "見送り"
    WITHDRAWN = "withdrawn", "取り消し"


class Transfer(models.Model):
    """Somebody goes from one centre to another on a day. Written by tenants.roster alone; each side sees its own part of it."""

    id = models.UUIDField("ID", primary_key=True, default=uuid.uuid4, editable=False)
    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, related_name="transfers", verbose_name="元の配属")
    to_centre = models.ForeignKey(Centre, on_delete=models.PROTECT, related_name="+", verbose_name="異動先")
    roles = models.JSONField("役割", default=list)
    on = models.DateField("異動日")
    state = models.CharField("状態", max_length=10, choices=TransferState, default=TransferState.OFFERED)
    offered_at = models.DateTimeField("申し出た日時")
    answered_at = models.DateTimeField("答えた日時", null=True)

    class Meta:
        verbose_name = "異動"
        verbose_name_plural = "異動"
        indexes = [models.Index(fields=["to_centre", "on"], condition=Q(state="offered"), name="transfer_incoming")]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=TransferState.values), name="transfer_state_known"),
            models.UniqueConstraint(fields=["posting"], condition=Q(state="offered"), name="transfer_one_offer"),
        ]

    def __str__(self) -> str:
        return str(self.posting_id)


class SchemaState(models.Model):
    """At which state of migrations and grants a schema stands. `public` and the template have a row, too."""

    schema = models.CharField(max_length=63, primary_key=True)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = "スキーマの状態"
        verbose_name_plural = "スキーマの状態"

    def __str__(self) -> str:
        return self.schema


class TemplateRecord(models.Model):
    """The template schema as SQL at one state; opening a centre replays it."""

    hash = models.CharField(max_length=64, primary_key=True)
    ddl = models.TextField()

    class Meta:
        verbose_name = "ひな形の記録"
        verbose_name_plural = "ひな形の記録"

    def __str__(self) -> str:
        return self.hash


class MigrationSql(models.Model):
    """What a migration sent when it was applied to the template; the centres get the same. Null: it has to run as Python."""

    app = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    statements = models.JSONField(null=True)

    class Meta:
        verbose_name = "移行のSQL"
        verbose_name_plural = "移行のSQL"
        constraints = [models.UniqueConstraint(fields=["app", "name"], name="migration_sql_once")]

    def __str__(self) -> str:
        return f"{self.app}.{self.name}"
