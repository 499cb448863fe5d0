"""The ways by which something opened leaves us."""

from enum import StrEnum


class Channel(StrEnum):
    SCREEN = "screen"
    FRAGMENT = "fragment"
    JSON = "json"
    PDF = "pdf"
    XLSX = "xlsx"
    CSV = "csv"
    FILE = "file"  # what somebody brought, as she brought it
    PRINT = "print"
    EMAIL = "email"
    COMMAND = "command"
    JOB = "job"


ON_SCREEN = frozenset({Channel.SCREEN, Channel.FRAGMENT})
