import io
import json
import logging
import logging.config
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from config.logging import HideEverything, RequestLogMiddleware, logging_settings

NAME = "架空 花子"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What production would write."""
    formatter = logging_settings(messages_of_exceptions=False)["formatters"]["json"]
    options = {key: value for key, value in formatter.items() if key != "()"}
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(formatter["()"](**options))
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield handler.stream
    root.removeHandler(handler)
    root.setLevel(before)


def entries(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_request_leaves_its_route_and_status_but_not_what_was_asked_for(lines: io.StringIO) -> None:
    request = RequestFactory().post(f"/cases/?q={NAME}", {"name": NAME})

    RequestLogMiddleware(lambda request: HttpResponse(status=422))(request)

    (entry,) = entries(lines)
    assert (entry["event"], entry["method"], entry["status"], entry["route"]) == ("request", "POST", 422, None)
    assert entry["request_id"]
    assert NAME not in lines.getvalue()
    assert "/cases/" not in lines.getvalue()


def test_probes_and_static_files_leave_no_line(lines: io.StringIO) -> None:
    for path in ("/healthz", "/readyz", "/static/app.css"):
        RequestLogMiddleware(lambda request: HttpResponse())(RequestFactory().get(path))

    assert lines.getvalue() == ""


def test_an_error_is_written_by_type_and_place_without_its_message(lines: io.StringIO) -> None:
    def fail(name: str) -> None:
        raise ValueError(f"Key (name)=({name}) already exists")

    try:
        try:
            fail(NAME)
        except ValueError as error:
            raise RuntimeError(NAME) from error
    except RuntimeError:
        logging.getLogger("django.request").exception("Internal Server Error: /clients/%s/", NAME)

    (entry,) = entries(lines)
    assert NAME not in lines.getvalue()
    assert entry["event"] == "Internal Server Error"
    assert [link["type"] for link in entry["error"]] == ["builtins.RuntimeError", "builtins.ValueError"]
    assert "test_logging.py" in entry["error"][1]["frames"][-1]


def test_an_error_report_shows_neither_settings_nor_input_nor_variables() -> None:
    request = HttpRequest()
    request.POST = request.POST.copy()
    request.POST["name"] = NAME
    filter_ = HideEverything()

    assert filter_.get_safe_settings() == {}
    assert filter_.get_post_parameters(request) == {}
    assert filter_.get_safe_cookies(request) == {}
    assert filter_.get_safe_request_meta(request) == {}
