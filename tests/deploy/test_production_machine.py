"""One production machine: the same code behind the same gunicorn with production settings, and the files that describe it."""

import configparser
import http.client
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from deploy.local import Services
from deploy.probe import SocketConnection

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


@pytest.fixture(scope="module")
def machine(shared_state: Path) -> Iterator[Path]:
    """Migrated, static files collected, gunicorn started as its unit does. Returns the socket."""
    services = Services(shared_state, fsync=True)
    given = services.start()
    hosts = {"BASE_HOST": "tsunagi.invalid", "HEADQUARTERS_HOST": "hq.tsunagi.invalid", "STATIC_ROOT": str(shared_state / "static")}
    hosts |= {"MAIL_URL": "smtp://127.0.0.1:25", "MAIL_FROM": "no-reply@tsunagi.invalid"}
    environment = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "config.settings.production"} | given | hosts
    for command in (["migrate"], ["collectstatic", "--noinput", "--verbosity=0"]):
        subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=environment | {"DATABASE_MODE": "owner", "SEALER": "1"}, check=True
        )
    for name in [name for name in environment if name == "OWNER_SECRET" or name.startswith("ANCHOR_")]:
        del environment[name]
    web_socket = shared_state / "web.sock"
    gunicorn = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.py", "config.wsgi:application"]
    web = subprocess.Popen(gunicorn, cwd=ROOT, env=environment | {"BIND": f"unix:{web_socket}", "PYTHONPATH": str(ROOT)})
    limit = time.monotonic() + 60
    while not web_socket.exists() and web.poll() is None and time.monotonic() < limit:
        time.sleep(0.1)
    yield web_socket
    web.terminate()
    web.wait(30)
    services.stop()


def get(web_socket: Path, path: str, **headers: str) -> http.client.HTTPResponse:
    connection = SocketConnection(str(web_socket))
    connection.request(
        "GET", path, headers={"Host": "tsunagi.invalid"} | {name.replace("_", "-"): value for name, value in headers.items()}
    )
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


def test_it_is_ready_and_the_probe_of_the_container_says_so(machine: Path) -> None:
    probe = [sys.executable, "-m", "deploy.probe", str(machine)]

    assert subprocess.run([*probe, "/readyz"], cwd=ROOT).returncode == 0
    assert subprocess.run([*probe, "/unknown"], cwd=ROOT).returncode == 1


def test_plain_http_is_sent_to_https_and_https_is_held(machine: Path) -> None:
    plain = get(machine, "/somewhere")
    secure = get(machine, "/somewhere", X_Forwarded_Proto="https")

    assert (plain.status, plain.headers["Location"]) == (301, "https://tsunagi.invalid/somewhere")
    assert secure.status == 404
    assert "max-age=63072000" in secure.headers["Strict-Transport-Security"]
    assert "default-src 'none'" in secure.headers["Content-Security-Policy"]


def test_a_host_that_nobody_has_gets_a_bare_404(machine: Path) -> None:
    answer = get(machine, "/", X_Forwarded_Proto="https", Host="elsewhere.invalid")

    assert (answer.status, answer.headers["Content-Type"]) == (404, "text/plain")


def test_every_unit_is_one_that_systemd_accepts(tmp_path: Path) -> None:
    units = [tmp_path / unit.name for unit in UNITS]
    for unit, copy in zip(UNITS, units, strict=True):
        copy.write_text(unit.read_text().replace("/srv/tsunagi", str(ROOT)))
        parsed = configparser.ConfigParser(strict=False, interpolation=None)
        parsed.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's names have capitals
        parsed.read(unit)
        assert {"Unit", "Service", "Install"} <= set(parsed.sections())
        assert parsed["Service"]["User"] == ("tsunagi-sealer" if "sealer" in unit.name else "tsunagi")
    if (validator := shutil.which("systemd-analyze")) is not None:
        done = subprocess.run([validator, "verify", *units], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")


def test_only_the_migrating_unit_and_service_get_the_owners_secret() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]

    assert [unit.name for unit in UNITS if "env.owner" in unit.read_text()] == ["tsunagi-migrate.service"]
    assert [name for name, service in services.items() if "env.owner" in service.get("env_file", [])] == ["migrate"]


def test_only_the_sealer_gets_the_signing_key_and_the_credentials_of_the_anchors() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]

    assert [unit.name for unit in UNITS if "env.sealer" in unit.read_text()] == ["tsunagi-sealer.service"]
    assert [name for name, service in services.items() if "env.sealer" in service.get("env_file", [])] == ["sealer"]
    assert "root_key" not in services["sealer"]["secrets"]
    assert [name for name, service in services.items() if "anchor_key" in service.get("secrets", [])] == ["sealer"]


def test_compose_starts_what_the_units_start_with_what_the_settings_ask_for() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    services = compose["services"]
    commands = " ".join(" ".join(services[name].get("command", [])) for name in ("migrate", "worker", "scheduler", "sealer"))
    given = set(services["web"]["environment"]) | set(re.findall(r"^([A-Z_]+)=", (DEPLOY / "env.example").read_text(), re.MULTILINE))
    read_by = [(ROOT / "config" / "settings" / name).read_text() for name in ("base.py", "production.py")]
    asked = set(re.findall(r'env\.(?:text|database|file_bytes)\("([A-Z_]+)"\)', "".join(read_by)))

    assert {"migrate", "web", "worker", "scheduler", "sealer", "proxy", "app-db", "keys-db", "valkey"} == set(services)
    assert all(
        part in commands
        for part in ("manage.py migrate", "celery -A config.celery worker", "celery -A config.celery beat", "manage.py audit_seal")
    )
    assert asked <= given, asked - given
    assert set(compose["volumes"]) == {entry.split(":")[0] for s in services.values() for entry in s["volumes"] if entry[0] not in "./"}


def test_the_example_of_an_environment_does_not_start_as_it_is(tmp_path: Path) -> None:
    lines = [line for line in (DEPLOY / "env.example").read_text().splitlines() if line and not line.startswith("#")]
    environment = {"PATH": os.environ["PATH"]} | dict(line.split("=", 1) for line in lines)

    done = subprocess.run(
        [sys.executable, "-c", "import config.settings.production"], cwd=ROOT, env=environment, capture_output=True, text=True
    )

    assert done.returncode != 0
    for name in ("SECRET_KEY", "ROLE_SECRET", "ENVELOPE_KEY", "S3_SECRET_KEY"):
        assert f"{name} が見本のままです" in done.stderr


def test_the_proxys_blocks_and_statements_are_closed() -> None:
    """nginx itself is not on every machine; docs/operations.md says when its own test was run last."""
    text = re.sub(r"#.*", "", (DEPLOY / "nginx" / "tsunagi.conf").read_text())
    statements = [part.strip() for part in re.split(r"[;{}]", text)]

    assert text.count("{") == text.count("}")
    assert all("\n" not in statement for statement in statements)
    assert "access_log off" in statements


def test_the_image_takes_pinned_packages_and_no_secrets() -> None:
    containerfile = (DEPLOY / "Containerfile").read_text()
    ignored = (ROOT / ".dockerignore").read_text().split()

    assert containerfile.count("--require-hashes") == 2
    assert "USER tsunagi" in containerfile
    assert {".git", ".local", ".venv"} <= set(ignored)
    assert "deploy/env" in ignored
    assert "deploy/root.key" in ignored
