import io
import json
import logging
import logging.config
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from config.logging import HideEverything, RequestLogMiddleware

NAME = "架空 花子"


def entries(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_request_leaves_its_route_and_status_but_not_what_was_asked_for(log: io.StringIO) -> None:
    request = RequestFactory().post(f"/cases/?q={NAME}", {"name": NAME})

    RequestLogMiddleware(lambda request: HttpResponse(status=422))(request)

    (entry,) = entries(log)
    assert (entry["event"], entry["method"], entry["status"], entry["route"]) == ("request", "POST", 422, None)
    assert entry["request_id"]
    assert NAME not in log.getvalue()
    assert "/cases/" not in log.getvalue()


def test_probes_and_static_files_leave_no_line(log: io.StringIO) -> None:
    for path in ("/healthz", "/readyz", "/static/app.css"):
        RequestLogMiddleware(lambda request: HttpResponse())(RequestFactory().get(path))

    assert log.getvalue() == ""


def test_an_error_is_written_by_type_and_place_without_its_message(log: io.StringIO) -> None:
    def fail(name: str) -> None:
        raise ValueError(f"Key (name)=({name}) already exists")

    try:
        try:
            fail(NAME)
        except ValueError as error:
            raise RuntimeError(NAME) from error
    except RuntimeError:
        logging.getLogger("django.request").exception("Internal Server Error: /clients/%s/", NAME)

    (entry,) = entries(log)
    assert NAME not in log.getvalue()
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
