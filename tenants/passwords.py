"""The password of a database login, derived from a secret: nothing to store, nothing to hand round.

Standard library only: the launcher of local servers and the backend use the same scheme.
"""

import hashlib
import hmac

OWNER, KEYS_OWNER = "owner", "keys_owner"
OWNERS = frozenset({OWNER, KEYS_OWNER})


def password_for(login: str, *, role_secret: str, owner_secret: str = "") -> str:
    """Owners may change schemas and replace keys, so their secret is one that web and workers do not have."""
    secret = owner_secret if login in OWNERS else role_secret
    if not secret:
        raise LookupError(f"no secret in this process for the database login {login}")
    return hmac.new(secret.encode(), login.encode(), hashlib.sha256).hexdigest()
