"""Every form that changes something at work carries its key, so that a second click is recognised."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = ("casework", "network", "platform/headquarters")
FORM = re.compile(r"<form\b[^>]*method=\"post\".*?</form>", re.DOTALL | re.IGNORECASE)

SHOWING = {"casework/protection/templates/protection/open.html", "casework/attachments/templates/attachments/open.html"}


def test_every_form_of_the_work_carries_a_key() -> None:
    forms = [
        (str(path.relative_to(ROOT)), form)
        for folder in WORK
        for path in sorted((ROOT / folder).rglob("templates/**/*.html"))
        for form in FORM.findall(path.read_text())
    ]
    # a POST so that no name stands in an address, or because it asks for a purpose: it shows and changes nothing
    asking = [(path, form) for path, form in forms if ':search" %}' in form.partition(">")[0] or path in SHOWING]
    changing = [one for one in forms if one not in asking]
    assert changing
    assert [f"{path}: {form[:80]}" for path, form in changing if "{% idempotency %}" not in form] == []
    assert [path for path, form in asking if "{% idempotency %}" in form] == []
