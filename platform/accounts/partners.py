"""The partner agencies whose people may be guests. The directory, which lies above, says which there are."""

from collections.abc import Callable
from typing import NamedTuple
from uuid import UUID


class Partner(NamedTuple):
    id: UUID
    name: str
    phone: str
    mail_domain: str


_sources: list[Callable[[], list[Partner]]] = []


def known_by(source: Callable[[], list[Partner]]) -> None:
    _sources[:] = [source]


def partners() -> list[Partner]:
    """In the directory's order."""
    return [partner for source in _sources for partner in source()]


def find(agency_id: UUID) -> Partner | None:
    return next((partner for partner in partners() if partner.id == agency_id), None)
