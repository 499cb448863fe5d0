"""What narrows 担当ケース; everything lives in the address, so a list can be sent and come back to."""

from typing import Any

from django import forms

from accounts.models import Account
from casework.cases.caseload import MINE, SORTS, VIEWS
from casework.cases.models import Case, Stage
from ui.forms import TsunagiForm

ORDERS = [(f"{sign}{name}", name) for name in SORTS for sign in ("", "-")]


class CaseFilter(TsunagiForm):
    view = forms.ChoiceField(required=False, choices=list(VIEWS.items()), widget=forms.HiddenInput)
    sort = forms.ChoiceField(required=False, choices=ORDERS, widget=forms.HiddenInput)
    stage = forms.ChoiceField(label="段階", required=False, choices=[("", "すべて"), *Stage.choices])
    owner = forms.ChoiceField(label="主担当", required=False)

    def __init__(self, *args: Any, viewer: Account, **kwargs: Any) -> None:  # Any: Django's own constructor, passed on
        super().__init__(*args, **kwargs)
        owners = Account.objects.filter(pk__in=Case.objects.seen_by(viewer).values("owner")).order_by("name", "pk")
        owner = self.fields["owner"]
        assert isinstance(owner, forms.ChoiceField)
        owner.choices = [("", "すべて"), *((str(account.pk), account.name) for account in owners)]

    @property
    def chosen(self) -> dict[str, str]:
        """What is narrowed by; a word that is not in the lists narrows nothing."""
        self.is_valid()
        return {"view": MINE, **{name: value for name, value in self.cleaned_data.items() if value}}
