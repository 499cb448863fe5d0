"""schemathesis over the whole API of the running demo: no server error, nothing the schema does not promise, no way past sign-in."""

import json
import subprocess
import sys
from pathlib import Path

import yaml

from tests import soaking
from tests.attacks.demo import RunningDemo

PROGRAM = Path(sys.prefix) / "bin" / "schemathesis"
CHECKS = ",".join(
    (
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "ignored_auth",
        "unsupported_method",
    )
)
CHIEF = ("minato", "chief@minato.example.jp")


def test_the_whole_api_keeps_to_its_schema_under_random_requests(demo: RunningDemo, tmp_path: Path) -> None:
    """B42: schemathesis, with a chief's token, so that it reaches what there is to reach."""
    chief = demo.sign_in(*CHIEF)
    schema = tmp_path / "schema.yaml"
    answer = chief.get(demo.address("/api/v1/schema/"), timeout=30)
    assert answer.status_code == 200, answer.status_code
    schema.write_text(answer.text)
    report = tmp_path / "report.ndjson"
    command = [
        str(PROGRAM), "run", str(schema),
        "--url", demo.address(""),
        "--checks", CHECKS,
        "--header", f"Host: {demo.name_of(CHIEF[0])}",
        "--header", f"Authorization: Token {demo.api_token(chief)}",
        "--max-examples", str(soaking.rounds(100)),
        "--seed", str(soaking.SEED),
        "--rate-limit", "auto",
        "--continue-on-failure",
        "--report", "ndjson", "--report-ndjson-path", str(report),
        "--no-color",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)})
    soaking.tell(done.stdout[-3000:])
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    finished = [event["ScenarioFinished"] for line in report.read_text().splitlines() if "ScenarioFinished" in (event := json.loads(line))]
    asked = {scenario["recorder"]["label"] for scenario in finished if scenario["status"] == "success"}
    promised = {f"{method.upper()} {path}" for path, methods in yaml.safe_load(schema.read_text())["paths"].items() for method in methods}
    assert promised <= asked, promised - asked
