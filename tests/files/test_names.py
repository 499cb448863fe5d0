"""B43: what a file is called is text that somebody chose."""

import pytest

from files.names import LONGEST, family_of, tidy
from foundation.errors import RuleViolation


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("同意書.pdf", "同意書.pdf"),
        ("ka\u3099.pdf".replace("ka", "か"), "が.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\花子\\給与.xlsx", "給与.xlsx"),
        ("\u202efdp.exe.pdf", "fdp.exe.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("a\u2028b\x00.pdf", "a b.pdf"),
        (" .写真.jpg. ", "写真.jpg"),
    ],
)
def test_a_name_keeps_its_letters_and_loses_what_deceives(given: str, kept: str) -> None:
    assert tidy(given) == kept


def test_a_long_name_keeps_its_ending() -> None:
    short = tidy("長" * 500 + ".pdf")
    assert len(short) == LONGEST
    assert short.endswith(".pdf")


@pytest.mark.parametrize("nothing", ["", " ", "/", "\u202e", "...", "\x00"])
def test_a_name_of_nothing_is_refused(nothing: str) -> None:
    with pytest.raises(RuleViolation, match="名前がありません"):
        tidy(nothing)


@pytest.mark.parametrize("name", ["a.exe", "a.docm", "a.svg", "a.html", "a.pdf.zip", "pdf"])
def test_a_kind_that_is_not_on_the_list_is_refused(name: str) -> None:
    with pytest.raises(RuleViolation, match="添付できません"):
        family_of(name)
