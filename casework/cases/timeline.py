"""The timeline of a case: its events, newest first, with the words of the records behind them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.apps import apps
from django.db.models import Model, Q
from django.urls import reverse

from accounts.models import Account
from casework.cases import events
from casework.cases.models import Case, Event
from casework.cases.models_access import OpeningReason, ReviewResult
from disclosure.opened import Opened
from foundation import codes

PAGE = 50
RECORD = "case.support_recorded"


class Kind(NamedTuple):
    label: str
    holds: Q


FILTERS = {
    "": Kind("すべて", Q()),
    "records": Kind("支援の記録", Q(kind__in=(RECORD, "plan.monitored"))),
    "steps": Kind("手続き", Q(kind__startswith="case.") & ~Q(kind=RECORD) & ~Q(kind__in=("case.team_joined", "case.team_left"))),
    "plans": Kind("プラン・会議", Q(kind__startswith="plan.") | Q(kind__startswith="evaluation.") | Q(kind__startswith="emergency_start.")),
    "partners": Kind("連携・担当", Q(kind__startswith="referral.") | Q(kind__startswith="case.team_") | Q(kind="case.handed_over")),
}
CODES = {
    "case.screened": ("screening_result", "result"),
    "case.consent_given": ("consent_kind", "kind"),
    "case.consent_withdrawn": ("consent_kind", "kind"),
    "case.outcome_recorded": ("employment_outcome", "kind"),
    "case.closed": ("closing_reason", "reason"),
}
PEOPLE = {
    "case.blocked": "account",
    "case.block_ended": "account",
    "case.team_joined": "account",
    "case.team_left": "account",
    "case.handed_over": "to",
}
TONES = {
    "case.closed": "ok",
    "plan.decided": "ok",
    "plan.approved": "ok",
    "emergency_start.begun": "warn",
    "break_glass.begun": "error",
    "case.consent_withdrawn": "warn",
}

SAID_BEFORE = frozenset({"emergency_start.reported"})  # its words stand where it began

Words = Callable[[Opened], str]
_texts: dict[str, Words] = {}
_links: dict[str, tuple[str, Callable[[Event], str]]] = {}


class Line(NamedTuple):
    """One event as it is shown. `about` is the opened record behind it, if it has words of its own."""

    event: Event
    label: str
    tone: str
    at: date | datetime
    title: str
    url: str
    text: str
    about: Opened | None

    @property
    def is_record(self) -> bool:
        return self.event.kind == RECORD


def register_texts(described: Mapping[str, Words]) -> None:
    """Say in AppConfig.ready() where the words of an event's record stand: model label → what of the opened record is shown."""
    _texts.update(described)


def register_links(described: Mapping[str, tuple[str, Callable[[Event], str]]]) -> None:
    """Say in AppConfig.ready() where an event's record has a page: model label → (URL name taking its id, words for the link)."""
    _links.update(described)


def events_of(case: Case, *, shown: str, page: int) -> tuple[list[Event], bool]:
    """A page of events and whether there are older ones; one query, nothing is counted."""
    first = (page - 1) * PAGE
    rows = case.events.filter(FILTERS[shown].holds).select_related("by").order_by("-happened_on", "-at", "pk")
    found = list(rows[first : first + PAGE + 1])
    return found[:PAGE], len(found) > PAGE


def records_behind(shown: Iterable[Event], case: Case) -> list[Model]:
    """The records with words that these events are about; one query for each kind of record."""
    wanted: dict[str, set[UUID]] = {}
    for event in shown:
        if event.about_label in _texts and event.about_id and event.kind not in SAID_BEFORE:
            wanted.setdefault(event.about_label, set()).add(event.about_id)
    found: list[Model] = []
    for label, ids in wanted.items():
        for row in apps.get_model(label)._default_manager.filter(pk__in=ids):
            if hasattr(row, "case_id"):
                row.case = case
            found.append(row)
    return found


def lines_of(shown: Sequence[Event], opened: Iterable[Opened], heard: Opened, known: Iterable[Account] = ()) -> list[Line]:
    """`opened` are the records behind the events, `heard` is the case as it was received; names of others than those known are asked."""
    about = {row.pk: row for row in opened}
    names = _names(shown, known)
    return [_line(event, _behind(event, about, heard), names) for event in shown]


def _behind(event: Event, about: Mapping[UUID, Opened], heard: Opened) -> Opened | None:
    if event.kind == "case.received":
        return heard
    return about.get(event.about_id) if event.about_id and event.kind not in SAID_BEFORE else None


def _line(event: Event, about: Opened | None, names: Mapping[str, str]) -> Line:
    kind = events.kinds[event.kind]
    words = (about.memo or "") if event.kind == "case.received" and about else _texts[event.about_label](about) if about else ""
    if event.kind == RECORD:
        label = codes.short_label("record_method", event.facts.get("method"))
        return Line(event, label, "", _moment(event, about), "", "", words, about)
    url_name, title = _links.get(event.about_label, ("", _no_title))
    url = reverse(url_name, args=[event.about_id]) if url_name else ""
    return Line(
        event, kind.label, TONES.get(event.kind, "quiet"), event.happened_on, _facts(event, names) or title(event), url, words, about
    )


def _no_title(_event: Event) -> str:
    return ""


def _moment(event: Event, record: Opened | None) -> date | datetime:
    started_at = record.started_at if record else None
    return datetime.combine(event.happened_on, started_at) if started_at else event.happened_on


def _facts(event: Event, names: Mapping[str, str]) -> str:
    """The codes of an event in words."""
    if event.kind in CODES:
        code_list, key = CODES[event.kind]
        return codes.label(code_list, event.facts.get(key))
    if event.kind in PEOPLE:
        return names.get(event.facts.get(PEOPLE[event.kind], ""), "")
    if event.kind == "break_glass.begun":
        return OpeningReason(event.facts["reason"]).label
    if event.kind == "break_glass.reviewed":
        return ReviewResult(event.facts["result"]).label
    if event.kind == "case.assessed":
        return f"第{event.facts.get('number')}版"
    return ""


def _names(shown: Iterable[Event], known: Iterable[Account]) -> dict[str, str]:
    names = {str(account.pk): account.name for account in (*known, *(event.by for event in shown))}
    missing: set[Any] = {event.facts.get(PEOPLE[event.kind]) for event in shown if event.kind in PEOPLE} - {None} - names.keys()
    found = Account.objects.filter(pk__in=missing).values_list("pk", "name") if missing else ()
    return names | {str(pk): name for pk, name in found}


def register() -> None:
    """The records of this slice that have words."""
    register_texts(
        {
            "cases.SupportRecord": lambda record: record.text,
            "cases.Screening": lambda screening: screening.note or "",
            "cases.EmergencyStart": lambda start: start.content,
            "cases.EmploymentOutcome": lambda outcome: outcome.note or "",
        }
    )
