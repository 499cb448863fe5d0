"""The tables that say what is proved and where: each row of ASVS 5.0 level 1 and 2, each row of the threat model."""

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| (?P<id>B?[0-9.]+) \|(?P<rest>.*)\|$", re.MULTILINE)
PROOF = re.compile(r"\b(?P<path>(?:tests|docs|deploy|config|platform|casework)/[\w./\-*]+)(?:::(?P<name>test_\w+))?")
ASVS, THREATS = ROOT / "docs" / "asvs.md", ROOT / "tests" / "access" / "README.md"
STATES = {"守る", "一部", "該当なし"}
COMING = "まだない機能"


def rows(document: Path) -> dict[str, list[str]]:
    """Of each row its cells after the number; a number stands once."""
    found = [(row["id"], [cell.strip() for cell in row["rest"].split(" | ")]) for row in ROW.finditer(document.read_text())]
    assert [number for number, times in Counter(number for number, _ in found).items() if times > 1] == []
    return dict(found)


def unknown_proofs(text: str) -> list[str]:
    """What is named and is not there: a file, or a test in it."""
    missing = []
    for proof in PROOF.finditer(text):
        found = list(ROOT.glob(proof["path"].rstrip(".")))
        named = proof["name"] is None or any(f"def {proof['name']}(" in path.read_text() for path in found if path.is_file())
        if not found or not named:
            missing.append(proof[0])
    return missing


def test_every_requirement_of_asvs_level_1_and_2_has_its_row() -> None:
    """253 of them, by the list of OWASP ASVS 5.0.0."""
    listed = dict(line.split() for line in (ROOT / "tests" / "data" / "asvs-5.0.txt").read_text().splitlines())
    assert Counter(listed.values()) == {"1": 70, "2": 183}
    assert {number: cells[0] for number, cells in rows(ASVS).items()} == listed


def test_a_row_of_asvs_names_its_proof_or_its_reason() -> None:
    for number, (_level, _about, state, why) in rows(ASVS).items():
        assert state in STATES, number
        assert PROOF.search(why) or len(why) >= (3 if state == "該当なし" else 10), number


def test_every_row_of_the_threat_model_has_its_test_or_says_what_is_still_to_come() -> None:
    threats = rows(THREATS)
    assert threats.keys() == {f"B{number}" for number in range(1, 61)}
    for number, (_about, proof) in threats.items():
        assert re.search(r"tests/[\w/]+\.py::test_\w+", proof) or proof.startswith(COMING), number


@pytest.mark.parametrize("document", [ASVS, THREATS, ROOT / "docs" / "promises.md"], ids=lambda path: path.name)
def test_what_is_named_is_there(document: Path) -> None:
    assert unknown_proofs(document.read_text()) == []


def test_a_proof_that_is_not_there_is_named() -> None:
    """Or the check above would prove nothing."""
    assert unknown_proofs("tests/architecture/test_promises.py::test_nothing_of_the_kind, tests/none.py") == [
        "tests/architecture/test_promises.py::test_nothing_of_the_kind",
        "tests/none.py",
    ]
