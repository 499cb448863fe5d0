"""The steps after reception on screen: screening, application with consents, early start, outcome, team."""

from typing import Any

from django import forms

from accounts.models import Account
from casework.cases.applications import ConsentFacts
from casework.cases.care_team import supporters
from casework.cases.forms_reception import code_choices
from foundation import clock
from ui.forms import Checks, Radios, TsunagiForm, WarekiDateField


class ScreeningForm(TsunagiForm):
    result = forms.ChoiceField(
        label="スクリーニング結果",
        widget=Radios({"class": "down"}),
        choices=lambda: code_choices("screening_result"),
        help_text="情報提供のみ・つなぐ・中断を選ぶと、このケースは終わります。また相談があれば、新しい受付につながります。",
    )
    on = WarekiDateField(label="判断した日", sense="past", initial=clock.today)
    note = forms.CharField(label="メモ", required=False, max_length=4000, widget=forms.Textarea({"rows": 3}))


class ApplicationForm(TsunagiForm):
    on = WarekiDateField(label="利用申込日", sense="past", initial=clock.today, help_text="本人が申込書に署名した日です。")
    consents = forms.MultipleChoiceField(
        label="本人の同意",
        required=False,
        widget=Checks,
        choices=lambda: code_choices("consent_kind"),
        help_text="説明して同意を得たものだけを選びます。同意のない範囲は、ほかの機関に見せられません。",
    )
    scope = forms.CharField(
        label="共有してよい相手・範囲",
        required=False,
        max_length=400,
        widget=forms.Textarea({"rows": 2}),
        help_text="例 市と社会福祉協議会に、家計と住まいのことだけ",
    )

    @property
    def consents_given(self) -> list[ConsentFacts]:
        return [ConsentFacts(kind, self.cleaned_data["scope"].strip()) for kind in self.cleaned_data["consents"]]


class ConsentForm(TsunagiForm):
    kind = forms.ChoiceField(label="同意の種類", widget=Radios({"class": "down"}), choices=lambda: code_choices("consent_kind"))
    scope = forms.CharField(label="共有してよい相手・範囲", required=False, max_length=400, widget=forms.Textarea({"rows": 2}))
    on = WarekiDateField(label="同意した日", sense="past", initial=clock.today)


class WithdrawalForm(TsunagiForm):
    on = WarekiDateField(
        label="撤回した日", sense="past", initial=clock.today, help_text="この日から、同じ種類の同意はすべてなくなります。"
    )


class EmergencyStartForm(TsunagiForm):
    agreed_on = WarekiDateField(label="本人が同意した日", sense="past", initial=clock.today)
    on = WarekiDateField(label="支援を始めた日", sense="past", initial=clock.today)
    content = forms.CharField(
        label="始めた支援の内容",
        max_length=4000,
        widget=forms.Textarea({"rows": 4}),
        help_text="なぜ会議を待てないか、だれが何を始めたか。次の支援調整会議の議題に自動で載ります。",
    )


class OutcomeForm(TsunagiForm):
    kind = forms.ChoiceField(label="できごと", widget=Radios, choices=lambda: code_choices("employment_outcome"))
    on = WarekiDateField(label="日付", sense="past", initial=clock.today, help_text="働き始めた日、収入が増えた日です。")
    note = forms.CharField(label="メモ", required=False, max_length=2000, widget=forms.Textarea({"rows": 3}))


class ColleagueField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:  # Any: Django's own signature
        return str(obj.name)


class ColleagueForm(TsunagiForm):
    """A colleague to join the team or to take the case over."""

    account = ColleagueField(label="職員", queryset=Account.objects.none(), empty_label="選んでください")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Any: Django's own constructor, passed on
        super().__init__(*args, **kwargs)
        field = self.fields["account"]
        assert isinstance(field, ColleagueField)
        field.queryset = supporters(clock.today())
