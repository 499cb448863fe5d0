"""What somebody who leaves a host leaves behind, and that all of it ends in one transaction.

accounts lies below the casework, so each slice registers its own step in AppConfig.ready(): what of hers has to be handed over
first, and what ends. A step that is not registered does not happen; tests/accounts/test_leaving.py collects every credential.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import NamedTuple

from allauth.mfa.models import Authenticator

from accounts import approvals
from accounts.models import Account, GuestEntry, Invitation, Session
from foundation import clock
from foundation.errors import RuleViolation
from tenants.activation import active_host

VOUCHING_DAYS = 7


@dataclass(frozen=True)
class Leave:
    """Who leaves, who decided it (None: the job of her last day), who takes over."""

    account: Account
    by: Account | None
    today: date
    successor: Account | None = None


class Step(NamedTuple):
    """`open_work(account)` names what may not be orphaned, as she and the administrator call it; with a successor `end` hands it
    over. `end` returns how many things it ended; it runs inside the leaving's transaction and raises to refuse it as a whole."""

    order: int
    end: Callable[[Leave], int]
    open_work: Callable[[Account], Sequence[str]] | None = None
    centres_only: bool = True  # headquarters has no such tables


_steps: dict[str, Step] = {}
guest_endings: list[Callable[[Account, Account | None], object]] = []  # what of a guest's ends with her entry: (she, by whom)


def register(code: str, step: Step) -> None:
    _steps[code] = step


def steps() -> Mapping[str, Step]:
    """Those of the active host, in the order in which they happen."""
    here = {code: step for code, step in _steps.items() if active_host().is_centre or not step.centres_only}
    return MappingProxyType(dict(sorted(here.items(), key=lambda named: named[1].order)))


def open_work(account: Account) -> list[str]:
    """What has to be handed over before she can go."""
    return [name for step in steps().values() if step.open_work is not None for name in step.open_work(account)]


def check_handed_over(account: Account, successor: Account | None) -> None:
    """Raises RuleViolation `open_work`, which names it, or `successor_leaves`."""
    if successor is not None and successor.pk == account.pk:
        raise RuleViolation("本人には引き継げません。ほかの職員を選んでください。", code="successor_leaves", field="successor")
    left = open_work(account)
    if left and successor is None:
        names = "、".join(left[:20]) + ("ほか" if len(left) > 20 else "")
        raise RuleViolation(
            f"先に引き継ぎが必要です（{len(left)}件）：{names}。引き継ぐ人を選んでください。", code="open_work", field="successor"
        )


def end_everything(leave: Leave) -> dict[str, int]:
    """Inside the caller's transaction: every step, in order. What ended, by the step's code.

    Raises RuleViolation `open_work` while something would be orphaned, and whatever a step raises.
    """
    check_handed_over(leave.account, leave.successor)
    return {code: step.end(leave) for code, step in steps().items()}


def end_sessions(account: Account) -> int:
    """She is signed out everywhere, on the next request of each browser."""
    return Session.objects.filter(account=account).delete()[0]


def end_secrets(account: Account) -> int:
    """Password, passkeys, authenticator, recovery codes and tokens. Who comes back is invited and enrols anew."""
    ended = Authenticator.objects.filter(user=account).delete()[0] + account.auth_token_set.all().delete()[0]
    account.set_unusable_password()  # which also makes every session's digest wrong
    account.password_is_temporary = False
    account.save(update_fields=["password", "password_is_temporary"])
    return ended + 1


def end_invitations(account: Account) -> int:
    """Those to her are void; those she sent wait for somebody else to send them again."""
    now = clock.now()
    received = Invitation.objects.filter(account=account, used_at=None, withdrawn_at=None).update(withdrawn_at=now)
    sent = Invitation.objects.filter(made_by=account).waiting()
    return received + sent.update(expires_at=now, unvouched=True)


def leave_guests_unvouched(account: Account) -> int:
    """Guests she let in stay a week at most, unless somebody else vouches for them."""
    last = clock.today() + timedelta(days=VOUCHING_DAYS)
    mine = GuestEntry.objects.filter(invited_by=account).current(clock.today())
    mine.filter(until_date__gt=last).update(until_date=last)
    return mine.update(unvouched_since=clock.now())


def register_own() -> None:
    for order, code, end in (
        (10, "sessions", lambda leave: end_sessions(leave.account)),
        (20, "secrets", lambda leave: end_secrets(leave.account)),
        (30, "invitations", lambda leave: end_invitations(leave.account)),
        (40, "approvals", lambda leave: approvals.void_asked_by(leave.account, by=leave.by)),
        (50, "guests", lambda leave: leave_guests_unvouched(leave.account)),
    ):
        register(code, Step(order, end, centres_only=False))
