"""Load on a machine whose processes are killed at random, and what has to hold afterwards."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from random import Random

import requests

from tests.attacks.demo import TOKEN
from tests.factories.people import PASSWORD
from tests.faults.machine import SCHEMA, Machine


@dataclass
class Seen:
    """What the browsers were told."""

    written: set[tuple[str, int]] = field(default_factory=set)  # case and minutes of a record that was acknowledged
    tried: set[tuple[str, int]] = field(default_factory=set)
    read: list[tuple[str, str]] = field(default_factory=list)  # account and case of a page that was served
    refused: int = 0
    answers: dict[int, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Browser(threading.Thread):
    """One counsellor at work: writes a record, reads a case, signs in again when she must."""

    def __init__(self, machine: Machine, email: str, seen: Seen, random: Random, numbers: "count[int]") -> None:
        super().__init__(name=email)
        self.machine, self.email, self.seen, self.random, self.numbers = machine, email, seen, random, numbers
        self.until = 0.0
        self.session = requests.Session()

    def run(self) -> None:
        signed_in = True
        while time.monotonic() < self.until:
            try:
                signed_in = signed_in or self.sign_in()
                if signed_in:
                    signed_in = self.write() if self.random.random() < 0.5 else self.read()
            except requests.RequestException:  # killed under our hands: nothing was promised
                self.seen.refused += 1
                time.sleep(0.2)

    def sign_in(self) -> bool:
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Host"] = self.machine.host
        form = self.form_token("/accounts/login/")
        data = {"csrfmiddlewaretoken": form, "login": self.email, "password": PASSWORD}
        answer = self.session.post(self.address("/accounts/login/"), data, allow_redirects=False, timeout=20)
        return answer.status_code == 302 and "login" not in answer.headers["Location"]

    def read(self) -> bool:
        case = self.random.choice(self.machine.cases[self.email])
        answer = self.session.get(self.address(f"/cases/{case}/"), allow_redirects=False, timeout=20)
        self.note(answer)
        if answer.status_code == 200:
            with self.seen.lock:
                self.seen.read.append((self.email, case))
        return answer.status_code != 302

    def write(self) -> bool:
        case = self.random.choice(self.machine.cases[self.email])
        page = self.session.get(self.address(f"/cases/{case}/"), allow_redirects=False, timeout=20)
        if page.status_code != 200:
            self.note(page)
            return page.status_code != 302
        with self.seen.lock:
            self.seen.read.append((self.email, case))
            record = (case, next(self.numbers) % 1400 + 1)
            self.seen.tried.add(record)
        found = TOKEN.search(page.text)
        assert found is not None
        data = {"csrfmiddlewaretoken": found[1], "text": "故障の試験（見本）", "method": "phone", "minutes": str(record[1])}
        answer = self.session.post(self.address(f"/cases/{case}/records/"), data, allow_redirects=False, timeout=20)
        self.note(answer)
        if answer.status_code == 302 and "/cases/" in answer.headers["Location"]:
            with self.seen.lock:
                self.seen.written.add(record)
        return answer.status_code != 302 or "/cases/" in answer.headers["Location"]

    def note(self, answer: requests.Response) -> None:
        with self.seen.lock:
            self.seen.answers[answer.status_code] = self.seen.answers.get(answer.status_code, 0) + 1

    def form_token(self, path: str) -> str:
        found = TOKEN.search(self.session.get(self.address(path), timeout=20).text)
        if found is None:
            raise requests.RequestException("no form: the machine is coming up")
        return found[1]

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.machine.port}{path}"


def under_load(machine: Machine, *, seconds: float, random: Random, victims: tuple[str, ...], every: Callable[[], float]) -> Seen:
    """Browsers at work for so long, while one of the victims is killed every so often. Ends with the machine up again."""
    seen, numbers = Seen(), count(1)
    browsers = [Browser(machine, email, seen, Random(random.random()), numbers) for email in machine.cases]
    for browser in browsers:
        assert browser.sign_in()
    until = time.monotonic() + seconds
    for browser in browsers:
        browser.until = until
        browser.start()
    while time.monotonic() < until:
        time.sleep(min(every(), max(until - time.monotonic(), 0)))
        if time.monotonic() < until:
            machine.kill(random.choice(victims), random)
    for browser in browsers:
        browser.join()
    machine.settle()
    return seen


def assert_nothing_was_lost(machine: Machine, seen: Seen) -> None:
    """No acknowledged write without its row and its line, no served page without its line, one effect for each click, the chain without a gap."""
    records = machine.rows(f"SELECT case_id::text, minutes, id::text FROM {SCHEMA}.cases_supportrecord")
    kept = {(case, minutes): pk for case, minutes, pk in records}
    assert seen.written <= kept.keys(), seen.written - kept.keys()
    assert len(records) == len(kept), "one click, two records"
    assert kept.keys() <= seen.tried
    written = {
        pk for (pk,) in machine.rows(
            f"SELECT part->>1 FROM {SCHEMA}.audit_auditline, jsonb_array_elements(objects) part "
            "WHERE verdict = 'write' AND part->>0 = 'cases.SupportRecord'"
        )
    }  # fmt: skip
    assert written == set(kept.values())
    reads = dict(
        machine.rows(
            f"SELECT account.email || ' ' || (part->>1), count(*) FROM {SCHEMA}.audit_auditline line, jsonb_array_elements(objects) part, "
            f"{SCHEMA}.accounts_account account WHERE line.actor = account.id AND verdict = 'read' AND part->>0 = 'cases.Case' GROUP BY 1"
        )
    )
    served: dict[str, int] = {}
    for email, case in seen.read:
        served[f"{email} {case}"] = served.get(f"{email} {case}", 0) + 1
    assert {name: (times, reads.get(name, 0)) for name, times in served.items() if reads.get(name, 0) < times} == {}
    broken = {status: times for status, times in seen.answers.items() if status == 500}
    assert broken == {}, seen.answers
    verdict = machine.sealed()
    assert (verdict["exit"], verdict["findings"], verdict["unsealed"]) == (0, [], 0), verdict
    lines = machine.rows(f"SELECT count(*) FROM {SCHEMA}.audit_auditline")[0][0]
    assert verdict["size"] == lines, "a line that no seal holds"
