"""Asking for the paper: who stands there, and how one knows."""

from django import forms

from casework.oversight.models import IdentityCheck, Requester
from ui.forms import Radios, TsunagiForm


class WhoReadForm(TsunagiForm):
    requester = forms.ChoiceField(label="求めている人", choices=Requester.choices, widget=Radios({"class": "down"}))
    identity = forms.ChoiceField(
        label="本人だと何で確かめましたか",
        choices=IdentityCheck.choices,
        widget=Radios({"class": "down"}),
        help_text="電話や手紙では渡せません。会って確かめます。",
    )


class DecisionForm(TsunagiForm):
    act = forms.ChoiceField(choices=[("approve", "承認する"), ("decline", "断る")])
