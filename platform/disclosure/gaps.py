"""The web log against the trail: an answer for which the gate opened something, and that left no line of reading, is a gap.

The two are written by different hands to different places: the number of opened records by the web process into its log (config.logging),
the line by the database. Whoever takes a line out of the trail does not reach the log of the web, which is collected elsewhere.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import NamedTuple

import structlog

from audit.requests import with_reading

LOGGER = "tsunagi.request"
BATCH = 5000


class Answered(NamedTuple):
    """A request as the web's log tells it."""

    request_id: str
    at: datetime
    method: str
    route: str
    status: int
    opened: int


def count_opened(number: int) -> None:
    """For the web's own line about the request that is being answered."""
    before = structlog.contextvars.get_contextvars().get("opened", 0)
    structlog.contextvars.bind_contextvars(opened=before + number)


def opened_answers(log: Iterable[str], host: str) -> Iterator[Answered]:
    """The requests of this host for which something was opened; whatever else the log holds is passed over."""
    for text in log:
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict) and line.get("logger") == LOGGER and line.get("host") == host and line.get("opened"):
            at = datetime.fromisoformat(str(line["timestamp"]).replace("Z", "+00:00"))
            yield Answered(
                str(line.get("request_id", "")), at, str(line["method"]), str(line["route"]), int(line["status"]), int(line["opened"])
            )


def find_gaps(log: Iterable[str], host: str) -> tuple[list[Answered], int]:
    """Answers without their line at the active host, and how many answers were compared."""
    answers, gaps, compared = opened_answers(log, host), [], 0
    while batch := list(islice(answers, BATCH)):
        times = [answer.at for answer in batch]
        evidenced = with_reading([answer.request_id for answer in batch], since=min(times), until=max(times))
        gaps += [answer for answer in batch if answer.request_id not in evidenced]
        compared += len(batch)
    return gaps, compared
