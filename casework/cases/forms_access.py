"""Saying why: for supervision, for broken glass, for a review of it, and for what one must not see."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from accounts.models import Account, GuestEntry, Membership
from casework.cases.broken_glass import SHORTEST_WORDS
from casework.cases.forms_steps import ColleagueField
from casework.cases.models_access import BlockReason, OpeningKind, OpeningReason, ReviewResult
from foundation import clock
from ui.forms import Radios, TsunagiForm

SEALED = "書いた内容は暗号にして残します。"


def reasons(kind: OpeningKind) -> list[tuple[str, str]]:
    return [(reason.value, reason.label) for reason in OpeningReason.of(kind)]


class PurposeForm(TsunagiForm):
    """One tap and Enter; words only where they help."""

    reason = forms.ChoiceField(label="目的", widget=Radios({"autofocus": True}), choices=reasons(OpeningKind.SUPERVISION))
    words = forms.CharField(label="くわしい目的", required=False, max_length=2000, widget=forms.Textarea({"rows": 2}), help_text=SEALED)


class BreakGlassForm(TsunagiForm):
    reason = forms.ChoiceField(label="理由", widget=Radios({"class": "down"}), choices=reasons(OpeningKind.BREAK_GLASS))
    words = forms.CharField(
        label="いま何が起きているか",
        max_length=2000,
        widget=forms.Textarea({"rows": 4}),
        help_text=f"{SHORTEST_WORDS}文字以上で書きます。だれから、いつ、何を聞いたか、なぜ担当を待てないか。{SEALED}",
    )


class ReviewForm(TsunagiForm):
    result = forms.ChoiceField(label="確認の結果", widget=Radios({"class": "down"}), choices=ReviewResult.choices)
    words = forms.CharField(
        label="分かったこと・これからすること",
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        help_text=f"「必要だった」のときは書かなくてもかまいません。{SEALED}",
    )


class DeclareForm(TsunagiForm):
    reason = forms.ChoiceField(label="関係", widget=Radios({"class": "down"}), choices=BlockReason.choices)
    words = forms.CharField(label="くわしい事情", required=False, max_length=2000, widget=forms.Textarea({"rows": 3}), help_text=SEALED)


class BlockForm(DeclareForm):
    """A chief names a colleague, or somebody of a partner agency."""

    account = ColleagueField(label="職員・関係機関の利用者", queryset=Account.objects.none(), empty_label="選んでください")
    field_order = ("account", "reason", "words")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Any: Django's own constructor, passed on
        super().__init__(*args, **kwargs)
        field = self.fields["account"]
        assert isinstance(field, ColleagueField)
        field.queryset = people_here()


def people_here() -> "QuerySet[Account]":
    """Everybody who may sign in at this centre today."""
    today = clock.today()
    staff = Membership.objects.current(today).values("account")
    guests = GuestEntry.objects.current(today).values("account")
    return Account.objects.filter(Q(pk__in=staff) | Q(pk__in=guests), is_active=True).order_by("-kind", "name", "id")
