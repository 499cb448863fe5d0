from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from audit.models import AuditLine
from casework.cases.care_team import join_team
from casework.cases.emergency_starts import mark_reported, start_support_early
from casework.cases.models import Case, Event, Revision, SupportRecord
from casework.cases.records import record_support, revise_record
from casework.cases.timeline import PAGE
from tests.casework.cases.asking import questions
from tests.factories.casework import RECEIVED, TODAY, close, make_case, make_member, phone, refreshed, supervised_by

pytestmark = pytest.mark.usefixtures("centre", "stopped_calendar")
TEXT = "家主と分納の話をした（見本）"


def words(response: Any) -> str:
    return str(response.content.decode())


def page_of(at_centre: Client, case: Case, query: str = "", **headers: str) -> str:
    response = at_centre.get(f"/cases/{case.pk}/{query}", headers=headers)
    assert response.status_code == 200
    return words(response)


def write(case: Case, by: Any, text: str = TEXT, **facts: Any) -> SupportRecord:
    return record_support(case, **({"method": "phone", "text": text, "on": TODAY, "by": by, "today": TODAY} | facts))


def test_the_page_says_whose_case_it_is_how_far_it_has_come_and_what_is_next(at_centre: Client, counsellor: Any) -> None:
    case = make_case("applied", by=counsellor, contact_ways=[phone("09000000001", safe="no")])

    page = page_of(at_centre, case)

    assert page.count("<h1") == 1
    assert case.number in page
    assert "52歳（" in page
    assert "情報共有の同意あり" in page
    assert "携帯電話には連絡しない" in page
    assert '<li data-state="now" aria-current="step">アセスメント' in page
    assert f'href="/cases/{case.pk}/assessment/"' in page
    assert "家賃を2か月ためている（見本）" in page


@pytest.mark.parametrize("stage", ["received", "screened", "applied", "assessed", "ended"])
def test_every_stage_is_shown_with_one_line_of_evidence(at_centre: Client, counsellor: Any, stage: str) -> None:
    case = make_case(stage, by=counsellor)

    page_of(at_centre, case)

    (line,) = AuditLine.objects.filter(action="record.read")
    assert line.actor == counsellor.pk
    assert line.subjects == [case.client_id]
    assert (line.channel, line.purpose) == ("screen", "support")


def test_the_chief_reads_a_case_that_is_not_hers_to_supervise(at_centre: Client) -> None:
    case = make_case("applied")
    at_centre.force_login(supervised_by(make_member("chief_counsellor"), case))

    page_of(at_centre, case)

    assert AuditLine.objects.get(action="record.read").purpose == "supervision"


def test_a_colleague_learns_number_and_owner_and_others_nothing(at_centre: Client) -> None:
    case = make_case("applied")
    record = write(case, case.owner)
    for role, status in [("counsellor", 403), ("clerk", 403), ("centre_admin", 404)]:
        at_centre.force_login(make_member(role))
        for address in (f"/cases/{case.pk}/", f"/cases/records/{record.pk}/", f"/cases/{case.pk}/assessment/"):
            response = at_centre.get(address)
            assert response.status_code == status
            assert (case.number in words(response)) == (status == 403)
            assert (case.owner.name in words(response)) == (status == 403)
            assert "さん</small>" not in words(response)
        assert at_centre.post(f"/cases/{case.pk}/records/", {"text": TEXT}).status_code == status
    for unknown in (f"/cases/{uuid4()}/", f"/cases/records/{uuid4()}/"):
        assert at_centre.get(unknown).status_code == 404
    at_centre.logout()
    assert at_centre.get(f"/cases/{case.pk}/").status_code == 302
    assert SupportRecord.objects.count() == 1
    assert AuditLine.objects.filter(action="case.refused", verdict="refused").count() >= 6


def test_a_text_is_enough_for_a_record(at_centre: Client, counsellor: Any) -> None:
    case = make_case(by=counsellor)

    response = at_centre.post(f"/cases/{case.pk}/records/", {"text": TEXT})

    assert response["Location"] == f"/cases/{case.pk}/"
    record = SupportRecord.objects.get(case=case)
    assert (record.method, record.happened_on, record.recorded_by) == ("phone", TODAY, counsellor)
    assert TEXT in page_of(at_centre, case)


def test_all_that_is_typed_of_a_record_is_kept(at_centre: Client, counsellor: Any) -> None:
    case = make_case(by=counsellor)
    typed = {"text": TEXT, "method": "interview", "on": "5/20", "minutes": "45", "started_at": "14：05", "counterpart": "大家（見本）"}

    at_centre.post(f"/cases/{case.pk}/records/", typed | {"next_step": "通帳の写しをもらう（見本）"})

    page = page_of(at_centre, case)
    for part in ("5月20日 14:05", "面談", "45分", "大家（見本）", "通帳の写しをもらう（見本）"):
        assert part in page


@pytest.mark.parametrize(
    "wrong",
    [{"text": " "}, {"on": "R9.1.1"}, {"minutes": "0"}, {"minutes": "abc"}, {"method": "pigeon"}, {"started_at": "いつか"}, {"on": "5/1"}],
)
def test_what_cannot_be_recorded_stays_typed_with_what_to_do(at_centre: Client, counsellor: Any, wrong: dict[str, str]) -> None:
    case = make_case(by=counsellor)

    response = at_centre.post(f"/cases/{case.pk}/records/", {"text": TEXT, "next_step": "残る（見本）"} | wrong)

    assert response.status_code == 422
    assert "エラー：" in words(response)
    assert "残る（見本）" in words(response)
    assert not SupportRecord.objects.exists()


def test_a_second_click_writes_one_record(at_centre: Client, counsellor: Any) -> None:
    case = make_case(by=counsellor)
    typed = {"text": TEXT, "idempotency_key": str(uuid4())}

    first, second = (at_centre.post(f"/cases/{case.pk}/records/", typed) for _ in range(2))

    assert first["Location"] == second["Location"]
    assert SupportRecord.objects.count() == 1


def test_the_timeline_is_narrowed_by_a_link_and_without_reloading(at_centre: Client, counsellor: Any) -> None:
    case = make_case("applied", by=counsellor)
    write(case, counsellor)
    join_team(case, make_member(name="応援 例子"), by=counsellor, today=TODAY)

    steps, records, partners = (page_of(at_centre, case, f"?kind={kind}") for kind in ("steps", "records", "partners"))
    piece = words(at_centre.get(f"/cases/{case.pk}/?kind=records", headers={"HX-Request": "true"}))

    assert "利用申込を受けた" in steps
    assert TEXT not in steps
    assert TEXT in records
    assert "利用申込を受けた" not in records
    assert "応援 例子" in partners
    assert TEXT not in partners
    assert TEXT in piece
    assert "<h1" not in piece
    assert AuditLine.objects.filter(action="record.read", channel="fragment").count() == 1


def test_a_long_timeline_is_read_in_pages(at_centre: Client, counsellor: Any) -> None:
    case = make_case(by=counsellor)
    for number in range(PAGE):
        write(case, counsellor, f"記録{number}番（見本）")

    newest, older = page_of(at_centre, case), page_of(at_centre, case, "?page=2")

    assert f"記録{PAGE - 1}番（見本）" in newest
    assert "前の記録" in newest
    assert "相談を受け付けた" in older
    assert "新しい記録" in older
    for nonsense in ("?page=0", "?page=-3", "?page=x", "?page=99999999999", "?kind=nothing"):
        page_of(at_centre, case, nonsense)


def test_support_begun_before_the_meeting_is_a_red_clock_until_a_meeting_has_heard_of_it(at_centre: Client, counsellor: Any) -> None:
    case = make_case("applied", by=counsellor)
    on = RECEIVED + timedelta(days=3)
    start = start_support_early(case, agreed_on=on, content="食料を届けた（見本）", on=on, by=counsellor, today=TODAY)

    assert "まだ会議に報告されていません" in page_of(at_centre, case)
    mark_reported(start, on=TODAY, by=counsellor)

    page = page_of(at_centre, case)
    assert "まだ会議に報告されていません" not in page
    assert page.count("食料を届けた（見本）") == 1


def test_a_closed_case_is_read_and_takes_aftercare(at_centre: Client, counsellor: Any) -> None:
    case = close(make_case("applied", by=counsellor))

    page = page_of(at_centre, case)
    assert "終結後の見守りを書く" in page
    assert "利用申込を受ける" not in page
    at_centre.post(f"/cases/{case.pk}/records/", {"text": TEXT})

    assert SupportRecord.objects.get().is_after_care
    assert "終結後の見守り" in page_of(at_centre, case, "?kind=records")


def test_the_cases_of_one_who_returned_lead_to_each_other(at_centre: Client, counsellor: Any) -> None:
    former = close(make_case("applied", by=counsellor), on=TODAY - timedelta(days=5))
    case = make_case(by=counsellor, previous=former, on=TODAY)

    assert f'href="/cases/{former.pk}/"' in page_of(at_centre, case)
    assert f'href="/cases/{case.pk}/"' in page_of(at_centre, former)


def test_a_record_is_put_right_and_what_it_said_stays_in_its_history(at_centre: Client, counsellor: Any) -> None:
    case = make_case(by=counsellor)
    record = write(case, counsellor, "まちがい（見本）")
    url = f"/cases/records/{record.pk}/"
    assert "まだ直されていません" in words(at_centre.get(url))

    response = at_centre.post(url, {"text": TEXT, "method": "interview", "on": "5/20", "version": "1"})

    assert response["Location"] == f"/cases/{case.pk}/"
    page = words(at_centre.get(url))
    assert "まちがい（見本）" in page
    assert "電話相談・連絡" in page
    assert TEXT in page
    assert str(Event.objects.get(about_id=record.pk).happened_on) == "2026-05-20"
    assert Revision.objects.get(object_id=record.pk).version == 1


def test_a_stale_record_meets_409_with_both_texts_and_may_then_be_saved(at_centre: Client, counsellor: Any) -> None:
    case = make_case(by=counsellor)
    record = write(case, counsellor, "はじめ（見本）")
    facts = {"method": "phone", "on": TODAY, "by": counsellor, "today": TODAY}
    revise_record(record, version=1, text="ほかの人の文（見本）", **facts)
    url, typed = f"/cases/records/{record.pk}/", {"text": "わたしの文（見本）", "method": "phone", "on": "今日", "version": "1"}

    response = at_centre.post(url, typed)

    assert response.status_code == 409
    page = words(response)
    assert "ほかの人の文（見本）" in page
    assert page.count("わたしの文（見本）") == 2
    assert 'name="version" value="2"' in page
    assert SupportRecord.objects.get().version == 2
    assert at_centre.post(url, typed | {"version": "2"}).status_code == 302
    assert Revision.objects.count() == 2


@pytest.mark.parametrize("wrong", [{"version": ""}, {"version": "x"}, {"text": ""}, {"on": "R9.1.1"}])
def test_a_record_is_not_put_right_by_what_is_wrong(at_centre: Client, counsellor: Any, wrong: dict[str, str]) -> None:
    record = write(make_case(by=counsellor), counsellor)

    response = at_centre.post(f"/cases/records/{record.pk}/", {"text": "ちがう（見本）", "version": "1", "next_step": "残る"} | wrong)

    assert response.status_code == 422
    assert "残る" in words(response)
    assert SupportRecord.objects.get().version == 1


def test_the_page_asks_few_questions_however_much_there_is(at_centre: Client, counsellor: Any) -> None:
    case = make_case("assessed", by=counsellor, contact_ways=[phone("09000000001"), phone("09000000002")])
    for number in range(5):
        write(case, counsellor, f"記録{number}（見本）")
        join_team(case, make_member(), by=counsellor, today=TODAY)
    page_of(at_centre, case)

    with questions() as asked:
        page_of(at_centre, case)
    few = len(asked)
    for number in range(30):
        write(refreshed(case), counsellor, f"記録{number}（見本）")
    with questions() as asked:
        page_of(at_centre, case)

    assert len(asked) == few <= 14, asked
