"""Whether an answer's time or bytes tell what its words do not: unknown against forbidden, known against unknown. Medians of 300 pairs."""

import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
import requests

from deploy.demo_data.sign_ins import PASSWORD
from tests import soaking
from tests.attacks.demo import RunningDemo

PAIRS = 300


class Answer(NamedTuple):
    seconds: float
    status: int
    body: bytes


Ask = Callable[[], Answer]


def ask(browser: requests.Session, address: str) -> Answer:
    began = time.perf_counter()
    answer = browser.get(address, timeout=30, allow_redirects=False)
    return Answer(time.perf_counter() - began, answer.status_code, answer.content)


def compare(name: str, one: Ask, other: Ask) -> None:
    """In turn, so that what else the machine does strikes both. The times are reported, the bytes are asserted."""
    for warming in (one, other) * 5:
        warming()
    ones, others = [], []
    for _ in range(soaking.rounds(PAIRS)):
        ones.append(one())
        others.append(other())
    assert {(answer.status, answer.body) for answer in ones} == {(answer.status, answer.body) for answer in others}
    assert len({answer.body for answer in ones}) == 1
    medians = [statistics.median(answer.seconds for answer in answers) * 1000 for answers in (ones, others)]
    soaking.tell(f"{name}: {medians[0]:.2f} ms / {medians[1]:.2f} ms, 差 {abs(medians[0] - medians[1]):.2f} ms（目標 5 ms 以内）")


@pytest.fixture
def counsellor(demo: RunningDemo) -> Iterator[requests.Session]:
    with demo.sign_in("minato", "tanto@minato.example.jp") as browser:
        yield browser


def test_a_guest_cannot_tell_a_case_from_nothing(demo: RunningDemo, counsellor: requests.Session) -> None:
    """R1: to a guest every case is unknown."""
    token = demo.api_token(counsellor)
    listed = counsellor.get(demo.address("/api/v1/cases/"), headers={"Authorization": f"Token {token}"}, timeout=30).json()
    case = listed["results"][0]["id"]
    with demo.sign_in("minato", "guest@kikan.example.jp") as guest:
        pages = [demo.address(f"/cases/{which}/") for which in (case, uuid.uuid4())]
        compare("関係機関: ケース / ない番号", *(lambda page=page: ask(guest, page) for page in pages))


def test_another_centre_cannot_tell_a_case_from_nothing(demo: RunningDemo, counsellor: requests.Session) -> None:
    token = demo.api_token(counsellor)
    listed = counsellor.get(demo.address("/api/v1/cases/"), headers={"Authorization": f"Token {token}"}, timeout=30).json()
    case = listed["results"][0]["id"]
    with demo.sign_in("nagisa", "chief@nagisa.example.jp") as stranger:
        pages = [demo.address(f"/cases/{which}/") for which in (case, uuid.uuid4())]
        compare("別のセンター: ケース / ない番号", *(lambda page=page: ask(stranger, page) for page in pages))


def test_sign_in_does_not_tell_a_known_address_from_an_unknown_one(demo: RunningDemo) -> None:
    """B39: what has been refused is forgotten meanwhile, or the throttle would answer instead of the password."""
    known = [
        f"{who}@{centre}.example.jp"
        for centre in ("minato", "kohan", "nagisa")
        for who in ("chief", "tanto", "soudan", "shien", "shushoku", "jimu", "kanri")
    ]
    times: dict[bool, list[float]] = {True: [], False: []}
    bodies = set()
    with demo.unthrottled():
        for pair in range(soaking.rounds(PAIRS)):
            email = known[pair % len(known)]
            for is_known, asked in ((True, email), (False, f"x{pair}{email}")):
                with demo.browser(email.partition("@")[2].partition(".")[0]) as browser:
                    form = demo.form_token(browser, "/accounts/login/")
                    data = {"csrfmiddlewaretoken": form, "login": asked, "password": PASSWORD + "x"}
                    began = time.perf_counter()
                    answer = browser.post(demo.address("/accounts/login/"), data, timeout=30)
                    times[is_known].append(time.perf_counter() - began)
                    bodies.add((answer.status_code, answer.text.replace(asked, "").replace(form, "").count("<"), "違います" in answer.text))
    assert len(bodies) == 1, bodies
    assert bodies.pop()[2], "refused for its number"
    medians = {is_known: statistics.median(taken) * 1000 for is_known, taken in times.items()}
    soaking.tell(
        f"サインイン: 登録あり {medians[True]:.2f} ms / なし {medians[False]:.2f} ms, "
        f"差 {abs(medians[True] - medians[False]):.2f} ms, {len(times[True])} 組（目標 5 ms 以内）"
    )
