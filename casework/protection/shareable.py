"""What is about to be read by others must not say where a protected person is: found before it leaves, marked, and refused."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from accounts.models import Account
from casework.protection.parties import adverse_agencies, is_adverse
from casework.protection.protections import is_protected
from casework.protection.whereabouts import Span, places, whereabouts_in
from disclosure import gate
from foundation.errors import RuleViolation

RULE = "protection.whereabouts"  # compares what is about to be shared with her places; only spans of what was typed leave it
AROUND = 12


class WhereaboutsFound(RuleViolation):
    """A text says where she is. `spans` lie in the text of `field` as it was typed."""

    def __init__(self, field: str, text: str, spans: Sequence[Span]) -> None:
        said = "、".join(marked(text, span) for span in spans)
        super().__init__(
            f"保護されている居場所が書かれています：{said}。相手に渡さない書き方に直してください。", code="whereabouts_in_text", field=field
        )
        self.spans = list(spans)


def check_shareable(client: UUID, texts: Mapping[str, str | None], *, by: Account) -> None:
    """Refuse texts in which one of a protected client's places, addresses or numbers stands, in whatever writing.

    Inside the caller's transaction, which holds the client. Raises WhereaboutsFound (code `whereabouts_in_text`) for the first.
    """
    said = {field: text for field, text in texts.items() if text}
    if not said or not is_protected(client):
        return
    rows = places([client])
    if not rows:
        return
    hers = whereabouts_in(gate.compute(rows, rule=RULE, by=by))
    for field, text in said.items():
        if spans := hers.find(text):
            raise WhereaboutsFound(field, text, spans)


def check_not_adverse(client: UUID, *, agency: UUID, guest: Account | None = None) -> None:
    """Refuse an agency, or somebody of it, from whom she is to be kept. Raises RuleViolation `adverse_agency`."""
    if agency in adverse_agencies(client) or (guest is not None and is_adverse(client, guest)):
        raise RuleViolation(
            "この機関には、知られてはならない相手がいます。共有できません。",
            code="adverse_agency",
            field="agency" if guest is None else "guest",
        )


def marked(text: str, span: Span) -> str:
    """「…通う【見本学園】の先…」: the words themselves and a little around them, all of it typed by whoever reads this."""
    before, after = text[max(0, span.start - AROUND) : span.start], text[span.end : span.end + AROUND]
    return f"「…{before}【{text[span.start : span.end]}】{after}…」"
