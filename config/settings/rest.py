"""The REST API. Imported by base."""

from typing import Any

REST_FRAMEWORK: dict[str, Any] = {}  # Any: the framework's own options
