"""Form fields that read what people type in Japan, and the form class whose fields render through our component."""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.forms.renderers import TemplatesSetting

from foundation import clock, kana, phones, wareki


class TsunagiRenderer(TemplatesSetting):
    """Every form of the site, allauth's too, renders its fields by ui/field.html."""

    form_template_name = "ui/form.html"
    field_template_name = "ui/form_field.html"


class TsunagiForm(forms.Form):
    """A form that says itself what is missing: the browser's own bubbles stay away.

    Set `mark_optional = True` where most fields are required, so that the others say ※任意.
    """

    default_renderer = TsunagiRenderer
    use_required_attribute = False
    mark_optional = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Any: Django's own constructor, passed on
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        for field in self.fields.values():
            say_what_to_do(field)


WORDS_OF_DJANGO = forms.Field.default_error_messages["required"]


def say_what_to_do(field: forms.Field) -> None:
    """Django says what is wrong; we say what to do, unless the field has words of its own."""
    chosen = isinstance(field, (forms.ChoiceField, forms.ModelChoiceField))
    words = field.error_messages
    if words.get("required") == WORDS_OF_DJANGO:
        words["required"] = f"{field.label or 'この欄'}を{'選んで' if chosen else '入力して'}ください。"
    if chosen:
        words["invalid_choice"] = "一覧にあるものから選んでください。"
    if isinstance(field, forms.IntegerField):
        words["invalid"] = "数字で入力してください。"
        words["min_value"] = "%(limit_value)s以上の数を入力してください。"
        words["max_value"] = "%(limit_value)s以下の数を入力してください。"


def dress(field: forms.Field) -> None:
    """Give the control our class; what looks like itself already (choices, chips) is left alone."""
    widget = field.widget
    if isinstance(widget, (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple, forms.HiddenInput)):
        return
    classes = widget.attrs.get("class", "").split()
    if "ui-input" in classes:
        return
    number = ["ui-input--number"] if isinstance(widget, forms.NumberInput) else []
    widget.attrs["class"] = " ".join(["ui-input", *number, *classes])
    if isinstance(widget, forms.Textarea):
        widget.attrs.setdefault("rows", 4)
        widget.attrs.setdefault("data-grows", "")


class WarekiInput(forms.TextInput):
    def __init__(self, sense: wareki.Sense, attrs: dict[str, Any] | None = None) -> None:
        fixed = {"class": "ui-input--date", "autocomplete": "off", "data-wareki": sense, "autocapitalize": "off", "spellcheck": "false"}
        super().__init__({**fixed, **(attrs or {})})
        self.sense = sense

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["attrs"]["data-today"] = clock.today().isoformat()
        return context


class WarekiDateField(forms.Field):
    """A day typed as people type it (R7.4.1, 4/1, 今日, +7); an unreadable text stays in the field, with what to type instead.

    `sense` is any, past, future or birthday, as in foundation.wareki.
    """

    default_error_messages = {"required": "日付を入力してください。"}

    def __init__(self, *, sense: wareki.Sense = "any", **kwargs: Any) -> None:
        kwargs.setdefault("widget", WarekiInput(sense))
        super().__init__(**kwargs)
        self.sense = sense

    def prepare_value(self, value: object) -> object:
        return wareki.formal(value) if isinstance(value, date) else value

    def to_python(self, value: object) -> date | None:
        if isinstance(value, date) or value in self.empty_values:
            return value or None  # type: ignore[return-value]  # an empty value is "" or None
        text = str(value).strip()
        return wareki.parse(text, today=clock.today(), sense=self.sense) if text else None

    def has_changed(self, initial: object, data: object) -> bool:
        try:
            return bool(self.to_python(data) != self.to_python(initial))
        except ValidationError:
            return True

    def echo(self, typed: object) -> str:
        """What stands under the field: the whole date, or nothing while it cannot be read."""
        try:
            day = self.to_python(typed)
        except ValidationError:
            return ""
        return wareki.echo(day, today=clock.today(), sense=self.sense) if day else ""


class KanaField(forms.CharField):
    """ふりがな, kept in hiragana; fills itself while the name in the field `follows` is typed with an IME."""

    def __init__(self, *, follows: str = "", **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("max_length", 100)
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("autocomplete", "off")
        if follows:
            self.widget.attrs["data-kana-of"] = follows

    def clean(self, value: object) -> str:
        return kana.check(super().clean(value))


class PhoneField(forms.CharField):
    """A phone number in any writing: kept as digits, shown as 090-1234-5678."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        kwargs.setdefault("max_length", 40)
        kwargs.setdefault("widget", forms.TextInput({"class": "ui-input--phone", "inputmode": "tel", "autocomplete": "off"}))
        super().__init__(**kwargs)

    def prepare_value(self, value: object) -> object:
        return phones.national(value) if isinstance(value, str) else value

    def clean(self, value: object) -> str:
        typed = super().clean(value)
        return phones.check(typed) if typed else ""

    def has_changed(self, initial: object, data: object) -> bool:
        return phones.normalise(str(initial or "")) != phones.normalise(str(data or ""))


class Radios(forms.RadioSelect):
    template_name = "ui/widgets/choices.html"


class Checks(forms.CheckboxSelectMultiple):
    template_name = "ui/widgets/choices.html"


class Chips(forms.CheckboxSelectMultiple):
    """Choices to tap; several at once."""

    template_name = "ui/widgets/chips.html"


class RadioChips(forms.RadioSelect):
    """Choices to tap; one of them."""

    template_name = "ui/widgets/chips.html"


class Chosen(NamedTuple):
    """What was picked, in the order of the list, and which of it is the main one ("" if none was marked)."""

    picked: tuple[str, ...]
    main: str


class MainChips(Chips):
    """Chips of which one may be marked ◎. The mark travels as `<name>_main`."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        chosen = value if isinstance(value, Chosen) else Chosen((), "")
        context = super().get_context(name, list(chosen.picked), attrs)
        context["widget"].update(main_name=f"{name}_main", main=chosen.main)
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Chosen:
        picked = super().value_from_datadict(data, files, name) or []
        return Chosen(tuple(picked), str(data.get(f"{name}_main") or ""))


class ChipsField(forms.MultipleChoiceField):
    widget = Chips


class MainChipsField(forms.MultipleChoiceField):
    """Cleans to Chosen: a mark on something that is not picked is no mark, and a single pick is the main one."""

    widget = MainChips

    def prepare_value(self, value: object) -> Chosen:
        return value if isinstance(value, Chosen) else Chosen((), "")

    def clean(self, value: object) -> Any:  # Any: the parent promises a list
        chosen = self.prepare_value(value)
        picked = in_order(super().clean(list(chosen.picked)), codes_of(self.choices))
        if len(picked) == 1:
            return Chosen(picked, picked[0])
        return Chosen(picked, chosen.main if chosen.main in picked else "")

    def has_changed(self, initial: object, data: object) -> bool:
        return self.prepare_value(initial) != self.prepare_value(data)


def codes_of(choices: Any) -> list[str]:  # Any: whatever a choice field takes
    """The codes in the order of the form, out of their groups."""
    found: list[str] = []
    for code, label in choices:
        found += codes_of(label) if isinstance(label, (list, tuple)) else [str(code)]
    return found


def in_order(picked: Iterable[str], order: list[str]) -> tuple[str, ...]:
    return tuple(sorted(set(picked), key=order.index))
