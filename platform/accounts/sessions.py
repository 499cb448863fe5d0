"""Sessions: where they are kept, when they lock, when they end, and how many a person may have.

Django's own store, with columns: whose, on which device, since when, last used, locked. They are read with the session itself,
so asking costs no query; a page that is looked at writes at most once a minute.
"""

import hashlib
import re
import secrets
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.backends import db
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts import notices
from accounts.catalogue import Permission
from accounts.models import Account, AccountKind, Device, Session, SessionRule
from accounts.permissions import allowed
from accounts.session_rows import LOCK_MINUTES, ORDINARY_LOCK_MINUTES
from audit import trail
from foundation.errors import RuleViolation
from tenants.activation import active_host

FACTS = ("account_id", "device_id", "agent", "place", "began_at", "seen_at", "locked_at")
MOST_DEVICES = 2
NOTED_EVERY = timedelta(minutes=1)
LAG = timedelta(
    minutes=2
)  # a browser tells of typing once a minute, and it is noted once a minute: the screen locks before the server does
DEVICE_KEPT = timedelta(days=400)  # the longest a browser keeps a cookie
KEY = re.compile(r"[0-9a-z]{8,40}")
RULE_KEY, RULE_KEPT = "accounts.session_rule", 60
ROLES = "accounts.roles"  # in the session: as what its owner has used it so far


class SessionStore(db.SessionStore):
    """Sessions in accounts.Session, with the facts of its columns at hand once the session was loaded."""

    facts: dict[str, Any]  # Any: what a column holds

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self.facts = {}

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _validate_session_key(self, key: str | None) -> bool:
        """A cookie can say what no database takes as text (NUL): what is no key of ours is none at all."""
        return bool(key) and KEY.fullmatch(str(key)) is not None

    def load(self) -> dict[str, Any]:
        row: Session | None = self._get_session_from_db()  # type: ignore[attr-defined]  # Django has it, its stubs do not
        if row is None:
            return {}
        self.facts = {name: getattr(row, name) for name in FACTS}
        return self.decode(row.session_data)

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """A new id for the same sign-in keeps whose it is and since when, but no name: the old row still has it for a moment."""
        row: Session = super().create_model_instance(data)  # type: ignore[assignment]
        for name, value in self.facts.items():
            setattr(row, name, value)
        return row

    def flush(self) -> None:
        super().flush()
        self.facts = {}

    def note(self, **facts: Any) -> None:
        """Set columns, now."""
        Session.objects.filter(session_key=self.session_key).update(**facts)
        self.facts |= facts


def store_of(request: HttpRequest) -> SessionStore:
    return cast(SessionStore, request.session)


# -- one session --------------------------------------------------------------
def begin(request: HttpRequest, account: Account) -> None:
    """What is known of a session that has just been signed in; a device she never used here is told to her by mail.

    Another session of hers in this same browser ends: it can only be a forgotten one.
    """
    store = store_of(request)
    store[ROLES] = sorted(account.roles)
    device, is_new = _device_of(request, account)
    if device is not None:
        Session.objects.filter(account=account, device=device).exclude(session_key=store.session_key).delete()
    now = timezone.now()
    store.note(
        account_id=account.pk,
        device_id=device.pk if device else None,
        agent=name_of_browser(request.headers.get("User-Agent", "")),
        place=_address(request),
        began_at=now,
        seen_at=now,
        locked_at=None,
    )
    if is_new and device is not None and Device.objects.filter(account=account).exclude(pk=device.pk).exists():
        trail.record_event("device.first_used", by=account, about=device, channel="screen")
        notices.tell(account, "new_device")


def touch(request: HttpRequest) -> None:
    """She is there. Written at most once a minute."""
    seen_at, now = store_of(request).facts.get("seen_at"), timezone.now()
    if seen_at is None or now - seen_at >= NOTED_EVERY:
        store_of(request).note(seen_at=now)


def lock(request: HttpRequest) -> None:
    if store_of(request).facts.get("locked_at") is None:
        store_of(request).note(locked_at=timezone.now())


def renew(request: HttpRequest) -> None:
    """After a proof: unlocked, and under a new id."""
    request.session.cycle_key()
    store_of(request).note(locked_at=None, seen_at=timezone.now())


def renew_for_roles(request: HttpRequest, account: Account) -> None:
    """Whoever has become something else goes on under a new id: an id learned before opens nothing of what she may now."""
    if request.session.get(ROLES) != (roles := sorted(account.roles)):
        request.session[ROLES] = roles
        request.session.cycle_key()


def is_locked(request: HttpRequest, account: Account) -> bool:
    """Locked by her or unused for longer than her screens stay open. A session that is not on record counts as locked."""
    facts = store_of(request).facts
    if facts.get("seen_at") is None or facts.get("locked_at") is not None:
        return True
    return bool(timezone.now() - facts["seen_at"] > idle_limit(account) + LAG)


def kind_of(account: Account) -> str:
    return AccountKind(account.kind).value if active_host().is_centre else "headquarters"


def absolute_limit(account: Account) -> timedelta:
    return timedelta(hours=settings.SESSION_HOURS[kind_of(account)])


def idle_limit(account: Account) -> timedelta:
    fixed = settings.SESSION_IDLE_MINUTES.get(kind_of(account))
    return timedelta(minutes=fixed if fixed is not None else lock_minutes())


# -- the host's rule ----------------------------------------------------------
def lock_minutes() -> int:
    kept = cache.get(RULE_KEY)
    if kept is None:
        rule = SessionRule.objects.first()
        kept = rule.lock_minutes if rule else ORDINARY_LOCK_MINUTES
        cache.set(RULE_KEY, kept, RULE_KEPT)
    return int(kept)


@transaction.atomic
def set_lock_minutes(minutes: int, *, by: Account) -> None:
    """For staff of this centre, within a minute on every screen. Raises PermissionDenied, RuleViolation `lock_minutes`."""
    if not allowed(by, Permission.MANAGE_STAFF):
        raise PermissionDenied
    if minutes not in LOCK_MINUTES:
        raise RuleViolation("5分から30分の間で決めてください。", code="lock_minutes", field="lock_minutes")
    rule, _ = SessionRule.objects.update_or_create(only=True, defaults={"lock_minutes": minutes})
    trail.record("session_rule.changed", by=by, about=rule, minutes=minutes)
    transaction.on_commit(lambda: cache.delete(RULE_KEY))


# -- a person's sessions --------------------------------------------------------
def live(account: Account) -> QuerySet[Session]:
    """Those that could still be used, the last used first."""
    now = timezone.now()
    return Session.objects.filter(account=account, expire_date__gt=now, began_at__gt=now - absolute_limit(account)).order_by("-seen_at")


def others(request: HttpRequest, account: Account) -> QuerySet[Session]:
    """Her live sessions on other devices than the one that asks."""
    rest = live(account).exclude(session_key=request.session.session_key or "")
    device = _known_device(request, account)
    return rest.exclude(device=device) if device is not None else rest


@transaction.atomic
def end(account: Account, handles: list[UUID], *, by: Account | None, reason: str) -> int:
    """These sessions of hers are over at once: whoever asks with one of them next is nobody. Returns how many there were."""
    ended = list(Session.objects.select_for_update().filter(account=account, handle__in=handles))
    Session.objects.filter(pk__in=[session.pk for session in ended]).delete()
    for session in ended:
        trail.record_event("session.ended", by=by, about=account, channel="screen", session=session.handle, reason=reason)
    return len(ended)


def end_all(account: Account, *, by: Account | None, reason: str, but: str | None = None) -> int:
    """All her sessions, but for the one with this key."""
    handles = Session.objects.filter(account=account).exclude(session_key=but or "").values_list("handle", flat=True)
    return end(account, list(handles), by=by, reason=reason)


@transaction.atomic
def make_room(request: HttpRequest, account: Account) -> None:
    """Before one more begins: more than may be are not left even by two sign-ins at the same moment. The least used ends."""
    Account.objects.select_for_update(of=("self",)).get(pk=account.pk)
    surplus = list(others(request, account))[MOST_DEVICES - 1 :]
    if surplus:
        end(account, [session.handle for session in surplus], by=account, reason="too_many_devices")


# -- devices ------------------------------------------------------------------
def give_cookie(request: HttpRequest, response: HttpResponse) -> None:
    """The browser's own mark, by which it is known at its next sign-in. It opens nothing."""
    token = getattr(request, "new_device_token", None)
    if token is not None:
        response.set_cookie(
            settings.DEVICE_COOKIE_NAME,
            token,
            max_age=DEVICE_KEPT,
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )


def is_known_device(request: HttpRequest, email: str) -> bool:
    """Whether the owner of this address has signed in with this browser before. One query, whatever the answer."""
    digest = _digest(request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""))
    return Device.objects.filter(account__email=email.strip().lower(), digest=digest).exists()


def device_mark(request: HttpRequest) -> str:
    return _digest(request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""))


def _device_of(request: HttpRequest, account: Account) -> tuple[Device | None, bool]:
    if not request.META:
        return None, False  # no browser
    token = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")
    if len(token) != 43:
        token = secrets.token_urlsafe(32)
        request.new_device_token = token  # type: ignore[attr-defined]  # given by the middleware with the answer
    return Device.objects.get_or_create(account=account, digest=_digest(token), defaults={"first_seen_at": timezone.now()})


def _known_device(request: HttpRequest, account: Account) -> Device | None:
    return Device.objects.filter(account=account, digest=device_mark(request)).first()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _address(request: HttpRequest) -> str | None:
    from allauth.account.adapter import get_adapter

    return get_adapter(request).get_client_ip(request) if request.META.get("REMOTE_ADDR") else None


SYSTEMS = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("Mac", r"Mac OS X|Macintosh"),
    ("ChromeOS", r"CrOS"),
    ("Linux", r"Linux"),
)
BROWSERS = (("Edge", r"Edg"), ("Firefox", r"Firefox|FxiOS"), ("Chrome", r"Chrom|CriOS"), ("Safari", r"Safari"))


def name_of_browser(agent: str) -> str:
    """In words a person knows: "WindowsのChrome"."""
    system = next((name for name, mark in SYSTEMS if re.search(mark, agent)), "")
    browser = next((name for name, mark in BROWSERS if re.search(mark, agent)), "ブラウザ")
    return f"{system}の{browser}" if system else browser
