"""An object store in memory, where a real one would cost seconds; what the real one does is held by tests/files/test_store.py."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

from botocore.exceptions import ClientError, EndpointConnectionError

from files import store


class Shelf:
    """Speaks the few words of S3 that `files.store` uses. `away`: it does not answer."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.put_at: dict[str, datetime] = {}
        self.away = False

    def _answer(self) -> None:
        if self.away:
            raise EndpointConnectionError(endpoint_url="http://nowhere")

    def put_object(self, *, Key: str, Body: bytes, IfNoneMatch: str, **_: Any) -> None:
        self._answer()
        assert IfNoneMatch == "*"
        if Key in self.objects:
            raise ClientError({"Error": {"Code": "PreconditionFailed"}}, "PutObject")
        self.objects[Key], self.put_at[Key] = Body, datetime.now(UTC)

    def get_object(self, *, Key: str, **_: Any) -> dict[str, Any]:
        self._answer()
        if Key not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        return {"Body": io.BytesIO(self.objects[Key])}

    def delete_object(self, *, Key: str, **_: Any) -> None:
        self._answer()
        self.objects.pop(Key, None)

    def list_objects_v2(self, *, Prefix: str, **_: Any) -> dict[str, Any]:
        self._answer()
        return {"Contents": [{"Key": key, "LastModified": self.put_at[key]} for key in sorted(self.objects) if key.startswith(Prefix)]}

    def close(self) -> None:
        pass


@contextmanager
def shelf() -> Iterator[Shelf]:
    """The store of this process, while it lasts."""
    made = Shelf()
    with patch.object(store, "_client", lambda: made):
        yield made
