from typing import Any

from django import forms

from accounts.models import Account
from casework.cases.models_access import CaseBlock
from foundation import clock
from network.collaboration.models import FieldGroup, Referral
from network.directory.models import Agency
from ui.forms import TsunagiForm, WarekiDateField


class ReferralForm(TsunagiForm):
    agency = forms.ModelChoiceField(Agency.objects.filter(active=True), label="つなぎ先", empty_label="選んでください")
    referred_on = WarekiDateField(label="つないだ日", sense="past")
    name = forms.CharField(label="氏名", max_length=80, required=False, help_text="渡さないときは空にします。")
    kana = forms.CharField(label="ふりがな", max_length=80, required=False)
    reason = forms.CharField(label="つなぐ理由", max_length=4000, widget=forms.Textarea)
    content = forms.CharField(
        label="渡す情報",
        max_length=8000,
        required=False,
        widget=forms.Textarea,
        help_text="ここに書いたことだけが相手に渡ります。住所や電話は、必要なときだけ書きます。",
    )
    follow_up_on = WarekiDateField(label="つながったか確かめる日", sense="future")


class AnswerForm(TsunagiForm):
    answered_on = WarekiDateField(label="返答があった日", sense="past")
    answer = forms.CharField(label="返答の内容", max_length=4000, widget=forms.Textarea)


class ShareForm(TsunagiForm):
    guest = forms.ModelChoiceField(Account.objects.none(), label="見る人", empty_label="選んでください")
    groups = forms.MultipleChoiceField(label="見せる項目", choices=FieldGroup.choices, widget=forms.CheckboxSelectMultiple)
    until_date = WarekiDateField(label="いつまで", sense="future")

    def __init__(self, *args: Any, referral: Referral, **kwargs: Any) -> None:  # Any: Django's own constructor, passed on
        super().__init__(*args, **kwargs)
        field = self.fields["guest"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = guests_of(referral)


class ResumeForm(TsunagiForm):
    reason = forms.CharField(
        label="続けてよい理由",
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        help_text="本人に確かめたことと、この相手なら安全である理由を書きます。",
    )


def guests_of(referral: Referral) -> "Any":  # Any: a queryset of accounts, whose manager is Django's
    """The guests of the referral's agency who are let in today and not blocked from its client."""
    day = clock.today()
    blocked = CaseBlock.objects.in_force().filter(client=referral.case.client_id).values("account")
    return (
        Account.objects.exclude(pk__in=blocked)
        .filter(
            kind="guest",
            is_active=True,
            guest_entries__agency_id=referral.agency_id,
            guest_entries__ended_at=None,
            guest_entries__from_date__lte=day,
            guest_entries__until_date__gte=day,
        )
        .distinct()
    )
