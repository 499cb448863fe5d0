"""Protected people and whom they fled from, made through the domain functions."""

from typing import Any

from accounts.models import Account
from casework.cases.models import Case
from casework.clients.people import ContactFacts, PersonFacts
from casework.protection.models import AdverseParty, Protection
from casework.protection.parties import PartyFacts, add_adverse_party
from casework.protection.protections import add_secret_place, protect
from foundation import clock
from tests.factories.casework import make_case, make_member

ADDRESS = "大阪府見本市架空区例示町三丁目2番1号 見本ハイツ201"
PHONE = "09000009991"
SCHOOL, ALIAS = "見本ひかり学園", "ひかりがくえん"


def make_protected(by: Account | None = None, *, stage: str = "received", **facts: Any) -> Case:
    """A woman in flight with address, number and a child's school. Any: facts of `receive_person`."""
    by = by or make_member()
    told = {
        "person": PersonFacts("逃田 見本子", "にげた みほこ"),
        "contact_ways": [ContactFacts("address", ADDRESS), ContactFacts("mobile", PHONE, note="夜だけ（見本）")],
    }
    case = make_case(stage, by=by, **told | facts)
    flag(case, by)
    add_secret_place(case, kind="school", value=SCHOOL, aliases=[ALIAS], by=by, today=clock.today())
    return case


def flag(case: Case, by: Account, **facts: Any) -> Protection:
    return protect(case, kind="dv", by=by, today=clock.today(), **facts)


def add_party(case: Case, by: Account, **facts: Any) -> AdverseParty:
    """Any: facts of `PartyFacts`."""
    return add_adverse_party(case, relation="spouse", facts=PartyFacts(**({"name": "追川 見本夫"} | facts)), by=by, today=clock.today())
