"""Form fields: what people type is understood or stays, and what is wrong is said beside it."""

from datetime import date

import pytest
from django import forms
from django.template import Context, Template
from pytest_django import Settings

from ui.forms import ChipsField, Chosen, KanaField, MainChipsField, PhoneField, Radios, TsunagiForm, WarekiDateField

TODAY = date(2026, 11, 23)
CONCERNS = [("rent", "家賃・住まい"), ("work", "仕事がない"), ("debt", "借金")]


class Form(TsunagiForm):
    memo = forms.CharField(label="聞いたまま", widget=forms.Textarea, help_text="ここだけで登録できます。")
    kana = KanaField(label="ふりがな", follows="memo")
    phone = PhoneField(label="電話番号")
    born_on = WarekiDateField(label="生年月日", sense="birthday", required=False)
    minutes = forms.IntegerField(label="時間", required=False, min_value=0)
    caller = forms.ChoiceField(label="話した人", required=False, widget=Radios, choices=[("self", "本人"), ("family", "家族")])
    concerns = MainChipsField(label="困りごと", required=False, choices=CONCERNS)
    wishes = ChipsField(label="希望", required=False, choices=CONCERNS)


@pytest.fixture(autouse=True)
def _on_this_day(settings: Settings) -> None:
    settings.AS_OF = TODAY


def filled(**typed: object) -> Form:
    return Form({"memo": "家賃のこと", **typed})


def shown(form: TsunagiForm, name: str, arguments: str = "") -> str:
    return Template("{% load ui %}{% field form." + name + arguments + " %}").render(Context({"form": form}))


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("born_on", "Ｓ４９．５．３", date(1974, 5, 3)),
        ("born_on", "昭和49年5月3日", date(1974, 5, 3)),
        ("born_on", "", None),
        ("phone", "０９０（００００）１２３４", "09000001234"),
        ("phone", "", ""),
        ("kana", "ミナト　タロウ", "みなと たろう"),
        ("kana", "", ""),
        ("minutes", "３０", 30),
    ],
)
def test_full_width_and_japanese_writing_is_understood(name: str, typed: str, kept: object) -> None:
    form = filled(**{name: typed})

    assert form.is_valid(), form.errors
    assert form.cleaned_data[name] == kept


@pytest.mark.parametrize(
    ("name", "typed", "code"),
    [
        ("born_on", "49.5.3", "era_missing"),
        ("born_on", "R9.1.1", "birthday_in_future"),
        ("phone", "06-65", "bad_phone"),
        ("kana", "港", "not_kana"),
        ("caller", "stranger", "invalid_choice"),
        ("minutes", "-1", "min_value"),
        ("minutes", "すこし", "invalid"),
        ("memo", "", "required"),
    ],
)
def test_what_cannot_be_understood_is_named_and_stays_in_its_field(name: str, typed: str, code: str) -> None:
    form = filled(**{name: typed})

    assert [error.code for error in form.errors.as_data()[name]] == [code]
    if name not in {"caller", "memo"}:
        assert f'value="{typed}"' in shown(form, name)


def test_an_unclear_era_is_asked_with_one_button_for_each_reading() -> None:
    html = shown(filled(born_on="49.5.3"), "born_on")

    assert 'data-fills="id_born_on" value="S49.5.3"' in html
    assert 'value="S24.5.3"' in html


def test_a_readable_date_is_echoed_by_the_server() -> None:
    assert "昭和49年5月3日（金）1974年 – 52歳" in shown(filled(born_on="S49.5.3"), "born_on")
    assert "昭和49年5月3日（金）1974年 – 52歳" in shown(Form(initial={"born_on": date(1974, 5, 3)}), "born_on")


@pytest.mark.parametrize(
    ("posted", "chosen"),
    [
        ({"concerns": ["work", "rent"], "concerns_main": "work"}, Chosen(("rent", "work"), "work")),
        ({"concerns": ["work", "rent"]}, Chosen(("rent", "work"), "")),
        ({"concerns": ["debt"]}, Chosen(("debt",), "debt")),
        ({"concerns": ["rent", "work"], "concerns_main": "debt"}, Chosen(("rent", "work"), "")),
        ({}, Chosen((), "")),
    ],
)
def test_the_main_concern_is_one_of_those_picked(posted: dict[str, object], chosen: Chosen) -> None:
    form = filled(**posted)

    assert form.is_valid()
    assert form.cleaned_data["concerns"] == chosen


def test_a_concern_outside_the_list_is_refused() -> None:
    assert "concerns" in filled(concerns=["sea"]).errors


def test_picked_chips_and_the_mark_come_back_checked() -> None:
    html = shown(filled(concerns=["rent", "work"], concerns_main="work"), "concerns")

    assert html.count(" checked") == 3
    assert 'value="work" id="id_concerns_1_main" checked' in html


def test_unchanged_fields_are_not_taken_for_changes() -> None:
    before = {
        "memo": "家賃のこと",
        "born_on": date(1974, 5, 3),
        "phone": "09000001234",
        "kana": "みなと",
        "concerns": Chosen(("rent",), "rent"),
    }
    again = {
        "memo": "家賃のこと",
        "born_on": "昭和49年5月3日",
        "phone": "090-0000-1234",
        "kana": "みなと",
        "concerns": ["rent"],
        "concerns_main": "rent",
    }

    assert Form(again, initial=before).changed_data == []
    assert Form(again | {"phone": "090-0000-9999"}, initial=before).changed_data == ["phone"]


def test_label_hint_and_error_belong_to_their_control() -> None:
    html = shown(filled(memo=""), "memo")

    assert '<label class="ui-field__label" for="id_memo">' in html
    assert 'aria-describedby="id_memo_helptext id_memo_error"' in html
    assert 'id="id_memo_helptext"' in html
    assert 'id="id_memo_error"' in html
    assert 'aria-invalid="true"' in html
    assert "※必須" in html
    assert " required" not in html


def test_a_hint_given_on_the_page_is_named_by_the_control_too() -> None:
    html = shown(Form(), "phone", ' hint="わからなければ空けておく"')

    assert 'aria-describedby="id_phone_helptext"' in html


def test_groups_carry_their_error_in_the_legend() -> None:
    html = shown(filled(caller="stranger"), "caller")

    assert html.index("<legend") < html.index("一覧にあるものから選んでください。") < html.index("</legend>")


def test_the_error_summary_leads_to_each_field_and_does_not_say_a_name_twice() -> None:
    form = filled(memo="", caller="stranger")
    html = Template("{% load ui %}{% error_summary form %}").render(Context({"form": form}))

    assert "入力を見直してください（2件）" in html
    assert '<a href="#id_memo">聞いたままを入力してください。</a>' in html
    assert '<a href="#id_caller_0">話した人：一覧にあるものから選んでください。</a>' in html


def test_no_error_no_summary() -> None:
    assert Template("{% load ui %}{% error_summary form %}").render(Context({"form": filled()})).strip() == ""


def test_a_form_printed_whole_uses_the_same_fields() -> None:
    html = str(filled(memo=""))

    assert "入力を見直してください（1件）" in html
    assert html.count('class="ui-field') >= len(Form.base_fields)
    assert 'class="ui-input"' in html


def test_what_was_typed_is_never_markup() -> None:
    html = shown(filled(kana='"><script>alert(1)</script>'), "kana")

    assert "<script>" not in html
