"""Until a duty is done only its own pages answer: every address of the host is asked, as the table says who may be there."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import URLResolver, reverse
from pytest_django import Settings

from accounts.middleware import DOORS, WAY_OUT
from accounts.models import Account, GuestEntry
from accounts.standing import RECOVERED, Obstacle
from config.urls_centre import urlpatterns
from tenants.hosts import Host
from tests.access.addresses import names_in
from tests.access.matrix import GALLERY
from tests.accounts.attempts import enrolled, sign_in, signed_in
from tests.factories.people import PASSWORD, guest, staff

# what answers besides the way out, by what stands in the way
OPEN = {
    Obstacle.TEMPORARY_PASSWORD: {"account_change_password"},
    Obstacle.SECOND_FACTOR: {"mfa_index", "mfa_activate_totp", "accounts:passkeys", "accounts:passkey_add"},
    Obstacle.PASSKEY: {"accounts:passkeys", "accounts:passkey_add"},
    Obstacle.PASSKEY_PROOF: {"account_reauthenticate"},
    Obstacle.RECOVERY: {
        "mfa_index",
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "accounts:passkeys",
        "accounts:passkey_add",
        "accounts:passkey_remove",
    },
    Obstacle.CALL_BACK: {"accounts:call_back"},
    Obstacle.PLEDGE: {"accounts:pledge"},
}
ALWAYS = {"account_logout", "account_reauthenticate", "accounts:lock", "accounts:unlock", "accounts:awake"}


def test_the_doors_are_those_of_this_table() -> None:
    assert {obstacle: set(doors) for obstacle, doors in DOORS.items()} == OPEN
    assert WAY_OUT == ALWAYS


def in_the_way(obstacle: Obstacle, client: Client, settings: Settings) -> None:
    """Somebody signed in before whom this stands."""
    if obstacle is Obstacle.PLEDGE:
        client.force_login(guest(pledged=False))
        return
    if obstacle is Obstacle.CALL_BACK:
        visitor = guest()
        GuestEntry.objects.filter(account=visitor).update(verified_at=None)
        client.force_login(visitor)
        return
    role = "centre_admin" if obstacle in {Obstacle.PASSKEY, Obstacle.PASSKEY_PROOF} else "counsellor"
    account = staff(role, password=PASSWORD)
    settings.REQUIRE_SECOND_FACTOR = obstacle is not Obstacle.TEMPORARY_PASSWORD
    if obstacle is Obstacle.TEMPORARY_PASSWORD:
        Account.objects.filter(pk=account.pk).update(password_is_temporary=True)
    if obstacle is Obstacle.PASSKEY_PROOF:
        Authenticator.objects.create(user=account, type="webauthn", data={"name": "x", "credential": {}})
    if obstacle is Obstacle.RECOVERY:
        enrolled(account)
    client.force_login(account)
    if obstacle is Obstacle.RECOVERY:
        session = client.session
        session[RECOVERED] = True
        session.save()


def addresses(patterns: list[Any], prefix: str = "/", namespace: str = "") -> Iterator[tuple[str, str]]:
    """Every name with an address of its kind; the ids in it are nobody's."""
    for pattern in patterns:
        plain = re.sub(r"\(\?P<(\w+)>[^)]+\)", r"<uuid:\1>", str(pattern.pattern)).replace("/?", "/").strip("^$")
        route = prefix + re.sub(r"<(\w+:)?\w+>", lambda part: NOBODYS.get(part[1] or "", "x"), plain)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from addresses(pattern.url_patterns, route, inner)
        else:
            yield namespace + pattern.name, route


NOBODYS = {"uuid:": "00000000-0000-4000-8000-000000000000", "int:": "1", "month:": "2026-05"}


def stays_out(client: Client, method: str, path: str, where: str) -> bool:
    answer = client.generic(method, path, b"", content_type="application/x-www-form-urlencoded")
    if path.startswith("/api/"):
        return answer.status_code == 403 and answer.json()["code"] == "account_not_ready"
    return answer.status_code == 302 and answer.headers["Location"] == where


@pytest.mark.parametrize("obstacle", list(OPEN), ids=str)
def test_before_it_is_done_every_other_address_leads_to_it(obstacle: Obstacle, centre: Host, at_centre: Client, settings: Settings) -> None:
    in_the_way(obstacle, at_centre, settings)
    where = reverse(DOORS[obstacle][0], urlconf="config.urls_centre")
    asked = [(name, path) for name, path in addresses(urlpatterns) if name not in OPEN[obstacle] | ALWAYS and not name.startswith(GALLERY)]

    open_anyway = [(method, name) for name, path in asked for method in ("GET", "POST") if not stays_out(at_centre, method, path, where)]

    assert open_anyway == []
    assert {name for name, _ in asked} | OPEN[obstacle] | ALWAYS == names_in("config.urls_centre")


@pytest.mark.parametrize("obstacle", [one for one in OPEN if one is not Obstacle.PASSKEY_PROOF], ids=str)  # see test_passkeys
def test_where_she_is_led_a_way_out_is_offered_and_none_that_leads_back_here(
    obstacle: Obstacle, centre: Host, at_centre: Client, settings: Settings
) -> None:
    in_the_way(obstacle, at_centre, settings)
    shown = at_centre.get(reverse(DOORS[obstacle][0], urlconf="config.urls_centre"), follow=True).text

    assert 'action="/accounts/logout/"' in shown
    assert 'href="/accounts/"' not in shown


def test_after_a_recovery_code_she_registers_anew_before_she_works(centre: Host, at_centre: Client, settings: Settings) -> None:
    settings.REQUIRE_SECOND_FACTOR = True
    account = staff(email="hana@example.jp", password=PASSWORD)
    enrolled(account)
    recovery = Authenticator.objects.get(user=account, type="recovery_codes").wrap().get_unused_codes()[0]
    sign_in(at_centre, account.email)
    assert at_centre.post("/accounts/2fa/authenticate/", {"code": recovery}).status_code == 302

    assert at_centre.get("/cases/").headers["Location"] == "/accounts/2fa/"
    assert "リカバリーコードで入りました" in at_centre.get("/accounts/2fa/").text
    assert at_centre.post("/accounts/2fa/totp/deactivate/").status_code == 302
    assert not Authenticator.objects.filter(user=account, type="totp").exists()
    assert at_centre.get("/cases/").headers["Location"] == "/accounts/2fa/"

    enrolled(account)
    session = at_centre.session
    session.pop(RECOVERED, None)
    session.save()
    assert signed_in(at_centre)


def test_an_unsigned_pledge_of_a_guest_whose_entry_ran_out_opens_nothing(centre: Host, at_centre: Client) -> None:
    account = guest(pledged=False)
    GuestEntry.objects.filter(account=account).update(ended_at="2026-01-01T00:00:00Z")
    at_centre.force_login(account)

    assert at_centre.get("/accounts/pledge/").headers["Location"] == "/accounts/login/"
