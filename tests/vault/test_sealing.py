from datetime import date
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from vault import sealing

KEY, KEY_ID, PLACE = AESGCM(bytes(32)), uuid4(), sealing.place("minato", "clients_client", "name", "1")


@given(st.binary(max_size=5000))
def test_what_is_sealed_opens_again_at_its_place(plain: bytes) -> None:
    assert sealing.unseal(sealing.seal(plain, KEY_ID, KEY, PLACE), KEY, PLACE) == plain


@pytest.mark.parametrize("value", ["山田花子", "", date(1974, 5, 3), 0, -120000, ["debt", "病気"], {"a": [1, None], "b": "二"}])
def test_each_type_comes_back_as_it_was(value: object) -> None:
    assert sealing.DECODERS[type(value)](sealing.encode(value)) == value


def test_equal_names_are_not_equal_in_the_dump() -> None:
    assert sealing.seal("佐藤".encode(), KEY_ID, KEY, PLACE) != sealing.seal("佐藤".encode(), KEY_ID, KEY, PLACE)


def test_lengths_fall_into_few_classes() -> None:
    lengths = {len(sealing.seal(b"x" * size, KEY_ID, KEY, PLACE)) for size in range(4000)}
    overhead = 1 + 16 + 12 + 16
    assert lengths == {64 + overhead, 256 + overhead, 1024 + overhead, 4096 + overhead}


def test_any_altered_byte_is_refused() -> None:
    sealed = sealing.seal("港区1-2-3".encode(), KEY_ID, KEY, PLACE)
    for position in range(17, len(sealed)):
        altered = bytearray(sealed)
        altered[position] ^= 1
        with pytest.raises(sealing.SealBroken):
            sealing.unseal(bytes(altered), KEY, PLACE)


@pytest.mark.parametrize(
    "elsewhere",
    [
        ("nerima", "clients_client", "name", "1"),
        ("minato", "cases_case", "name", "1"),
        ("minato", "clients_client", "kana", "1"),
        ("minato", "clients_client", "name", "2"),
    ],
)
def test_a_value_moved_to_another_centre_table_column_or_row_does_not_open(elsewhere: tuple[str, str, str, str]) -> None:
    sealed = sealing.seal(b"x", KEY_ID, KEY, PLACE)
    with pytest.raises(sealing.SealBroken):
        sealing.unseal(sealed, KEY, sealing.place(*elsewhere))


@pytest.mark.parametrize("bytes_", [b"", b"\x02" + bytes(60), b"\x01short"])
def test_an_unknown_format_is_refused(bytes_: bytes) -> None:
    with pytest.raises(sealing.SealBroken):
        sealing.key_id_of(bytes_)
