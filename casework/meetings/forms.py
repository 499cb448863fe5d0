"""What is typed at a meeting: calling it, a word on each item, and who came."""

from datetime import date
from typing import Any

from django import forms

from casework.meetings.models import ItemDecision, ItemKind
from foundation import codes
from ui.forms import ChipsField, RadioChips, TsunagiForm, WarekiDateField

EXPECTED = ["centre", "municipality"]


class CallForm(TsunagiForm):
    held_on = WarekiDateField(label="開催日")
    starts_at = forms.TimeField(
        label="開始時刻",
        required=False,
        input_formats=["%H:%M", "%H%M"],
        help_text="例：14:00",
        error_messages={"invalid": "14:00 のように書いてください。"},
    )
    place = forms.CharField(label="場所", max_length=100, required=False)
    kind = forms.ChoiceField(label="種類", widget=RadioChips, initial="regular")
    attendees = ChipsField(
        label="出席する予定の機関",
        required=False,
        initial=EXPECTED,
        help_text="センターの職員だけの会議でなければ、資料には情報共有の同意がある人だけを載せます。",
    )

    def __init__(self, *args: Any, day: date, **kwargs: Any) -> None:  # Any: Django's own constructor
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = codes.choices("meeting_kind", on=day)  # type: ignore[attr-defined]  # both have choices
        self.fields["attendees"].choices = codes.choices("meeting_attendee", on=day)  # type: ignore[attr-defined]


class ItemForm(TsunagiForm):
    """One line of the agenda; the button that was pressed is the decision."""

    kind = forms.ChoiceField(widget=forms.HiddenInput, choices=ItemKind.choices)
    thing = forms.UUIDField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    decision = forms.ChoiceField(
        widget=forms.HiddenInput, choices=ItemDecision.choices, error_messages={"required": "決定を 適切・修正・保留 から選んでください。"}
    )
    minutes = forms.CharField(label="議事", max_length=8000, required=False, widget=forms.Textarea({"rows": 2}))
    reason = forms.CharField(label="修正・保留の理由", max_length=4000, required=False, widget=forms.Textarea({"rows": 2}))


class HoldForm(TsunagiForm):
    attendees = ChipsField(label="出席した機関", required=False)
    attendee_names = forms.CharField(label="出席者", max_length=2000, required=False, widget=forms.Textarea({"rows": 2}))
    remarks = forms.CharField(
        label="全体の議事",
        max_length=20000,
        required=False,
        widget=forms.Textarea,
        help_text="特定の人のことは、それぞれの議題に書きます。",
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, day: date, **kwargs: Any) -> None:  # Any: Django's own constructor
        super().__init__(*args, **kwargs)
        self.fields["attendees"].choices = codes.choices("meeting_attendee", on=day)  # type: ignore[attr-defined]  # a ChipsField
