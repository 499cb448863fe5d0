"""What is typed when a file is added, opened or taken out of the list."""

from typing import Any

from django import forms
from django.conf import settings

from casework.attachments.files import too_large
from casework.attachments.models import RemovalReason
from casework.cases.forms_reception import code_choices
from disclosure.openings import PURPOSES
from files.names import FAMILIES
from ui.forms import Radios, TsunagiForm

CHOOSE = "ファイルを選んでください。"


class FileForm(TsunagiForm):
    file = forms.FileField(
        label="ファイル",
        allow_empty_file=True,  # the rule says it, in our words
        widget=forms.FileInput({"accept": ",".join(FAMILIES)}),
        help_text="PDF・JPEG・PNG・DOCX・XLSX・TXT・CSV。1つ 20MB まで。",
        error_messages={"required": CHOOSE, "invalid": CHOOSE, "missing": CHOOSE},
    )
    description = forms.CharField(label="説明", required=False, max_length=400, help_text="何のファイルか、ひとことで。")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Any: Django's own constructor, passed on
        super().__init__(*args, **kwargs)
        self.fields["file"].widget.attrs |= {"data-largest": settings.FILE_LARGEST, "data-too-large": too_large()}


class PurposeForm(TsunagiForm):
    purpose = forms.ChoiceField(label="何のために開きますか", widget=Radios({"class": "down"}), choices=lambda: code_choices(PURPOSES))


class RemovalForm(TsunagiForm):
    reason = forms.ChoiceField(label="外す理由", widget=Radios({"class": "down"}), choices=RemovalReason.choices)
