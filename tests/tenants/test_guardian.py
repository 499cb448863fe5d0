"""Object permissions are each centre's own: the same number in another centre opens nothing."""

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

from guardian.core import ObjectPermissionChecker
from guardian.shortcuts import assign_perm

from accounts.models import Account
from casework.cases.models import Case
from casework.clients.models import Client
from tenants.hosts import Host

ACCOUNT, CLIENT, CASE = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()


def same_rows() -> tuple[Account, Case]:
    account = Account.objects.create_user("a@example.jp", name="相談花子", id=ACCOUNT)
    client = Client.objects.create(id=CLIENT)
    day = date(2026, 4, 1)
    case = Case.objects.create(
        id=CASE, client=client, fiscal_year=2026, sequence=1, number="R8-0001", owner=account, received_on=day, received_by=account
    )
    return account, case


def test_a_grant_in_one_centre_opens_nothing_in_another(centre: Host, other_centre: Callable[[], AbstractContextManager[Host]]) -> None:
    account, case = same_rows()
    assign_perm("cases.work_on_case", account, case)
    assert ObjectPermissionChecker(account).has_perm("work_on_case", case)
    with other_centre():
        account, case = same_rows()
        assert not ObjectPermissionChecker(account).has_perm("work_on_case", case)
