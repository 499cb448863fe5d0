from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from audit.models import AuditLine
from casework.cases.assessment_sheet import SECTIONS
from casework.cases.assessments import assess_case, prefill
from casework.cases.models import Assessment, Case
from foundation import codes
from tests.casework.cases.asking import questions
from tests.factories.casework import TODAY, close, make_case

pytestmark = pytest.mark.usefixtures("centre", "stopped_calendar")
TYPED = {
    "complaint-words": "仕事を失って家賃が払えない（見本）",
    "complaint-strengths": "調理師の免許（見本）",
    "family-cohabitants": "not_asked",
    "family-child_count": "2",
    "health-certificates": ["physical", "not_asked"],
    "issue_traits": ["economic_hardship", "debt"],
    "summary": "まず家賃（見本）",
    "direction": "分納を相談する（見本）",
    "on": "今日",
}


def words(response: Any) -> str:
    return str(response.content.decode())


def url_of(case: Case) -> str:
    return f"/cases/{case.pk}/assessment/"


def post(at_centre: Client, case: Case, **changes: Any) -> Any:
    return at_centre.post(url_of(case), TYPED | {"based_on": "0"} | changes)


def assess(case: Case, by: Any, **facts: Any) -> Assessment:
    return assess_case(case, **({"sections": {}, "issue_traits": [], "on": TODAY, "by": by, "today": TODAY} | facts))


def test_the_sheet_begins_with_what_reception_heard(at_centre: Client, counsellor: Any) -> None:
    case = make_case("applied", by=counsellor)

    page = words(at_centre.get(url_of(case)))

    assert page.count("家賃を2か月ためている（見本）") == 2, "in the field and beside it"
    assert 'name="based_on" value="0"' in page
    for section in SECTIONS:
        assert f"{section.label}（" in page
    assert all(label in page for _, label in [("", "ひとり親"), ("", "経済的困窮"), ("", "DV・虐待")])
    assert AuditLine.objects.filter(action="record.read").count() == 1


def test_every_trait_and_every_item_of_the_sheet_can_be_chosen(at_centre: Client, counsellor: Any) -> None:
    page = words(at_centre.get(url_of(make_case("applied", by=counsellor))))

    assert page.count('name="issue_traits"') == len(codes.valid("issue_trait", TODAY)) == 27
    for section in SECTIONS:
        for item in section.items:
            assert f'name="{section.key}-{item.key}"' in page


def test_what_was_heard_is_saved_and_not_yet_asked_is_an_answer(at_centre: Client, counsellor: Any) -> None:
    case = make_case("applied", by=counsellor)

    response = post(at_centre, case)

    assert response["Location"] == url_of(case)
    sheet = prefill(case, counsellor)
    assert sheet.sections == {
        "complaint": {"words": TYPED["complaint-words"], "strengths": TYPED["complaint-strengths"]},
        "family": {"cohabitants": "not_asked", "child_count": 2},
        "health": {"certificates": ["physical"]},
    }
    assert (sheet.based_on, list(sheet.issue_traits), sheet.summary) == (1, ["economic_hardship", "debt"], TYPED["summary"])


def test_what_was_saved_stands_in_the_form_with_how_much_is_answered(at_centre: Client, counsellor: Any) -> None:
    case = make_case("applied", by=counsellor)
    post(at_centre, case)

    page = words(at_centre.get(url_of(case)))

    assert "家族・地域・住まい（1/8）" in page
    assert "調理師の免許（見本）" in page
    assert "まず家賃（見本）" in page
    assert 'name="based_on" value="1"' in page
    assert "第1版" in page


def test_what_changed_in_a_version_can_be_read(at_centre: Client, counsellor: Any) -> None:
    case = make_case("applied", by=counsellor)
    post(at_centre, case)
    post(at_centre, case, based_on="1", summary="家賃のめどがついた（見本）", issue_traits=["debt"])

    page = words(at_centre.get(f"{url_of(case)}?version=2"))

    assert "<del>まず家賃（見本）</del><ins>家賃のめどがついた（見本）</ins>" in page
    assert "<del>経済的困窮、（多重・過重）債務</del><ins>（多重・過重）債務</ins>" in page
    assert "調理師の免許（見本）</ins>" not in page
    for nonsense in ("1", "9", "x", "-1", "9" * 5000):
        assert "<ins>" not in words(at_centre.get(f"{url_of(case)}?version={nonsense}"))


def test_a_stale_sheet_meets_409_with_both_texts_and_may_then_be_saved(at_centre: Client, counsellor: Any) -> None:
    case = make_case("applied", by=counsellor)
    assess(case, counsellor, summary="ほかの人のまとめ（見本）")

    response = post(at_centre, case)

    assert response.status_code == 409
    page = words(response)
    assert "ほかの人のまとめ（見本）" in page
    assert page.count("まず家賃（見本）") == 2, "in the comparison and still in the field"
    assert 'name="based_on" value="1"' in page
    assert Assessment.objects.count() == 1
    assert post(at_centre, case, based_on="1").status_code == 302
    assert Assessment.objects.filter(number=2).exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"family-cohabitants": "maybe"},
        {"health-certificates": ["physical", "nothing"]},
        {"family-child_count": "-1"},
        {"family-child_count": "多い"},
        {"money-own_income": "9" * 12},
        {"complaint-words": "あ" * 4001},
        {"issue_traits": ["unknown"]},
        {"on": "R9.1.1"},
        {"on": "R7.1.1"},
        {"based_on": ""},
        {"based_on": "x"},
    ],
    ids=str,
)
def test_what_does_not_fit_the_sheet_stays_typed_and_saves_nothing(at_centre: Client, counsellor: Any, wrong: dict[str, Any]) -> None:
    case = make_case("applied", by=counsellor)

    response = post(at_centre, case, **wrong)

    assert response.status_code == 422
    assert "エラー：" in words(response)
    assert "分納を相談する（見本）" in words(response)
    assert not Assessment.objects.exists()


def test_an_empty_sheet_is_asked_for_one_thing(at_centre: Client, counsellor: Any) -> None:
    response = at_centre.post(url_of(make_case("applied", by=counsellor)), {"based_on": "0"})

    assert response.status_code == 422
    assert "一つは書いてください" in words(response)


def test_a_second_click_makes_one_version(at_centre: Client, counsellor: Any) -> None:
    case = make_case("applied", by=counsellor)
    key = str(uuid4())

    first, second = (post(at_centre, case, idempotency_key=key) for _ in range(2))

    assert first["Location"] == second["Location"]
    assert Assessment.objects.count() == 1


@pytest.mark.parametrize("stage", ["received", "screened", "ended"])
def test_before_the_application_there_is_nothing_to_fill_in(at_centre: Client, counsellor: Any, stage: str) -> None:
    case = make_case(stage, by=counsellor)

    assert 'name="summary"' not in words(at_centre.get(url_of(case)))
    response = post(at_centre, case)

    assert response.status_code == 409
    assert not Assessment.objects.exists()


def test_a_closed_case_keeps_its_assessment_to_read(at_centre: Client, counsellor: Any) -> None:
    case = make_case("applied", by=counsellor)
    post(at_centre, case)
    close(case)

    page = words(at_centre.get(url_of(case)))

    assert "調理師の免許（見本）" in page
    assert "経済的困窮、（多重・過重）債務" in page
    assert 'name="summary"' not in page


def test_the_sheet_asks_few_questions(at_centre: Client, counsellor: Any) -> None:
    case = make_case("applied", by=counsellor)
    for number in range(4):
        post(at_centre, case, based_on=str(number))
    at_centre.get(url_of(case))

    with questions() as asked:
        at_centre.get(f"{url_of(case)}?version=3")

    assert len(asked) <= 8, asked
