"""Where signed heads are kept outside: a table of another database server, and an S3 bucket that lets nobody take anything away.

Each store only takes and gives; what is in it cannot be changed with the credentials we have (ADR 0054). Reading is for verification.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import boto3
import psycopg
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from audit import heads
from audit.heads import Head, head_from

READERS = 8
PATIENCE = {"connect_timeout": 5, "read_timeout": 10}


class StoreAway(Exception):
    """It does not answer, or refuses us. What is to be kept there waits."""


class Store(Protocol):
    name: str

    def put(self, head: Head) -> None:
        """Keep it; once more is no harm. Raises StoreAway."""

    def fetch(self, host: str) -> list[Head]:
        """All that was ever kept for the host, oldest first. Raises StoreAway, ValueError for what is no head."""

    def hosts(self) -> set[str]:
        """Of whom anything was ever kept: a host that is taken out of our own database is known here. Raises StoreAway."""


class DatabaseStore:
    """A table that belongs to the other server's administrator; our login there may add rows and read them."""

    name = "database"

    def __init__(self, address: dict[str, Any]) -> None:  # Any: psycopg's parameters
        self.address = address

    def put(self, head: Head) -> None:
        with self._connected() as connection:
            connection.execute(
                "INSERT INTO anchors.head (host, size, digest, body, signature, key) VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                [head.host, head.size, head.digest, head.body, head.signature, head.key],
            )

    def fetch(self, host: str) -> list[Head]:
        statement = "SELECT host, size, body, signature, key FROM anchors.head WHERE host = %s ORDER BY size, received_at"
        with self._connected() as connection:
            return [Head(*row) for row in connection.execute(statement, [host])]

    def hosts(self) -> set[str]:
        with self._connected() as connection:
            return {host for (host,) in connection.execute("SELECT DISTINCT host FROM anchors.head")}

    @contextmanager
    def _connected(self) -> "Iterator[psycopg.Connection[Any]]":  # Any: rows of every shape
        try:
            with psycopg.connect(**self.address, autocommit=True, connect_timeout=5) as connection:
                yield connection
        except psycopg.Error as away:
            raise StoreAway(type(away).__qualname__) from away


class BucketStore:
    """One object a head. The bucket has object lock; each object is locked in compliance mode for years."""

    name = "bucket"

    def __init__(self, address: dict[str, str], bucket: str, kept: timedelta) -> None:
        self.bucket, self.kept = bucket, kept
        self.client = boto3.client("s3", **address, config=Config(**PATIENCE, retries={"max_attempts": 1}))

    def put(self, head: Head) -> None:
        until = datetime.now(UTC) + self.kept
        options = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until, "IfNoneMatch": "*"}
        try:
            self.client.put_object(Bucket=self.bucket, Key=self._name(head), Body=head.text.encode(), **options)
        except ClientError as refusal:
            if refusal.response["Error"]["Code"] != "PreconditionFailed":  # it is there already: the name says the content
                raise StoreAway(refusal.response["Error"]["Code"]) from refusal
        except BotoCoreError as away:
            raise StoreAway(type(away).__qualname__) from away

    def fetch(self, host: str) -> list[Head]:
        """Every version of every object, also where somebody has put a delete marker before it."""
        try:
            pages = self.client.get_paginator("list_object_versions").paginate(Bucket=self.bucket, Prefix=f"heads/{host}/")
            versions = [version for page in pages for version in page.get("Versions", [])]
            with ThreadPoolExecutor(READERS) as readers:
                found = list(readers.map(self._read, versions))
        except ClientError as refusal:
            raise StoreAway(refusal.response["Error"]["Code"]) from refusal
        except BotoCoreError as away:
            raise StoreAway(type(away).__qualname__) from away
        return sorted(found, key=lambda head: head.size)

    def hosts(self) -> set[str]:
        try:
            pages = self.client.get_paginator("list_object_versions").paginate(Bucket=self.bucket, Prefix="heads/", Delimiter="/")
            return {folder["Prefix"].split("/")[1] for page in pages for folder in page.get("CommonPrefixes", [])}
        except ClientError as refusal:
            raise StoreAway(refusal.response["Error"]["Code"]) from refusal
        except BotoCoreError as away:
            raise StoreAway(type(away).__qualname__) from away

    def _read(self, version: dict[str, str]) -> Head:
        found = self.client.get_object(Bucket=self.bucket, Key=version["Key"], VersionId=version["VersionId"])
        return head_from(found["Body"].read().decode())

    def _name(self, head: Head) -> str:
        return f"heads/{head.host}/{head.size:012}-{head.digest[:16]}.json"


def stores() -> list[Store]:
    """Those that are configured. Only the sealing process and whoever verifies have the credentials."""
    found: list[Store] = []
    if settings.ANCHOR_DATABASE:
        found.append(DatabaseStore(settings.ANCHOR_DATABASE))
    if settings.ANCHOR_S3:
        found.append(BucketStore(settings.ANCHOR_S3, settings.ANCHOR_BUCKET, timedelta(days=settings.ANCHOR_KEPT_DAYS)))
    return found


def deliver(store: Store) -> int:
    """Bring the store what it does not have, in order; how many it took. Raises StoreAway: the rest waits for the next time."""
    taken = 0
    for head in heads.undelivered(store.name):
        store.put(head)
        heads.note_delivery(head, store.name)
        taken += 1
    return taken
