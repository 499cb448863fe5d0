"""Where sealed files lie: S3 objects under the centre's prefix, named by random ids. Nothing unsealed is ever given to it."""

import hashlib
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from typing import Any
from uuid import UUID

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from foundation.errors import ServiceAway
from vault.refusals import SealBroken

PREFIX = "attachments"
PATIENCE = Config(
    connect_timeout=3,
    read_timeout=10,
    retries={"total_max_attempts": 2},
    s3={"addressing_style": "path"},
)


class StoreAway(ServiceAway):
    """It does not answer, or refuses us. Nothing was saved, or nothing can be read now."""

    message = "ファイルの保管先から返事がありません。しばらく待ってから、もう一度お試しください。"
    code = "files_away"


class ObjectMissing(Exception):
    """The store answers, and has no such object."""


def checksum(sealed: bytes) -> str:
    return hashlib.sha256(sealed).hexdigest()


def put(centre: str, object_id: UUID, sealed: bytes) -> str:
    """Keep it and answer its checksum; the same id a second time is refused. Raises StoreAway: then nothing may be called saved."""
    try:
        with closing(_client()) as client:
            client.put_object(
                Bucket=settings.S3_BUCKET,
                Key=_name(centre, object_id),
                Body=sealed,
                ContentType="application/octet-stream",
                IfNoneMatch="*",
            )
    except (BotoCoreError, ClientError) as away:
        raise StoreAway(type(away).__qualname__) from away
    return checksum(sealed)


def fetch(centre: str, object_id: UUID, expected: str) -> bytes:
    """Raises StoreAway, ObjectMissing, SealBroken for bytes that are not those that were kept."""
    try:
        with closing(_client()) as client:
            sealed: bytes = client.get_object(Bucket=settings.S3_BUCKET, Key=_name(centre, object_id))["Body"].read()
    except ClientError as refusal:
        if refusal.response["Error"]["Code"] in {"NoSuchKey", "404"}:
            raise ObjectMissing(str(object_id)) from refusal
        raise StoreAway(refusal.response["Error"]["Code"]) from refusal
    except BotoCoreError as away:
        raise StoreAway(type(away).__qualname__) from away
    if checksum(sealed) != expected:
        raise SealBroken(str(object_id))
    return sealed


def delete(centre: str, object_id: UUID) -> None:
    """Once more is no harm. Raises StoreAway."""
    try:
        with closing(_client()) as client:
            client.delete_object(Bucket=settings.S3_BUCKET, Key=_name(centre, object_id))
    except (BotoCoreError, ClientError) as away:
        raise StoreAway(type(away).__qualname__) from away


def listed(centre: str) -> Iterator[tuple[UUID, datetime]]:
    """Every object of a centre and when it was put. Raises StoreAway."""
    more: dict[str, str] = {}
    while True:
        try:
            with closing(_client()) as client:
                page = client.list_objects_v2(Bucket=settings.S3_BUCKET, Prefix=f"{PREFIX}/{centre}/", **more)
        except (BotoCoreError, ClientError) as away:
            raise StoreAway(type(away).__qualname__) from away
        for entry in page.get("Contents", ()):
            yield UUID(entry["Key"].rpartition("/")[2]), entry["LastModified"]
        if not page.get("NextContinuationToken"):
            return
        more = {"ContinuationToken": page["NextContinuationToken"]}


def _name(centre: str, object_id: UUID) -> str:
    return f"{PREFIX}/{centre}/{object_id}"


def _client() -> Any:  # boto3 makes its clients' classes at run time
    return boto3.session.Session().client(
        "s3",
        endpoint_url=settings.S3_ENDPOINT_URL,
        aws_access_key_id=settings.S3_ACCESS_KEY,
        aws_secret_access_key=settings.S3_SECRET_KEY,
        region_name="us-east-1",
        config=PATIENCE,
    )
