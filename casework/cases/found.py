"""What is shown of people found: namesakes told apart for those who may see them, number and owner for everybody else."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.core.paginator import Page, Paginator

from accounts.models import Account
from casework.cases.access import named_cases
from casework.cases.models import Case, Stage
from casework.clients.models import ContactWay
from disclosure import gate
from disclosure.opened import Opened

PAGE = 50
TOWN = re.compile(r"(?:〒[\d０-９-]+\s*)?([^\d０-９]*)")


@dataclass(frozen=True)
class Found:
    """A person's newest case and, if the viewer may see her, who she is. `open_here` is the case the viewer can open."""

    newest: Case
    cases: int
    open_here: Case | None = None
    client: Opened | None = None
    town: str = ""

    @property
    def can_return(self) -> bool:
        return self.newest.stage in {Stage.CLOSED, Stage.ENDED}


def show_found(
    viewer: Account, clients: Sequence[UUID], *, channel: str, page: str | int = 1, size: int = PAGE
) -> tuple[Page, list[Found]]:
    """A page of the people found, those the viewer may see first, then by their newest case."""
    cases_of: dict[UUID, list[Case]] = {}
    sealed = ("memo", "concerns", "main_concern")
    for case in (
        Case.objects.filter(client__in=clients).select_related("client", "owner").defer(*sealed).order_by("-received_on", "-sequence")
    ):
        cases_of.setdefault(case.client_id, []).append(case)
    readable = named_cases(viewer, {case.pk for cases in cases_of.values() for case in cases})
    everybody = sorted(cases_of.values(), key=lambda cases: not any(case.pk in readable for case in cases))
    shown = Paginator(everybody, size).get_page(page)
    return shown, _with_names(viewer, list(shown), readable, channel)


def _with_names(viewer: Account, people: list[list[Case]], readable: Iterable[UUID], channel: str) -> list[Found]:
    may_read = frozenset(readable)
    opens = [next((case for case in cases if case.pk in may_read), None) for cases in people]
    clients = [case.client for case in opens if case]
    addresses = list(ContactWay.objects.filter(client__in=clients, kind="address", ended_on=None).order_by("pk"))
    opened = gate.reveal([*clients, *addresses], viewer=viewer, channel=channel, fields=("name", "kana", "birth_date", "value"))
    names = {row.pk: row for row in opened[: len(clients)]}
    towns = {row.client_id: town_of(row.value) for row in opened[len(clients) :]}
    return [
        Found(cases[0], len(cases), case, names[case.client_id], towns.get(case.client_id, "")) if case else Found(cases[0], len(cases))
        for cases, case in zip(people, opens, strict=True)
    ]


def town_of(address: str | None) -> str:
    """An address up to its first figure: enough to tell namesakes apart."""
    found = TOWN.match(address or "")
    return found[1].strip() if found else ""
