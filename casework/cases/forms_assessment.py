"""The インテーク・アセスメントシート as a form: one field for each item of the sheet, nothing required, nothing typed lost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.forms import BoundField

from casework.cases.assessment_sheet import LARGEST_NUMBER, LONGEST_TEXT, SECTIONS, Item, ItemKind, Section, answered
from casework.cases.assessments import Sections, Sheet
from casework.cases.forms_reception import short_choices
from foundation import clock, codes
from ui.forms import Chips, ChipsField, RadioChips, TsunagiForm, WarekiDateField

NOT_ASKED = "not_asked"
SHORT = frozenset({"certificate_grade", "qualifications"})
BESIDE_PROBLEMS = ("complaint", "strengths")  # stands beside the problems, not among what was told


@dataclass(frozen=True)
class ShownField:
    bound: BoundField
    is_wide: bool


@dataclass(frozen=True)
class ShownSection:
    """A part of the sheet with its fields, how much of it is answered, and whether it stands open."""

    section: Section
    fields: list[ShownField]
    done: int
    is_open: bool

    @property
    def title(self) -> str:
        return f"{self.section.label}（{self.done}/{len(self.section.items)}）"


def field_name(section: Section, item: Item) -> str:
    return f"{section.key}-{item.key}"


def items() -> Iterator[tuple[Section, Item]]:
    return ((section, item) for section in SECTIONS for item in section.items)


def field_of(item: Item) -> forms.Field:
    match item.kind:
        case ItemKind.CODE:
            return forms.ChoiceField(label=item.label, required=False, widget=RadioChips, choices=short_choices(item.code_list))
        case ItemKind.CODES:
            return ChipsField(label=item.label, required=False, choices=short_choices(item.code_list))
        case ItemKind.NUMBER:
            return forms.IntegerField(label=f"{item.label}（{item.unit}）", required=False, min_value=0, max_value=LARGEST_NUMBER)
        case ItemKind.TEXT:
            widget = (
                forms.TextInput({"autocomplete": "off"})
                if item.key in SHORT
                else forms.Textarea({"rows": 6 if item.key == BESIDE_PROBLEMS[1] else 2})
            )
            return forms.CharField(label=item.label, required=False, max_length=LONGEST_TEXT, widget=widget)


def traits_by_group() -> list[tuple[str, list[tuple[str, str]]]]:
    """In the short words; the groups are ours, the traits those of the national sheet."""
    short = dict(short_choices("issue_trait"))
    groups = codes.grouped_choices("issue_trait", on=clock.today())
    return [(group, [(code, short[code]) for code, _ in traits]) for group, traits in groups]


class AssessmentForm(TsunagiForm):
    issue_traits = forms.MultipleChoiceField(label="課題と特性", required=False, widget=Chips, choices=traits_by_group)
    summary = forms.CharField(label="課題のまとめ", required=False, max_length=20000, widget=forms.Textarea({"rows": 4}))
    direction = forms.CharField(label="支援の方向性", required=False, max_length=20000, widget=forms.Textarea({"rows": 4}))
    on = WarekiDateField(label="作成日", sense="past", required=False, initial=clock.today)
    based_on = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Any: Django's own constructor, passed on
        super().__init__(*args, **kwargs)
        self.fields.update({field_name(section, item): field_of(item) for section, item in items()})

    def clean_on(self) -> date:
        return self.cleaned_data["on"] or clock.today()

    @property
    def sections(self) -> dict[str, dict[str, Any]]:
        """What was answered; an empty field has not been talked about. Any: a code, codes, a number or a text."""
        sheet: dict[str, dict[str, Any]] = {}
        for section, item in items():
            answer = _plain(self.cleaned_data.get(field_name(section, item)))
            if answer not in (None, "", []):
                sheet.setdefault(section.key, {})[item.key] = answer
        return sheet

    @property
    def strengths(self) -> BoundField:
        return self["-".join(BESIDE_PROBLEMS)]

    def shown_sections(self, stands: Sections) -> list[ShownSection]:
        """The first part and those with an error stand open; the counts are of what is saved."""
        return [self._shown(section, stands.get(section.key, {})) for section in SECTIONS]

    def _shown(self, section: Section, answers: Mapping[str, Any]) -> ShownSection:
        fields = [self._field(section, item) for item in section.items if (section.key, item.key) != BESIDE_PROBLEMS]
        is_open = section is SECTIONS[0] or any(shown.bound.errors for shown in fields)
        return ShownSection(section, fields, answered(section, answers), is_open)

    def _field(self, section: Section, item: Item) -> ShownField:
        return ShownField(self[field_name(section, item)], item.kind is not ItemKind.NUMBER and item.key not in SHORT)


def initial_of(sheet: Sheet) -> dict[str, Any]:
    answers = {field_name(section, item): sheet.sections.get(section.key, {}).get(item.key) for section, item in items()}
    return {
        **answers,
        "issue_traits": list(sheet.issue_traits),
        "summary": sheet.summary,
        "direction": sheet.direction,
        "based_on": sheet.based_on,
    }


def _plain(answer: Any) -> Any:
    """Text without its edges; "not asked" beside other answers says nothing."""
    if isinstance(answer, str):
        return answer.strip()
    if isinstance(answer, list) and len(answer) > 1:
        return [code for code in answer if code != NOT_ASKED]
    return answer
