from django import forms

from exports.models import Purpose
from ui.forms import TsunagiForm


class AskForm(TsunagiForm):
    purpose = forms.ChoiceField(label="目的", choices=[("", "選んでください"), *Purpose.choices])


class TakeForm(TsunagiForm):
    """Sent by the page that shows the export, with its number: nothing is handed over to an empty POST."""

    number = forms.CharField(max_length=20)


class DecisionForm(TsunagiForm):
    decision = forms.ChoiceField(label="判断", choices=[("yes", "承認する"), ("no", "却下する")])
