"""The API counts as pages do: accounts.throttles, scope `api`."""

from typing import TYPE_CHECKING

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts import throttles

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which reads the settings that name this module


class ApiThrottle(BaseThrottle):
    def __init__(self) -> None:
        self.seconds: float | None = None

    def allow_request(self, request: Request, view: "APIView") -> bool:
        try:
            throttles.count("api", request)
        except throttles.TooMany as too_many:
            self.seconds = too_many.seconds
            return False
        return True

    def wait(self) -> float | None:
        return self.seconds
