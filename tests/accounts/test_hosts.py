"""Each host has its own accounts and sessions, with the database logins of production."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.catalogue import Role
from tenants.activation import centre_active, headquarters_active
from tenants.hosts import Host
from tests.accounts.attempts import sign_in, signed_in, trail
from tests.factories.people import PASSWORD, guest, staff

OTHER_PASSWORD = "kawa-no-nagare-no-youni"


def test_the_same_address_has_a_password_of_its_own_at_each_centre(logins: str, at_centre: Client, at_other_centre: Client) -> None:
    with centre_active("test_a"):
        staff(email="hana@example.jp", password=PASSWORD)
    with centre_active("test_b"):
        staff(email="hana@example.jp", password=OTHER_PASSWORD)

    sign_in(at_centre, "hana@example.jp", OTHER_PASSWORD)
    sign_in(at_other_centre, "hana@example.jp", PASSWORD)
    assert not signed_in(at_centre)
    assert not signed_in(at_other_centre)

    sign_in(at_centre, "hana@example.jp", PASSWORD)
    sign_in(at_other_centre, "hana@example.jp", OTHER_PASSWORD)
    assert signed_in(at_centre)
    assert signed_in(at_other_centre)


def test_a_session_of_one_centre_is_nobody_anywhere_else(
    logins: str, at_centre: Client, at_other_centre: Client, at_headquarters: Client, at_entrance: Client
) -> None:
    with centre_active("test_a"):
        staff(email="hana@example.jp", password=PASSWORD)
    sign_in(at_centre, "hana@example.jp")
    cookie = at_centre.cookies[settings.SESSION_COOKIE_NAME].value

    for elsewhere in (at_other_centre, at_headquarters, at_entrance):
        elsewhere.cookies[settings.SESSION_COOKIE_NAME] = cookie
        assert not signed_in(elsewhere)
    assert signed_in(at_centre)


def test_headquarters_and_centres_refuse_each_others_people(logins: str, at_centre: Client, at_headquarters: Client) -> None:
    with headquarters_active():
        staff(Role.ANALYST, email="honbu@example.jp", password=PASSWORD)
    with centre_active("test_a"):
        staff(email="hana@example.jp", password=PASSWORD)

    assert sign_in(at_centre, "honbu@example.jp").status_code == 422
    assert sign_in(at_headquarters, "hana@example.jp").status_code == 422
    answer = sign_in(at_headquarters, "honbu@example.jp")

    assert answer.headers["Location"] == reverse("headquarters:activity", urlconf="config.urls_headquarters")
    assert signed_in(at_headquarters)
    with headquarters_active():
        assert [line.login for line in trail("sign_in")] == ["hq"]
    with centre_active("test_a"):
        assert [line.login for line in trail("sign_in.failed")] == ["c_test_a"]
        assert trail("sign_in") == []


def test_failures_at_one_centre_stop_nobody_at_another(
    centre: Host, other_centre: Callable[[], AbstractContextManager[Host]], at_centre: Client, at_other_centre: Client
) -> None:
    with other_centre():
        staff(email="hana@example.jp", password=PASSWORD)
    for _ in range(6):
        sign_in(at_centre, "hana@example.jp", "another-night-of-rain")

    sign_in(at_other_centre, "hana@example.jp")

    assert signed_in(at_other_centre)


def test_a_guest_signs_in_at_the_same_page(centre: Host, at_centre: Client) -> None:
    guest(email="tomo@example.jp", password=PASSWORD)

    answer = sign_in(at_centre, "tomo@example.jp")

    assert answer.headers["Location"] == reverse("collaboration:shared", urlconf="config.urls_centre")
    assert signed_in(at_centre)
    assert at_centre.get("/accounts/tokens/").status_code == 404


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/"])
def test_nobody_signs_in_at_the_entrance(path: str, logins: str, at_entrance: Client) -> None:
    at_entrance.cookies[settings.SESSION_COOKIE_NAME] = "planted0planted0planted0planted0"

    assert at_entrance.get(path).status_code == 404
