import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import Account
from accounts.passwords import one_time_password
from tenants.hosts import Host
from tests.accounts.attempts import sign_in, signed_in
from tests.factories.people import PASSWORD, staff

OWNER = Account(email="hana.minato@example.jp", name="港 花子")


@pytest.mark.parametrize(
    "password",
    [
        "tsuki-no-neko-ga-aruku",
        "correct horse battery staple",
        "つきのねこがあるくよるのみずうみ",
        "83920184720193847",
        "qz7#Lw!m2Vx9@tRk",
        "a" * 3 + "しずかなあさのこうえんで",
    ],
)
def test_long_passwords_of_ones_own_are_taken_whatever_their_letters(password: str, centre: Host) -> None:
    validate_password(password, OWNER)


@pytest.mark.parametrize(
    ("password", "rule"),
    [
        ("tsuki-no-neko", "password_too_short"),
        ("x1y2z3-" * 19, "password_too_long"),
        ("aaaaaaaaaaaaaaaaaaaa", "password_guessable"),
        ("123456789012345678", "password_guessable"),
        ("abcdefghijklmnopqrst", "password_guessable"),
        ("passwordpassword", "password_guessable"),
        ("P@ssw0rd-P@ssw0rd-2026", "password_guessable"),
        ("minato-soudan-shien-2026", "password_guessable"),
        ("テストA相談センター2026年度", "password_guessable"),
        ("hana.minato@example.jp", "password_guessable"),
        ("港花子港花子港花子港花子港花子", "password_guessable"),
        ("社会福祉法人区役所相談支援センター", "password_guessable"),
        ("qwertyuiopasdfghjkl", "password_guessable"),
        ("1q2w3e4r5t6y7u8i9o0p", "password_too_common"),
    ],
)
def test_short_common_and_guessable_passwords_are_refused(password: str, rule: str, centre: Host) -> None:
    with pytest.raises(ValidationError) as refusal:
        validate_password(password, OWNER)

    assert rule in {error.code for error in refusal.value.error_list}


def test_one_time_passwords_pass_our_own_rules_and_differ(centre: Host) -> None:
    made = {one_time_password() for _ in range(50)}

    assert len(made) == 50
    for password in made:
        validate_password(password, OWNER)


def test_a_changed_password_ends_the_other_sessions(centre: Host) -> None:
    staff(email="hana@example.jp", password=PASSWORD)
    here, elsewhere = Client(SERVER_NAME="test-a.testserver"), Client(SERVER_NAME="test-a.testserver")
    for browser in (here, elsewhere):
        sign_in(browser, "hana@example.jp")
    new = "haru-no-umi-hinemosu"

    refused = here.post("/accounts/password/change/", {"oldpassword": "another-night-of-rain", "password1": new, "password2": new})
    assert refused.status_code == 422
    assert signed_in(elsewhere)
    here.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert signed_in(here)
    assert not signed_in(elsewhere)


@pytest.mark.parametrize(
    ("first", "second"), [("short", "short"), ("haru-no-umi-hinemosu", "haru-no-umi-hinemosx"), ("", ""), ("x" * 129, "x" * 129)]
)
def test_a_password_change_that_cannot_be_says_why_and_changes_nothing(first: str, second: str, centre: Host, at_centre: Client) -> None:
    account = staff(password=PASSWORD)
    at_centre.force_login(account)

    answer = at_centre.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": first, "password2": second})

    assert answer.status_code == 422
    account.refresh_from_db()
    assert account.check_password(PASSWORD)
