from django import forms
from django.core.exceptions import ValidationError

from foundation.errors import RuleViolation, StaleVersion, WrongState


class NameForm(forms.Form):
    name = forms.CharField()


def test_a_rule_violation_says_one_thing_with_one_code_about_one_field():
    violation = RuleViolation("名前を入力してください。", code="name_missing", field="name")

    assert (violation.message, violation.code, violation.field) == ("名前を入力してください。", "name_missing", "name")
    assert violation.messages == ["名前を入力してください。"]


def test_a_form_takes_a_rule_violation_beside_its_field():
    form = NameForm({"name": "仮名"})
    form.is_valid()

    form.add_error("name", RuleViolation("同じ名前があります。", code="name_taken"))

    assert form.errors.as_data()["name"][0].code == "name_taken"


def test_wrong_state_and_stale_version_are_rule_violations_with_codes_of_their_own():
    assert isinstance(WrongState("終結しています。"), RuleViolation)
    assert isinstance(StaleVersion(), ValidationError)
    assert WrongState("終結しています。").code == "wrong_state"
    assert WrongState("終結しています。", code="case_closed").code == "case_closed"
    assert StaleVersion().code == "stale_version"
    assert "見比べて" in StaleVersion().message
