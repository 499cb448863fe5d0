"""The demo has one invented person in flight, so that the pages of a protected case can be seen."""

import pytest

from casework.clients.people import ContactFacts
from casework.protection.models import AdverseParty, Protection, SecretPlace
from deploy.demo_data.making import _protect_one
from tests.factories.casework import TODAY, make_case


@pytest.mark.usefixtures("centre")
def test_one_person_is_protected_with_places_and_whom_she_fled_from(settings: pytest.FixtureRequest) -> None:
    settings.AS_OF = TODAY
    make_case()  # without an address she would not show what is covered
    case = make_case(contact_ways=[ContactFacts("address", "見本市例示町1-2-3")])
    _protect_one(TODAY)
    assert Protection.objects.get().client == case.client
    assert (SecretPlace.objects.count(), AdverseParty.objects.count()) == (3, 1)
