"""Probes for whatever keeps us running: `/healthz` says the process lives, `/readyz` that it can serve.

They answer on every host, before the host is looked up, and tell a stranger nothing but the name of the part that is missing.
"""

from collections.abc import Callable

import structlog
from django.core.cache import cache
from django.db import DatabaseError, connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from redis.exceptions import RedisError

from tenants.hosts import ENTRANCE


class HealthMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return JsonResponse({"status": "ok"})
        if request.path == "/readyz":
            return readiness()
        return self.get_response(request)


def readiness() -> HttpResponse:
    missing = [part for part, answers in PARTS.items() if not answers()]
    if missing:
        structlog.get_logger("tsunagi.health").warning("not ready", missing=missing)
        return JsonResponse({"status": "unavailable", "missing": missing}, status=503)
    return JsonResponse({"status": "ok"})


def database_answers() -> bool:
    connections["default"].set_tenant(ENTRANCE)  # type: ignore[attr-defined]  # of tenants.backend
    return _selects("default", "SELECT 1 FROM tenants_domain LIMIT 1")


def keys_answer() -> bool:
    return _selects("keys", "SELECT 1 FROM django_migrations LIMIT 1")


def cache_answers() -> bool:
    try:
        cache.get("readyz")
    except (RedisError, OSError):
        return False
    return True


def _selects(alias: str, statement: str) -> bool:
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError:
        return False
    finally:
        connections[alias].close()
    return True


PARTS: dict[str, Callable[[], bool]] = {"database": database_answers, "keys": keys_answer, "cache": cache_answers}
