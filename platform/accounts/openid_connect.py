"""OpenID Connect with one provider: the way there, the way back, and everything that has to be true of what comes back.

Authorization code with PKCE. What a browser carries (state) is bound to this host's session and to one provider; what the provider
says (ID token) is believed only when its signature, issuer, audience, nonce and times fit. Addresses are taken from the issuer's own
discovery document and have to lie at the issuer's host; everything is asked through foundation.outbound.
"""

import hmac
import json
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import MutableMapping
from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode
from uuid import UUID

import jwt
from django.core.cache import cache

from accounts import sealed_seeds
from accounts.models import IdentityProvider
from foundation import outbound

STATES = "identity_states"
STATE_SECONDS = 600
MOST_STATES = 5
KEPT_SECONDS = 300  # discovery and keys
LEEWAY = 30
SIGN_IN_AGE = 12 * 3600  # how long ago she may have signed in at the provider
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")  # asymmetric ones; never the token's choice
DISCOVERY = "/.well-known/openid-configuration"

Session = MutableMapping[str, Any]  # Django's


class NotProved(Exception):
    """Nobody is signed in. `code` is for the trail; the page says the same of all."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Proof(NamedTuple):
    """Who somebody is at her provider; `strong` if a second factor was asked for there, as this host counts it."""

    provider: IdentityProvider
    subject: str
    strong: bool
    purpose: str
    next: str
    account: str


class Metadata(NamedTuple):
    authorization: str
    token: str
    jwks: str
    basic: bool


def way_there(provider: IdentityProvider, session: Session, *, back: str, purpose: str, next: str = "", account: str = "") -> str:  # noqa: A002
    """Where to send the browser; what has to come back is kept in this host's session. Raises NotProved `away`."""
    metadata = discover(provider)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    kept = sorted(session.get(STATES, {}).items(), key=lambda named: named[1]["at"])[-(MOST_STATES - 1) :]
    facts = {
        "provider": str(provider.pk), "nonce": nonce, "verifier": verifier, "purpose": purpose, "next": next, "account": account,
        "at": int(time.time()),
    }  # fmt: skip
    session[STATES] = {**dict(kept), state: facts}
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code", "client_id": provider.client_id, "redirect_uri": back, "scope": "openid", "state": state, "nonce": nonce,
        "code_challenge": challenge, "code_challenge_method": "S256", "max_age": str(SIGN_IN_AGE),
    }  # fmt: skip
    return f"{metadata.authorization}?{urlencode(asked)}"


def way_back(session: Session, *, state: str, code: str, issuer: str, back: str) -> Proof:
    """Use the state up, exchange the code, verify the token.

    Raises NotProved: state, state_old, provider, mix_up, no_code, away, and what `verified` raises.
    """
    kept = dict(session.get(STATES, {}))
    facts = kept.pop(state, None)
    session[STATES] = kept
    if facts is None:
        raise NotProved("state")
    if time.time() - facts["at"] > STATE_SECONDS:
        raise NotProved("state_old")
    provider = IdentityProvider.objects.filter(pk=UUID(facts["provider"]), ended_at=None).first()
    if provider is None:
        raise NotProved("provider")
    if issuer and issuer != provider.issuer:
        raise NotProved("mix_up")  # RFC 9207: another provider answered
    if not code:
        raise NotProved("no_code")
    token = exchanged(provider, code, facts["verifier"], back)
    claims = verified(token, provider, nonce=facts["nonce"])
    return Proof(provider, claims["sub"], is_strong(claims, provider), facts["purpose"], facts["next"], facts["account"])


def discover(provider: IdentityProvider) -> Metadata:
    """The issuer's own description of itself. Raises NotProved `away` or `metadata`."""
    told = _json(provider, provider.issuer + DISCOVERY)
    if told.get("issuer") != provider.issuer:
        raise NotProved("metadata")
    home = outbound.target_of(provider.issuer)
    addresses = [str(told.get(name, "")) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    try:
        elsewhere = [address for address in addresses if outbound.target_of(address) != home or "#" in address or "?" in address]
    except outbound.OutboundRefused:
        raise NotProved("metadata") from None
    if elsewhere:
        raise NotProved("metadata")
    methods = told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    authorization, token, jwks = addresses
    return Metadata(authorization, token, jwks, basic="client_secret_basic" in methods)


def exchanged(provider: IdentityProvider, code: str, verifier: str, back: str) -> str:
    """The ID token for a code. Raises NotProved `away`, `code` (the provider does not take it) or `metadata`."""
    metadata, secret = discover(provider), sealed_seeds.unseal(provider.sealed_secret)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
    auth = (quote(provider.client_id, safe=""), quote(secret, safe="")) if metadata.basic else None
    if auth is None:
        form |= {"client_id": provider.client_id, "client_secret": secret}
    try:
        with outbound.session(hosts=hosts_of(provider)) as guarded:
            answer = guarded.post(metadata.token, data=form, auth=auth, headers={"Accept": "application/json"})
        told = answer.json() if answer.status_code == 200 else {}
    except (OSError, ValueError):  # requests' errors are OSErrors
        raise NotProved("away") from None
    token = told.get("id_token") if isinstance(told, dict) else None
    if not isinstance(token, str):
        raise NotProved("code")
    return token


def verified(token: str, provider: IdentityProvider, *, nonce: str) -> dict[str, Any]:
    """The claims, if every one of them fits (OpenID Connect Core 3.1.3.7).

    Raises NotProved: algorithm, key, signature, issuer, audience, expired, token, nonce, sign_in_age, away.
    """
    try:
        header = jwt.get_unverified_header(token)
        if header.get("alg") not in ALGORITHMS:
            raise NotProved("algorithm")
        claims: dict[str, Any] = jwt.decode(
            token,
            key=_key(provider, str(header.get("kid", ""))),
            algorithms=[header["alg"]],
            issuer=provider.issuer,
            audience=provider.client_id,
            leeway=LEEWAY,
            options={"require": ["iss", "sub", "aud", "exp", "iat"], "verify_signature": True},
        )
    except jwt.InvalidSignatureError:
        raise NotProved("signature") from None
    except jwt.InvalidIssuerError:
        raise NotProved("issuer") from None
    except jwt.InvalidAudienceError:
        raise NotProved("audience") from None
    except jwt.ExpiredSignatureError:
        raise NotProved("expired") from None
    except (jwt.PyJWTError, ValueError, TypeError):
        raise NotProved("token") from None
    _check(claims, provider, nonce)
    return claims


def _check(claims: dict[str, Any], provider: IdentityProvider, nonce: str) -> None:
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (several or "azp" in claims) and claims.get("azp") != provider.client_id:
        raise NotProved("audience")
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise NotProved("nonce")
    if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
        raise NotProved("token")
    signed_in = claims.get("auth_time")
    if signed_in is not None and not (isinstance(signed_in, int) and -LEEWAY <= time.time() - signed_in <= SIGN_IN_AGE + LEEWAY):
        raise NotProved("sign_in_age")


def is_strong(claims: dict[str, Any], provider: IdentityProvider) -> bool:
    """A second factor at the provider counts here only if it says so, and when: otherwise our own follows."""
    told = claims.get("amr")
    said = claims.get("acr") in provider.strong_acr or (isinstance(told, list) and "mfa" in told)
    return said and "auth_time" in claims


def hosts_of(provider: IdentityProvider) -> set[str]:
    return {outbound.target_of(provider.issuer).written}


def _key(provider: IdentityProvider, kid: str) -> Any:  # Any: whatever its algorithm needs
    """The key with this name; an unknown name is looked for once more, past what was kept (keys are rotated)."""
    for fresh in (False, True):
        told = _json(provider, discover(provider).jwks, fresh=fresh)
        try:
            keys = jwt.PyJWKSet.from_dict(told).keys
        except (jwt.PyJWTError, KeyError, TypeError, ValueError, AttributeError):
            raise NotProved("key") from None
        fits = [key for key in keys if key.key_id == kid or (not kid and len(keys) == 1)]
        if fits and fits[0].public_key_use in {None, "sig"}:
            return fits[0].key
    raise NotProved("key")


def _json(provider: IdentityProvider, url: str, *, fresh: bool = False) -> dict[str, Any]:
    """A document of the provider's, kept for five minutes. Plain JSON: there is no markup to resolve anything in."""
    name = f"identity:{sha256(url.encode()).hexdigest()}"
    kept = None if fresh else cache.get(name)
    if isinstance(kept, dict):
        return kept
    try:
        told = json.loads(outbound.fetch(url, hosts=hosts_of(provider)))
    except (OSError, ValueError):
        raise NotProved("away") from None
    if not isinstance(told, dict):
        raise NotProved("metadata")
    cache.set(name, told, KEPT_SECONDS)
    return told
