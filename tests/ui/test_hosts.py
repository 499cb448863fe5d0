"""The gallery answers at every host of a demo or test, and shows nobody's data there."""

import pytest
from django.test import Client


@pytest.mark.usefixtures("centre")
def test_the_gallery_opens_without_signing_in_at_every_host(at_centre: Client, at_headquarters: Client, at_entrance: Client) -> None:
    for client in (at_centre, at_headquarters, at_entrance):
        response = client.get("/ui/")

        assert response.status_code == 200
        assert "部品の見本" in response.content.decode()
        assert "'unsafe" not in response["Content-Security-Policy"]


@pytest.mark.usefixtures("centre")
def test_a_refused_form_answers_422(at_centre: Client) -> None:
    assert at_centre.get("/ui/?refused=1").status_code == 422
