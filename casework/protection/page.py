"""What the page 保護 shows, gathered with few queries and opened by one reveal: everything but the places themselves."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from accounts import approvals
from accounts.catalogue import Permission
from accounts.models import Account
from accounts.permissions import allowed
from casework.cases.models import Case
from casework.clients.models import ContactWay, RelatedPerson
from casework.protection.forms import PartyForm, PlaceForm, ProtectForm
from casework.protection.models import AdverseParty, BothSides, EndingState, Protection, ProtectionEnding, SecretPlace
from casework.protection.newcomers import waiting_of
from casework.protection.protections import ENDING
from casework.protection.whereabouts import PHONES
from disclosure import gate
from foundation import clock, codes, phones

SHOWN = 50


def page_of(case: Case, viewer: Account, **forms: Any) -> dict[str, Any]:
    """Any: forms as they were sent, and whatever else the template of the page prints."""
    rows: list[Any] = list(Protection.objects.filter(client=case.client_id).select_related("set_by").order_by("-set_at")[:SHOWN])
    places = list(SecretPlace.objects.filter(client=case.client_id, removed_at=None).select_related("added_by").order_by("added_at"))
    adverse = list(
        AdverseParty.objects.filter(client=case.client_id, ended_at=None).select_related("account", "added_by").order_by("added_at")
    )
    wishes = list(ProtectionEnding.objects.filter(client=case.client_id).select_related("asked_by").order_by("-asked_at")[:SHOWN])
    both = list(BothSides.objects.filter(party__client=case.client_id, allowed_at=None).select_related("account"))
    client, *opened = gate.reveal([case.client, *rows, *places, *adverse, *wishes], viewer=viewer, channel="screen")
    first, second, third = len(rows), len(rows) + len(places), len(rows) + len(places) + len(adverse)
    history = opened[:first]
    waiting = next((wish for wish in opened[third:] if wish.state in (EndingState.ASKED, EndingState.APPROVED)), None)
    return {
        "case": case,
        "client": client,
        "in_force": [row for row in history if row.ended_at is None],
        "history": history,
        "run_out": any(row.has_run_out(clock.today()) for row in rows),
        "places": opened[first:second],
        "parties": opened[second:third],
        "endings": opened[third:],
        "waiting": waiting,
        "may_decide": waiting is not None and waiting.state == EndingState.ASKED and _may_decide(viewer, waiting),
        "both": both,
        "possible": list(waiting_of(case.client_id, viewer)),
        "is_chief": allowed(viewer, Permission.READ_ALL_CASES),
        "protect": ProtectForm(),
        "place": PlaceForm(),
        "party": PartyForm(viewer=viewer),
        "opening": None,
        "opened": None,
        **forms,
    }


class Place(NamedTuple):
    """One uncovered line: what it is, where or which number, what to mind, other ways of writing it, whether it may be used."""

    label: str
    value: str
    note: str = ""
    others: Sequence[str] = ()
    safe_to_use: str = ""


def places_of(case: Case, viewer: Account, opening: gate.Opening) -> list[Place]:
    """Her places, ways to reach her and the numbers of those around her, uncovered for this answer."""
    places: list[Any] = list(SecretPlace.objects.filter(client=case.client_id, removed_at=None).order_by("added_at"))
    ways: list[Any] = list(ContactWay.objects.filter(client=case.client_id, ended_on=None).order_by("kind", "pk"))
    people: list[Any] = list(RelatedPerson.objects.filter(client=case.client_id, phone__isnull=False).order_by("pk"))
    opened = gate.reveal([case.client, *places, *ways, *people], viewer=viewer, channel="screen", opening=opening)[1:]
    first, second = len(places), len(places) + len(ways)
    return [
        *(Place(codes.label("secret_place_kind", row.kind), str(row.value), "", row.aliases or ()) for row in opened[:first]),
        *(
            Place(codes.label("contact_way_kind", row.kind), _printed(row), row.note or "", (), row.safe_to_use)
            for row in opened[first:second]
        ),
        *(
            Place(codes.label("caller_relation", row.relation), phones.national(str(row.phone)), str(row.name or ""))
            for row in opened[second:]
        ),
    ]


def _printed(way: Any) -> str:  # Any: an opened way
    return phones.national(str(way.value)) if way.kind in PHONES else str(way.value)


def _may_decide(viewer: Account, waiting: Any) -> bool:  # Any: an opened ending
    approval = approvals.waiting_for(ENDING, waiting.pk).first()
    return approval is not None and approvals.can_decide(viewer, approval)
