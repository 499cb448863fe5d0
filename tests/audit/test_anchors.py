"""Signed heads outside: what was put there stays there, a store that is away misses nothing, and a third party can check a line."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest
from botocore.exceptions import ClientError
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, connections
from structlog.testing import capture_logs

from audit.anchors import BucketStore, DatabaseStore, StoreAway, deliver
from audit.heads import Head, Keyring, anchored_head, kept_heads, make_head, undelivered
from audit.proofs import NotProvable, prove
from audit.verification import verify
from deploy.local import Services
from tenants import sealer as sealing_process
from tenants.activation import centre_active
from tenants.sealer import Round
from tests.audit.trails import Notebook, Trail
from tests.environment import ROOT

DAY = timedelta(days=1)


@pytest.fixture
def own(trail_of_centre: Trail) -> Trail:
    return trail_of_centre


@pytest.fixture(scope="module")
def storage() -> Iterator[tuple[Services, dict[str, str]]]:
    """Fresh: what an earlier run locked in would be there for ever."""
    state = Path(tempfile.mkdtemp(prefix="tsunagi-anchors-"))
    services = Services(state, fsync=False, parts=("storage",))
    yield services, services.start()
    services.stop()
    shutil.rmtree(state)


def s3_of(environment: dict[str, str], prefix: str) -> dict[str, str]:
    return {
        "endpoint_url": environment["S3_ENDPOINT_URL"],
        "aws_access_key_id": environment[f"{prefix}_ACCESS_KEY"],
        "aws_secret_access_key": environment[f"{prefix}_SECRET_KEY"],
        "region_name": "us-east-1",
    }


@pytest.fixture
def bucket(storage: tuple[Services, dict[str, str]]) -> BucketStore:
    return BucketStore(s3_of(storage[1], "ANCHOR_S3"), storage[1]["ANCHOR_BUCKET"], DAY)


@pytest.fixture
def table(trails: str) -> DatabaseStore:
    assert settings.ANCHOR_DATABASE is not None
    return DatabaseStore(settings.ANCHOR_DATABASE | {"dbname": f"{trails}_keys"})


def refused(act: Any, *codes: str, **arguments: Any) -> bool:
    try:
        act(**arguments)
    except ClientError as refusal:
        return refusal.response["Error"]["Code"] in codes
    return False


# -- the stores


def test_the_bucket_takes_a_head_and_gives_it_back_for_ever(own: Trail, bucket: BucketStore) -> None:
    """E5: with our own credential the locked version cannot be deleted, shortened or written over; a delete marker hides nothing from us."""
    own.write(3)
    own.seal()
    with centre_active("test_a"):
        head = make_head("elsewhere", own.signer)
    assert head is not None
    bucket.put(head)
    bucket.put(head)  # a second time is no harm
    client, name = bucket.client, {"Bucket": bucket.bucket, "Key": bucket._name(head)}
    (version,) = [one["VersionId"] for one in client.list_object_versions(Bucket=bucket.bucket, Prefix=name["Key"])["Versions"]]
    soon = {"Mode": "COMPLIANCE", "RetainUntilDate": datetime.now(UTC) + timedelta(seconds=1)}
    assert refused(client.delete_object, "AccessDenied", **name, VersionId=version)
    assert refused(client.delete_object, "AccessDenied", **name, VersionId=version, BypassGovernanceRetention=True)
    assert refused(client.put_object_retention, "AccessDenied", **name, VersionId=version, Retention=soon)
    assert refused(client.put_object, "PreconditionFailed", **name, Body=b"{}", IfNoneMatch="*")
    assert refused(
        client.put_bucket_versioning,
        "AccessDenied",
        "InvalidBucketState",
        Bucket=bucket.bucket,
        VersioningConfiguration={"Status": "Suspended"},
    )
    assert refused(client.delete_bucket, "AccessDenied", "BucketNotEmpty", Bucket=bucket.bucket)
    client.delete_object(**name)
    assert bucket.fetch("elsewhere") == [head]
    assert "elsewhere" in bucket.hosts()


def test_the_apps_own_storage_key_does_not_reach_the_anchors(storage: tuple[Services, dict[str, str]], bucket: BucketStore) -> None:
    app = boto3.client("s3", **s3_of(storage[1], "S3"))
    assert refused(app.put_object, "AccessDenied", Bucket=bucket.bucket, Key="x", Body=b"")
    assert refused(app.list_objects_v2, "AccessDenied", Bucket=bucket.bucket)


def test_what_lies_beside_the_heads_is_told(own: Trail, bucket: BucketStore) -> None:
    bucket.client.put_object(Bucket=bucket.bucket, Key="heads/test_b/x.json", Body=b"{}")
    with centre_active("test_b"):
        codes = {finding.code for finding in verify("test_b", [bucket], Keyring(own.signer.public)).findings}
    assert codes == {"forged_anchor"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE anchors.head SET size = 1",
        "DELETE FROM anchors.head",
        "TRUNCATE anchors.head",
        "DROP TABLE anchors.head",
        "ALTER TABLE anchors.head DISABLE TRIGGER ALL",
    ],
)
def test_the_other_servers_table_only_takes(own: Trail, table: DatabaseStore, statement: str) -> None:
    """E5: not with the login that brings heads, not with the login of the keys; the administrator in passing neither."""
    own.write(2)
    own.seal()
    with centre_active("test_a"):
        head = make_head("elsewhere", own.signer)
    assert head is not None
    table.put(head)
    table.put(head)
    with table._connected() as there, pytest.raises(psycopg.errors.InsufficientPrivilege):
        there.execute(statement.encode())
    with connections["keys"].cursor() as keys, pytest.raises(Exception, match="permission denied"):
        keys.execute(statement)
    assert head in table.fetch("elsewhere")
    assert "elsewhere" in table.hosts()


def test_two_heads_of_one_size_are_both_kept(own: Trail, table: DatabaseStore) -> None:
    """What grew again after a roll-back is put beside what it was, and stands out."""
    own.write(2)
    own.seal()
    with centre_active("test_a"):
        head = make_head("elsewhere", own.signer)
    assert head is not None
    other = Head(head.host, head.size, head.body.replace('"time":"2', '"time":"3'), own.signer.sign("x"), head.key)
    table.put(head)
    table.put(other)
    assert {one.body for one in table.fetch("elsewhere")} >= {head.body, other.body}


# -- away and back


def test_a_store_that_is_away_for_an_hour_misses_nothing(own: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
    """E4: the heads queue up, the alarm is told, and afterwards the row of heads is without a break."""
    hour, now = [0.0], 1000.0
    monkeypatch.setattr(sealing_process.time, "monotonic", lambda: now + hour[0])
    outside = Notebook()
    going_round = Round(own.signer, [outside], anchor_seconds=600)
    outside.away = StoreAway("ConnectTimeout")
    with capture_logs() as told:
        for step in range(7):
            hour[0] = step * 600.0
            own.write(1)
            going_round.turn()
    away = [line for line in told if line["event"] == "anchor store away"]
    assert len(away) == 7
    assert (away[0]["log_level"], away[0]["about"]) == ("error", ["notebook", "ConnectTimeout"])
    with centre_active("test_a"):
        assert len(undelivered("notebook")) == len(kept_heads()) == 7
        assert anchored_head(["notebook"]) is None
    outside.away = None
    hour[0] += 600
    going_round.turn()
    mine = outside.fetch("test_a")
    assert [head.size for head in mine] == [1, 2, 3, 4, 5, 6, 7]
    assert [head.facts["prev"] for head in mine] == ["", *[head.digest for head in mine[:-1]]]
    with centre_active("test_a"):
        newest = anchored_head(["notebook"])
        assert newest is not None
        assert newest.size == 7
        assert verify("test_a", [outside], Keyring(own.signer.public)).findings == []


def test_a_host_without_news_gets_no_new_head(own: Trail) -> None:
    own.grow(2)
    assert own.anchor() is None


def test_a_real_store_that_does_not_answer_is_away(own: Trail) -> None:
    nowhere = {"endpoint_url": "http://127.0.0.1:9", "aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}
    own.write(1)
    own.seal()
    with centre_active("test_a"):
        head = own.anchor()
        assert head is not None
        for store in (BucketStore(nowhere, "b", DAY), DatabaseStore({"host": "/nonexistent", "dbname": "keys", "user": "anchor"})):
            with pytest.raises(StoreAway):
                deliver(store)
            codes = [finding.code for finding in verify("test_a", [store], Keyring(own.signer.public)).findings]
            assert codes == ["store_away"]


# -- the commands, as they are typed


@pytest.fixture
def at_work(own: Trail, trails: str, storage: tuple[Services, dict[str, str]], tmp_path: Path, settings: Any) -> dict[str, str]:
    """The environment of a process beside us, with real stores; and the same settings here."""
    from tests import databases

    environment = os.environ | databases.environment_of(trails) | storage[1]
    names = ("DATABASE_URL", "KEYS_DATABASE_URL", "ANCHOR_DATABASE_URL")
    environment |= {name: databases.environment_of(trails)[name] for name in names}
    environment |= {name: os.environ[name] for name in ("ROLE_SECRET", "ANCHOR_SECRET", "SECRET_KEY", "ENVELOPE_KEY", "ROOT_KEY_FILE")}
    environment |= {"ANCHOR_S3_ENDPOINT_URL": storage[1]["S3_ENDPOINT_URL"], "DJANGO_SETTINGS_MODULE": "config.settings.test"}
    (tmp_path / "anchor.pub").write_bytes(own.signer.public)
    settings.ANCHOR_PUBLIC_KEY_FILE = str(tmp_path / "anchor.pub")
    return environment


def run(environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True
    )


def test_sealed_anchored_verified_and_tampered_with_by_the_real_commands(own: Trail, at_work: dict[str, str]) -> None:
    """B16: the whole way with the real processes, table and bucket."""
    own.write(8)
    sealed = run(at_work, "audit_seal", "--once")
    assert (sealed.returncode, sealed.stderr) == (0, "")
    sound = run(at_work, "audit_verify", "test_a")
    assert sound.returncode == 0, sound.stdout + sound.stderr
    assert sound.stdout == "test_a: 異常はありません（封印 8 行、外の控えと一致 8 行まで、封印待ち 0 行）\n"
    own.tamper("UPDATE audit_auditline SET action = 'nothing' WHERE id = 5")
    broken = run(at_work, "audit_verify", "test_a")
    assert broken.returncode == 1
    assert "✗ 5 行目（id 5） [changed] 封印のあとで中身が変えられました。" in broken.stdout
    as_json = json.loads(run(at_work, "audit_verify", "test_a", "--json").stdout)
    assert as_json["findings"][0]["seq"] == 5


def test_an_unknown_centre_is_said(own: Trail) -> None:
    with pytest.raises(CommandError, match="ありません"):
        call_command("audit_verify", "nowhere")


# -- a third party


def check(proof: dict[str, Any], key: bytes, folder: Path) -> "subprocess.CompletedProcess[str]":
    """In a bare interpreter, in an empty folder, without our paths: only the script, the proof and the public key."""
    (folder / "proof.json").write_text(json.dumps(proof), encoding="utf-8")
    (folder / "key.pem").write_bytes(key)
    (folder / "verify_inclusion.py").write_bytes((ROOT / "deploy" / "verify_inclusion.py").read_bytes())
    command = [sys.executable, "-I", "verify_inclusion.py", "proof.json", "key.pem"]
    return subprocess.run(command, cwd=folder, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True)


@pytest.mark.parametrize("seq", [1, 4, 7, 11])
def test_a_proof_is_checked_without_our_code(own: Trail, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seq: int) -> None:
    from audit import sealing

    monkeypatch.setattr(sealing, "day_of", lambda now, last: last + timedelta(days=1) if last else now.date())
    own.grow(4, 3, 5)
    with centre_active("test_a"):
        proof = prove(seq, Keyring(own.signer.public))
    good = check(proof, own.signer.public, tmp_path)
    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout.startswith(f"INCLUDED: line {seq} of test_a; head of ")


def test_a_proof_of_something_else_is_refused(own: Trail, tmp_path: Path) -> None:
    own.grow(4, 3)
    with centre_active("test_a"):
        proof = prove(2, Keyring(own.signer.public))
    stranger = Trail().signer.public
    for changed, said in (
        (proof | {"line": proof["line"].replace("client.changed", "client.seen")}, "NOT INCLUDED"),
        (proof | {"salt": "00" * 32}, "NOT INCLUDED"),
        (proof | {"path_to_day": proof["path_to_day"][:-1]}, "NOT INCLUDED"),
        (proof | {"head": proof["head"].replace('"size":4', '"size":5')}, "NOT SIGNED"),
    ):
        refusal = check(changed, own.signer.public, tmp_path)
        assert (refusal.returncode, refusal.stderr[: len(said)]) == (1, said)
    assert check(proof, stranger, tmp_path).returncode == 1
    assert check(proof, stranger + own.signer.public, tmp_path).returncode == 0


def test_the_script_is_short_and_imports_nothing_of_ours() -> None:
    script = (ROOT / "deploy" / "verify_inclusion.py").read_text(encoding="utf-8")
    assert len(script.splitlines()) <= 40
    imports = {line.split()[1].partition(".")[0] for line in script.splitlines() if line.startswith(("import ", "from "))}
    assert imports == {"json", "sys", "hashlib", "pathlib", "cryptography"}


def test_what_is_not_anchored_is_not_proved(own: Trail) -> None:
    own.grow(2)
    own.write(1)
    own.seal()
    with centre_active("test_a"):
        for seq in (0, 3, 99):
            with pytest.raises(NotProvable):
                prove(seq, Keyring(own.signer.public))


def test_the_command_prints_the_proof(own: Trail, at_work: dict[str, str], tmp_path: Path) -> None:
    own.grow(3)
    proof = run(at_work | {"ANCHOR_PUBLIC_KEY_FILE": str(tmp_path / "anchor.pub")}, "audit_prove", "test_a", "2")
    assert proof.returncode == 0, proof.stderr
    assert check(json.loads(proof.stdout), own.signer.public, tmp_path).returncode == 0
    assert connection.settings_dict["NAME"] in at_work["DATABASE_URL"]
