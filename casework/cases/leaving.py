"""What a colleague who leaves hands over: the cases she owns, and her place on every care team."""

from accounts import leaving
from accounts.leaving import Leave
from accounts.models import Account
from audit import trail
from casework.cases.care_team import check_supporter, put_on_team, work_on_case_permission
from casework.cases.duties import hand_over_duties
from casework.cases.events import record_event
from casework.cases.models import Case, CaseUserObjectPermission, Duty, Stage


def register() -> None:
    leaving.register("cases", leaving.Step(60, hand_over_cases, open_work))
    leaving.register("care_teams", leaving.Step(61, leave_teams))


def open_work(account: Account) -> list[str]:
    """The numbers of her open cases."""
    return list(
        Case.objects.filter(owner=account, stage__in=Stage.open()).order_by("received_on", "sequence").values_list("number", flat=True)
    )


def hand_over_cases(leave: Leave) -> int:
    """Every open case gets its new owner, with what is due in it. Raises RuleViolation `not_a_supporter`."""
    cases = list(Case.objects.select_for_update(of=("self",)).filter(owner=leave.account, stage__in=Stage.open()).order_by("pk"))
    if not cases or leave.successor is None:
        return 0
    check_supporter(leave.successor)
    for case in cases:
        case.owner = leave.successor
        case.save(update_fields=["owner"])
        put_on_team(case, leave.successor)
        hand_over_duties(case, giver=leave.account, taker=leave.successor)
        facts = {"from": str(leave.account.pk), "to": str(leave.successor.pk)}
        record_event(case, "case.handed_over", on=leave.today, by=leave.by or leave.successor, facts=facts)
        trail.record("case.handed_over", by=leave.by, about=case, giver=leave.account.pk, taker=leave.successor.pk, reason="leaving")
    return len(cases)


def leave_teams(leave: Leave) -> int:
    """Her places on care teams end; what was due from her in others' cases falls to their owners."""
    rows = CaseUserObjectPermission.objects.filter(user=leave.account, permission_id=work_on_case_permission())
    cases = list(Case.objects.filter(pk__in=rows.values("content_object")).select_related("owner").order_by("pk"))
    for case in cases:
        actor = leave.by or case.owner
        record_event(case, "case.team_left", on=leave.today, by=actor, facts={"account": str(leave.account.pk)})
        trail.record("case.team_left", by=leave.by, about=case, account=leave.account.pk, reason="leaving")
    rows.delete()
    for duty in Duty.objects.filter(assigned_to=leave.account, closed_on=None).select_related("case").order_by("pk"):
        owner = duty.case.owner_id if duty.case is not None else None
        duty.assigned_to_id = owner if owner != leave.account.pk else None
        duty.save(update_fields=["assigned_to"])
    return len(cases)
