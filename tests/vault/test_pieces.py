"""Files in pieces: whole or not at all (security G)."""

from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vault import pieces
from vault.refusals import SealBroken

KEY, KEY_ID, OBJECT = AESGCM(bytes(32)), uuid4(), uuid4()
PLACE = pieces.place("minato", OBJECT)
THREE = b"a" * pieces.PIECE + b"b" * pieces.PIECE + b"c"


def sealed_three() -> tuple[bytes, list[bytes]]:
    sealed = pieces.seal(THREE, KEY_ID, KEY, PLACE)
    starts = range(pieces.HEAD, len(sealed), pieces.SEALED_PIECE)
    return sealed[: pieces.HEAD], [sealed[start : start + pieces.SEALED_PIECE] for start in starts]


@pytest.mark.parametrize("size", [0, 1, pieces.PIECE - 1, pieces.PIECE, pieces.PIECE + 1, 2 * pieces.PIECE])
def test_a_file_of_any_length_opens_again(size: int) -> None:
    plain = b"x" * size
    assert pieces.unseal(pieces.seal(plain, KEY_ID, KEY, PLACE), KEY, PLACE) == plain


def test_a_file_that_was_cut_reordered_lengthened_or_altered_does_not_open() -> None:
    head, (first, second, third) = sealed_three()
    assert pieces.unseal(head + first + second + third, KEY, PLACE) == THREE
    altered = first[:-1] + bytes([first[-1] ^ 1])
    for wrong in (
        [first, second],
        [first],
        [],
        [second, first, third],
        [first, third],
        [first, second, third, third],
        [altered, second, third],
        [first, second, third[:-1]],
    ):
        with pytest.raises(SealBroken):
            pieces.unseal(head + b"".join(wrong), KEY, PLACE)


def test_a_file_does_not_open_under_the_id_of_another_or_in_another_centre() -> None:
    sealed = pieces.seal(b"x", KEY_ID, KEY, PLACE)
    for elsewhere in (pieces.place("minato", uuid4()), pieces.place("kita", OBJECT)):
        with pytest.raises(SealBroken):
            pieces.unseal(sealed, KEY, elsewhere)
