"""One way to take a plan or a case for a change: case first, then plan, so that two changes never wait for each other."""

from casework.cases.models import Case
from casework.plans.models import SupportPlan


def lock_case(case: Case) -> Case:
    return Case.objects.select_for_update(of=("self",)).select_related("client", "owner").get(pk=case.pk)


def lock_plan(plan: SupportPlan) -> SupportPlan:
    """The plan as it stands now, with its case and client; nobody else changes either until the transaction ends."""
    Case.objects.select_for_update(of=("self",)).get(pk=plan.case_id)
    return SupportPlan.objects.select_for_update(of=("self",)).select_related("case__client", "case__owner").get(pk=plan.pk)
