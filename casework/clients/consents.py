"""What a client has agreed to as of a day: asked at every sharing, so that a withdrawal counts at once."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from casework.clients.models import Client, Consent

INFORMATION_SHARING = "information_sharing"


def in_force(on: date) -> Q:
    return Q(given_on__lte=on) & (Q(withdrawn_on=None) | Q(withdrawn_on__gt=on))


def consents_of(client: Client, *, on: date) -> QuerySet[Consent]:
    return Consent.objects.filter(in_force(on), client=client).order_by("given_on", "id")


def has_consent(client: Client, kind: str, *, on: date) -> bool:
    return consents_of(client, on=on).filter(kind=kind).exists()


def clients_with_consent(clients: Iterable[UUID], kind: str, *, on: date) -> set[UUID]:
    return set(Consent.objects.filter(in_force(on), client__in=list(clients), kind=kind).values_list("client_id", flat=True))
