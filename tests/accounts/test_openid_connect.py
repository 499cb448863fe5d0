"""Signing in with the corporation's own provider: a real one on loopback, honest and dishonest."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.mfa.models import Authenticator
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts import identity_providers, invitations, members, openid_connect, sealed_seeds
from accounts.identity_providers import CHECKED_AT, configure_provider, link_account
from accounts.models import Account, IdentityLink, IdentityProvider
from accounts.openid_connect import Proof
from foundation import clock
from foundation.errors import RuleViolation
from tenants.hosts import Host
from tenants.models import Corporation
from tests.accounts.attempts import code, enrolled, sign_in, signed_in, trail
from tests.accounts.provider import KID, Claims, Provider, running, sign_in_there
from tests.factories.people import PASSWORD, staff

SUBJECT, SECRET, CLIENT = "kigyou-0001", "himitsu-no-himitsu", "tsunagi-test"
BACK = "/accounts/identity/back/"
CHANGE = "/accounts/password/change/"


@pytest.fixture(scope="module")
def server() -> Iterator[Provider]:
    with running() as provider:
        yield provider


@pytest.fixture
def there(server: Provider) -> Provider:
    """Honest at the beginning of each test."""
    server.straighten()
    cache.clear()
    return server


@pytest.fixture
def admin(centre: Host) -> Account:
    administrators = [staff("centre_admin", email=f"admin{number}@example.jp", password=PASSWORD) for number in (1, 2)]
    for each in administrators:
        enrolled(each)
    return administrators[0]


def configure(by: Account, issuer: str, **overrides: Any) -> IdentityProvider:  # Any: arguments of configure_provider
    facts = {"client_id": CLIENT, "secret": SECRET, "corporation": Corporation.objects.get(name="社会福祉法人あかり")}
    return configure_provider(by=by, issuer=issuer, **facts | overrides)


@pytest.fixture
def provider(admin: Account, there: Provider) -> IdentityProvider:
    return configure(admin, there.issuer)


@pytest.fixture
def linked(provider: IdentityProvider) -> Account:
    account = staff(email="hana@example.jp", name="港 花子", password=PASSWORD)
    enrolled(account)
    link_account(account, Proof(provider, SUBJECT, strong=False, purpose="link", next="", account=str(account.pk)))
    return Account.objects.get(pk=account.pk)


def enrolled_anew(account: Account) -> str:
    """With a seed that the test knows."""
    Authenticator.objects.filter(user=account).delete()
    return enrolled(account)


def begin(client: Client, provider: IdentityProvider, next: str = "") -> str:  # noqa: A002
    """The address at the provider to which our start page leads."""
    answer = client.get(f"/accounts/identity/{provider.pk}/", {"next": next} if next else {})
    assert answer.status_code == 302
    return str(answer["Location"])


def come_back(client: Client, told: dict[str, str]) -> HttpResponse:
    page = client.get(BACK, told)
    assert page.status_code == 200
    return client.post(BACK, told)


def go(client: Client, provider: IdentityProvider, subject: str = SUBJECT, **changed: str) -> HttpResponse:
    return come_back(client, sign_in_there(begin(client, provider), subject) | changed)


def with_mfa(claims: Claims) -> Claims:
    return claims | {"amr": ["pwd", "mfa"]}


def reasons() -> list[str]:
    return [line.facts["reason"] for line in trail("identity.refused")]


# -- the honest way ----------------------------------------------------------
def test_who_proved_two_factors_there_is_in(provider: IdentityProvider, linked: Account, there: Provider, at_centre: Client) -> None:
    there.bend = with_mfa

    answer = go(at_centre, provider)

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert signed_in(at_centre)
    assert len(trail("sign_in")) == 1


@pytest.mark.parametrize("said", [{}, {"amr": ["pwd"]}, {"acr": "urn:any"}, {"amr": "mfa"}])
def test_otherwise_our_own_second_factor_follows(
    said: Claims, provider: IdentityProvider, linked: Account, there: Provider, at_centre: Client
) -> None:
    there.bend = lambda claims: claims | said

    assert go(at_centre, provider)["Location"] == "/accounts/2fa/authenticate/"
    assert not signed_in(at_centre)


def test_an_acr_counts_only_where_it_was_agreed(admin: Account, linked: Account, there: Provider, at_centre: Client) -> None:
    provider = configure(admin, there.issuer, strong_acr=["urn:two"])
    there.bend = lambda claims: claims | {"acr": "urn:two"}
    go(at_centre, provider)
    assert signed_in(at_centre)


def test_a_factor_of_unknown_time_does_not_count(provider: IdentityProvider, linked: Account, there: Provider, at_centre: Client) -> None:
    there.bend = lambda claims: {name: value for name, value in with_mfa(claims).items() if name != "auth_time"}
    assert go(at_centre, provider)["Location"] == "/accounts/2fa/authenticate/"


def test_what_we_ask_for_is_bound_to_this_browser(provider: IdentityProvider, linked: Account, there: Provider, at_centre: Client) -> None:
    """PKCE with S256, a nonce, a state, and the host's canonical address to come back to, whatever port the request named."""
    address = at_centre.get(f"/accounts/identity/{provider.pk}/", headers={"host": "test-a.testserver:9999"})["Location"]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    come_back(at_centre, sign_in_there(address, SUBJECT))

    sent = next(form for path, form in there.asked if path == "/oauth2/token")
    digest = hashlib.sha256(sent["code_verifier"].encode()).digest()
    assert asked["code_challenge"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == sent["redirect_uri"] == f"http://test-a.testserver{BACK}"
    assert asked["scope"] == "openid"
    assert len(asked["state"]) > 40
    assert len(asked["nonce"]) > 40


def test_groups_of_the_provider_give_nothing(provider: IdentityProvider, linked: Account, there: Provider, at_centre: Client) -> None:
    there.bend = lambda claims: with_mfa(claims) | {"groups": ["centre_admin"], "roles": ["chief_counsellor"]}
    go(at_centre, provider)

    assert Account.objects.get(pk=linked.pk).roles == {"counsellor"}
    assert at_centre.get("/manage/").status_code == 403


def test_the_page_asked_for_opens_and_no_other_host(
    provider: IdentityProvider, linked: Account, there: Provider, at_centre: Client
) -> None:
    there.bend = with_mfa
    for wanted, opened in (("/cases/", "/cases/"), ("https://evil.example/", "/"), ("//evil.example/", "/")):
        told = sign_in_there(begin(at_centre, provider, wanted), SUBJECT)
        assert come_back(at_centre, told)["Location"] == opened
        at_centre.logout()


# -- what does not fit -------------------------------------------------------
def unsigned(claims: Claims) -> str:
    return jwt.encode(claims, "", "none", headers={"kid": KID})


def with_public_key_as_secret(there: Provider) -> Callable[[Claims], str]:
    public = there.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def sign(claims: Claims) -> str:
        head, body = (
            base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
            for part in ({"alg": "HS256", "kid": KID, "typ": "JWT"}, claims)
        )
        mark = base64.urlsafe_b64encode(hmac.new(public, head + b"." + body, "sha256").digest()).rstrip(b"=")
        return (head + b"." + body + b"." + mark).decode()

    return sign


def with_another_key(claims: Claims) -> str:
    return jwt.encode(claims, rsa.generate_private_key(public_exponent=65537, key_size=2048), "RS256", headers={"kid": KID})


BENT: dict[str, tuple[Callable[[Claims], Claims], str]] = {
    "issuer": (lambda claims: claims | {"iss": "https://evil.example"}, "issuer"),
    "audience": (lambda claims: claims | {"aud": "another-client"}, "audience"),
    "two audiences": (lambda claims: claims | {"aud": [CLIENT, "another-client"]}, "audience"),
    "authorised party": (lambda claims: claims | {"azp": "another-client"}, "audience"),
    "nonce": (lambda claims: claims | {"nonce": "of-another-browser"}, "nonce"),
    "no nonce": (lambda claims: {name: value for name, value in claims.items() if name != "nonce"}, "nonce"),
    "expired": (lambda claims: claims | {"exp": int(time.time()) - 60}, "expired"),
    "no expiry": (lambda claims: {name: value for name, value in claims.items() if name != "exp"}, "token"),
    "no subject": (lambda claims: claims | {"sub": ""}, "token"),
    "long ago": (lambda claims: claims | {"auth_time": int(time.time()) - 13 * 3600}, "sign_in_age"),
    "time in words": (lambda claims: claims | {"auth_time": "now"}, "sign_in_age"),
}


@pytest.mark.parametrize("wrong", BENT)
def test_a_token_that_does_not_fit_signs_nobody_in(
    wrong: str, provider: IdentityProvider, linked: Account, there: Provider, at_centre: Client
) -> None:
    bend, reason = BENT[wrong]
    there.bend = lambda claims: bend(with_mfa(claims))

    assert go(at_centre, provider).status_code == 422
    assert reasons() == [reason]
    assert not signed_in(at_centre)


def test_a_token_is_believed_only_for_its_signature(
    provider: IdentityProvider, linked: Account, there: Provider, at_centre: Client
) -> None:
    """alg none, an HMAC by the public key, and another key under the known name."""
    there.bend = with_mfa
    for sign in (unsigned, with_public_key_as_secret(there), with_another_key):
        there.sign = sign
        assert go(at_centre, provider).status_code == 422

    assert reasons() == ["algorithm", "algorithm", "signature"]
    assert not signed_in(at_centre)


def test_a_state_counts_once_and_in_the_browser_that_began(
    provider: IdentityProvider, linked: Account, there: Provider, at_centre: Client
) -> None:
    there.bend = with_mfa
    told = sign_in_there(begin(at_centre, provider), SUBJECT)
    thief = Client(SERVER_NAME="test-a.testserver")

    assert come_back(thief, told).status_code == 422
    assert come_back(at_centre, told).status_code == 302
    at_centre.logout()
    assert come_back(at_centre, told).status_code == 422
    assert reasons() == ["state", "state"]


def test_an_old_state_is_none(
    provider: IdentityProvider, linked: Account, there: Provider, at_centre: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = sign_in_there(begin(at_centre, provider), SUBJECT)
    monkeypatch.setattr(openid_connect, "STATE_SECONDS", -1)

    assert come_back(at_centre, told).status_code == 422
    assert reasons() == ["state_old"]


def test_code_and_state_of_another_host_count_for_nothing(
    provider: IdentityProvider,
    linked: Account,
    there: Provider,
    at_centre: Client,
    at_other_centre: Client,
    other_centre: Callable[[], AbstractContextManager[Host]],
) -> None:
    told = sign_in_there(begin(at_centre, provider), SUBJECT)

    assert come_back(at_other_centre, told).status_code == 422
    assert at_other_centre.get(f"/accounts/identity/{provider.pk}/")["Location"] == "/accounts/login/"
    with other_centre():
        assert reasons() == ["state"]
        assert not IdentityLink.objects.exists()


def test_the_answer_of_another_provider_is_refused(provider: IdentityProvider, linked: Account, there: Provider, at_centre: Client) -> None:
    """Mix-up: the issuer it names is not the one we asked, or its code is not known to the one we ask."""
    there.bend = with_mfa
    assert go(at_centre, provider, iss="https://evil.example").status_code == 422
    with running() as evil:
        address = begin(at_centre, provider)
        told = sign_in_there(address.replace(there.issuer, evil.issuer), SUBJECT)
        assert come_back(at_centre, told).status_code == 422

    assert reasons() == ["mix_up", "code"]
    assert not signed_in(at_centre)


def test_the_same_address_is_not_the_same_person(provider: IdentityProvider, linked: Account, there: Provider, at_centre: Client) -> None:
    """E-mail collision: who has her address at the provider is nobody here, and nobody is made."""
    there.bend = lambda claims: with_mfa(claims) | {"email": linked.email, "email_verified": True}
    before = Account.objects.count()

    assert go(at_centre, provider, subject=linked.email).status_code == 422
    assert reasons() == ["unknown_subject"]
    assert Account.objects.count() == before


def test_every_refusal_is_the_same_bytes(provider: IdentityProvider, linked: Account, there: Provider, at_centre: Client) -> None:
    answers = [go(at_centre, provider, subject="nobody"), come_back(at_centre, {"state": "x", "code": "y"}), come_back(at_centre, {})]
    assert len({answer.content for answer in answers}) == 1


# -- when it is down, or lies about itself -----------------------------------
def test_when_the_provider_is_down_an_emergency_administrator_still_signs_in(
    provider: IdentityProvider, linked: Account, admin: Account, there: Provider, at_centre: Client
) -> None:
    IdentityProvider.objects.filter(pk=provider.pk).update(issuer="http://localhost:1")
    answer = at_centre.get(f"/accounts/identity/{provider.pk}/")
    assert answer["Location"] == "/accounts/login/"
    admin.authenticator_set.all().delete()
    seed = enrolled(admin)

    assert sign_in(at_centre, admin.email)["Location"] == "/accounts/2fa/authenticate/"
    at_centre.post("/accounts/2fa/authenticate/", {"code": code(seed)})
    assert signed_in(at_centre)
    assert sign_in(Client(SERVER_NAME="test-a.testserver"), linked.email).status_code == 422


LIES: dict[str, dict[str, str]] = {
    "another issuer": {"issuer": "https://evil.example"},
    "keys at another host": {"jwks_uri": "https://evil.example/jwks"},
    "token at the cloud's metadata": {"token_endpoint": "http://169.254.169.254/latest/"},
    "keys in a file": {"jwks_uri": "file:///etc/passwd"},
    "another port of ours": {"token_endpoint": "http://localhost:1/token"},
    "sign-in elsewhere": {"authorization_endpoint": "https://evil.example/authorize"},
}


@pytest.mark.parametrize("lie", LIES)
def test_metadata_leads_nowhere_but_to_the_issuer(lie: str, admin: Account, there: Provider) -> None:
    """B19: what an administrator configures, or her provider says of itself, makes the server ask nobody else; JSON, so no XXE."""
    there.describe = lambda told: told | LIES[lie]
    with pytest.raises(RuleViolation) as refusal:
        configure(admin, there.issuer)
    assert refusal.value.code == "issuer_not_reached"
    assert not IdentityProvider.objects.exists()
    assert {path for path, _ in there.asked} == {"/.well-known/openid-configuration"}


XXE = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'


def test_metadata_that_is_no_json_is_not_read(admin: Account, there: Provider) -> None:
    """B19: markup is never parsed."""
    there.describe = lambda told: XXE  # type: ignore[assignment, return-value]  # what it sends instead
    with pytest.raises(RuleViolation):
        configure(admin, there.issuer)


@pytest.mark.parametrize(
    "issuer",
    [
        "http://169.254.169.254",
        "https://10.0.0.1",
        "file:///etc/passwd",
        "https://u@idp.example.jp",
        "https://idp.example.jp/?a=b",
        "idp",
        "",
    ],
)
def test_an_issuer_inside_or_in_disguise_is_not_asked(issuer: str, admin: Account) -> None:
    """B19, B45."""
    with pytest.raises(RuleViolation) as refusal:
        configure(admin, issuer)
    assert refusal.value.code in {"bad_issuer", "issuer_not_reached"}
    assert not IdentityProvider.objects.exists()


# -- who may, and what is kept -----------------------------------------------
def test_no_provider_before_two_emergency_administrators(centre: Host, there: Provider) -> None:
    only = staff("centre_admin", password=PASSWORD)
    enrolled(only)
    staff("centre_admin", password=PASSWORD)  # without a second factor
    enrolled(staff("centre_admin"))  # without a password

    with pytest.raises(RuleViolation) as refusal:
        configure(only, there.issuer)
    assert refusal.value.code == "no_emergency_administrators"


def test_the_last_two_emergency_administrators_stay_local(provider: IdentityProvider, admin: Account) -> None:
    with pytest.raises(RuleViolation) as refusal:
        link_account(admin, Proof(provider, "x", strong=True, purpose="link", next="", account=str(admin.pk)))
    assert refusal.value.code == "emergency_needed"


def test_only_an_administrator_configures(there: Provider, admin: Account) -> None:
    with pytest.raises(PermissionDenied):
        configure(staff("chief_counsellor"), there.issuer)


def test_the_secret_is_sealed_for_its_host(
    provider: IdentityProvider, other_centre: Callable[[], AbstractContextManager[Host]], caplog: pytest.LogCaptureFixture
) -> None:
    assert SECRET not in str(list(IdentityProvider.objects.values()))
    assert sealed_seeds.unseal(provider.sealed_secret) == SECRET
    with other_centre(), pytest.raises(InvalidTag):
        sealed_seeds.unseal(provider.sealed_secret)
    assert SECRET not in caplog.text


def test_linking_asks_for_much(provider: IdentityProvider, linked: Account) -> None:
    bare, other = staff(), staff()
    enrolled(other)

    def refusal(account: Account, subject: str) -> str:
        with pytest.raises(RuleViolation) as refused:
            link_account(account, Proof(provider, subject, strong=True, purpose="link", next="", account=str(account.pk)))
        return refused.value.code

    assert refusal(bare, "a") == "factor_first"
    assert refusal(other, SUBJECT) == "subject_taken"
    assert refusal(linked, "b") == "already_linked"


def test_she_links_once_herself_with_a_fresh_factor(provider: IdentityProvider, there: Provider, at_centre: Client) -> None:
    account = staff(email="neu@example.jp", password=PASSWORD)
    at_centre.force_login(account, backend="accounts.authentication.SignInBackend")
    stale = at_centre.get(f"/accounts/identity/{provider.pk}/link/")
    assert stale["Location"].startswith("/accounts/reauthenticate/")
    at_centre.logout()
    seed = enrolled(account)
    sign_in(at_centre, account.email)
    at_centre.post("/accounts/2fa/authenticate/", {"code": code(seed)})
    at_centre.post("/accounts/reauthenticate/", {"password": PASSWORD})

    told = sign_in_there(at_centre.get(f"/accounts/identity/{provider.pk}/link/").context["there"], "kigyou-0002")
    come_back(at_centre, told)

    link = IdentityLink.objects.get(account=account)
    assert (link.issuer, link.subject) == (there.issuer, "kigyou-0002")
    assert not Account.objects.get(pk=account.pk).has_usable_password()
    assert not signed_in(at_centre)


def test_an_answer_links_only_whoever_asked(provider: IdentityProvider, there: Provider, at_centre: Client) -> None:
    """Somebody else who signs in at the same browser meanwhile is not linked."""
    first, second = staff(email="a@example.jp", password=PASSWORD), staff(email="b@example.jp", password=PASSWORD)
    seed = enrolled(first)
    enrolled(second)
    sign_in(at_centre, first.email)
    at_centre.post("/accounts/2fa/authenticate/", {"code": code(seed)})
    at_centre.post("/accounts/reauthenticate/", {"password": PASSWORD})
    told = sign_in_there(at_centre.get(f"/accounts/identity/{provider.pk}/link/").context["there"], "kigyou-0003")
    kept = at_centre.session[openid_connect.STATES]
    at_centre.force_login(second, backend="accounts.authentication.SignInBackend")
    session = at_centre.session
    session[openid_connect.STATES] = kept
    session.save()

    assert come_back(at_centre, told).status_code == 422
    assert not IdentityLink.objects.exists()


# -- for how long ------------------------------------------------------------
def test_no_invitation_gives_a_linked_account_a_password_beside_its_corporation(
    provider: IdentityProvider, admin: Account, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    """Whom her corporation shuts out is shut out here: neither a link from before nor a new one is a way around it."""
    account = staff(email="hana@example.jp", password=PASSWORD)
    enrolled(account)
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        invitations.invite(account, by=admin)
    token = str(mail.outbox[0].body).partition("#")[2].split()[0]
    link_account(account, Proof(provider, SUBJECT, strong=False, purpose="link", next="", account=str(account.pk)))

    with pytest.raises(invitations.InvitationRefused):
        invitations.accept(token=token, email=account.email, password="betsu-no-nagai-kotoba")
    with pytest.raises(RuleViolation) as refused:
        invitations.invite(account, by=admin)

    assert refused.value.code == "linked"
    assert not Account.objects.get(pk=account.pk).has_usable_password()
    identity_providers.unlink_account(account, by=admin)
    assert invitations.invite(account, by=admin)


def test_who_is_linked_is_registered_for_another_time_without_an_invitation(linked: Account, at_centre: Client) -> None:
    today, by = clock.today(), staff("centre_admin", password=PASSWORD)
    members.end_membership(linked.memberships.get(), on=today + timedelta(days=5), by=by, today=today)
    at_centre.force_login(by)
    at_centre.post("/accounts/reauthenticate/", {"password": PASSWORD})
    told = {"name": linked.name, "email": linked.email, "roles": ["clerk"], "from_date": "+6"}

    assert at_centre.post("/manage/members/new/", told).status_code == 302

    assert linked.memberships.count() == 2
    assert not linked.invitations.exists()


def test_a_page_for_a_password_she_does_not_have_says_so(
    provider: IdentityProvider, linked: Account, there: Provider, at_centre: Client
) -> None:
    there.bend = with_mfa
    go(at_centre, provider)

    for answer in (at_centre.get(CHANGE), at_centre.post(CHANGE, {"oldpassword": "x"})):
        assert (answer.status_code, answer["Location"]) == (302, "/accounts/")
    assert CHANGE not in at_centre.get("/accounts/").text


def test_the_provider_is_asked_again_every_hour(provider: IdentityProvider, linked: Account, there: Provider, at_centre: Client) -> None:
    there.bend = with_mfa
    go(at_centre, provider)
    session = at_centre.session
    session[CHECKED_AT] = int(time.time()) - identity_providers.RECHECK_SECONDS - 1
    session.save()

    assert at_centre.get("/cases/")["Location"] == "/accounts/login/?next=/cases/"
    assert not signed_in(at_centre)


@pytest.mark.parametrize("strong", [True, False])
def test_she_is_asked_again_also_where_somebody_else_was_signed_in(
    strong: bool, provider: IdentityProvider, linked: Account, there: Provider, at_centre: Client
) -> None:
    """On a shared machine the other's session ends first, and takes nothing of hers along."""
    secret = enrolled_anew(linked)
    sign_in(at_centre, staff(email="tanin@example.jp", password=PASSWORD).email)
    there.bend = with_mfa if strong else lambda claims: claims

    go(at_centre, provider)
    if not strong:
        at_centre.post("/accounts/2fa/authenticate/", {"code": code(secret)})

    assert at_centre.session["_auth_user_id"] == str(linked.pk)
    assert CHECKED_AT in at_centre.session
    assert len(trail("sign_out")) == 1


def test_a_sign_in_that_somebody_else_left_half_done_is_not_in_her_way(
    provider: IdentityProvider, linked: Account, there: Provider, at_centre: Client
) -> None:
    other = staff(email="tanin@example.jp", password=PASSWORD)
    enrolled(other)
    sign_in(at_centre, other.email)
    there.bend = with_mfa

    go(at_centre, provider)

    assert at_centre.session["_auth_user_id"] == str(linked.pk)
    assert not trail("sign_in.failed")


def test_leaving_ends_the_link(provider: IdentityProvider, linked: Account, admin: Account, there: Provider, at_centre: Client) -> None:
    """B21: the sign-in through her corporation opens nothing after she has left."""
    there.bend = with_mfa
    members.end_membership(linked.memberships.get(), on=clock.today(), by=admin, today=clock.today())

    assert go(at_centre, provider).status_code == 422
    assert reasons() == ["unknown_subject"]


def test_an_ended_provider_signs_nobody_in(
    provider: IdentityProvider, linked: Account, admin: Account, there: Provider, at_centre: Client
) -> None:
    there.bend = with_mfa
    go(at_centre, provider)
    told = sign_in_there(begin(Client(SERVER_NAME="test-a.testserver"), provider), SUBJECT)
    identity_providers.end_provider(provider, by=admin)

    assert not signed_in(at_centre)
    assert at_centre.get(f"/accounts/identity/{provider.pk}/")["Location"] == "/accounts/login/"
    assert come_back(at_centre, told).status_code == 422
    identity_providers.unlink_account(linked, by=admin)
    assert not IdentityLink.objects.exists()
