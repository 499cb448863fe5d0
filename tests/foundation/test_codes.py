from datetime import date

import pytest
from django.apps import apps
from django.db import IntegrityError, ProgrammingError, transaction

from foundation import codes, loading, memory
from foundation.errors import RuleViolation
from foundation.models import Code, CodeList

pytestmark = pytest.mark.django_db
DAY = date(2026, 4, 1)
BEFORE_2025 = date(2024, 5, 1)

CONCERNS = [
    "health_disability", "housing", "income_living_costs", "rent_loan_payment", "tax_utilities", "debt", "job_search", "work_trouble",
    "community_relations", "family_relations", "child_rearing", "care_giving", "withdrawal_truancy", "dv_abuse", "no_food", "other",
]  # fmt: skip


def test_the_sixteen_concerns_stand_in_the_order_of_the_form():
    assert [code for code, _ in codes.choices("concern", on=DAY)] == CONCERNS


def test_a_service_that_began_in_2025_cannot_be_chosen_before():
    assert "relocation_subsidy" in dict(codes.choices("service_use", on=DAY))
    assert "relocation_subsidy" not in dict(codes.choices("service_use", on=BEFORE_2025))
    with pytest.raises(RuleViolation):
        codes.check("service_use", ["relocation_subsidy"], on=BEFORE_2025)


def test_a_renamed_service_keeps_its_old_name_in_old_papers():
    assert codes.label("service_use", "housing_support", on=BEFORE_2025) == "一時生活支援事業"
    assert codes.label("service_use", "housing_support", on=DAY) == "居住支援事業"
    assert codes.label("service_use", "housing_support") == "居住支援事業"


def test_a_renamed_service_is_offered_once():
    for day in (BEFORE_2025, DAY):
        chosen = [code for code, _ in codes.choices("service_use", on=day)]
        assert len(set(chosen)) == len(chosen)


def test_an_ended_code_keeps_its_label_and_can_no_longer_be_chosen(owner):
    Code.objects.filter(list="route", code="outreach").update(valid_to=date(2026, 3, 31))

    assert codes.label("route", "outreach") == "自立相談支援機関がアウトリーチして勧めた"
    assert "outreach" not in dict(codes.choices("route", on=DAY))
    codes.check("route", "outreach", on=date(2026, 3, 31))
    with pytest.raises(RuleViolation):
        codes.check("route", "outreach", on=DAY)


@pytest.mark.parametrize("sent", ["unknown_thing", "", None, 3, {"a": 1}, ["housing", "x"], ["housing", None], [["housing"]], "x" * 9999])
def test_what_is_not_in_the_list_is_refused_whatever_its_type(sent):
    with pytest.raises(RuleViolation) as refusal:
        codes.check("concern", sent, on=DAY, field="concerns")

    assert (refusal.value.code, refusal.value.field) == ("unknown_code", "concerns")
    assert len(refusal.value.message) < 100


def test_the_same_code_twice_is_refused():
    with pytest.raises(RuleViolation) as refusal:
        codes.check("concern", ["housing", "housing"], on=DAY)

    assert refusal.value.code == "repeated_code"


def test_nothing_chosen_is_a_choice_of_many():
    codes.check("concern", [], on=DAY)


def test_no_code_has_no_words_and_a_code_that_never_was_is_an_error():
    assert codes.label("concern", "") == codes.label("concern", None) == codes.short_label("concern", "") == ""
    with pytest.raises(KeyError):
        codes.label("concern", "never_was")


def test_words_of_several_codes_follow_the_form_not_the_typing():
    assert codes.labels("concern", ["other", "housing"]) == ["住まいについて", "その他"]
    assert codes.short_label("concern", "housing") == "住まい"
    assert codes.short_label("concern", "other") == "その他"


def test_services_are_offered_under_their_headings():
    grouped = dict(codes.grouped_choices("service_use", on=DAY))

    assert list(grouped) == ["法に基づく事業等", "法に基づかない事業等", "大阪市の事業"]
    assert sum(map(len, grouped.values())) == len(codes.choices("service_use", on=DAY))


@pytest.mark.parametrize(
    "trait", ["illness", "disability_certified", "disability_suspected", "suicide_attempt", "ex_offender", "dv_abuse", "foreign_national"]
)
def test_traits_the_law_protects_are_marked_as_sensitive(trait):
    assert codes.is_sensitive("issue_trait", trait)


def test_ordinary_traits_are_not_marked_as_sensitive():
    assert not codes.is_sensitive("issue_trait", "economic_hardship")


@pytest.mark.parametrize(
    "list_name", ["yes_no", "marital", "housing_kind", "health_state", "employment_status", "public_assistance_state", "education"]
)
def test_not_yet_asked_is_an_answer_everywhere_in_the_assessment(list_name):
    assert codes.label(list_name, "not_asked") == "まだ聞いていない"
    codes.check(list_name, "not_asked", on=DAY)


def test_a_page_full_of_labels_costs_one_query(django_assert_num_queries):
    with django_assert_num_queries(1):
        for _ in range(200):
            codes.label("concern", "housing")
            codes.check("route", "outreach", on=DAY)


def test_what_is_remembered_lasts_a_minute(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(memory, "SECONDS", 60)  # an hour in the tests of pages, so that nothing runs out while they count
    codes.label("concern", "housing")
    kept_at, lists = codes.remembered.kept
    codes.remembered.kept = (kept_at - 61, lists)

    with django_assert_num_queries(1):
        codes.label("concern", "housing")


def test_loading_again_changes_nothing_and_makes_nothing_twice(owner):
    before = set(Code.objects.values_list("id", "list_id", "code", "label", "valid_from", "valid_to"))

    loading.load_codes(apps, "default")

    assert set(Code.objects.values_list("id", "list_id", "code", "label", "valid_from", "valid_to")) == before


def test_every_grouped_list_has_a_heading_for_each_of_its_groups():
    for row in CodeList.objects.filter(name__endswith="_group"):
        assert codes.grouped_choices(row.name.removesuffix("_group"), on=DAY)


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "housing", "valid_from": date(2013, 4, 1), "valid_to": date(2013, 4, 2)},
        {"code": "housing", "valid_from": date(2020, 4, 1)},
        {"code": "new", "valid_from": date(2020, 4, 2), "valid_to": date(2020, 4, 1)},
    ],
)
def test_the_database_refuses_two_wordings_at_once_and_ends_before_starts(owner, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        Code.objects.create(list_id="concern", label="二重", order=99, **wrong)


def test_no_list_claims_to_be_verified_that_came_from_memory():
    assert not CodeList.objects.filter(name__in=["route", "issue_trait", "closing_reason", "service_use"], verified=True).exists()


@pytest.mark.parametrize("host", ["centre", "headquarters", "entrance"])
def test_every_host_reads_the_lists_and_none_writes_them(host, request):
    request.getfixturevalue(host)

    assert codes.label("concern", "housing") == "住まいについて"
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Code.objects.filter(list="concern").update(label="x")
