"""Ten thousand leaked pairs, each tried once from an address of its own, against the limits as they are set (B39)."""

import random

from django.conf import settings

from accounts import throttles
from audit.models import AuditLine
from tenants.hosts import Host
from tests import soaking
from tests.accounts.test_enumeration import WRONG, replay
from tests.factories.people import PASSWORD, staff

PAIRS = 10_000


def test_ten_thousand_leaked_pairs_are_tried_no_more_often_than_the_host_allows(centre: Host) -> None:
    """The right pairs stand at random places; what is tried at all is bounded by the host's allowance for each five minutes."""
    chance, began = random.Random(soaking.SEED), throttles.time.time()
    leaked = [(f"nobody{number}@example.jp", WRONG) for number in range(soaking.rounds(PAIRS))]
    right = sorted(chance.sample(range(len(leaked)), 20))
    for place in right:
        leaked[place] = (staff(email=f"right{place}@example.jp", password=PASSWORD).email, PASSWORD)

    opened = replay(leaked)

    windows = (throttles.time.time() - began) // 300 + 2
    allowed = int(settings.ACCOUNT_RATE_LIMITS["login_failed_at_host"].partition("/")[0]) * windows
    failed = AuditLine.objects.filter(action="sign_in.failed").count()
    soaking.tell(
        f"B39: of {len(leaked)} pairs {failed} were tried and failed, {len(opened)} of {len(right)} right ones opened (allowed {allowed:.0f})"
    )
    assert failed <= allowed
    assert len(opened) <= sum(place <= allowed for place in right)
