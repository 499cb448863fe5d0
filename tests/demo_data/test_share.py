"""The demo shares one referral with a guest, about the person whose case it is."""

import pytest

from deploy.demo_data.making import _share_one
from disclosure import gate
from network.collaboration.models import GuestGrant
from tests.factories.agencies import make_agency
from tests.factories.casework import TODAY, make_case
from tests.factories.people import guest
from tests.factories.plans import make_plan_at


@pytest.mark.usefixtures("centre")
def test_what_is_shared_names_the_person_whose_case_it_is(settings: pytest.FixtureRequest) -> None:
    settings.AS_OF = TODAY
    make_case()
    case = make_plan_at("decided").case
    agency = make_agency()
    _share_one(guest(agency_id=agency.pk), agency, TODAY)
    referral = GuestGrant.objects.get().referral
    assert referral.case == case
    shared, client = gate.compute([referral, case.client], rule="test", by=None)
    assert (shared.name, shared.kana) == (client.name, client.kana)
