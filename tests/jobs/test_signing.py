import pytest

from jobs.signing import ForgedMessage, signature, verify


def test_a_signature_holds_for_its_own_message_only() -> None:
    signed = signature("job", "minato", "1")
    verify(signed, "job", "minato", "1")
    others = [("job", "nerima", "1"), ("job", "minato", "2"), ("tick", "minato", "1"), ("job", "minato"), ("jobminato", "1")]
    for other in [*others, ("job", "minato", "1", "")]:
        with pytest.raises(ForgedMessage):
            verify(signed, *other)


@pytest.mark.parametrize("claimed", [None, "", "0" * 64, 3, b"x", "署名"])
def test_no_signature_or_nonsense_is_a_forgery(claimed: object) -> None:
    with pytest.raises(ForgedMessage):
        verify(claimed, "job", "minato", "1")


def test_a_message_of_the_wrong_shape_is_a_forgery() -> None:
    with pytest.raises(ForgedMessage):
        verify(signature("job", "minato", "1"), "job", "minato", 1)
