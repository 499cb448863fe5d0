"""What happens by the clock, everywhere. Names are Celery tasks."""

from typing import Any

SCHEDULE: dict[str, dict[str, Any]] = {}  # Any: Celery's own vocabulary
