"""Logs as JSON lines without personal data: no query strings, no bodies, no locals, no messages of exceptions.

A message of PostgreSQL quotes the offending values, so in production only the type and the place of an error are written.
"""

import sys
import time
import traceback
import uuid
from collections.abc import Callable, ItemsView, Mapping
from types import FrameType
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django.views.debug import SafeExceptionReporterFilter
from structlog.typing import EventDict, Processor, WrappedLogger

QUIET_PATHS = ("/healthz", "/readyz", "/static/")


class RequestLogMiddleware:
    """One line for each answered request: the route, never the address that was asked for.

    `request_id` stays in structlog's context for the whole request; the audit trail notes it too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=str(uuid.uuid4()))
        began = time.perf_counter()
        response = self.get_response(request)
        if not request.path.startswith(QUIET_PATHS):
            self._log(request, response, time.perf_counter() - began)
        return response

    def _log(self, request: HttpRequest, response: HttpResponse, seconds: float) -> None:
        route = request.resolver_match.route if request.resolver_match else None
        centre = getattr(getattr(request, "tenant", None), "schema_name", None)
        facts = {
            "method": request.method,
            "route": route,
            "status": response.status_code,
            "milliseconds": round(seconds * 1000),
            "host": centre,
        }
        structlog.get_logger("tsunagi.request").info("request", **facts)


class HideEverything(SafeExceptionReporterFilter):
    """An error report names the place, not the data that passed through it."""

    def get_safe_settings(self) -> dict[str, Any]:
        return {}

    def get_safe_request_meta(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def get_safe_cookies(self, request: HttpRequest) -> dict[str, Any]:
        return {}

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        return {}

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: FrameType) -> ItemsView[str, Any]:
        return {}.items()


def errors_by_place(messages: bool) -> Processor:
    """Replaces `exc_info` by the chain of types with file, line and function of each frame."""

    def process(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        error = error_in(event.pop("exc_info", None))
        if error is not None:
            event["error"] = [described(link, messages) for link in chain_of(error)]
        return event

    return process


def error_in(exc_info: object) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        return exc_info[1]
    return sys.exc_info()[1] if exc_info else None


def chain_of(error: BaseException) -> list[BaseException]:
    links: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in links:
        links.append(link)
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return links


def described(error: BaseException, messages: bool) -> dict[str, object]:
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    facts: dict[str, object] = {"type": kind, "frames": frames[-20:]}
    return facts | ({"message": str(error)} if messages else {})


def without_tails(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Django ends its own lines with the path that was asked for, Celery with what the exception says; ours have route and place already."""
    if str(event.get("logger", "")).startswith(("django.request", "celery.app.trace")):
        event["event"] = str(event["event"]).partition(":")[0]
    return event


# JSON escapes what is below a blank; these end a line or steer a terminal, too.
STEERING = {code: f"\\u{code:04x}" for code in (*range(0x7F, 0xA0), 0x2028, 0x2029, 0x202E, 0x2066, 0x2067)}


def one_line(_logger: WrappedLogger, _method: str, rendered: str) -> str:
    """Whatever somebody sent, its line is one line, and shown on a terminal it only shows."""
    return rendered.translate(STEERING)


def logging_settings(*, messages_of_exceptions: bool) -> Mapping[str, Any]:
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": shared,
        "processors": [
            without_tails,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            errors_by_place(messages_of_exceptions),
            structlog.processors.JSONRenderer(ensure_ascii=False),
            one_line,
        ],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            "django.request": {"level": "ERROR"},  # a refusal stands in our own line
            "django.db.backends": {"level": "ERROR"},
            "fontTools": {"level": "ERROR"},
            "weasyprint": {"level": "ERROR"},
        },
    }
