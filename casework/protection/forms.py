"""What is typed about a protection: little, since somebody may be on the phone."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import Account
from casework.cases.forms_reception import code_choices
from casework.cases.models import Case
from casework.protection.parties import PartyFacts
from disclosure.openings import PURPOSES
from disclosure.protection import seen_by
from foundation import clock, phones
from ui.forms import KanaField, Radios, TsunagiForm, WarekiDateField

LINES = re.compile(r"[\n、,，]+")


def split(text: str) -> list[str]:
    return [part.strip() for part in LINES.split(text) if part.strip()]


class ProtectForm(TsunagiForm):
    prefix = "protect"

    kind = forms.ChoiceField(
        label="保護の種類", widget=Radios({"class": "down"}), choices=lambda: code_choices("protection_kind"), initial="dv"
    )
    until_on = WarekiDateField(
        label="期限",
        sense="future",
        required=False,
        help_text="決まっていなければ空のままにします。期限が来ても、ひとりでに終わることはありません。",
    )
    words = forms.CharField(label="事情", required=False, max_length=4000, widget=forms.Textarea({"rows": 3}))


class PlaceForm(TsunagiForm):
    prefix = "place"

    kind = forms.ChoiceField(label="種類", choices=lambda: code_choices("secret_place_kind"))
    value = forms.CharField(
        label="場所・番号", max_length=200, help_text="例 施設や学校の名前、住所、電話番号", widget=forms.TextInput({"autocomplete": "off"})
    )
    aliases = forms.CharField(
        label="ほかの書き方",
        required=False,
        max_length=4000,
        widget=forms.Textarea({"rows": 2}),
        help_text="読みがな、略した名前、通称など。1行に1つ書きます。幅や漢字の違いは書かなくても見つけます。",
    )


class AccountField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:  # Any: Django's own signature
        return f"{obj.name}（{obj.get_kind_display()}）"


class PartyForm(TsunagiForm):
    prefix = "party"

    relation = forms.ChoiceField(label="本人との関係", choices=lambda: code_choices("adverse_relation"))
    name = forms.CharField(label="氏名", required=False, max_length=80, widget=forms.TextInput({"autocomplete": "off"}))
    kana = KanaField(label="ふりがな", required=False, max_length=80)
    birth_date = WarekiDateField(label="生年月日", sense="birthday", required=False)
    phones = forms.CharField(
        label="電話", required=False, max_length=200, widget=forms.Textarea({"rows": 1}), help_text="いくつもあるときは改行します。"
    )
    case_number = forms.CharField(label="相手のケース番号", required=False, max_length=16, help_text="相手もここの相談者のとき。例 R8-0012")
    account = AccountField(
        Account.objects.none(), label="職員・関係機関の利用者", required=False, empty_label="いない・わからない",
        help_text="相手本人か、その家族や知人が、ここに入る人のとき。その人からは、このケースがないものになります。",
    )  # fmt: skip
    agency = forms.ChoiceField(label="関係機関", required=False, help_text="相手が働いているなど、その機関に知らせてはならないとき。")

    def __init__(self, *args: Any, viewer: Account, **kwargs: Any) -> None:  # Any: Django's own constructor, passed on
        super().__init__(*args, **kwargs)
        self.viewer = viewer
        accounts, agencies = self.fields["account"], self.fields["agency"]
        assert isinstance(accounts, forms.ModelChoiceField)
        assert isinstance(agencies, forms.ChoiceField)
        accounts.queryset = Account.objects.filter(is_active=True).exclude(pk=viewer.pk).order_by("kind", "name", "id")
        agencies.choices = [("", "ない・わからない"), *known_agencies()]

    def clean_phones(self) -> list[str]:
        return [phones.check(number, field="phones") for number in split(self.cleaned_data["phones"])]

    def clean_case_number(self) -> Case | None:
        typed = self.cleaned_data["case_number"].strip().upper()
        if not typed:
            return None
        found = Case.objects.filter(seen_by(self.viewer), number=typed).select_related("client").first()
        if found is None:
            raise ValidationError("その番号のケースは見つかりません。", code="unknown_case")
        return found

    @property
    def facts(self) -> PartyFacts:
        said = self.cleaned_data
        other = said["case_number"]
        return PartyFacts(
            name=said["name"],
            kana=said["kana"],
            birth_date=said["birth_date"],
            phones=said["phones"],
            party=other.client if other else None,
            account=said["account"],
            agency_id=said["agency"] or None,
        )


def known_agencies() -> list[tuple[str, str]]:
    """Agencies that have somebody who signs in here: their directory lies above this slice, their guests carry the name."""
    from accounts.models import GuestEntry

    rows = GuestEntry.objects.filter(ended_at=None).order_by("agency_name").values_list("agency_id", "agency_name")
    return list({str(pk): (str(pk), name) for pk, name in rows}.values())


class OpeningForm(TsunagiForm):
    purpose = forms.ChoiceField(
        label="何のために開きますか",
        widget=Radios({"class": "down"}),
        choices=lambda: code_choices(PURPOSES),
        error_messages={"required": "目的を選んでください。"},
    )


class EndingForm(TsunagiForm):
    reason = forms.CharField(
        label="終える理由",
        max_length=4000,
        widget=forms.Textarea({"rows": 3}),
        help_text="本人が望んでいるか、安全をどう確かめたかを書きます。",
    )
    ends_on = WarekiDateField(label="終える日", sense="future", initial=clock.today)
