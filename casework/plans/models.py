"""The support plan: five statutory parts, the person's agreement, the municipality's word, monitoring and evaluation."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from casework.cases.models import Case
from vault.fields import SealedField, SealedModel


class PlanState(models.TextChoices):
    DRAFT = "draft", "下書き"
    AGREED = "agreed", "本人同意・会議待ち"
    TO_REVISE = "to_revise", "修正"
    HELD = "held", "保留"
    APPROVED = "approved", "適切・決定待ち"
    DECIDED = "decided", "支援決定"
    EVALUATED = "evaluated", "評価済み"
    WITHDRAWN = "withdrawn", "取り下げ"


class DecisionKind(models.TextChoices):
    DECISION = "decision", "支援決定"
    CONFIRMATION = "confirmation", "確認"


class SupportPlan(SealedModel):
    """プラン兼事業等利用申込書; its five parts are those of the enforcement rules, article 1."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="plans")
    number = models.PositiveSmallIntegerField("プラン番号")
    state = models.CharField("状態", max_length=20, choices=PlanState.choices, default=PlanState.DRAFT)
    made_on = models.DateField("作成日")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    wishes = SealedField("生活に対する意向", of=str, subject="case.client_id", max_length=4000, null=True, blank=True)
    issues = SealedField("解決したい課題", of=str, subject="case.client_id", max_length=4000, null=True, blank=True)
    cautions = SealedField("支援にあたって気をつけること", of=str, subject="case.client_id", max_length=4000, null=True, blank=True)
    period_from = models.DateField("期間の始め", null=True, blank=True)
    period_until = models.DateField("期間の終わり", null=True, blank=True)
    is_employment_target = models.BooleanField("就労支援の対象", default=False)
    agreed_on = models.DateField("本人が同意した日", null=True, blank=True)
    approved_on = models.DateField("会議で適切とされた日", null=True, blank=True)
    decision_kind = models.CharField("自治体の判断", max_length=20, choices=DecisionKind.choices, blank=True)
    decided_on = models.DateField("支援決定・確認の日", null=True, blank=True)
    next_monitoring_on = models.DateField("次のモニタリング", null=True, blank=True)
    evaluated_on = models.DateField("評価日", null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "支援プラン"
        indexes = [models.Index(fields=["state", "agreed_on"]), models.Index(fields=["decided_on"])]
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="plan_number_once"),
            models.UniqueConstraint(fields=["case"], condition=~Q(state__in=["evaluated", "withdrawn"]), name="plan_one_unfinished_a_case"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "to_revise", "withdrawn"]) | Q(agreed_on__isnull=False), name="plan_agreed_with_day"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "decided", "evaluated"]) | Q(approved_on__isnull=False), name="plan_approved_with_day"
            ),
            models.CheckConstraint(
                condition=(Q(state__in=["decided", "evaluated"]) & Q(decided_on__isnull=False) & ~Q(decision_kind=""))
                | (~Q(state__in=["decided", "evaluated"]) & Q(decided_on__isnull=True) & Q(decision_kind="")),
                name="plan_decided_with_day_and_kind",
            ),
            models.CheckConstraint(
                condition=Q(state="evaluated", evaluated_on__isnull=False) | (~Q(state="evaluated") & Q(evaluated_on__isnull=True)),
                name="plan_evaluated_with_day",
            ),
            models.CheckConstraint(
                condition=Q(decided_on__isnull=True) | Q(decided_on__gte=F("approved_on")), name="plan_decided_after_meeting"
            ),
        ]

    @property
    def is_replan(self) -> bool:
        return self.number > 1


class PlanGoal(SealedModel):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(SupportPlan, on_delete=models.PROTECT, related_name="goals")
    order = models.PositiveSmallIntegerField()
    text = SealedField("目標", of=str, subject="plan.case.client_id", max_length=2000)
    target_date = models.DateField("いつまでに")
    result = models.CharField("達成状況", max_length=40, blank=True)

    class Meta:
        verbose_name = "目標"
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["plan", "order"], name="goal_order_once")]


class PlanAction(SealedModel):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(SupportPlan, on_delete=models.PROTECT, related_name="actions")
    order = models.PositiveSmallIntegerField()
    text = SealedField("支援の内容", of=str, subject="plan.case.client_id", max_length=2000)
    actor = models.CharField("だれが", max_length=40)
    timing = SealedField("いつ・どのくらい", of=str, subject="plan.case.client_id", max_length=200, null=True, blank=True)

    class Meta:
        verbose_name = "支援内容"
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["plan", "order"], name="action_order_once")]


class PlanServiceUse(models.Model):
    """A programme the plan uses; counted in the monthly report by its code."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(SupportPlan, on_delete=models.PROTECT, related_name="service_uses")
    service = models.CharField("事業", max_length=60)

    class Meta:
        verbose_name = "事業等の利用"
        constraints = [models.UniqueConstraint(fields=["plan", "service"], name="service_once_a_plan")]

    def __str__(self) -> str:
        return self.service


class Monitoring(SealedModel):
    """A regular check of how the plan goes (enforcement rules, article 2) with the day of the next one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(SupportPlan, on_delete=models.PROTECT, related_name="monitorings")
    monitored_on = models.DateField("実施日")
    content = SealedField("状況", of=str, subject="plan.case.client_id", max_length=8000)
    next_on = models.DateField("次回", null=True, blank=True)
    monitored_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "モニタリング"
        ordering = ["monitored_on"]
        constraints = [
            models.CheckConstraint(condition=Q(next_on__isnull=True) | Q(next_on__gt=F("monitored_on")), name="monitoring_next_later")
        ]


class EvaluationOutcome(models.TextChoices):
    CLOSED = "closed", "終結"
    REPLAN = "replan", "再プランして継続"
    SUSPENDED = "suspended", "中断"


class PlanEvaluation(SealedModel):
    """評価シート: results per goal stand on the goals; here the changes seen, the outcome and why."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.OneToOneField(SupportPlan, on_delete=models.PROTECT, related_name="evaluation")
    evaluated_on = models.DateField("評価日")
    outcome = models.CharField("評価結果", max_length=20, choices=EvaluationOutcome.choices)
    changes = SealedField("見られた変化", of=list, subject="plan.case.client_id")
    reason = SealedField("理由", of=str, subject="plan.case.client_id", max_length=4000, null=True, blank=True)
    evaluated_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "評価"


UNFINISHED = frozenset(PlanState) - {PlanState.EVALUATED, PlanState.WITHDRAWN}
