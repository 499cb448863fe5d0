from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django.fixtures import Settings

from vault.refusals import WrongRoot
from vault.root import LocalKey, root_key


@pytest.mark.parametrize("content", [bytes(range(32)), bytes(range(32)).hex().encode() + b"\n"])
def test_the_root_key_is_32_bytes_or_their_hexadecimal_form(tmp_path: Path, settings: Settings, content: bytes) -> None:
    (tmp_path / "root").write_bytes(content)
    settings.ROOT_KEY = f"file:{tmp_path / 'root'}"
    assert LocalKey(bytes(range(32))).unwrap(root_key().wrap(b"centre key", "v1|minato"), "v1|minato") == b"centre key"


@pytest.mark.parametrize("content", [b"", b"short", "長い鍵".encode() * 9, b"zz" * 32])
def test_anything_else_stops_with_a_clear_line(tmp_path: Path, settings: Settings, content: bytes) -> None:
    (tmp_path / "root").write_bytes(content)
    settings.ROOT_KEY = f"file:{tmp_path / 'root'}"
    with pytest.raises(ImproperlyConfigured, match="32 バイト"):
        root_key()


def test_a_wrapped_key_opens_only_under_its_own_root_and_name() -> None:
    wrapped = LocalKey(bytes(32)).wrap(b"centre key", "v1|minato")
    with pytest.raises(WrongRoot):
        LocalKey(bytes(32)).unwrap(wrapped, "v1|nerima")
    with pytest.raises(WrongRoot):
        LocalKey(b"1" * 32).unwrap(wrapped, "v1|minato")
