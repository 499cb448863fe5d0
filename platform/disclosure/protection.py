"""Who is protected, as it stands at this moment: which people do not exist for a viewer, and what of a person is covered.

The slice that keeps protections registers itself; the gate, every search and every list of people asks here. Before anything is
registered nobody is protected, so tests of the gate alone need nothing.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db import models
from django.db.models import Q, QuerySet

from audit.trail import subject_path, subjects_of
from vault.fields import CENTRE, subject_of


class Standing(NamedTuple):
    """Of the people asked about: who does not exist for the viewer, and whose whereabouts are covered for everybody."""

    hidden: frozenset[UUID] = frozenset()
    protected: frozenset[UUID] = frozenset()


Finder = Callable[[str], bool]


class Protector(NamedTuple):
    """What the slice above answers. Any: viewers are accounts, seen from below casework; rows are of models of its own.

    `hidden_from(viewer)` is a query of ids, to be asked inside another; `standing(viewer, people)` costs one query;
    `places(people)` are rows whose sealed fields say where these people are (None: all who are protected), and
    `finder(opened)` tells of a text whether it says so too.
    """

    hidden_from: Callable[[Any], QuerySet[Any, Any]]
    standing: Callable[[Any, Collection[UUID]], Standing]
    places: Callable[[Collection[UUID] | None], Sequence[models.Model]]
    finder: Callable[[Sequence[Any]], Finder]


_registered: list[Protector] = []
_also_hidden: list[Callable[[Any], QuerySet[Any, Any]]] = []


def register(protector: Protector) -> None:
    _registered[:] = [protector]


def hide_also(hidden_from: Callable[[Any], QuerySet[Any, Any]]) -> None:
    """Let another slice name people who do not exist for a viewer, as a query of ids: those she is blocked from."""
    _also_hidden.append(hidden_from)


def seen_by(viewer: Any, path: str = "client") -> Q:  # Any: an account
    """For lists, searches and their counts: rows whose person, at the end of the look-up `path`, exists for this viewer.

    A condition inside the list's own query: as many questions, and as much work, whether anybody is protected or not.
    """
    hidden = [*(protector.hidden_from for protector in _registered), *_also_hidden]
    conditions = [~Q(**{f"{path}__in": hidden_from(viewer)}) for hidden_from in hidden]
    return Q(*conditions)


def standing_of(viewer: Any, people: Collection[UUID]) -> Standing:  # Any: an account
    """One query; none where there is nobody to ask about."""
    return _registered[0].standing(viewer, people) if _registered and people else Standing()


def places_of(people: Collection[UUID] | None) -> Sequence[models.Model]:
    return _registered[0].places(people) if _registered else ()


def finder_over(opened: Sequence[Any]) -> Finder:  # Any: what the gate opened of `places_of`
    return _registered[0].finder(opened)


def people_of(things: Iterable[models.Model]) -> Mapping[tuple[type[models.Model], UUID], UUID]:
    """Whose file each object belongs to; what belongs to nobody in particular is missing. A relative's row is in the client's file."""
    rows = list(things)
    subjects_of(rows)  # loads the relations on the way, once per model
    found = {}
    for row in rows:
        person = getattr(row, "client_id", None) or _subject(row)
        if person is not None:
            found[type(row), row.pk] = person
    return found


def path_to_person(model: type[models.Model]) -> str | None:
    """The same as a look-up, for a query: `client`, `case__client`, `pk`; None for what belongs to nobody in particular."""
    if any(field.name == "client" for field in model._meta.get_fields()):
        return "client"
    path = subject_path(model)
    return None if path is None or path == CENTRE else path.partition(" or ")[0].replace(".", "__").removesuffix("_id")


def _subject(row: models.Model) -> UUID | None:
    path = subject_path(type(row))
    return None if path is None else subject_of(row, path)
