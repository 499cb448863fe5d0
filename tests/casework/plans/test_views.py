"""The pages of a plan: what they show, and that what was typed stays whatever the answer is."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.urls import reverse
from pytest_django import Settings

from casework.plans.models import Monitoring, PlanEvaluation, SupportPlan
from casework.plans.plans import revise_plan
from tests.factories.casework import TODAY, make_case, make_member
from tests.factories.casework import refreshed as fresh_case
from tests.factories.plans import PARTS, make_draft, make_plan_at, refreshed

pytestmark = pytest.mark.usefixtures("centre")


@pytest.fixture(autouse=True)
def _today(settings: Settings) -> None:
    settings.AS_OF = TODAY


@pytest.fixture
def counsellor(at_centre):
    account = make_member("counsellor", name="担当 見本")
    at_centre.force_login(account)
    return account


def url(name: str, pk) -> str:
    return reverse(f"plans:{name}", args=[pk], urlconf="config.urls_centre")


def text_of(response) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def typed(**overrides: Any) -> dict[str, Any]:
    return {
        "idempotency_key": str(uuid4()),
        "on": "令和8年5月20日",
        "wishes": "落ち着いて暮らしたい（見本）",
        "issues": "家賃（見本）",
        "cautions": "特になし",
        "period_from": "R8.5.20",
        "period_until": "R9.5.19",
        "service_uses": ["rent_subsidy"],
        "goals-TOTAL_FORMS": "2",
        "goals-INITIAL_FORMS": "0",
        "goals-0-text": "家計簿をつける（見本）",
        "goals-0-target_date": "R8.9.30",
        "goals-1-text": "",
        "goals-1-target_date": "令和8年8月31日",
        "actions-TOTAL_FORMS": "1",
        "actions-INITIAL_FORMS": "0",
        "actions-0-text": "面談（見本）",
        "actions-0-actor": "counsellor",
        "actions-0-timing": "月2回",
    } | overrides


WRITTEN_OVER = {"goals-INITIAL_FORMS": "2", "goals-1-DELETE": "on", "actions-INITIAL_FORMS": "1"}


def test_a_plan_is_made_from_what_is_known_and_typed_once(at_centre, counsellor):
    case = make_case("assessed", by=counsellor)

    page = text_of(at_centre.get(url("make", case.pk)))
    assert "家賃を2か月ためている（見本）" in page
    assert "まとめ（見本）" in page
    assert "経済的困窮" in page
    answer = at_centre.post(url("make", case.pk), typed())

    plan = SupportPlan.objects.get()
    assert answer.headers["Location"] == url("detail", plan.pk)
    assert (plan.goals.count(), plan.actions.count()) == (1, 1), "a row without a text is no goal"
    shown = text_of(at_centre.get(url("detail", plan.pk)))
    assert "家計簿をつける（見本）" in shown
    assert "本人の同意を記録する" in shown


def test_an_invalid_plan_is_answered_422_with_everything_that_was_typed(at_centre, counsellor):
    case = make_case("assessed", by=counsellor)

    answer = at_centre.post(url("make", case.pk), typed(**{"goals-0-target_date": "いつか", "wishes": "残る言葉（見本）"}))

    page = text_of(answer)
    assert answer.status_code == 422
    assert "残る言葉（見本）" in page
    assert 'value="いつか"' in page
    assert "家計簿をつける（見本）" in page
    assert not SupportPlan.objects.exists()


def test_a_broken_rule_is_answered_422_and_a_wrong_state_409(at_centre, counsellor):
    case = make_case("assessed", by=counsellor)

    early = at_centre.post(url("make", case.pk), typed(**{"on": "R8.5.28", "goals-0-target_date": "R8.5.27"}))
    assert (early.status_code, "目標の時期を" in text_of(early)) == (422, True)
    decided = make_plan_at("decided", by=counsellor)
    wrong = at_centre.post(url("agree", decided.pk), {"on": "R8.5.29", "version": 1, "idempotency_key": str(uuid4())})
    assert (wrong.status_code, "同意を記録する段階ではありません" in text_of(wrong)) == (409, True)


def test_a_row_is_added_without_javascript_and_nothing_typed_is_lost(at_centre, counsellor):
    case = make_case("assessed", by=counsellor)

    answer = at_centre.post(url("make", case.pk), typed(add_row="goals", wishes="残る言葉（見本）", **{"goals-0-target_date": "いつか"}))

    page = text_of(answer)
    assert answer.status_code == 200
    assert 'name="goals-2-text"' in page
    assert 'name="actions-1-text"' not in page
    assert "残る言葉（見本）" in page
    assert 'value="いつか"' in page
    assert "エラー" not in page.split("</head>")[0]
    assert not SupportPlan.objects.exists()


def test_a_row_is_taken_away_without_javascript(at_centre, counsellor):
    plan = make_draft(by=counsellor)

    rows = {"goals-TOTAL_FORMS": "2", "goals-INITIAL_FORMS": "2", "goals-0-DELETE": "on", "goals-1-text": "残す（見本）", "version": "1"}
    at_centre.post(url("edit", plan.pk), typed(**rows))

    assert refreshed(plan).goals.count() == 1


def test_the_second_who_saves_sees_both_texts_and_may_save_knowingly(at_centre, counsellor):
    plan = make_draft(by=counsellor)
    revise_plan(plan, version=1, wishes="先に保存した言葉（見本）", by=counsellor, today=TODAY)

    answer = at_centre.post(url("edit", plan.pk), typed(version="1", wishes="あとから書いた言葉（見本）", **WRITTEN_OVER))

    page = text_of(answer)
    assert answer.status_code == 409
    assert "先に保存した言葉（見本）" in page
    assert "あとから書いた言葉（見本）" in page
    assert 'name="version" value="2"' in page
    assert at_centre.post(url("edit", plan.pk), typed(version="2", wishes="あとから書いた言葉（見本）", **WRITTEN_OVER)).status_code == 302
    assert refreshed(plan).version == 3


def test_opening_the_editor_and_saving_changes_nothing(at_centre, counsellor):
    plan = make_plan_at("agreed", by=counsellor)

    page = at_centre.get(url("edit", plan.pk))
    sent = {field.html_name: field.value() for field in page.context["editor"] if field.value() not in (None, False)}
    from foundation import wareki

    given = {name: wareki.formal(value) if hasattr(value, "isoformat") else value for name, value in sent.items()}
    counts = {f"{rows}-{name}": value for rows in ("goals", "actions") for name, value in (("TOTAL_FORMS", 2), ("INITIAL_FORMS", 2))}
    answer = at_centre.post(url("edit", plan.pk), given | counts | {"idempotency_key": str(uuid4())})

    assert answer.status_code == 302
    assert (refreshed(plan).version, refreshed(plan).state) == (1, "agreed")


def test_each_step_has_its_page_and_leads_back_to_the_plan(at_centre, counsellor):
    plan = make_plan_at("draft", by=counsellor)
    key = {"idempotency_key": str(uuid4())}

    assert "同意を記録する" in text_of(at_centre.get(url("agree", plan.pk)))
    assert at_centre.post(url("agree", plan.pk), key | {"on": "今日", "version": "1"}).headers["Location"] == url("detail", plan.pk)
    assert refreshed(plan).state == "agreed"

    approved = make_plan_at("approved", by=counsellor)
    assert 'value="decision" id="id_decision_kind_0" checked' in text_of(at_centre.get(url("decide", approved.pk))), "a statutory service"
    key = {"idempotency_key": str(uuid4())}
    assert at_centre.post(url("decide", approved.pk), key | {"on": "今日", "decision_kind": "decision"}).status_code == 302
    assert refreshed(approved).state == "decided"

    key = {"idempotency_key": str(uuid4())}
    monitored = at_centre.post(url("monitor", approved.pk), key | {"on": "今日", "content": "順調（見本）", "next_on": "R8.8.31"})
    assert (monitored.status_code, Monitoring.objects.count()) == (302, 1)

    key = {"idempotency_key": str(uuid4())}
    words = {"on": "今日", "outcome": "closed", "result_1": "achieved", "result_2": "partly", "changes": ["relief"], "reason": ""}
    assert at_centre.post(url("evaluate", approved.pk), key | words).status_code == 302
    assert PlanEvaluation.objects.get().outcome == "closed"

    key = {"idempotency_key": str(uuid4())}
    at_centre.post(url("close", approved.case_id), key | {"on": "今日", "reason": "resolved"})
    assert fresh_case(approved.case).stage == "closed"


@pytest.mark.parametrize("state", ["draft", "agreed", "to_revise", "held", "approved", "decided", "evaluated"])
def test_a_plans_page_shows_its_one_next_step(at_centre, counsellor, state):
    plan = make_plan_at(state, by=counsellor)

    page = text_of(at_centre.get(url("detail", plan.pk)))

    assert page.count('data-kind="primary"') == 1
    assert PARTS["wishes"] in page


def test_the_plan_is_printed_in_the_order_of_the_form_and_the_trail_knows(at_centre, counsellor):
    from audit.models import AuditLine

    plan = make_plan_at("decided", by=counsellor)

    answer = at_centre.get(url("pdf", plan.pk))

    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert "見本" not in answer.headers["Content-Disposition"]
    assert (
        AuditLine.objects.filter(channel="pdf", verdict="read", action="record.read", subjects__contains=[plan.case.client_id]).count() == 1
    )


def test_a_colleague_is_told_whom_to_ask_and_an_unknown_plan_is_not_there(at_centre, counsellor):
    plan = make_draft()

    for name in ("detail", "edit", "agree", "decide", "monitor", "evaluate", "pdf"):
        assert at_centre.get(url(name, plan.pk)).status_code == 403, name
        assert at_centre.get(url(name, uuid4())).status_code == 404, name
    for name in ("make", "close", "of_case"):
        assert at_centre.get(url(name, plan.case_id)).status_code == 403, name


def test_the_cases_tab_leads_to_the_latest_plan_or_says_what_it_takes(at_centre, counsellor):
    plan = make_plan_at("evaluated", by=counsellor, outcome="replan")
    new, assessed = make_case("received", by=counsellor), make_case("assessed", by=counsellor)

    assert at_centre.get(url("of_case", plan.case_id)).headers["Location"] == url("detail", plan.pk)
    assert "利用申込とアセスメントのあとで" in text_of(at_centre.get(url("of_case", new.pk)))
    assert url("make", assessed.pk) in text_of(at_centre.get(url("of_case", assessed.pk)))


def test_anonymous_visitors_are_led_to_sign_in(at_centre):
    plan = make_draft()

    for name in ("detail", "edit", "agree", "decide", "monitor", "evaluate", "pdf"):
        target = at_centre.get(url(name, plan.pk)).headers["Location"]
        assert target == f"/accounts/login/?next={quote(url(name, plan.pk))}"


@pytest.mark.parametrize(
    ("name", "state", "sent"),
    [
        ("agree", "draft", {"on": "そのうち", "version": "1"}),
        ("agree", "draft", {"on": "今日", "version": "x" * 50}),
        ("decide", "approved", {"on": "今日", "decision_kind": "perhaps"}),
        ("monitor", "decided", {"on": "今日", "content": ""}),
        ("monitor", "decided", {"on": "今日", "content": "あ" * 8001}),
        ("evaluate", "decided", {"on": "今日", "outcome": "closed", "result_1": "achieved"}),
        ("evaluate", "decided", {"on": "今日", "outcome": "suspended", "result_1": "achieved", "result_2": "partly", "reason": ""}),
    ],
)
def test_bad_input_changes_nothing_and_keeps_what_was_typed(at_centre, counsellor, name, state, sent):
    plan = make_plan_at(state, by=counsellor)

    answer = at_centre.post(url(name, plan.pk), sent | {"idempotency_key": str(uuid4())})

    assert answer.status_code == 422
    assert refreshed(plan).state == state
    for value in sent.values():
        assert value in answer.content.decode() or value == "perhaps"


def test_a_double_click_records_once(at_centre, counsellor):
    plan = make_plan_at("decided", by=counsellor)
    sent = {"on": "今日", "content": "順調（見本）", "next_on": "", "idempotency_key": str(uuid4())}

    first, second = (at_centre.post(url("monitor", plan.pk), sent) for _ in range(2))

    assert first.headers["Location"] == second.headers["Location"]
    assert Monitoring.objects.count() == 1


def test_a_page_costs_few_queries_however_much_a_plan_holds(at_centre, counsellor, django_assert_max_num_queries):
    from casework.plans.parts import ActionFacts, GoalFacts

    many = [GoalFacts(f"目標{number}（見本）", TODAY + timedelta(days=number)) for number in range(1, 16)]
    plan = make_draft(by=counsellor, goals=many, actions=[ActionFacts(f"支援{number}（見本）", "client") for number in range(15)])
    for name in ("detail", "edit"):
        at_centre.get(url(name, plan.pk))
        with django_assert_max_num_queries(26):
            at_centre.get(url(name, plan.pk))
