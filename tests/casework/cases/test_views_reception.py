from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from audit.models import AuditLine
from casework.cases.models import Case, SupportRecord
from disclosure import gate
from disclosure.opened import Opened
from tests.factories.casework import close, make_case, make_member, phone, refreshed

pytestmark = pytest.mark.usefixtures("centre")

URL = "/cases/reception/"


def words(response: Any) -> str:
    return str(response.content.decode())


def opened(*objects: Any, viewer: Any) -> list[Opened]:
    return gate.reveal(objects, viewer=viewer, channel="screen")


def test_the_empty_page_asks_for_nothing(at_centre: Client, counsellor: Any) -> None:
    response = at_centre.get(URL)

    assert response.status_code == 200
    assert "必須" not in words(response)
    assert 'name="concerns"' in words(response)


def test_one_click_saves_a_memo_and_leads_to_the_case(at_centre: Client, counsellor: Any) -> None:
    response = at_centre.post(URL, {"memo": "家賃2か月滞納（見本）", "speaker": "self"})

    case = Case.objects.get()
    assert response["Location"] == f"/cases/{case.pk}/"
    assert (case.route, opened(case, viewer=counsellor)[0].memo) == ("self_remote", "家賃2か月滞納（見本）")


def test_everything_on_the_page_reaches_the_case(at_centre: Client, counsellor: Any) -> None:
    typed = {
        "memo": "聞いたまま（見本）",
        "concerns": ["debt", "housing"],
        "concerns_main": "housing",
        "speaker": "family",
        "caller_relation": "sibling",
        "caller_name": "見本 妹",
        "caller_phone": "06-6576-0001",
        "name": "見本 花子",
        "kana": "ミホン　ハナコ",
        "birth_date": "S49.5.3",
        "sex": "female",
        "phone": "０９０-0000-1234",
        "phone_safe": "no",
        "email": "hanako@example.test",
        "postcode": "5520003",
        "address": "大阪市港区磯路1-1",
        "address_safe": "with_care",
        "urgency": "today",
    }

    at_centre.post(URL, typed)

    case = Case.objects.get()
    ways = case.client.contact_ways.order_by("kind")
    case, client, caller, address, email, mobile = opened(case, case.client, case.caller, *ways, viewer=counsellor)
    assert (case.concerns, case.main_concern, case.route, case.urgency) == (["housing", "debt"], "housing", "family_remote", "today")
    assert (client.name, client.kana, str(client.birth_date), client.sex) == ("見本 花子", "みほん はなこ", "1974-05-03", "female")
    assert (caller.relation, caller.name, caller.phone) == ("sibling", "見本 妹", "0665760001")
    assert (mobile.kind, mobile.value, mobile.safe_to_use) == ("mobile", "09000001234", "no")
    assert (email.value, address.value, address.safe_to_use) == ("hanako@example.test", "〒5520003 大阪市港区磯路1-1", "with_care")


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({}, "ひとことでも"),
        ({"memo": "聞いた", "birth_date": "49.5.3"}, "元号"),
        ({"memo": "聞いた", "phone": "123"}, "電話番号"),
        ({"memo": "聞いた", "address": "住" * 201}, "200"),
        ({"memo": "聞いた", "received_on": "R20.1.1"}, "日"),
        ({"memo": "聞いた", "previous": "no-uuid"}, "前"),
        ({"memo": "聞いた", "kana": "abc"}, "ふりがなは"),
    ],
)
def test_what_cannot_be_is_answered_with_the_page_and_all_that_was_typed(
    at_centre: Client, counsellor: Any, typed: dict[str, str], message: str
) -> None:
    response = at_centre.post(URL, typed | {"caller_name": "消えない名（見本）"} if typed else {})

    assert response.status_code == 422
    assert not Case.objects.exists()
    assert "エラー：" in words(response)
    assert all(value in words(response) for value in typed.values())
    assert not typed or "消えない名（見本）" in words(response)
    assert message in words(response)


@pytest.mark.parametrize("name", ["concerns", "sex", "route", "urgency", "speaker", "caller_relation", "phone_safe"])
def test_a_choice_from_no_list_is_refused(at_centre: Client, counsellor: Any, name: str) -> None:
    response = at_centre.post(URL, {"memo": "聞いた（見本）", name: "no_such_code"})

    assert response.status_code == 422
    assert "聞いた（見本）" in words(response)
    assert not Case.objects.exists()


def test_a_second_click_makes_no_second_case(at_centre: Client, counsellor: Any) -> None:
    typed = {"memo": "聞いた（見本）", "idempotency_key": str(uuid4())}

    first, second = at_centre.post(URL, typed), at_centre.post(URL, typed)

    assert Case.objects.count() == 1
    assert first["Location"] == second["Location"]


@pytest.mark.parametrize("role", ["centre_admin"])
def test_who_receives_nobody_is_refused(at_centre: Client, role: str) -> None:
    at_centre.force_login(make_member(role))

    assert at_centre.get(URL).status_code == 403
    assert at_centre.post(URL, {"memo": "聞いた"}).status_code == 403
    assert at_centre.post("/clients/similar/", {"name": "見本"}).status_code == 403
    assert not Case.objects.exists()


def test_someone_who_is_not_signed_in_is_led_to_sign_in(at_centre: Client) -> None:
    assert at_centre.get(URL).status_code == 302
    assert at_centre.post("/clients/search/", {"q": "見本"}).status_code == 302


def test_earlier_contacts_appear_while_typing_and_a_closed_one_can_be_chosen_as_the_same_person(at_centre: Client, counsellor: Any) -> None:
    former = close(make_case(by=counsellor, person=None, memo="前の相談", contact_ways=[phone("09000001234")]))

    answer = words(at_centre.post("/clients/similar/", {"name": "", "phone": "090-0000-1234"}))
    assert "前にも相談があります（1件）" in answer
    assert former.number in answer
    assert f'value="{former.pk}"' in answer

    at_centre.post(URL, {"memo": "また来た（見本）", "previous": str(former.pk)})
    assert Case.objects.exclude(pk=former.pk).get().client_id == former.client_id


def test_what_is_heard_in_a_call_about_an_open_case_becomes_its_record(at_centre: Client, counsellor: Any) -> None:
    case = make_case(by=counsellor, contact_ways=[phone("09000001234")])
    assert f"/cases/{case.pk}/reception/into/" in words(at_centre.post("/clients/similar/", {"phone": "1234"}))

    typed = {
        "memo": "折り返しの電話（見本）",
        "concerns": ["debt"],
        "speaker": "family",
        "caller_relation": "parent",
        "phone": "09000001234",
    }
    response = at_centre.post(f"/cases/{case.pk}/reception/into/", typed)

    assert response["Location"] == f"/cases/{case.pk}/"
    text = "折り返しの電話（見本）\n困りごと：債務について\n話した人：親\n連絡先：携帯電話 09000001234"
    assert opened(SupportRecord.objects.get(case=case), viewer=counsellor)[0].text == text
    assert Case.objects.count() == 1


@pytest.mark.parametrize(("typed", "status"), [({}, 302), ({"memo": "長" * 20001}, 422), ({"phone": "12", "memo": "見本"}, 422)])
def test_a_call_about_an_open_case_that_says_nothing_or_too_much_leaves_no_record(
    at_centre: Client, counsellor: Any, typed: dict[str, str], status: int
) -> None:
    case = make_case(by=counsellor)

    assert at_centre.post(f"/cases/{case.pk}/reception/into/", typed).status_code == status
    assert not SupportRecord.objects.exists()


def test_a_colleagues_case_shows_its_number_and_owner_and_no_name(at_centre: Client, counsellor: Any) -> None:
    case = make_case(contact_ways=[phone("09000001234")])
    (client,) = opened(case.client, viewer=case.owner)

    for answer in (
        words(at_centre.post("/clients/similar/", {"phone": "09000001234"})),
        words(at_centre.post("/clients/search/", {"q": "1234"})),
    ):
        assert case.number in answer
        assert case.owner.name in answer
        assert client.name not in answer
        assert "0000-1234" not in answer
    assert at_centre.post(f"/cases/{case.pk}/reception/into/", {"memo": "聞いた"}).status_code == 403


def test_a_single_hit_opens_at_once_and_the_term_is_in_no_address_and_no_line(at_centre: Client, counsellor: Any) -> None:
    case = make_case(by=counsellor, contact_ways=[phone("09000001234")])

    response = at_centre.post("/clients/search/", {"q": "１２３４"})

    assert response["Location"] == f"/cases/{case.pk}/"
    lines = AuditLine.objects.filter(action="record.searched")
    assert lines.exists()
    assert all("1234" not in str(line.facts) for line in lines)


def test_a_postcode_fills_the_address_but_never_what_is_typed(at_centre: Client, counsellor: Any) -> None:
    assert 'value="大阪府大阪市港区磯路"' in words(at_centre.post("/clients/postcode/", {"postcode": "552-0003", "address": ""}))
    kept = words(at_centre.post("/clients/postcode/", {"postcode": "5520003", "address": "野宿"}))
    assert 'value="野宿"' in kept
    assert "磯路" in kept
    assert at_centre.post("/clients/postcode/", {"postcode": "55"}).status_code == 200


def correction(case: Case, **changes: Any) -> dict[str, Any]:
    return {"memo": "直した（見本）", "name": "見本 改", "version": case.version, "client_version": case.client.version} | changes


def test_a_correction_is_shown_and_saved(at_centre: Client, counsellor: Any) -> None:
    case = make_case(by=counsellor, contact_ways=[phone("09000001234")])
    way = case.client.contact_ways.get()
    page = words(at_centre.get(f"/cases/{case.pk}/edit/"))
    assert "家賃を2か月ためている（見本）" in page
    assert "090-0000-1234" in page

    changes = correction(case, **{f"safe_{way.pk}": "no", f"ended_{way.pk}": "on", "phone": "06-6576-0001"})
    response = at_centre.post(f"/cases/{case.pk}/edit/", changes)

    assert response["Location"] == f"/cases/{case.pk}/"
    case = refreshed(case)
    assert [row.memo or row.name for row in opened(case, viewer=counsellor)] == ["直した（見本）"]
    way.refresh_from_db()
    assert (way.safe_to_use, bool(way.ended_on), case.client.contact_ways.count()) == ("no", True, 2)


def test_a_stale_correction_shows_both_texts_and_saving_again_is_a_choice(at_centre: Client, counsellor: Any) -> None:
    case = make_case(by=counsellor)
    url = f"/cases/{case.pk}/edit/"
    at_centre.post(url, correction(case, memo="先に保存した文（見本）"))

    response = at_centre.post(url, correction(case, memo="あとから書いた文（見本）", kana="かいた"))

    assert response.status_code == 409
    assert "先に保存した文（見本）" in words(response)
    assert "あとから書いた文（見本）" in words(response)
    assert opened(refreshed(case), viewer=counsellor)[0].memo == "先に保存した文（見本）"
    now = refreshed(case)
    assert f'name="version" value="{now.version}"' in words(response)
    assert at_centre.post(url, correction(now, memo="あとから書いた文（見本）")).status_code == 302


def test_a_correction_that_cannot_be_keeps_what_was_typed(at_centre: Client, counsellor: Any) -> None:
    case = make_case(by=counsellor)

    response = at_centre.post(f"/cases/{case.pk}/edit/", correction(case, birth_date="きのうの朝"))

    assert response.status_code == 422
    assert "きのうの朝" in words(response)
    assert "直した（見本）" in words(response)


def test_pages_ask_the_database_a_bounded_number_of_times(at_centre: Client, counsellor: Any, django_assert_max_num_queries: Any) -> None:
    for number in range(8):
        make_case(by=counsellor, contact_ways=[phone(f"0900000{number}999")])
    make_case(contact_ways=[phone("09000008999")])
    with django_assert_max_num_queries(24):
        assert at_centre.post("/clients/search/", {"q": "999"}).status_code == 200
    with django_assert_max_num_queries(22):
        assert "（1件）" in words(at_centre.post("/clients/similar/", {"phone": "8999"}))
    with django_assert_max_num_queries(8):
        at_centre.get(URL)
