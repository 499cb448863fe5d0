"""How much one account, one address and one centre may ask for, and how large a request may be. Imported by base."""

# (times, seconds) for each of what is dear; sign-in has limits of its own in sign_in.py
THROTTLES: dict[str, dict[str, tuple[int, int]]] = {
    "search": {"account": (60, 60), "address": (240, 60), "centre": (600, 60)},
    "api": {"account": (600, 60), "address": (1200, 60), "centre": (3000, 60)},
    "paper": {"account": (60, 60), "address": (240, 60), "centre": (300, 60)},
    "report": {"account": (60, 60), "address": (240, 60), "centre": (300, 60)},
    "export": {"account": (20, 3600), "address": (60, 3600), "centre": (60, 3600)},
}
EXPORT_PEOPLE_ALONE = 20  # more people in one file need a second person (security B4)
STATEMENT_SECONDS = 30  # the longest statement of a centre's, headquarters' or the entrance's login; gunicorn gives a request 60

DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # of a body without its files
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000  # the assessment's page has some hundred
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_LARGEST = 20 * 1024 * 1024  # bytes of one upload; beyond it a body is not read
FILE_UPLOAD_HANDLERS = ["files.uploads.InMemory"]  # and no other: Django's second one writes to the disk what is large
