"""Passkeys: made after a fresh proof, used at their own host only, verified, each challenge once, never from two devices."""

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from pytest_django import Settings

from accounts import notices
from accounts.models import Account, Notice
from tenants.hosts import Host
from tests.accounts.attempts import code, enrolled, sign_in, signed_in, trail
from tests.accounts.software_key import SoftwareKey
from tests.factories.people import PASSWORD, staff

SIGN_IN = "/accounts/passkeys/sign-in/"
ADD = "/accounts/passkeys/add/"


@pytest.fixture
def account(centre: Host) -> Account:
    return staff(email="hana@example.jp", password=PASSWORD)


def register(client: Client, key: SoftwareKey, name: str = "面談室") -> int:
    options = client.get(ADD).context["options"]
    return client.post(ADD, {"name": name, "credential": key.create(options)}).status_code


def with_passkey(account: Account, client: Client, key: SoftwareKey | None = None) -> SoftwareKey:
    """She signed in, made a passkey, and signed out."""
    key = key or SoftwareKey()
    sign_in(client, account.email)
    assert register(client, key) == 302
    client.post("/accounts/logout/")
    assert not signed_in(client)
    return key


def use(client: Client, key: SoftwareKey, *, counter: int | None = None) -> int:
    options = client.get(SIGN_IN).json()["options"]
    return client.post(SIGN_IN, {"credential": key.get(options, counter=counter)}).status_code


def test_a_passkey_opens_without_address_and_password(account: Account, at_centre: Client) -> None:
    key = with_passkey(account, at_centre)

    assert use(at_centre, key) == 302

    assert signed_in(at_centre)
    assert [line.facts["factor"] for line in trail("second_factor.used")] == ["webauthn"]
    assert Authenticator.objects.get(type="webauthn").last_used_at is not None


def test_making_one_is_told_by_mail_and_in_the_trail_and_brings_recovery_codes(account: Account, at_centre: Client) -> None:
    with_passkey(account, at_centre)

    assert [line.facts["factor"] for line in trail("second_factor.added")] == ["webauthn", "recovery_codes"]
    assert "passkey_added" in set(Notice.objects.values_list("code", flat=True))
    assert not mail.outbox, "a job sends it"
    assert notices.texts()["passkey_added"].subject == "パスキーが追加されました"


@pytest.mark.parametrize(
    "key",
    [
        SoftwareKey(verified=False),
        SoftwareKey(origin="http://test-b.testserver"),
        SoftwareKey(origin="http://evil.test-a.testserver"),
        SoftwareKey(origin="http://test-a.testserver:8443"),
        SoftwareKey(origin="https://test-a.testserver"),
        SoftwareKey(rp_id="testserver"),
    ],
    ids=["not verified", "of another host", "of a sub-domain", "of another port", "of another scheme", "of the parent domain"],
)
def test_a_key_that_is_not_this_hosts_or_does_not_verify_its_user_is_refused(key: SoftwareKey, account: Account, at_centre: Client) -> None:
    sign_in(at_centre, account.email)

    assert register(at_centre, key) == 422

    assert not Authenticator.objects.filter(type="webauthn").exists()


@pytest.mark.parametrize("wrong", [{"verified": False}, {"origin": "http://test-b.testserver"}, {"rp_id": "testserver"}])
def test_an_answer_from_elsewhere_or_without_verification_does_not_open(
    wrong: dict[str, object], account: Account, at_centre: Client
) -> None:
    key = with_passkey(account, at_centre)
    other = SoftwareKey(**wrong)  # type: ignore[arg-type]  # as the table says
    key.flags, key.origin, key.rp_id = other.flags, other.origin, other.rp_id

    assert use(at_centre, key) == 422

    assert not signed_in(at_centre)
    assert [line.facts["factor"] for line in trail("second_factor.failed")] == ["webauthn"]


@pytest.mark.parametrize(
    "sent", ["[" * 20_000, '{"a":' * 20_000, "1" * 5_000, '"\\ud800"', "NaN", "[1]", '{"response":[]}', '{"response":{}}']
)
def test_what_no_device_would_answer_is_refused_and_breaks_nothing(sent: str, account: Account, at_centre: Client) -> None:
    """B42: anybody may send it, before she is known and after."""
    at_centre.get(SIGN_IN)
    assert at_centre.post(SIGN_IN, {"credential": sent}).status_code == 422

    sign_in(at_centre, account.email)
    at_centre.get(ADD)
    assert at_centre.post(ADD, {"name": "", "credential": sent}).status_code == 422


def test_a_challenge_counts_once_and_only_in_its_own_session(account: Account, at_centre: Client) -> None:
    key = with_passkey(account, at_centre)
    options = at_centre.get(SIGN_IN).json()["options"]
    answer = key.get(options)
    stranger = Client(SERVER_NAME="test-a.testserver")
    assert stranger.post(SIGN_IN, {"credential": answer}).status_code == 422
    assert at_centre.post(SIGN_IN, {"credential": answer}).status_code == 302
    at_centre.post("/accounts/logout/")

    assert at_centre.post(SIGN_IN, {"credential": answer}).status_code == 422

    assert not signed_in(at_centre)


def test_a_wrong_answer_uses_the_challenge_up(account: Account, at_centre: Client) -> None:
    key = with_passkey(account, at_centre)
    options = at_centre.get(SIGN_IN).json()["options"]
    assert at_centre.post(SIGN_IN, {"credential": SoftwareKey().get(options)}).status_code == 422

    assert at_centre.post(SIGN_IN, {"credential": key.get(options)}).status_code == 422


@pytest.mark.parametrize(("counters", "last"), [((5, 6), 302), ((0, 0), 302), ((5, 5), 422), ((5, 4), 422), ((5, 0), 422)])
def test_a_counter_that_does_not_grow_is_a_copy(counters: tuple[int, int], last: int, account: Account, at_centre: Client) -> None:
    key = with_passkey(account, at_centre)
    assert use(at_centre, key, counter=counters[0]) == 302
    at_centre.post("/accounts/logout/")

    assert use(at_centre, key, counter=counters[1]) == last

    assert signed_in(at_centre) is (last == 302)
    assert [line.facts["reason"] for line in trail("second_factor.failed")] == ([] if last == 302 else ["passkey_copied"])


def test_a_key_says_whose_it_is_but_opens_only_its_own_account(account: Account, at_centre: Client) -> None:
    key = with_passkey(account, at_centre)
    other = Client(SERVER_NAME="test-a.testserver")
    hers = with_passkey(staff(email="taro@example.jp", password=PASSWORD), other)

    key.handle = hers.handle

    assert use(at_centre, key) == 422
    assert not signed_in(at_centre)


@pytest.mark.parametrize("sent", ["", "{}", "null", "[]", '"x"', '{"response": {"userHandle": 5}}', '{"rawId": "!", "response": {}}', "{"])
def test_rubbish_is_refused_and_is_no_error(sent: str, account: Account, at_centre: Client) -> None:
    at_centre.get(SIGN_IN)

    assert at_centre.post(SIGN_IN, {"credential": sent}).status_code == 422


def test_a_disabled_accounts_passkey_opens_nothing(account: Account, at_centre: Client) -> None:
    """B21: passkeys of somebody who has left, or is switched off, are refused at once."""
    key = with_passkey(account, at_centre)
    Account.objects.filter(pk=account.pk).update(is_active=False)

    use(at_centre, key)

    assert not signed_in(at_centre)


def test_with_a_passkey_the_password_alone_opens_nothing(account: Account, at_centre: Client) -> None:
    key = with_passkey(account, at_centre)

    assert sign_in(at_centre, account.email).headers["Location"] == "/accounts/2fa/authenticate/"
    assert not signed_in(at_centre)
    options = at_centre.get("/accounts/2fa/authenticate/").context["passkey_options"]

    assert at_centre.post("/accounts/2fa/authenticate/", {"credential": key.get(options)}).status_code == 302
    assert signed_in(at_centre)


def test_names_can_be_changed_and_keys_removed_by_their_owner_only(account: Account, at_centre: Client) -> None:
    """B17: a colleague cannot see, name or remove another's passkey."""
    key = with_passkey(account, at_centre)
    passkey = Authenticator.objects.get(type="webauthn")
    colleague = Client(SERVER_NAME="test-a.testserver")
    staff("centre_admin", email="taro@example.jp", password=PASSWORD)
    sign_in(colleague, "taro@example.jp")
    assert "面談室" not in colleague.get("/accounts/passkeys/").text
    for act in ("name", "remove"):
        assert colleague.post(f"/accounts/passkeys/{passkey.pk}/{act}/", {"name": "x"}).status_code == 404

    use(at_centre, key)
    assert at_centre.post(f"/accounts/passkeys/{passkey.pk}/name/", {"name": ""}).status_code == 422
    assert at_centre.post(f"/accounts/passkeys/{passkey.pk}/name/", {"name": "自分の鍵"}).status_code == 302
    assert "自分の鍵" in at_centre.get("/accounts/passkeys/").text
    assert at_centre.post(f"/accounts/passkeys/{passkey.pk}/remove/").status_code == 302

    assert not Authenticator.objects.filter(user=account).exists()
    assert "passkey_removed" in set(Notice.objects.values_list("code", flat=True))


class TestRolesThatNeedAPasskey:
    """Where a second factor is required: who manages people, and headquarters."""

    @pytest.fixture
    def officer(self, centre: Host, settings: Settings) -> Account:
        settings.REQUIRE_SECOND_FACTOR = True
        return staff("centre_admin", email="hana@example.jp", password=PASSWORD)

    def test_she_makes_one_before_anything_else_even_with_a_code(self, officer: Account, at_centre: Client) -> None:
        secret = enrolled(officer)
        sign_in(at_centre, officer.email)
        at_centre.post("/accounts/2fa/authenticate/", {"code": code(secret)})
        assert at_centre.get("/accounts/").headers["Location"] == ADD

        key = SoftwareKey()
        assert register(at_centre, key) == 302
        assert at_centre.get("/accounts/").headers["Location"].startswith("/accounts/reauthenticate/"), "and proves it once"
        asked = at_centre.get("/accounts/reauthenticate/")
        assert 'action="/accounts/logout/"' in asked.text
        assert "やめる" not in asked.text, "every other page leads back here"
        at_centre.post("/accounts/reauthenticate/", {"credential": key.get(asked.context["passkey_options"])})
        assert signed_in(at_centre)

    def test_no_code_suffices_once_she_has_one(self, officer: Account, at_centre: Client, settings: Settings) -> None:
        settings.REQUIRE_SECOND_FACTOR = False
        key = with_passkey(officer, at_centre)
        settings.REQUIRE_SECOND_FACTOR = True
        secret = enrolled(officer)
        recovery = Authenticator.objects.get(user=officer, type="recovery_codes").wrap().get_unused_codes()[0]
        sign_in(at_centre, officer.email)

        for typed in (code(secret), recovery):
            assert at_centre.post("/accounts/2fa/authenticate/", {"code": typed}).status_code == 422
        assert not signed_in(at_centre)

        options = at_centre.get("/accounts/2fa/authenticate/").context["passkey_options"]
        at_centre.post("/accounts/2fa/authenticate/", {"credential": key.get(options)})
        assert signed_in(at_centre)

    def test_the_last_one_stays(self, officer: Account, at_centre: Client, settings: Settings) -> None:
        settings.REQUIRE_SECOND_FACTOR = False
        key = with_passkey(officer, at_centre)
        settings.REQUIRE_SECOND_FACTOR = True
        enrolled(officer)
        use(at_centre, key)
        passkey = Authenticator.objects.get(type="webauthn")

        assert at_centre.post(f"/accounts/passkeys/{passkey.pk}/remove/").status_code == 422
        assert Authenticator.objects.filter(pk=passkey.pk).exists()
