from django import forms

from casework.erasures.models import EarlyReason, ErasureReason, HoldReason
from ui.forms import Radios, TsunagiForm


class ErasureForm(TsunagiForm):
    reason = forms.ChoiceField(label="消去する理由", widget=Radios({"class": "down"}), choices=ErasureReason.choices)
    early_reason = forms.ChoiceField(
        label="保存期間の前に消去する理由",
        required=False,
        choices=[("", "保存期間が過ぎてから消去する"), *EarlyReason.choices],
        help_text="保存期間が残っているときだけ選びます。",
    )


class HoldForm(TsunagiForm):
    hold_reason = forms.ChoiceField(label="保留する理由", choices=HoldReason.choices)
