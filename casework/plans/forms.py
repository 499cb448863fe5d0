"""What is typed around a plan. Rows of goals and actions may be added and taken away, with and without JavaScript."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain
from typing import Any

from django import forms
from django.forms.formsets import DELETION_FIELD_NAME, BaseFormSet, formset_factory
from django.http import QueryDict

from casework.plans.deadlines import usual_monitoring
from casework.plans.models import PlanGoal
from casework.plans.parts import MOST_ROWS, ActionFacts, GoalFacts, PlanParts
from foundation import clock, codes
from foundation.errors import RuleViolation
from ui.forms import ChipsField, RadioChips, Radios, TsunagiForm, WarekiDateField

ADD = "add_row"
OWN_WORK = "counsellor"


class PlanForm(TsunagiForm):
    wishes = forms.CharField(label="生活に対する意向", max_length=4000, required=False, widget=forms.Textarea, help_text="本人の言葉で。")
    issues = forms.CharField(label="解決したい課題", max_length=4000, required=False, widget=forms.Textarea)
    cautions = forms.CharField(
        label="支援にあたって気をつけること",
        max_length=4000,
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text="なければ「特になし」。",
    )
    is_employment_target = forms.BooleanField(label="就労支援の対象にする（期間のうちに一般就労をめざす）", required=False)
    service_uses = ChipsField(label="利用する事業", required=False)
    on = WarekiDateField(label="作成日", sense="past")
    period_from = WarekiDateField(label="期間の始め", required=False)
    period_until = WarekiDateField(label="期間の終わり", sense="future", required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, day: date, is_new: bool, **kwargs: Any) -> None:  # Any: Django's own constructor
        super().__init__(*args, **kwargs)
        uses: forms.MultipleChoiceField = self.fields["service_uses"]  # type: ignore[assignment]  # a ChipsField is one
        uses.choices = codes.grouped_choices("service_use", on=day)
        if is_new:
            del self.fields["version"]
        else:
            del self.fields["on"]


def usual_target_date() -> date:
    return usual_monitoring(clock.today())


class GoalForm(TsunagiForm):
    """A row without a text is no goal, so nothing of it is marked as required."""

    text = forms.CharField(label="目標", max_length=2000, required=False, widget=forms.Textarea({"rows": 2}))
    target_date = WarekiDateField(label="いつまでに", sense="future", required=False, initial=usual_target_date)

    def clean_target_date(self) -> date | None:
        day: date | None = self.cleaned_data["target_date"]
        if day is None and self.cleaned_data.get("text"):
            raise RuleViolation("いつまでに達成するか、日付を入れてください。", code="goal_without_date")
        return day


class ActionForm(TsunagiForm):
    text = forms.CharField(label="支援の内容", max_length=2000, required=False, widget=forms.Textarea({"rows": 2}))
    actor = forms.ChoiceField(label="だれが", initial=OWN_WORK, required=False)
    timing = forms.CharField(label="いつ・どのくらい", max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # Any: Django's own constructor
        super().__init__(*args, **kwargs)
        actor: forms.ChoiceField = self.fields["actor"]  # type: ignore[assignment]  # as declared above
        actor.choices = codes.choices("plan_action_actor", on=clock.today())


class Rows(BaseFormSet):
    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields[DELETION_FIELD_NAME].label = "この行を外す"

    def clean(self) -> None:
        """Fewer than no rows are not an empty plan."""
        if (self.management_form.cleaned_data["TOTAL_FORMS"] or 0) < 0:
            raise RuleViolation("行の数を読み取れません。画面を開き直してください。", code="unreadable_rows")


def kept(rows: "BaseFormSet[Any]") -> list[dict[str, Any]]:  # Any: their forms differ, and so do the cleaned values
    """What has a text and was not taken away."""
    cleaned = [form.cleaned_data for form in rows.forms]
    return [row for row in cleaned if row.get("text") and not row.get(DELETION_FIELD_NAME)]


GoalRows = formset_factory(GoalForm, formset=Rows, extra=0, can_delete=True, max_num=MOST_ROWS, absolute_max=MOST_ROWS + 10)
ActionRows = formset_factory(ActionForm, formset=Rows, extra=0, can_delete=True, max_num=MOST_ROWS, absolute_max=MOST_ROWS + 10)


class PlanEditor:
    """The form of a plan with its rows; asks for a further row instead of saving when that button was pressed."""

    def __init__(self, data: QueryDict | None, *, given: Mapping[str, Any], day: date, is_new: bool) -> None:  # Any: field values
        self.asked_row = data.get(ADD, "") if data else ""
        bound = data if data is not None and not self.asked_row else None
        if data and self.asked_row:
            given = _typed(data, PlanForm.base_fields)
        goals, actions = self._rows(data, given)
        self.form = PlanForm(bound, initial=dict(given), day=day, is_new=is_new)
        self.goals = GoalRows(bound, prefix="goals", initial=goals)
        self.actions = ActionRows(bound, prefix="actions", initial=actions)

    def _rows(self, data: QueryDict | None, given: Mapping[str, Any]) -> tuple[list[Any], list[Any]]:  # Any: field values
        if not data or not self.asked_row:
            return list(given.get("goals") or [{}]), list(given.get("actions") or [{}])
        goals, actions = _typed_rows(data, "goals", GoalForm), _typed_rows(data, "actions", ActionForm)
        {"goals": goals, "actions": actions}.get(self.asked_row, []).append({})
        return goals[:MOST_ROWS], actions[:MOST_ROWS]

    # what the error summary and the page's title ask of a form

    @property
    def parts_typed(self) -> list[forms.BaseForm]:
        return [self.form, *self.goals.forms, *self.actions.forms]

    @property
    def errors(self) -> list[str]:
        return [name for form in self.parts_typed if form.is_bound for name in form.errors]

    def non_field_errors(self) -> list[str]:
        rows = [*self.goals.non_form_errors(), *self.actions.non_form_errors()] if self.form.is_bound else []
        return [*(error for form in self.parts_typed for error in form.non_field_errors()), *rows]

    def __iter__(self) -> Iterator[forms.BoundField]:
        return chain.from_iterable(self.parts_typed)

    def is_valid(self) -> bool:
        if self.asked_row or not self.form.is_bound:
            return False
        return all([self.form.is_valid(), self.goals.is_valid(), self.actions.is_valid()])

    def accept_version(self, version: int) -> None:
        """After both texts were shown, saving again is meant: what was typed goes over `version`."""
        data = self.form.data.copy()  # type: ignore[attr-defined]  # a QueryDict
        data["version"] = str(version)
        self.form.data = data

    def parts(self) -> PlanParts:
        own = {name: _unix(value) for name, value in self.form.cleaned_data.items() if name not in ("on", "version")}
        goals = [GoalFacts(_unix(row["text"]), row["target_date"]) for row in kept(self.goals)]
        actions = [ActionFacts(_unix(row["text"]), row["actor"] or OWN_WORK, row["timing"]) for row in kept(self.actions)]
        return PlanParts(**own, goals=goals, actions=actions)  # type: ignore[typeddict-item]  # the form's fields are the parts


def _unix(value: Any) -> Any:  # Any: cleaned values
    """Browsers send a line's end as two letters; a text that nobody touched must not count as changed."""
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def _typed(data: QueryDict, fields: Mapping[str, forms.Field]) -> dict[str, Any]:  # Any: what was typed
    return {name: data.getlist(name) if isinstance(field, forms.MultipleChoiceField) else data.get(name) for name, field in fields.items()}


def _typed_rows(data: QueryDict, prefix: str, form: type[forms.Form]) -> list[dict[str, Any]]:  # Any: what was typed
    total = data.get(f"{prefix}-TOTAL_FORMS", "")
    rows = range(min(int(total), MOST_ROWS) if total.isdecimal() else 0)
    return [
        {name: data.get(f"{prefix}-{row}-{name}") for name in form.base_fields}
        for row in rows
        if not data.get(f"{prefix}-{row}-{DELETION_FIELD_NAME}")
    ]


class AgreementForm(TsunagiForm):
    on = WarekiDateField(label="本人が同意した日", sense="past")
    version = forms.IntegerField(widget=forms.HiddenInput)


class DecisionForm(TsunagiForm):
    decision_kind = forms.ChoiceField(label="自治体の判断", widget=RadioChips)
    on = WarekiDateField(label="支援決定・確認の日", sense="past")

    def __init__(self, *args: Any, day: date, **kwargs: Any) -> None:  # Any: Django's own constructor
        super().__init__(*args, **kwargs)
        kinds: forms.ChoiceField = self.fields["decision_kind"]  # type: ignore[assignment]  # as declared above
        kinds.choices = codes.choices("decision_kind", on=day)


class MonitoringForm(TsunagiForm):
    content = forms.CharField(
        label="いまの様子",
        max_length=8000,
        widget=forms.Textarea({"rows": 6}),
        help_text="目標ごとの進み具合、本人の様子、直したほうがよいこと。",
    )
    on = WarekiDateField(label="実施日", sense="past")
    next_on = WarekiDateField(label="次回", sense="future", required=False)


class EvaluationForm(TsunagiForm):
    """One field of results for each goal, in their order."""

    outcome = forms.ChoiceField(label="評価結果", widget=RadioChips)
    changes = ChipsField(label="見られた変化", required=False)
    reason = forms.CharField(label="理由", max_length=4000, required=False, widget=forms.Textarea, help_text="中断のときは必ず書きます。")
    on = WarekiDateField(label="評価日", sense="past")

    def __init__(self, *args: Any, goals: Sequence[PlanGoal], day: date, **kwargs: Any) -> None:  # Any: Django's own constructor
        super().__init__(*args, **kwargs)
        for name, code_list in (("outcome", "plan_evaluation_outcome"), ("changes", "observed_change")):
            self.fields[name].choices = codes.choices(code_list, on=day)  # type: ignore[attr-defined]  # both have choices
        results = codes.choices("goal_result", on=day)
        self.result_names = [f"result_{goal.order}" for goal in goals]
        for name, goal in zip(self.result_names, goals, strict=True):
            self.fields[name] = forms.ChoiceField(label=f"目標{goal.order}の達成状況", choices=results, widget=RadioChips)

    @property
    def results(self) -> Iterable[forms.BoundField]:
        return [self[name] for name in self.result_names]

    def facts(self) -> dict[str, Any]:  # Any: cleaned values
        facts = {name: value for name, value in self.cleaned_data.items() if name not in self.result_names}
        return facts | {"goal_results": [self.cleaned_data[name] for name in self.result_names]}


class ClosingForm(TsunagiForm):
    reason = forms.ChoiceField(label="終結の理由", widget=Radios({"class": "down"}))
    on = WarekiDateField(label="終結日", sense="past")

    def __init__(self, *args: Any, day: date, **kwargs: Any) -> None:  # Any: Django's own constructor
        super().__init__(*args, **kwargs)
        reasons: forms.ChoiceField = self.fields["reason"]  # type: ignore[assignment]  # as declared above
        reasons.choices = codes.choices("closing_reason", on=day)
