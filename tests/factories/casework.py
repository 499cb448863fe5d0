"""People at work and cases at every stage, made as the product makes them: through the domain functions."""

from datetime import date, timedelta
from itertools import count
from typing import Any

from accounts.models import Account, Membership
from casework.cases.applications import ConsentFacts, apply_for_support
from casework.cases.assessments import assess_case
from casework.cases.models import Case
from casework.cases.openings import supervise
from casework.cases.reception import receive_person
from casework.cases.screening import screen_case
from casework.clients.people import ContactFacts, PersonFacts

TODAY = date(2026, 5, 29)
RECEIVED = date(2026, 5, 11)
STAGES = ("received", "screened", "applied", "assessed")
NAMES = (("見本 花子", "みほん はなこ"), ("例示 太郎", "れいじ たろう"), ("試作 桜", "しさく さくら"))

numbers = count(1)


def make_member(*roles: str, name: str = "", **facts: Any) -> Account:
    """A colleague with a current membership, a counsellor unless said otherwise. Any: fields of Account."""
    number = next(numbers)
    account = Account.objects.create_user(f"member{number}@example.test", name=name or f"職員 {number}", **facts)
    Membership.objects.create(account=account, roles=list(roles or ("counsellor",)), from_date=date(2020, 4, 1))
    account.forget_standing()
    return account


def supervised_by(chief: Account, *cases: Case) -> Account:
    """A chief who has said today what she reads these cases for."""
    for case in cases:
        supervise(case, reason="regular_check", words="", by=chief)
    return chief


def make_case(stage: str = "received", *, by: Account | None = None, on: date = RECEIVED, **facts: Any) -> Case:
    """A case that has come as far as `stage`, one day a step. Any: facts of `receive_person`."""
    by = by or make_member()
    name, kana = NAMES[next(numbers) % len(NAMES)]
    told = {
        "person": PersonFacts(name, kana, date(1974, 5, 3), "female"),
        "memo": "家賃を2か月ためている（見本）",
        "concerns": ["rent_loan_payment"],
    }
    case = receive_person(on=on, by=by, today=TODAY, **({} if "previous" in facts else told) | facts)
    if stage == "ended":
        screen_case(case, result="info_only", on=on + timedelta(days=1), by=by, today=TODAY)
    for step in STAGES[1 : STAGES.index(stage) + 1] if stage in STAGES else ():
        take_step(case, step, by=by)
    return refreshed(case)


def take_step(case: Case, stage: str, *, by: Account) -> None:
    on = case.received_on + timedelta(days=STAGES.index(stage))
    if stage == "screened":
        screen_case(case, result="continue_plan", on=on, by=by, today=TODAY)
    elif stage == "applied":
        apply_for_support(case, consents=[ConsentFacts("information_sharing", "市と社会福祉協議会")], on=on, by=by, today=TODAY)
    else:
        assess_case(case, sections={}, issue_traits=["economic_hardship"], summary="まとめ（見本）", on=on, by=by, today=TODAY)


def close(case: Case, *, on: date = TODAY, reason: str = "resolved") -> Case:
    """A closed case without its plan: for what comes after closing."""
    Case.objects.filter(pk=case.pk).update(
        stage="closed", closed_on=on, closing_reason=reason, applied_on=case.applied_on or case.received_on
    )
    return refreshed(case)


def refreshed(case: Case) -> Case:
    return Case.objects.select_related("client", "owner").get(pk=case.pk)


def phone(number: str, safe: str = "yes") -> ContactFacts:
    return ContactFacts("mobile", number, safe)
