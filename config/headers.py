"""What every answer says to the browser, whoever gave it: pages, errors, redirects, files, the API and the probes."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

NOT_USED = [
    "accelerometer",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "serial",
    "usb",
]
OURS = ["fullscreen", "publickey-credentials-create", "publickey-credentials-get"]
HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join([f"{name}=()" for name in NOT_USED] + [f"{name}=(self)" for name in OURS]),
    "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": settings.X_FRAME_OPTIONS,
}
NOTHING_KEPT = '"cache"'  # not "cookies": they would go for the whole domain, and with them the sessions at other centres


class HeadersMiddleware:
    """Outermost, so that no answer leaves without them. Only files under STATIC_URL may be kept by a browser."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if not request.path.startswith(settings.STATIC_URL):
            response["Cache-Control"] = "no-store"
        if session_ended(request, response):
            response.headers.setdefault("Clear-Site-Data", NOTHING_KEPT)
        return response


def session_ended(request: HttpRequest, response: HttpResponseBase) -> bool:
    """The browser came with a session and is told to forget it: signed out, ended by us, or ended elsewhere."""
    told = response.cookies.get(settings.SESSION_COOKIE_NAME)
    return settings.SESSION_COOKIE_NAME in request.COOKIES and told is not None and not told.value
