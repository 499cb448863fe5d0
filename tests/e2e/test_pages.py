"""Every page as it is met: loaded, with an error shown, with a dialog open. axe, one heading, targets, 320 px, console and CSP."""

import pytest

from tests.e2e.browsing import Visitor, named
from tests.e2e.conftest import Visit
from tests.e2e.people import ANALYST, CHIEF, COLLEAGUE, COUNSELLOR, GUEST, PLEDGED, Furnished

NO_DAY = "いつか"


def look(visitor: Visitor, *paths: str) -> None:
    for path in paths:
        assert visitor.go(path) == 200, path
        visitor.check()


def look_at_errors(visitor: Visitor, form: str, button: str, **typed: str) -> None:
    """Nonsense in the form's fields: the page comes back with an error in words, nothing typed is lost, and in order."""
    for name, text in typed.items():
        visitor.main.locator(f"{form} [name={name}]").fill(text)
    visitor.press(button, within=visitor.main.locator(form))
    assert visitor.page.title().startswith("エラー：")
    assert visitor.main.locator(".ui-error-summary").is_visible()
    for name, text in typed.items():
        assert visitor.main.locator(f"{form} [name={name}]").input_value() == text
    visitor.check()


def test_today_lists_and_search(visit: Visit, furnished: Furnished) -> None:
    counsellor = visit("test-a", COUNSELLOR)
    look(
        counsellor,
        "/",
        "/?view=team",
        "/cases/",
        "/cases/?view=late",
        "/cases/?view=quiet",
        "/cases/?stage=closed&owner=",
        "/clients/search/",
    )
    counsellor.page.keyboard.press("/")
    counsellor.write("見本")
    counsellor.strike("Enter")
    assert counsellor.main.locator("table tbody tr").count() > 1
    counsellor.check()
    counsellor.page.keyboard.press("/")
    counsellor.write("だれもいない")
    counsellor.strike("Enter")
    counsellor.reads("見つかりませんでした")
    counsellor.check()


def test_menus_and_dialogs(visit: Visit) -> None:
    counsellor = visit("test-a", COUNSELLOR)
    counsellor.page.keyboard.press("?")
    counsellor.page.locator("dialog#shortcuts").wait_for()
    counsellor.check()
    counsellor.page.keyboard.press("Escape")
    counsellor.page.get_by_text("利用者メニュー").locator("xpath=ancestor-or-self::summary|ancestor-or-self::button").first.click()
    counsellor.page.get_by_text("サインアウト").first.wait_for()
    counsellor.check()


def test_reception_while_typing_and_refused(visit: Visit, furnished: Furnished) -> None:
    counsellor = visit("test-a", COUNSELLOR)
    look(counsellor, "/cases/reception/")
    counsellor.type_into("本人の氏名", "湊 太郎")
    counsellor.page.get_by_text("前にも相談があります").wait_for()
    counsellor.check()
    look_at_errors(counsellor, "form#reception", "登録する", memo="聞いたこと（見本）", birth_date=NO_DAY, received_on=NO_DAY)


@pytest.mark.parametrize("stage", ["received", "screened", "applied", "assessed", "ended"])
def test_the_case_at_each_stage(visit: Visit, furnished: Furnished, stage: str) -> None:
    counsellor, case = visit("test-a", COUNSELLOR), furnished.paths[f"case {stage}"]
    look(counsellor, case, f"{case}plans/", f"{case}assessment/", f"{case}consents/", f"{case}team/")


def test_the_steps_of_a_case_refused(visit: Visit, furnished: Furnished) -> None:
    counsellor, at = visit("test-a", COUNSELLOR), furnished.paths
    look(counsellor, f"{at['case received']}screen/")
    look_at_errors(counsellor, "form[data-composer]", "結果を登録する", on=NO_DAY, note="メモ（見本）")
    look(counsellor, f"{at['case screened']}apply/")
    look_at_errors(counsellor, "form[data-composer]", "利用申込を登録する", on=NO_DAY, scope="市に（見本）")
    look(counsellor, f"{at['case applied']}emergency/")
    look_at_errors(counsellor, "form[data-composer]", "支援の開始を登録する", on=NO_DAY, content="食料（見本）")
    look(counsellor, f"{at['case applied']}outcome/", f"{at['case applied']}edit/")
    look_at_errors(counsellor, "form[data-composer]", "保存する", birth_date=NO_DAY)


def test_records_consents_and_assessment_refused(visit: Visit, furnished: Furnished) -> None:
    counsellor, at = visit("test-a", COUNSELLOR), furnished.paths
    look(counsellor, at["consent_withdraw"])
    look_at_errors(counsellor, "form[data-composer]", "撤回を登録する", on=NO_DAY)
    look(counsellor, at["record"])
    look_at_errors(counsellor, "form[data-composer]", "保存する", on=NO_DAY, text="直した（見本）")
    counsellor.go(at["case assessed"])
    look_at_errors(counsellor, "form[data-composer]", "登録する", on=NO_DAY, text="書いた（見本）")
    counsellor.go(f"{at['case assessed']}assessment/")
    look_at_errors(counsellor, 'form[method="post"]', "保存する", on=NO_DAY, summary="まとめ（見本）")
    counsellor.go(f"{at['case applied']}consents/")
    look_at_errors(counsellor, "form[data-composer]", "同意を登録する", on=NO_DAY)


def test_plans(visit: Visit, furnished: Furnished) -> None:
    counsellor, at = visit("test-a", COUNSELLOR), furnished.paths
    look(counsellor, *(at[f"plan {state}"] for state in ("draft", "agreed", "approved", "decided", "evaluated")))
    look(counsellor, f"{furnished.for_plan}plans/new/")
    look_at_errors(counsellor, "form[data-plan-editor]", "保存する", on=NO_DAY, wishes="望み（見本）")
    look(counsellor, f"{at['plan draft']}edit/", f"{at['plan draft']}agreement/")
    look_at_errors(counsellor, "form[data-composer]", "同意を記録する", on=NO_DAY)


def test_plans_under_way(visit: Visit, furnished: Furnished) -> None:
    counsellor, at = visit("test-a", COUNSELLOR), furnished.paths
    look(counsellor, f"{at['plan approved']}decision/")
    look_at_errors(counsellor, "form[data-composer]", "記録する", on=NO_DAY)
    look(counsellor, f"{at['plan decided']}monitoring/")
    look_at_errors(counsellor, "form[data-composer]", "記録する", on=NO_DAY, content="様子（見本）")
    look(counsellor, f"{at['plan decided']}evaluation/")
    look_at_errors(counsellor, "form[data-composer]", "評価を記録する", on=NO_DAY)
    look(counsellor, at["close"])
    look_at_errors(counsellor, "form[data-composer]", "終結する", on=NO_DAY)


def test_meetings(visit: Visit, furnished: Furnished) -> None:
    counsellor, at = visit("test-a", COUNSELLOR), furnished.paths
    look(counsellor, "/meetings/", "/meetings/new/")
    look_at_errors(counsellor, "form[data-composer]", "会議を設ける", held_on=NO_DAY, place="会議室（見本）")
    look(counsellor, at["meeting held"], at["meeting planned"], f"{at['meeting planned']}?projection=1")
    counsellor.go(at["meeting planned"])
    undecided = counsellor.main.locator("li.agenda-line", has=counsellor.page.get_by_role("button", name=named("修正"))).first
    counsellor.press("修正", within=undecided)
    counsellor.reads("理由")
    counsellor.check()
    look(visit("test-a", COLLEAGUE), at["meeting planned"], "/cases/?view=all")


def test_referrals_and_what_a_guest_sees(visit: Visit, furnished: Furnished) -> None:
    counsellor, at = visit("test-a", COUNSELLOR), furnished.paths
    look(counsellor, at["referral"], f"{furnished.sought}refer/")
    look_at_errors(counsellor, 'form[method="post"]', "つなぎを記録する", referred_on=NO_DAY, reason="理由（見本）")
    look(visit("test-a", GUEST), "/accounts/pledge/")
    guest = visit("test-a", PLEDGED)
    look(guest, "/shared/", at["shared"], "/accounts/")
    assert guest.go("/cases/") == 404
    guest.check()


def test_the_report_and_headquarters(visit: Visit) -> None:
    chief = visit("test-a", CHIEF)
    look(
        chief,
        "/",
        "/?view=team",
        "/reports/2026-05/",
        "/reports/2026-05/new_consultations/",
        "/reports/2026-05/income_increase/",
        "/reports/2026-04/",
    )
    look(visit("hq", ANALYST), "/")


def test_sign_in_account_and_refusals(visit: Visit, furnished: Furnished) -> None:
    stranger = visit("test-a")
    look(stranger, "/accounts/login/")
    look(visit(""), "/")
    colleague = visit("test-a", COLLEAGUE)
    look(colleague, "/accounts/", "/accounts/tokens/", "/accounts/password/change/")
    assert colleague.go("/nowhere/") == 404
    colleague.check()
    assert colleague.go(furnished.paths["case received"]) == 403
    colleague.check()
    assert colleague.go("/reports/2026-05/") == 403
    colleague.check()
