"""What comes next for a plan, in words and as a link: the one primary button of its page."""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from casework.plans.agreements import missing_parts
from casework.plans.models import EvaluationOutcome, PlanState, SupportPlan


@dataclass(frozen=True)
class NextStep:
    label: str
    icon: str
    url: str
    why: str


def next_step(plan: SupportPlan, *, today: date) -> NextStep | None:
    """None when nothing is left to do, because the case is closed or the plan was withdrawn or followed by another."""
    if not plan.case.is_open or plan.state == PlanState.WITHDRAWN:
        return None
    match plan.state:
        case PlanState.DRAFT | PlanState.TO_REVISE:
            return _before_agreement(plan)
        case PlanState.AGREED | PlanState.HELD:
            return NextStep(
                "支援調整会議にかける", "handshake", reverse("meetings:list"), "本人は同意しています。次の会議の議題に自動で載ります。"
            )
        case PlanState.APPROVED:
            return _step(plan, "支援決定・確認を記録する", "stamp", "decide", "会議で適切とされました。自治体の判断を待っています。")
        case PlanState.DECIDED:
            return _during_support(plan, today)
    return _after_evaluation(plan)


def _before_agreement(plan: SupportPlan) -> NextStep:
    if plan.state == PlanState.TO_REVISE and plan.agreed_on is not None:
        return _step(plan, "プランを直す", "pencil", "edit", "会議で修正を求められました。直してから、もう一度本人の同意をもらいます。")
    missing = missing_parts(plan)
    if missing:
        return _step(plan, "続きを書く", "pencil", "edit", f"まだ書いていないところ：{'、'.join(missing)}")
    return _step(plan, "本人の同意を記録する", "handshake", "agree", "会議にかける前に、本人に内容を確かめて同意をもらいます。")


def _during_support(plan: SupportPlan, today: date) -> NextStep:
    if plan.period_until and plan.period_until <= today:
        return _step(plan, "プランを評価する", "clipboard-check", "evaluate", "プランの期間が終わりました。")
    return _step(plan, "モニタリングを記録する", "eye", "monitor", "支援中です。目標の進み具合を本人と確かめます。")


def _after_evaluation(plan: SupportPlan) -> NextStep | None:
    if plan.case.plans.filter(number__gt=plan.number).exists():
        return None
    if plan.evaluation.outcome == EvaluationOutcome.CLOSED:
        return NextStep("ケースを終結する", "flag", reverse("plans:close", args=[plan.case_id]), "評価は「終結」です。")
    return NextStep("次のプランを作る", "file-plus", reverse("plans:make", args=[plan.case_id]), "評価は「終結」ではありません。")


def _step(plan: SupportPlan, label: str, icon: str, name: str, why: str) -> NextStep:
    return NextStep(label, icon, reverse(f"plans:{name}", args=[plan.pk]), why)
