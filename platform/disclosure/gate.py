"""The door. What is sealed becomes readable here and nowhere else: for people after permission and committed evidence, for rules inside
the transaction of what they do, for searches without letting anything out but ids.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import connection, models

from audit import trail
from disclosure import protection
from disclosure.channels import ON_SCREEN, Channel
from disclosure.gaps import count_opened
from disclosure.opened import GONE, NOT_ALLOWED, PROTECTED, Computed, Opened
from disclosure.registrations import WHEREABOUTS, Access, decisions_about, name_of, purpose_of_rule, registration_of, stays_on_screen
from vault.fields import SealedField, sealed_fields
from vault.opening import ERASED, SECRET_CLASSES, Cell, open_rows, open_values
from vault.refusals import SealBroken

SUPPORT, SUPERVISION = "support", "supervision"


class Refused(Exception):
    """Nothing of an object may be seen by this viewer. Answered like an unknown id."""


class Opening(NamedTuple):
    """What covers a protected person's whereabouts is lifted for one answer to one viewer. Made by `disclosure.openings` alone."""

    viewer: Any  # the account's key
    purpose: str


Said = TypeVar("Said")


def reveal(
    objects: Iterable[models.Model],
    *,
    viewer: Any,  # an account, seen from below casework
    channel: str,
    purpose: str = "",
    fields: Collection[str] | None = None,
    to_others: bool = False,
    opening: Opening | None = None,
) -> list[Opened]:
    """Open for a person what she may read, in the same order; the line of evidence is committed first.

    Raises Refused (404) if nothing of one of the objects is hers to read, PermissionDenied if she reads one of them for a purpose
    that stays on screen and this is another channel, EvidenceUnavailable (503) if the line cannot be written, RuntimeError inside
    a transaction, SealBroken (409) for bytes that were altered or moved. A field that is not hers reads as NOT_ALLOWED, an erased
    one as GONE.

    Protection is asked as it stands now. Whereabouts of a protected person read as PROTECTED for everybody and through every
    channel, and so does, wherever it leaves the care team's screens (paper, file, JSON, mail, a guest; `to_others`: a screen that
    others look at too), any text that names one of her places. An `opening` lifts that for this answer alone.
    """
    things = list(objects)
    if not things:
        return []
    channel = Channel(channel).value
    whose = protection.people_of(things)
    standing = protection.standing_of(viewer, frozenset(whose.values()))
    decisions = decisions_about(viewer, things)
    refused = [thing for thing in things if not decisions[name_of(thing)].groups or whose.get(name_of(thing)) in standing.hidden]
    if refused:
        trail.record_refusal("record.refused", by=viewer, about=things, channel=channel, refused=[thing.pk for thing in refused])
        raise Refused
    if channel not in ON_SCREEN and any(stays_on_screen(decision.purpose) for decision in decisions.values()):
        trail.record_refusal("record.refused", by=viewer, about=things, channel=channel)
        raise PermissionDenied
    lifted = opening is not None and opening.viewer == viewer.pk
    shield = Shield(whose, frozenset() if lifted else standing.protected)
    plan = [
        (thing, _chosen(thing, fields), registration_of(type(thing)).fields(decisions[name_of(thing)].groups) - shield.covered(thing))
        for thing in things
    ]
    supervised = [thing.pk for thing in things if decisions[name_of(thing)].purpose == SUPERVISION]
    why = next((decision.purpose for decision in decisions.values() if decision.purpose), purpose or SUPPORT)
    mixed: dict[str, Any] = {"supervised": supervised} if supervised and len(supervised) < len(things) else {}
    if reasons := {decision.reason for decision in decisions.values()} - {""}:
        mixed["reasons"] = reasons
    opened_names = _names_by_label((thing, chosen & allowed) for thing, chosen, allowed in plan)
    trail.record_read(
        "protection.opened" if lifted and standing.protected else "record.read",
        by=viewer,
        about=things,
        channel=channel,
        purpose=opening.purpose if opening and lifted else SUPERVISION if supervised else why,
        fields=opened_names,
        **mixed,
    )
    stated = opening.purpose if opening and lifted else purpose or _stated(things, decisions)
    leaves = channel not in ON_SCREEN or to_others or getattr(viewer, "kind", "") == "guest"
    finder = _finder(things, shield) if leaves and not lifted else None
    count_opened(len(things))
    return _opened_or_noted(plan, viewer, channel, stated, shield, finder)


def compute(objects: Iterable[models.Model], *, rule: str, by: Any, fields: Collection[str] | None = None) -> list[Opened]:
    """Open for a rule, a report, a job or a revision, inside the caller's transaction; its line stands or falls with that.

    Asks nobody's permission, so what it returns is never rendered. Where a person can be found opens only for a rule that was
    registered for it (PurposeMissing). Raises RuntimeError outside a transaction, SealBroken.
    """
    things = list(objects)
    if not connection.in_atomic_block:
        raise RuntimeError("compute belongs to the transaction of what the rule does")
    if not things:
        return []
    plan = [(thing, _chosen(thing, fields), frozenset(field.name for field in sealed_fields(type(thing)))) for thing in things]
    trail.record_use(
        "record.computed", by=by, about=things, fields=_names_by_label((thing, chosen) for thing, chosen, _ in plan), rule=rule
    )
    return _open(plan, Computed, purpose=purpose_of_rule(rule))


def compute_unaltered(objects: Iterable[models.Model], *, rule: str, fields: Collection[str] | None = None) -> list[Opened]:
    """As `compute`, for a rule that goes through many people by the clock: a row that was altered is passed over, so that one byte does
    not end what the rule does for everybody else. Whoever opens that row notes it.
    """
    things = list(objects)
    try:
        return compute(things, rule=rule, by=None, fields=fields)
    except SealBroken:
        return [] if len(things) == 1 else [opened for thing in things for opened in compute_unaltered([thing], rule=rule, fields=fields)]


def search(
    model: type[models.Model],
    fields: Sequence[str],
    match: Callable[..., bool],
    *,
    viewer: Any,  # an account
    channel: str,
    term: str,
    words: Iterable[str] = (),
    among: "models.QuerySet[Any] | None" = None,
) -> list[UUID]:
    """Ids of the rows whose opened fields satisfy `match(*values)`; an empty or erased value is None. Nothing else leaves here.

    People who do not exist for this viewer are left out by the query itself, so nothing about them is opened, compared or counted.

    The line (keyed digests of the term and of its `words`, the number of hits) is committed before the ids are returned; what is shown of
    them goes through `reveal`. Raises EvidenceUnavailable, RuntimeError inside a transaction.
    """
    columns = _sealed_columns(model, fields)
    queryset = model._default_manager.all() if among is None else among
    path = protection.path_to_person(model)
    rows = _raw_rows(queryset.filter(protection.seen_by(viewer, path)) if path else queryset, fields)
    broken: list[UUID] = []
    hits = [pk for pk, opened in open_rows(columns, rows, broken=broken, purpose="search") if match(*opened)]
    if broken:
        note_broken_seals({model._meta.label: sorted(fields)}, broken, by=viewer, channel=Channel(channel).value)
    searched = {model._meta.label: list(fields)}
    trail.record_read(
        "record.searched", by=viewer, subjects=(), channel=Channel(channel).value, purpose=SUPPORT, fields=searched,
        term=trail.digest(term), hits=len(hits), rows=len(rows), **({"words": sorted(trail.digest(word) for word in words)} if words else {}),
    )  # fmt: skip
    return hits


def sift(
    model: type[models.Model], fields: Sequence[str], match: "Callable[..., Said]", *, rule: str, among: "models.QuerySet[Any]"
) -> "dict[UUID, Said]":
    """`search` for a rule that looks through everybody by the clock: what it says of each row of which it says anything.

    It asks nobody's permission, so what `match` says holds nothing of what was opened. Its line names nobody: a line about each person
    looked through would tell that somebody like him is looked for. Inside the caller's transaction. An altered row is passed over; whoever
    searches or opens it notes it. Raises RuntimeError, PurposeMissing.
    """
    columns = _sealed_columns(model, fields)
    if not connection.in_atomic_block:
        raise RuntimeError("sift belongs to the transaction of what the rule does")
    rows = _raw_rows(among, fields)
    said = {pk: found for pk, opened in open_rows(columns, rows, broken=[], purpose=purpose_of_rule(rule)) if (found := match(*opened))}
    trail.record_use("record.sifted", by=None, subjects=(), fields={model._meta.label: list(fields)}, rule=rule, rows=len(rows))
    return said


def _sealed_columns(model: type[models.Model], fields: Sequence[str]) -> list[SealedField]:
    columns = [field for name in fields for field in sealed_fields(model) if field.name == name]
    if len(columns) != len(fields):
        raise ValueError(f"{model._meta.label}: only sealed fields are searched here")
    return columns


def _raw_rows(queryset: "models.QuerySet[Any]", fields: Sequence[str]) -> list[tuple[Any, ...]]:
    """Any: a key and bytes. Raw, so that there are no objects for thousands of rows."""
    statement, values = queryset.order_by().values_list("pk", *fields).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def _chosen(thing: models.Model, fields: Collection[str] | None) -> frozenset[str]:
    """Names of sealed fields to open; columns that were not loaded are opened only when asked for by name."""
    sealed = sealed_fields(type(thing))
    if fields is None:
        return frozenset(field.name for field in sealed if field.attname in thing.__dict__)
    return frozenset(field.name for field in sealed if field.name in fields)


def _names_by_label(chosen: Iterable[tuple[models.Model, Iterable[str]]]) -> dict[str, set[str]]:
    names: dict[str, set[str]] = {}
    for thing, fields in chosen:
        names.setdefault(thing._meta.label, set()).update(fields)
    return names


def note_broken_seals(fields: Mapping[str, Iterable[str]], rows: Iterable[UUID], *, by: Any, channel: str) -> None:
    """Evidence that bytes in the database are not those we sealed there; committed at once."""
    columns = [f"{label}.{name}" for label, names in fields.items() for name in sorted(names)]
    trail.record_refusal("seal.broken", by=by, channel=channel, rows=[str(row) for row in rows], columns=columns)


def _opened_or_noted(
    plan: "Plan", viewer: Any, channel: str, purpose: str, shield: "Shield", finder: protection.Finder | None
) -> list[Opened]:
    try:
        return _open(plan, Opened, purpose=purpose, shield=shield, finder=finder)
    except SealBroken as broken:
        things = [thing for thing, _, _ in plan]
        names = _names_by_label((thing, chosen & allowed) for thing, chosen, allowed in plan)
        note_broken_seals(names, [thing.pk for thing in things], by=viewer, channel=channel)
        broken.noted = True
        raise


def _stated(things: Iterable[models.Model], decisions: "Mapping[tuple[type[models.Model], UUID], Access]") -> str:
    """The purpose in which the secret fields of these objects are opened; empty unless each decision about one brings its own."""
    secret = [thing for thing in things if any(field.key_class in SECRET_CLASSES for field in sealed_fields(type(thing)))]
    purposes = [decisions[name_of(thing)].purpose for thing in secret]
    return purposes[0] if purposes and all(purposes) else ""


Plan = Sequence[tuple[models.Model, frozenset[str], frozenset[str]]]


class Shield(NamedTuple):
    """Whose file each object is in, and who of these people is protected now."""

    whose: Mapping[tuple[type[models.Model], UUID], UUID]
    protected: frozenset[UUID]

    def holds(self, thing: models.Model) -> bool:
        return self.whose.get(name_of(thing)) in self.protected

    def covered(self, thing: models.Model) -> frozenset[str]:
        """Sealed fields that say where a protected person can be found: the group WHEREABOUTS, and whatever has a key of that class."""
        if not self.holds(thing):
            return frozenset()
        classed = {field.name for field in sealed_fields(type(thing)) if field.key_class == WHEREABOUTS}
        return registration_of(type(thing)).groups.get(WHEREABOUTS, frozenset()) | classed


NOBODY: Final = Shield({}, frozenset())


def _finder(things: Sequence[models.Model], shield: Shield) -> protection.Finder | None:
    """What tells of a text whether it names a place of the protected among these; what belongs to nobody may name anybody's."""
    concerned = None if any(name_of(thing) not in shield.whose for thing in things) else shield.protected
    if concerned is not None and not concerned:
        return None
    rows = protection.places_of(concerned)
    plan = [(row, frozenset(names), frozenset(names)) for row in rows for names in [[field.name for field in sealed_fields(type(row))]]]
    return protection.finder_over(_open(plan, Computed, purpose="rule:protection.cover")) if rows else None


def _open(
    plan: Plan, view: type[Opened], *, purpose: str, shield: Shield = NOBODY, finder: protection.Finder | None = None
) -> list[Opened]:
    """Open what is chosen and allowed, in one go for all objects; a field that is not allowed is withheld even when not chosen."""
    cells: dict[tuple[int, str], Cell] = {}
    for number, (thing, chosen, allowed) in enumerate(plan):
        for field in sealed_fields(type(thing)):
            if field.name in chosen & allowed:
                getattr(thing, field.attname)  # loads a column that was left out
                cells[number, field.name] = Cell(field, thing)
    opened = open_values(list(cells.values()), purpose=purpose)
    values = dict(zip(cells, opened if finder is None else [without_places(value, finder) for value in opened], strict=True))
    return [
        view(thing, _values_of(number, thing, allowed, shield.covered(thing), values), is_protected=shield.holds(thing))
        for number, (thing, _, allowed) in enumerate(plan)
    ]


def _values_of(
    number: int, thing: models.Model, allowed: frozenset[str], covered: frozenset[str], values: Mapping[tuple[int, str], Any]
) -> dict[str, Any]:
    view: dict[str, Any] = {}
    for field in sealed_fields(type(thing)):
        if field.name in covered:
            view[field.name] = PROTECTED
        elif field.name not in allowed:
            view[field.name] = NOT_ALLOWED
        elif (number, field.name) in values:
            value = values[number, field.name]
            view[field.name] = GONE if value is ERASED else value
    return view


def without_places(value: Any, finder: protection.Finder) -> Any:
    """A text that names a place is covered whole; inside lists and sections each text by itself. Any: an opened value."""
    if isinstance(value, str):
        return PROTECTED if finder(value) else value
    if isinstance(value, list):
        return [str(PROTECTED) if isinstance(one, str) and finder(one) else without_places(one, finder) for one in value]
    if isinstance(value, dict):
        return {
            name: str(PROTECTED) if isinstance(one, str) and finder(one) else without_places(one, finder) for name, one in value.items()
        }
    return value
