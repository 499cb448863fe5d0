"""支援経過記録 on screen: the text is enough; the day is today, the way is the telephone until said otherwise."""

from datetime import date

from django import forms

from casework.cases.forms_reception import short_choices
from casework.cases.records import LONGEST_MINUTES
from foundation import clock
from ui.forms import RadioChips, TsunagiForm, WarekiDateField

LABELS = {
    "method": "方法",
    "text": "内容",
    "on": "日付",
    "minutes": "所要時間（分）",
    "started_at": "開始時刻",
    "counterpart": "相手",
    "next_step": "次にすること",
}


USUAL = "phone"
COMMON = ("phone", "interview", "visit_accompany", "partner_contact", "mail_sns")


def method_choices() -> list[tuple[str, str]]:
    """The ways used every day first, the others in the order of the form."""
    choices = dict(short_choices("record_method"))
    first = [code for code in COMMON if code in choices]
    return [(code, choices[code]) for code in (*first, *(code for code in choices if code not in first))]


class RecordForm(TsunagiForm):
    text = forms.CharField(
        label="内容",
        strip=False,
        required=False,
        max_length=20000,
        widget=forms.Textarea({"rows": 3, "aria-describedby": "composer-keys"}),
    )
    method = forms.ChoiceField(label="方法", required=False, widget=RadioChips, choices=method_choices, initial=USUAL)
    on = WarekiDateField(label="日付", sense="past", required=False, initial=clock.today)
    minutes = forms.IntegerField(label="所要時間（分）", required=False, min_value=1, max_value=LONGEST_MINUTES)
    started_at = forms.TimeField(
        label="開始時刻",
        required=False,
        input_formats=["%H:%M", "%H：%M", "%H%M", "%H時%M分", "%H:%M:%S"],
        widget=forms.TimeInput({"autocomplete": "off"}, format="%H:%M"),
        help_text="例 10:05",
        error_messages={"invalid": "時刻を 10:05 のように入力してください。"},
    )
    counterpart = forms.CharField(label="相手", required=False, max_length=200, help_text="本人でないとき")
    next_step = forms.CharField(label="次にすること", required=False, max_length=2000, widget=forms.Textarea({"rows": 2}))

    @property
    def has_details(self) -> bool:
        """Something stands in the folded part, so it is shown open."""
        return any(self[name].value() or self[name].errors for name in ("started_at", "counterpart", "next_step"))

    def clean_method(self) -> str:
        return self.cleaned_data["method"] or USUAL

    def clean_on(self) -> date:
        return self.cleaned_data["on"] or clock.today()

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        return text.strip()


class RecordEditForm(RecordForm):
    """The same, for a record that is there; the version is the one that was read."""

    version = forms.IntegerField(widget=forms.HiddenInput)
