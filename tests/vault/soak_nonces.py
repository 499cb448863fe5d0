"""K6 in its long form."""

import pytest

from tests import soaking
from tests.vault.test_tampering import nonces_of_forks


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_million_nonces_over_forked_workers_are_all_different() -> None:
    """K6: 10^6 encryptions, forked after import."""
    found = nonces_of_forks(soaking.rounds(250_000), 4)
    assert len(set(found)) == len(found) >= 1_000_000
