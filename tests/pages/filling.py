"""Reading the forms of a page and filling them in as a person might."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from foundation import clock

Posted = dict[str, list[str]]


@dataclass
class Field:
    name: str
    kind: str  # text, textarea, number, radio, checkbox, select, hidden, date, phone, kana, button
    values: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)

    @property
    def is_typed(self) -> bool:
        return self.kind in {"text", "textarea"}


@dataclass
class PageForm:
    action: str
    fields: dict[str, Field] = field(default_factory=dict)


class Forms(HTMLParser):
    """Every form of a page that changes something, with its fields and what stands in them."""

    def __init__(self, page: str, address: str) -> None:
        super().__init__()
        self.address, self.found = address.partition("?")[0], list[PageForm]()
        self.form: PageForm | None = None
        self.choosing: Field | None = None
        self.writing: Field | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            is_post = given.get("method", "").lower() == "post"
            self.form = PageForm((given.get("action") or self.address).partition("?")[0]) if is_post else None
            self.found += [self.form] if self.form else []
        if self.form is None:
            return
        name = given.get("name", "")
        if tag == "textarea":
            self.writing = self.form.fields.setdefault(name, Field(name, "textarea", [""]))
        elif tag == "select":
            self.choosing = self.form.fields.setdefault(name, Field(name, "select"))
        elif tag == "option" and self.choosing is not None:
            self.choosing.options.append(given.get("value", ""))
            if "selected" in given:
                self.choosing.values.append(given.get("value", ""))
        elif tag == "button" and name:
            self.form.fields.setdefault(name, Field(name, "button", [given.get("value", "")]))
        elif tag == "input" and name:
            self._take(given, name)

    def _take(self, given: dict[str, str], name: str) -> None:
        assert self.form is not None
        kind, value = given.get("type", "text"), given.get("value", "")
        if kind == "text":
            kind = (
                "date"
                if "data-wareki" in given
                else "phone"
                if given.get("inputmode") == "tel"
                else "kana"
                if "data-kana-of" in given
                else kind
            )
        found = self.form.fields.setdefault(name, Field(name, kind))
        if kind in {"radio", "checkbox"}:
            found.options.append(value)
            found.values += [value] if "checked" in given else []
        else:
            found.values.append(value)

    def handle_data(self, data: str) -> None:
        if self.writing is not None:
            self.writing.values[0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.choosing = None
        elif tag == "textarea" and self.writing is not None:
            self.writing.values[0] = self.writing.values[0].removeprefix("\n")
            self.writing = None


NOT_SAID = {"csrfmiddlewaretoken", "idempotency_key", "add_row"}
SAID = {
    "started_at": "10:05", "starts_at": "14:00", "postcode": "552-0021",
    "party-name": "見本 太郎", "party-kana": "みほん たろう", "party-birth_date": "1974-05-03", "party-phones": "090-1234-5678",
    "party-case_number": "",  # of somebody who is a client too
}  # fmt: skip
WORDS = {"date": lambda: clock.today().isoformat(), "phone": lambda: "090-1234-5678", "kana": lambda: "みほん", "number": lambda: "5"}


def filled(form: PageForm) -> Posted:
    """What a person might send: what stands there stays, what is empty is filled in, of each choice the one in the middle."""
    return {
        name: fill(each)
        for name, each in form.fields.items()
        if name not in NOT_SAID and "__prefix__" not in name and not name.endswith("-DELETE")
    }


def fill(each: Field) -> list[str]:
    if any(each.values) or each.kind == "hidden":
        return each.values
    if each.options:
        offered = [option for option in each.options if option]
        return offered[len(offered) // 2 :][:1]
    if each.name in SAID:
        return [SAID[each.name]]
    return [WORDS[each.kind]() if each.kind in WORDS else f"打った言葉 {each.name}"]
