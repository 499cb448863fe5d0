"""A proof that is less than five minutes old, of the strongest kind she has, in this session; and nothing typed is lost for it."""

import time

import pytest
from django.test import Client
from django.urls import path
from pytest_django import Settings

from accounts import proofs, step_up
from accounts.gatekeeping import signed_in_page
from accounts.models import Account, Session
from config import urls_centre
from tenants.hosts import Host
from tests.accounts.attempts import code, enrolled, sign_in, trail
from tests.factories.people import PASSWORD, staff

PAGE = "/harmful/"
TYPED = {"reason": "理由（見本）\n二行目", "choice": ["a", "b"], "idempotency_key": "k" * 20}


@signed_in_page
@step_up.fresh_factor
def harmful(request):
    from django.http import HttpResponse

    HARM.append((request.POST.get("reason", ""), request.POST.getlist("choice")))
    return HttpResponse("done")


HARM: list[tuple[str, list[str]]] = []


@pytest.fixture(autouse=True)
def _a_page_that_does_harm(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    from django.urls import clear_url_caches

    HARM.clear()
    monkeypatch.setattr(urls_centre, "urlpatterns", [*urls_centre.urlpatterns, path("harmful/", harmful)])
    clear_url_caches()


@pytest.fixture
def account(centre: Host) -> Account:
    return staff(email="hana@example.jp", password=PASSWORD)


@pytest.fixture
def move_clock(monkeypatch: pytest.MonkeyPatch):
    def move(seconds: float) -> None:
        now = time.time() + seconds
        monkeypatch.setattr(proofs, "time", type("Clock", (), {"time": staticmethod(lambda: now)}))

    return move


@pytest.mark.parametrize(("seconds", "fresh"), [(0, True), (298, True), (301, False), (3600, False)])
def test_a_proof_counts_for_five_minutes(seconds: int, fresh: bool, account: Account, at_centre: Client, move_clock) -> None:
    sign_in(at_centre, account.email)

    move_clock(seconds)

    assert at_centre.get(PAGE).status_code == (200 if fresh else 302)
    assert bool(HARM) is fresh


@pytest.mark.parametrize(("age", "fresh"), [(299.0, True), (300.0, False), (301.0, False), (-5.0, False)])
def test_the_edge_is_three_hundred_seconds_and_the_future_proves_nothing(
    age: float, fresh: bool, account: Account, at_centre: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_800_000_000.0
    monkeypatch.setattr(proofs, "time", type("Clock", (), {"time": staticmethod(lambda: now)}))
    at_centre.force_login(account)
    session = at_centre.session
    session[proofs.PROOF] = {"of": str(account.pk), "how": "password", "at": now - age}
    session.save()

    assert (at_centre.get(PAGE).status_code == 200) is fresh


def test_a_session_without_a_proof_of_its_own_is_led_to_it_and_back(account: Account, at_centre: Client) -> None:
    at_centre.force_login(account)

    led = at_centre.get(PAGE + "?of=1")
    assert led.headers["Location"] == "/accounts/reauthenticate/?next=%2Fharmful%2F%3Fof%3D1"
    back = at_centre.post(led.headers["Location"], {"password": PASSWORD, "next": PAGE + "?of=1"})

    assert back.headers["Location"] == PAGE + "?of=1"
    assert at_centre.get(PAGE).status_code == 200


def test_a_proof_gives_the_session_a_new_id_and_the_old_one_is_nobodys(account: Account, at_centre: Client, settings: Settings) -> None:
    """B40: a new id at step-up."""
    at_centre.force_login(account)
    before = at_centre.cookies[settings.SESSION_COOKIE_NAME].value

    at_centre.post("/accounts/reauthenticate/", {"password": PASSWORD})

    after = at_centre.cookies[settings.SESSION_COOKIE_NAME].value
    assert before != after
    assert list(Session.objects.values_list("session_key", flat=True)) == [after]
    old = Client(SERVER_NAME="test-a.testserver")
    old.cookies[settings.SESSION_COOKIE_NAME] = before
    assert old.get("/accounts/").status_code == 302


def test_a_password_is_no_proof_where_there_is_something_better(account: Account, at_centre: Client) -> None:
    at_centre.force_login(account)
    at_centre.post("/accounts/reauthenticate/", {"password": PASSWORD})
    secret = enrolled(account)

    assert at_centre.get(PAGE).status_code == 302, "what was proved before does not count any more"
    assert at_centre.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 422
    assert at_centre.get(PAGE).status_code == 302

    assert at_centre.post("/accounts/reauthenticate/", {"code": code(secret)}).status_code == 302
    assert at_centre.get(PAGE).status_code == 200


def test_signing_in_with_a_second_factor_is_a_proof(account: Account, at_centre: Client) -> None:
    secret = enrolled(account)
    sign_in(at_centre, account.email)
    at_centre.post("/accounts/2fa/authenticate/", {"code": code(secret)})

    assert at_centre.get(PAGE).status_code == 200


def test_what_another_proved_in_this_browser_before_is_not_hers(account: Account, at_centre: Client) -> None:
    """Somebody gave her password and stopped at the second step; then another signed in here."""
    enrolled(account)
    sign_in(at_centre, account.email)
    other = staff(email="taro@example.jp", password=PASSWORD)
    session = at_centre.session
    at_centre.force_login(other)
    session = at_centre.session
    session[proofs.PROOF] = {"of": str(account.pk), "how": "totp", "at": time.time()}
    session.save()

    assert at_centre.get(PAGE).status_code == 302


def test_without_any_factor_of_ours_nothing_is_fresh_until_somebody_vouches(account: Account, at_centre: Client) -> None:
    account.set_unusable_password()
    account.save()
    at_centre.force_login(account)
    assert at_centre.get(PAGE).status_code == 302
    assert at_centre.post(PAGE, {"reason": "x"}).status_code == 403
    assert at_centre.get("/accounts/2fa/totp/activate/").headers["Location"].startswith("/accounts/reauthenticate/")
    assert at_centre.get("/accounts/passkeys/add/").headers["Location"].startswith("/accounts/reauthenticate/")
    assert not HARM

    request = type("Request", (), {"session": at_centre.session})()
    step_up.note_proof(request, account, "external")
    request.session.save()

    assert at_centre.get(PAGE).status_code == 200


def test_a_form_that_comes_too_late_is_given_back_whole_and_goes_on_with_the_proof(account: Account, at_centre: Client) -> None:
    at_centre.force_login(account)

    late = at_centre.post(PAGE, TYPED)

    assert late.status_code == 403
    assert late["Cache-Control"] == "no-store"
    assert not HARM
    given_back = dict.fromkeys(name for name, _ in late.context["posted"])
    again = {name: [value for key, value in late.context["posted"] if key == name] for name in given_back}
    assert again == {"reason": [TYPED["reason"]], "choice": ["a", "b"], "idempotency_key": [TYPED["idempotency_key"]]}
    assert 'value="理由（見本）\n二行目"' in late.text

    assert at_centre.post(PAGE, again | {"step_up-password": "wrong-wrong-wrong"}).status_code == 403
    assert not HARM
    assert at_centre.post(PAGE, again | {"step_up-password": PASSWORD}).status_code == 200
    assert [(TYPED["reason"], ["a", "b"])] == HARM


def test_nothing_that_was_typed_is_kept_while_the_proof_is_asked_for(account: Account, at_centre: Client) -> None:
    at_centre.force_login(account)
    at_centre.post(PAGE, TYPED)

    kept = [Session(session_data=row).get_decoded() for row in Session.objects.values_list("session_data", flat=True)]

    assert "理由" not in str(kept)


def test_guessing_is_stopped_and_leaves_lines(account: Account, at_centre: Client) -> None:
    at_centre.force_login(account)
    for _ in range(11):
        at_centre.post("/accounts/reauthenticate/", {"password": "wrong-wrong-wrong"})

    assert at_centre.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 422
    assert trail("reauthentication.failed")


@pytest.mark.parametrize("where", ["doko-ka", "[]", "a\x00b", "people:members", "７"])
def test_a_way_back_that_is_no_page_of_ours_breaks_nothing(where: str, account: Account, at_centre: Client) -> None:
    """It is followed as an address of this host, whatever it says: at sign-in, at a proof, at a locked screen."""
    sent = {"login": account.email, "password": PASSWORD, "next": where}
    for page in ("/accounts/login/", "/accounts/reauthenticate/", "/accounts/unlock/"):
        answer = at_centre.post(page, sent)
        assert answer.status_code == 302, page
        assert not answer["Location"].startswith(("//", "http", "/manage/")), page
