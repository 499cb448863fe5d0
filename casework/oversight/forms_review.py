"""A reviewer's finding, and what staff declare of themselves."""

import re
from collections.abc import Sequence

from django import forms

from casework.oversight.models import Decision
from ui.forms import Radios, TsunagiForm


class ReviewForm(TsunagiForm):
    decision = forms.ChoiceField(label="確認の結果", choices=Decision.choices, widget=Radios({"class": "down"}))
    words = forms.CharField(
        label="確かめたこと",
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        help_text="「業務に必要な閲覧だった」のほかを選んだときは、一文でよいので書いてください。",
    )


class DeclarationForm(TsunagiForm):
    mark_optional = True
    surnames = forms.CharField(
        label="家族の姓",
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 2}),
        help_text="同居の家族の姓、旧姓、その読み。「、」か改行で区切ります。登録の氏名の姓は書かなくてかまいません。",
    )
    people = forms.CharField(
        label="同居の家族の氏名",
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        help_text="姓と名の間を空けて、一人ずつ改行して書きます（例 見本 花子）。",
    )
    address = forms.CharField(label="住所", required=False, max_length=200, help_text="番地まで。部屋の番号はいりません。")
    complete = forms.BooleanField(
        label="これで全部です",
        error_messages={"required": "同居の家族を確かめて、印をつけてください。家族がいないときも、印をつけて保存します。"},
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean_surnames(self) -> Sequence[str]:
        return parted(self.cleaned_data["surnames"])

    def clean_people(self) -> Sequence[str]:
        return parted(self.cleaned_data["people"])


def parted(text: str) -> list[str]:
    """One name each, by commas of any kind or lines."""
    return [name for each in re.split(r"[、,，;\n\r]", text) if (name := each.strip())]
