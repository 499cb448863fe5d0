import threading
from datetime import date

from django.db import connections

from accounts.models import Account
from casework.cases.models import Case
from casework.cases.reception import receive_person
from foundation.errors import RuleViolation
from tenants.activation import centre_active
from tests.factories.casework import RECEIVED, TODAY, make_member

THREADS, EACH = 8, 6


def receive_some(by: Account, number: int, failures: list[Exception]) -> None:
    """Every third reception fails after its number was taken: the number must come back."""
    try:
        with centre_active("test_a"):
            for turn in range(EACH):
                try:
                    concerns = ["no_such_concern"] if (turn + number) % 3 == 0 else ["debt"]
                    receive_person(on=RECEIVED, by=by, today=TODAY, memo="同時の電話（見本）", concerns=concerns)
                except RuleViolation:
                    pass
    except Exception as failure:  # noqa: BLE001 - reported by the test in its own thread
        failures.append(failure)
    finally:
        connections.close_all()


def test_eight_people_receiving_at_once_get_numbers_without_gaps_or_twins(logins: str) -> None:
    with centre_active("test_a"):
        by = make_member()
    failures: list[Exception] = []
    threads = [threading.Thread(target=receive_some, args=(by, number, failures)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    with centre_active("test_a"):
        sequences = sorted(Case.objects.values_list("sequence", flat=True))
        numbers = set(Case.objects.values_list("number", flat=True))
    assert len(sequences) == THREADS * EACH * 2 // 3
    assert sequences == list(range(1, len(sequences) + 1))
    assert numbers == {f"R8-{sequence:04}" for sequence in sequences}


def test_the_first_two_of_a_year_do_not_wait_for_ever(logins: str) -> None:
    with centre_active("test_a"):
        by = make_member()
        days = [date(2025, 4, 1), date(2026, 4, 1), date(2025, 4, 1)]
        numbers = [receive_person(on=day, by=by, today=TODAY, memo="見本").number for day in days]
    assert numbers == ["R7-0001", "R8-0001", "R7-0002"]
