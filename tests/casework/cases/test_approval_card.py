"""What waits for a second person, on 今日 and in the list of approvals."""

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.db import models
from django.test import Client

from accounts import approvals
from accounts.models import Account, Approval
from casework.cases.models import Case
from casework.cases.models_access import CaseBlock, CaseOpening, TeamRequest
from casework.erasures.models import ErasureRequest
from casework.oversight.models import WhoReadRequest
from casework.protection.models import BothSides, ProtectionEnding
from exports.models import Export
from foundation import clock
from tests.casework.cases.asking import questions
from tests.factories.casework import TODAY, make_case, make_member
from tests.factories.protection import add_party

pytestmark = pytest.mark.usefixtures("centre", "stopped_calendar")
hours = count()


def asked_about(kind: str, case: Case, by: Account) -> models.Model:
    """What a request of this kind is about, without the steps that lead there."""
    now = clock.now()
    if kind == "case.join":
        request = TeamRequest.objects.create(account=make_member(), asked_by=by)
        request.cases.set([case])
        return request
    made: dict[str, tuple[type[models.Model], dict[str, Any]]] = {
        "account.factor_reset": (Account, {"email": f"lost{next(hours)}@example.test", "name": "見本 失子"}),
        "case.block_end": (CaseBlock, {"client": case.client, "account": make_member(), "reason": "relative", "declared_by": by}),
        "case.break_glass": (CaseOpening, {"case": case, "account": by, "kind": "break_glass", "reason": "urgent_danger", "asked_at": now}),
        "client.erase": (ErasureRequest, {"client": case.client, "reason": "period_over", "asked_by": by, "asked_at": now}),
        "export": (
            Export,
            {"kind": "cases.list", "purpose": "check", "subjects": [case.client_id], "asked_by": by, "asked_at": now}
            | {"expires_at": now + timedelta(hours=24), "state": "waiting"},
        ),
        "protection.end": (
            ProtectionEnding,
            {"client": case.client, "reason": "落ち着いた（見本）", "ends_on": TODAY, "asked_by": by, "asked_at": now},
        ),
        "who_read.paper": (WhoReadRequest, {"case": case, "asked_on": TODAY, "asked_by": by, "identity": "photo_id"}),
    }
    if kind == "protection.both_sides":
        return BothSides.objects.create(party=add_party(case, by), account=by, noticed_at=now)
    model, facts = made[kind]
    return model._default_manager.create(**facts)


def test_however_many_of_every_kind_wait_the_pages_ask_the_same_few_questions(at_centre: Client) -> None:
    chief, owner = make_member("chief_counsellor"), make_member()
    at_centre.force_login(chief)
    asked: list[int] = []
    for _ in range(3):
        for kind in approvals.kinds():
            about = asked_about(kind, make_case("received", by=owner), owner)
            approvals.ask(kind, about, by=owner)
        for path in ("/", "/manage/approvals/"):
            at_centre.get(path)
            with questions() as sent:
                assert at_centre.get(path).status_code == 200
            asked.append(len(sent))
    waiting = Approval.objects.count()
    assert len(approvals.to_decide(chief)) == waiting == 3 * len(approvals.kinds())
    assert asked[2:4] == asked[4:6]
    said = approvals.abouts_of(approvals.to_decide(chief))
    assert {one.kind for one in Approval.objects.all() if not said[one.pk]} == {"protection.both_sides"}
