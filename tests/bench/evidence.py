"""The chain beside the lines: 200 events a second while the sealer runs, and how long a verification takes.

EVIDENCE_SECONDS (60) is how long the events come; EVIDENCE_ROWS (100,000) how many lines are verified: `EVIDENCE_ROWS=1000000` for a year.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import connection

from audit import trail
from audit.heads import Keyring, Signer, key_id, make_head
from audit.sealing import Sealer
from audit.verification import verify
from tenants.activation import centre_active
from tests import databases
from tests.bench.ratios import Ratio
from tests.environment import ROOT

SECONDS = int(os.environ.get("EVIDENCE_SECONDS", "60"))
ROWS = int(os.environ.get("EVIDENCE_ROWS", "100000"))
PER_SECOND = 200
SCHEMA = "test_b"
FILL = """INSERT INTO {schema}.audit_auditline (at, transaction, actor, actor_kind, membership, action, verdict, channel, purpose, objects,
        subjects, fields, facts, request_id, login, circumstances)
    SELECT clock_timestamp(), pg_current_xact_id()::text::bigint, gen_random_uuid(), 'staff', gen_random_uuid(), 'record.read', 'read',
           'screen', 'support', jsonb_build_array(jsonb_build_array('cases.Case', gen_random_uuid())), ARRAY[gen_random_uuid()],
           '{{"cases.Case": ["memo", "name"]}}', '{{"n": 3}}', gen_random_uuid()::text, 'c_{schema}', '{{"agent": "chrome/windows"}}'
    FROM generate_series(1, {rows})"""


class OwnSigner(Signer):
    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()
        self.id = key_id(self._key.public_key())


class Kept:
    name = "kept"

    def __init__(self) -> None:
        self.heads: list[object] = []

    def fetch(self, host: str) -> list[object]:
        return self.heads


def measure() -> Iterator[Ratio]:
    worst, middle = lags_under_load()
    sys.stdout.write(
        f"    封印の遅れ（{PER_SECOND} 件/秒を {SECONDS} 秒、封印は別のプロセス）: 中央値 {middle:.0f} ms、最大 {worst:.0f} ms\n"
    )
    yield Ratio(f"封印の遅れの最大 / 2秒（{PER_SECOND}件/秒×{SECONDS}秒）", worst, 2000.0, None)
    sealing, verifying = a_year()
    sys.stdout.write(f"    {ROWS} 行: 封印 {sealing:.1f} 秒、照合 {verifying:.1f} 秒（100 万行あたり {verifying * 1e6 / ROWS:.0f} 秒）\n")
    yield Ratio(f"照合 / 60秒（100万行に換算、{ROWS}行で測定）", verifying * 1e9 / ROWS, 60_000.0, None)


def lags_under_load() -> tuple[float, float]:
    """Worst and middle milliseconds from a line's own time to its seal's, from the rows themselves."""
    environment = (
        os.environ | databases.environment_of(str(connection.settings_dict["NAME"])) | {"ANCHOR_KEY_FILE": "", "ANCHOR_BUCKET": ""}
    )
    sealer = subprocess.Popen(
        [sys.executable, "-W", "ignore", "manage.py", "audit_seal"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert sealer.stdout is not None
        assert sealer.stdout.readline().startswith(b"ready")
        with centre_active(SCHEMA):
            time.sleep(1)
            events(SECONDS * PER_SECOND)
            time.sleep(3)
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT max(late), percentile_cont(0.5) WITHIN GROUP (ORDER BY late), count(*) FROM (SELECT extract(epoch FROM "
                    "s.sealed_at - l.at) * 1000 AS late FROM audit_auditline l LEFT JOIN audit_auditseal s ON s.line = l.id) AS lags"
                )
                worst, middle, count = cursor.fetchone()
                cursor.execute("SELECT count(*) FROM audit_auditseal")
                assert cursor.fetchone()[0] == count, "the sealer is behind"
    finally:
        sealer.terminate()
        sealer.wait()
        sealer.stdout.close()
    return float(worst), float(middle)


def events(count: int) -> None:
    """At an even pace; who cannot keep it says so."""
    began = time.monotonic()
    for number in range(count):
        trail.record_event("bench.event", by=None, n=number)
        ahead = began + number / PER_SECOND - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
    rate = count / (time.monotonic() - began)
    sys.stdout.write(f"    書いた速さ: {rate:.0f} 件/秒\n")


def a_year() -> tuple[float, float]:
    with databases.administrator(str(connection.settings_dict["NAME"])) as admin:
        admin.execute(FILL.format(schema=SCHEMA, rows=ROWS).encode())
        admin.execute(f"ANALYZE {SCHEMA}.audit_auditline".encode())
    signer, kept = OwnSigner(), Kept()
    with centre_active(SCHEMA):
        began = time.monotonic()
        Sealer().run()
        sealing = time.monotonic() - began
        kept.heads.append(make_head(SCHEMA, signer))
        began = time.monotonic()
        pem = signer._key.public_key()
        verdict = verify(SCHEMA, [kept], Keyring(pem.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)))  # type: ignore[list-item]
        verifying = time.monotonic() - began
    assert verdict.findings == [], json.dumps([finding.message for finding in verdict.findings], ensure_ascii=False)
    assert verdict.size >= ROWS
    return sealing, verifying
