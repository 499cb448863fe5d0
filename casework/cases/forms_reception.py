"""電話受付 on screen: nothing is asked for, everything typed is kept, and facts for the domain function come out."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django import forms

from accounts.models import Account
from casework.cases.models import Case
from casework.clients.models import ContactWay
from casework.clients.people import CallerFacts, ContactFacts, PersonFacts, WayChange
from disclosure.opened import Opened
from foundation import clock, codes, wareki
from ui.forms import Chosen, KanaField, MainChipsField, PhoneField, RadioChips, TsunagiForm, WarekiDateField

MOBILE = ("070", "080", "090")
SPEAKERS = (("self", "本人"), ("family", "家族・知人"), ("agency", "関係機関・そのほか"))
ROUTES = {"self": "self_remote", "family": "family_remote", "agency": "partner_referral"}
UNKNOWN_RELATION = "not_asked"


def kind_of_phone(digits: str) -> str:
    return "mobile" if digits.startswith(MOBILE) else "home_phone"


def code_choices(name: str, *, blank: str = "") -> list[tuple[str, str]]:
    choices = codes.choices(name, on=clock.today())
    return [("", blank), *choices] if blank else choices


def short_choices(name: str) -> list[tuple[str, str]]:
    """In the short words where there are some: what is picked a hundred times a week is read at a glance."""
    today = clock.today()
    return [(code.code, code.short_label or code.label) for code in codes.valid(name, today)]


def code_field(name: str, label: str, **kwargs: Any) -> forms.ChoiceField:  # Any: Django's own parameters, passed on
    """Choices of a code list, looked up when the form is made; taps rather than a drop-down."""
    return forms.ChoiceField(label=label, required=False, widget=RadioChips, choices=lambda: code_choices(name), **kwargs)


def safety_field(label: str) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=lambda: code_choices("safe_to_use"), initial="not_asked")


class PersonPart(TsunagiForm):
    """Who the person is and how she may be reached; the same fields when heard first and when put right."""

    name = forms.CharField(label="氏名", required=False, max_length=80, widget=forms.TextInput({"autocomplete": "off", "lang": "ja"}))
    kana = KanaField(label="ふりがな", follows="name", max_length=80)
    birth_date = WarekiDateField(label="生年月日", sense="birthday", required=False, help_text="例 S49.5.3、1974/5/3")
    sex = code_field("sex", "性別")
    phone = PhoneField(label="電話")
    phone_safe = code_field("safe_to_use", "この電話に連絡してよいか", initial="not_asked")
    phone_note = forms.CharField(label="時間帯・留守電など", required=False, max_length=200)
    email = forms.CharField(label="メール・SNS", required=False, max_length=200, widget=forms.TextInput({"autocomplete": "off"}))
    email_safe = safety_field("ここに連絡してよいか")
    postcode = forms.CharField(
        label="郵便番号", required=False, max_length=10, widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"})
    )
    address = forms.CharField(label="住所", required=False, max_length=200, widget=forms.TextInput({"autocomplete": "off"}))
    address_safe = safety_field("ここに郵便を送ってよいか")

    @property
    def person(self) -> PersonFacts:
        given = self.cleaned_data
        return PersonFacts(given["name"].strip(), given["kana"], given["birth_date"], given["sex"])

    @property
    def contact_ways(self) -> list[ContactFacts]:
        given = self.cleaned_data
        typed = [
            ContactFacts(kind_of_phone(given["phone"]), given["phone"], given["phone_safe"] or "not_asked", given["phone_note"]),
            ContactFacts("email" if "@" in given["email"] else "sns", given["email"].strip(), given["email_safe"] or "not_asked"),
            ContactFacts("address", self.whole_address, given["address_safe"] or "not_asked"),
        ]
        return [way for way in typed if way.value]

    @property
    def whole_address(self) -> str:
        postcode, address = self.cleaned_data["postcode"].strip(), self.cleaned_data["address"].strip()
        return f"〒{postcode.lstrip('〒')} {address}" if postcode and address else address


class HeardPart(TsunagiForm):
    """What the person said, in her words and by the sixteen concerns of the form."""

    memo = forms.CharField(
        label="聞いたまま",
        required=False,
        strip=False,
        max_length=20000,
        widget=forms.Textarea({"rows": 6, "autofocus": ""}),
        help_text="ここだけで登録できます。ほかは空いたままでかまいません。",
    )
    concerns = MainChipsField(label="困りごと", required=False, choices=lambda: short_choices("concern"))
    urgency = code_field("urgency", "緊急度")


class ReceptionForm(HeardPart, PersonPart):
    speaker = forms.ChoiceField(label="話した人", required=False, widget=RadioChips, choices=SPEAKERS, initial="self")
    caller_relation = forms.ChoiceField(
        label="本人との関係", required=False, choices=lambda: code_choices("caller_relation", blank="選ばない")
    )
    caller_name = forms.CharField(label="話した人の氏名", required=False, max_length=80, widget=forms.TextInput({"autocomplete": "off"}))
    caller_phone = PhoneField(label="話した人の電話")
    route = forms.ChoiceField(
        label="相談経路",
        required=False,
        choices=lambda: code_choices("route", blank="話した人から決める"),
        help_text="選ばなければ、本人は「電話・メール」、家族は「家族・電話など」、機関は「紹介」になります。",
    )
    received_on = WarekiDateField(label="受付日", sense="past", required=False, help_text="空いていれば今日です。")
    previous = forms.ModelChoiceField(queryset=Case.objects.none(), required=False, widget=forms.HiddenInput, to_field_name="pk")

    def __init__(self, *args: Any, viewer: Account, **kwargs: Any) -> None:  # Any: Django's own constructor, passed on
        super().__init__(*args, **kwargs)
        previous = self.fields["previous"]
        assert isinstance(previous, forms.ModelChoiceField)
        previous.queryset = Case.objects.seen_by(viewer)

    @property
    def caller(self) -> CallerFacts | None:
        given = self.cleaned_data
        said = given["caller_name"].strip() or given["caller_phone"] or given["caller_relation"]
        if given["speaker"] in {"", "self"} or (given["speaker"] == "family" and not said):
            return None
        return CallerFacts(given["caller_relation"] or UNKNOWN_RELATION, given["caller_name"].strip(), given["caller_phone"])

    @property
    def facts(self) -> dict[str, Any]:
        """What `receive_person` takes. Any: each fact has a type of its own."""
        given = self.cleaned_data
        chosen: Chosen = given["concerns"]
        return {
            "on": given["received_on"] or clock.today(),
            "person": self.person,
            "previous": given["previous"],
            "memo": given["memo"].strip(),
            "route": given["route"] or (ROUTES.get(given["speaker"], "") if self.is_heard else ""),
            "concerns": chosen.picked,
            "main_concern": chosen.main,
            "contact_ways": self.contact_ways,
            "caller": self.caller,
            "urgency": given["urgency"],
        }

    @property
    def as_record(self) -> str:
        """The same in words, for the record of a case that is still open; nothing typed is left behind."""
        given = self.cleaned_data
        caller, ways = self.caller, "、".join(f"{codes.label('contact_way_kind', way.kind)} {way.value}" for way in self.contact_ways)
        said_by = f"{codes.label('caller_relation', caller.relation)} {caller.name} {caller.phone}".strip() if caller else ""
        lines = {
            "": given["memo"].strip(),
            "困りごと：": "、".join(codes.labels("concern", given["concerns"].picked)),
            "話した人：": said_by,
            "連絡先：": ways,
            "緊急度：": codes.label("urgency", given["urgency"]),
        }
        return "\n".join(f"{label}{text}" for label, text in lines.items() if text)

    @property
    def is_heard(self) -> bool:
        return bool(self.cleaned_data["memo"].strip() or self.cleaned_data["concerns"].picked or not self.person.is_empty)


class Difference(NamedTuple):
    """One field on which two people disagree, in words."""

    label: str
    saved: str
    typed: str


class CorrectionForm(HeardPart, PersonPart):
    """The reception as it stands, to be put right. `version` and `client_version` say what the writer saw."""

    route = forms.ChoiceField(label="相談経路", required=False, choices=lambda: code_choices("route", blank="まだ聞いていない"))
    memo = forms.CharField(label="聞いたまま", required=False, strip=False, max_length=20000, widget=forms.Textarea({"rows": 6}))
    version = forms.IntegerField(widget=forms.HiddenInput)
    client_version = forms.IntegerField(widget=forms.HiddenInput)

    @property
    def changes(self) -> Mapping[str, Any]:
        """What `correct_reception` takes; nothing for an empty sealed field. Any: each field has a type of its own."""
        given = self.cleaned_data
        chosen: Chosen = given["concerns"]
        return {
            "memo": given["memo"].strip() or None,
            "concerns": list(chosen.picked) or None,
            "main_concern": chosen.main or None,
            "route": given["route"],
            "urgency": given["urgency"],
            "name": given["name"].strip() or None,
            "kana": given["kana"] or None,
            "birth_date": given["birth_date"],
            "sex": given["sex"],
        }

    def differences(self, stands: Mapping[str, Any]) -> list[Difference]:
        """What stands saved by somebody else beside what was typed here. Any: each field has a type of its own."""
        typed = {**self.changes, "concerns": self.cleaned_data["concerns"]}
        compared = [name for name in self.fields if name in stands and name in typed]
        rows = [Difference(str(self.fields[name].label), in_words(name, stands[name]), in_words(name, typed[name])) for name in compared]
        return [row for row in rows if row.saved != row.typed]


def in_words(name: str, value: Any) -> str:
    """A field's value as a person reads it. Any: each field has a type of its own."""
    if isinstance(value, Chosen):
        return "、".join(("◎" if code == value.main else "") + codes.label("concern", code) for code in value.picked) or "（なし）"
    if isinstance(value, date):
        return wareki.formal(value)
    return (codes.label(name, value) if name in {"route", "urgency", "sex"} else str(value or "")) or "（なし）"


def as_it_stands(case: Opened, client: Opened) -> dict[str, Any]:
    """Initial values of a correction. Any: each field has a type of its own."""
    return {
        "memo": case.memo or "",
        "concerns": Chosen(tuple(case.concerns or ()), case.main_concern or ""),
        "urgency": case.urgency,
        "route": case.route,
        "name": client.name or "",
        "kana": client.kana or "",
        "birth_date": client.birth_date,
        "sex": client.sex,
        "version": case.version,
        "client_version": client.version,
    }


class WaysForm(TsunagiForm):
    """The ways already known, each with its safety and a tick when it is no longer used."""

    def __init__(self, *args: Any, ways: Sequence[ContactWay], **kwargs: Any) -> None:  # Any: Django's own constructor, passed on
        super().__init__(*args, **kwargs)
        self.ways = ways
        for way in ways:
            self.fields[f"safe_{way.pk}"] = code_field("safe_to_use", "連絡してよいか", initial=way.safe_to_use)
            self.fields[f"ended_{way.pk}"] = forms.BooleanField(label="もう使わない", required=False)

    @property
    def changes(self) -> list[WayChange]:
        return [change for way in self.ways if (change := self._change(way)) is not None]

    def _change(self, way: ContactWay) -> WayChange | None:
        safe = self.cleaned_data[f"safe_{way.pk}"] or way.safe_to_use
        ended = self.cleaned_data[f"ended_{way.pk}"]
        return WayChange(way.pk, safe, is_ended=ended) if ended or safe != way.safe_to_use else None

    def rows(self, opened: Sequence[Opened]) -> list[tuple[Opened, forms.BoundField, forms.BoundField]]:
        return [(way, self[f"safe_{way.pk}"], self[f"ended_{way.pk}"]) for way in opened]
