"""Who may read which fields of a model, and for which purposes: said once by each slice, at start-up.

The gate asks here; the map of who sees what (`field_map`) is drawn from the same.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from django.db import models

from vault.fields import sealed_fields

WHEREABOUTS = "whereabouts"


class Access(NamedTuple):
    """Which field groups of an object a viewer may read, and why if not simply to support."""

    groups: frozenset[str]
    purpose: str = ""
    reason: str = ""  # the code she chose when she said what for


Decide = Callable[[Any, Sequence[Any]], Mapping[UUID, "Access | Collection[str]"]]


class Registration(NamedTuple):
    groups: Mapping[str, frozenset[str]]
    decide: Decide
    grounds: Mapping[str, frozenset[str]] = MappingProxyType({})

    def fields(self, allowed: Iterable[str]) -> frozenset[str]:
        return frozenset().union(*(self.groups[group] for group in allowed))


_registered: dict[type[models.Model], Registration] = {}
_only_on_screen: set[str] = set()


def register(
    model: type[models.Model],
    *,
    groups: Mapping[str, Collection[str]],
    decide: Decide,
    grounds: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> None:
    """Say once, at start-up, which fields belong together and who may read them.

    `decide(viewer, objects)` answers {pk: group names or Access}; an object that is missing or has no group is refused.
    Models registered with the same function are asked about together. `grounds` says which groups open on which ground;
    `decide` takes its answer from there by `on_ground`, so that the map of who sees what is drawn from what holds.
    Raises ValueError unless the groups hold every sealed field and nothing else, or for a ground with an unknown group.
    """
    named = {name for names in groups.values() for name in names}
    sealed = {field.name for field in sealed_fields(model)}
    if named != sealed:
        raise ValueError(f"{model._meta.label}: groups and sealed fields differ: {sorted(named ^ sealed)}")
    if unknown := {group for opened in grounds.values() for group in opened} - groups.keys():
        raise ValueError(f"{model._meta.label}: no such group: {sorted(unknown)}")
    _registered[model] = Registration(
        {group: frozenset(names) for group, names in groups.items()}, decide, {name: frozenset(opened) for name, opened in grounds.items()}
    )


def only_on_screen(purpose: str) -> None:
    """What is read for this purpose leaves by no paper, file or program."""
    _only_on_screen.add(purpose)


def on_ground(model: type[models.Model], ground: str | None, *, purpose: str = "", reason: str = "") -> Access | None:
    """What this ground opens of this model, by its registration; None for nothing. The line names `purpose`, or the ground itself."""
    opened = registration_of(model).grounds.get(ground or "", frozenset())
    return Access(opened, purpose or ground or "", reason) if opened else None


def registered() -> Mapping[type[models.Model], Registration]:
    return MappingProxyType(_registered)


def registration_of(model: type[models.Model]) -> Registration:
    try:
        return _registered[model]
    except KeyError:
        raise LookupError(f"{model._meta.label} is not registered with the gate") from None


def name_of(thing: models.Model) -> tuple[type[models.Model], UUID]:
    return type(thing), thing.pk


def decisions_about(viewer: Any, things: Sequence[models.Model]) -> dict[tuple[type[models.Model], UUID], Access]:
    """One question to each of those who decide, for all the models they answer for; whatever is not answered is no access."""
    by_decider: dict[Decide, list[models.Model]] = {}
    for thing in things:
        by_decider.setdefault(registration_of(type(thing)).decide, []).append(thing)
    decisions = {}
    for decide, group in by_decider.items():
        answers = decide(viewer, group)
        for thing in group:
            decisions[name_of(thing)] = _as_access(answers.get(thing.pk, ()))
    return decisions


def _as_access(answer: Access | Collection[str]) -> Access:
    return answer if isinstance(answer, Access) else Access(frozenset(answer))


# Rules that may open where a person can be found, by code; whoever registers one says in a comment what it does with it.
_rules_for_whereabouts: set[str] = set()


def let_rule_open_whereabouts(rule: str) -> None:
    _rules_for_whereabouts.add(rule)


def purpose_of_rule(rule: str) -> str:
    """In which a rule opens secret fields; empty for a rule that may not."""
    return f"rule:{rule}" if rule in _rules_for_whereabouts else ""


def stays_on_screen(purpose: str) -> bool:
    return purpose in _only_on_screen
