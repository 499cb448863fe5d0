"""Objects in a real S3 server: sealed, under the centre's prefix, closed to the public (B52)."""

import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import UUID, uuid4

import boto3
import pytest
from botocore.exceptions import ClientError
from pytest_django import Settings

from deploy.local import Services
from deploy.storage import ANCHOR_BUCKET
from files import store
from vault.refusals import SealBroken


@pytest.fixture(scope="module")
def storage() -> Iterator[dict[str, str]]:
    state = Path(tempfile.mkdtemp(prefix="tsunagi-files-"))
    services = Services(state, fsync=False, parts=("storage",))
    yield services.start()
    services.stop()
    shutil.rmtree(state)


@pytest.fixture
def bucket(storage: dict[str, str], settings: Settings) -> str:
    for name in ("S3_ENDPOINT_URL", "S3_ACCESS_KEY", "S3_SECRET_KEY", "S3_BUCKET"):
        setattr(settings, name, storage[name])
    return storage["S3_BUCKET"]


@pytest.mark.usefixtures("bucket")
def test_what_was_put_is_fetched_and_is_gone_after_deleting() -> None:
    name, sealed = uuid4(), bytes(range(256)) * 5000
    kept = store.put("minato", name, sealed)
    assert store.fetch("minato", name, kept) == sealed
    with pytest.raises(store.ObjectMissing):
        store.fetch("kita", name, kept)
    store.delete("minato", name)
    store.delete("minato", name)
    with pytest.raises(store.ObjectMissing):
        store.fetch("minato", name, kept)


@pytest.mark.usefixtures("bucket")
def test_an_object_is_never_written_over() -> None:
    name = uuid4()
    kept = store.put("minato", name, b"first")
    with pytest.raises(store.StoreAway):
        store.put("minato", name, b"second")
    assert store.fetch("minato", name, kept) == b"first"


@pytest.mark.usefixtures("bucket")
def test_bytes_that_are_not_those_that_were_kept_are_refused() -> None:
    name = uuid4()
    store.put("minato", name, b"first")
    with pytest.raises(SealBroken):
        store.fetch("minato", name, store.checksum(b"other"))


def test_nobody_without_a_key_reads_an_object_or_the_list(bucket: str, settings: Settings) -> None:
    """B52."""
    name = uuid4()
    store.put("minato", name, b"x")
    for path in (f"{bucket}/attachments/minato/{name}", f"{bucket}?list-type=2", f"{bucket}/"):
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(f"{settings.S3_ENDPOINT_URL}/{path}", timeout=5)
        with refusal.value:
            assert refusal.value.code == 403


def test_the_anchors_key_does_not_reach_attachments_nor_theirs_the_anchors(bucket: str, storage: dict[str, str]) -> None:
    def reaches(prefix: str, where: str) -> bool:
        client = boto3.client(
            "s3",
            endpoint_url=storage["S3_ENDPOINT_URL"],
            aws_access_key_id=storage[f"{prefix}_ACCESS_KEY"],
            aws_secret_access_key=storage[f"{prefix}_SECRET_KEY"],
            region_name="us-east-1",
        )
        with closing(client):
            try:
                client.list_objects_v2(Bucket=where)
            except ClientError:
                return False
        return True

    assert (reaches("S3", bucket), reaches("ANCHOR_S3", ANCHOR_BUCKET)) == (True, True)
    assert (reaches("S3", ANCHOR_BUCKET), reaches("ANCHOR_S3", bucket)) == (False, False)


def test_a_store_that_is_away_has_saved_nothing(settings: Settings) -> None:
    settings.S3_ENDPOINT_URL = "http://127.0.0.1:1"
    for work in (lambda: store.put("minato", UUID(int=1), b"x"), lambda: store.fetch("minato", UUID(int=1), "")):
        with pytest.raises(store.StoreAway):
            work()
