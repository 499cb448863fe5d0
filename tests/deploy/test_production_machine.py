"""One production machine: the same code behind the same gunicorn with production settings, and the files that describe it."""

import configparser
import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
import yaml
from django.conf import settings
from django.urls import reverse

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
    hosts |= {"MAIL_URL": "smtp://127.0.0.1:25", "MAIL_FROM": "no-reply@tsunagi.invalid", "CLAMD_ADDRESS": "unix:/nonexistent/clamd.ctl"}
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

    assert {"migrate", "web", "worker", "scheduler", "sealer", "proxy", "app-db", "keys-db", "valkey", "clamd"} == set(services)
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


def size_of(text: str) -> int:
    return int(text[:-1]) * {"k": 1024, "m": 1024 * 1024}[text[-1]]


def test_no_body_and_no_answer_lies_in_a_file_of_the_proxy_and_the_largest_upload_passes() -> None:
    """B46, C: a body is let in only if it fits into memory whole; an answer is never put on the disk."""
    text = (DEPLOY / "nginx" / "tsunagi.conf").read_text()
    allowed, held = (re.findall(rf"{name} (\w+);", text) for name in ("client_max_body_size", "client_body_buffer_size"))
    assert allowed == held
    assert max(map(size_of, allowed)) >= settings.FILE_LARGEST + settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert "proxy_max_temp_file_size 0;" in text
    path = re.search(r"location ~ (\S+) \{", text)
    assert path is not None
    assert re.match(path[1], reverse("attachments:list", args=[UUID(int=1)], urlconf="config.urls_centre"))


def test_the_image_takes_pinned_packages_and_no_secrets() -> None:
    containerfile = (DEPLOY / "Containerfile").read_text()
    ignored = (ROOT / ".dockerignore").read_text().split()

    assert containerfile.count("--require-hashes") == 2
    assert "USER tsunagi" in containerfile
    assert {".git", ".local", ".venv"} <= set(ignored)
    assert "deploy/env" in ignored
    assert "deploy/root.key" in ignored


GOOD = "hq.tsunagi.invalid"
STRANGE = "stranger.invalid"
# what stands in place of a request's head; nothing foreign may be believed, and nothing foreign may come back
STRANGERS = {
    "another name": f"GET {{path}} HTTP/1.1\r\nHost: {STRANGE}\r\n",
    "another name with a port": f"GET {{path}} HTTP/1.1\r\nHost: {STRANGE}:443\r\n",
    "ours as a user": f"GET {{path}} HTTP/1.1\r\nHost: {GOOD}@{STRANGE}\r\n",
    "ours as a sub-domain": f"GET {{path}} HTTP/1.1\r\nHost: {GOOD}.{STRANGE}\r\n",
    "ours as an ending": f"GET {{path}} HTTP/1.1\r\nHost: stranger{GOOD}\r\n",
    "a sub-domain nobody has": f"GET {{path}} HTTP/1.1\r\nHost: nobody.{GOOD}\r\n",
    "a path in it": f"GET {{path}} HTTP/1.1\r\nHost: {GOOD}/{STRANGE}\r\n",
    "a question in it": f"GET {{path}} HTTP/1.1\r\nHost: {STRANGE}?{GOOD}\r\n",
    "a fragment in it": f"GET {{path}} HTTP/1.1\r\nHost: {STRANGE}#{GOOD}\r\n",
    "a backslash in it": f"GET {{path}} HTTP/1.1\r\nHost: {STRANGE}\\{GOOD}\r\n",
    "a blank in it": f"GET {{path}} HTTP/1.1\r\nHost: {GOOD} {STRANGE}\r\n",
    "a tab in it": f"GET {{path}} HTTP/1.1\r\nHost: {GOOD}\t{STRANGE}\r\n",
    "two in one": f"GET {{path}} HTTP/1.1\r\nHost: {GOOD}, {STRANGE}\r\n",
    "two lines": f"GET {{path}} HTTP/1.1\r\nHost: {GOOD}\r\nHost: {STRANGE}\r\n",
    "two lines, ours last": f"GET {{path}} HTTP/1.1\r\nHost: {STRANGE}\r\nHost: {GOOD}\r\n",
    "none at all": "GET {path} HTTP/1.1\r\n",
    "an empty one": "GET {path} HTTP/1.1\r\nHost:\r\n",
    "a number": "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n",
    "IPv6": "GET {path} HTTP/1.1\r\nHost: [::1]:443\r\n",
    "a broken IPv6": f"GET {{path}} HTTP/1.1\r\nHost: [::1]{STRANGE}\r\n",
    "punycode": "GET {path} HTTP/1.1\r\nHost: xn--stranger-x.invalid\r\n",
    "letters beyond ASCII": "GET {path} HTTP/1.1\r\nHost: ｈｑ.tsunagi.invalid\r\n",
    "a port that is none": f"GET {{path}} HTTP/1.1\r\nHost: {STRANGE}:abc\r\n",
    "an underscore": "GET {path} HTTP/1.1\r\nHost: h_q.tsunagi.invalid\r\n",
    "the proxy's word in a stranger's mouth": f"GET {{path}} HTTP/1.1\r\nHost: {STRANGE}\r\nX-Forwarded-Host: {GOOD}\r\n",
    "a stranger by its whole address": f"GET https://{STRANGE}{{path}} HTTP/1.1\r\nHost: {STRANGE}\r\n",
}
HARMLESS = {
    "plainly": f"GET {{path}} HTTP/1.1\r\nHost: {GOOD}\r\n",
    "in capitals": f"GET {{path}} HTTP/1.1\r\nHost: {GOOD.upper()}\r\n",
    "with the port of https": f"GET {{path}} HTTP/1.1\r\nHost: {GOOD}:443\r\n",
    "with a dot at the end": f"GET {{path}} HTTP/1.1\r\nHost: {GOOD}.\r\n",
    "X-Forwarded-Host": f"GET {{path}} HTTP/1.1\r\nHost: {GOOD}\r\nX-Forwarded-Host: {STRANGE}\r\n",
    "X-Forwarded-Server and -Port": f"GET {{path}} HTTP/1.1\r\nHost: {GOOD}\r\nX-Forwarded-Server: {STRANGE}\r\nX-Forwarded-Port: 81\r\n",
    "Forwarded": f"GET {{path}} HTTP/1.1\r\nHost: {GOOD}\r\nForwarded: host={STRANGE};proto=http\r\n",
    "X-Host and X-Original-URL": f"GET {{path}} HTTP/1.1\r\nHost: {GOOD}\r\nX-Host: {STRANGE}\r\nX-Original-URL: //{STRANGE}/\r\n",
    "SCRIPT_NAME": f"GET {{path}} HTTP/1.1\r\nHost: {GOOD}\r\nSCRIPT_NAME: //{STRANGE}\r\nX-Script-Name: //{STRANGE}\r\n",
    "by a whole address that is another's": f"GET https://{STRANGE}{{path}} HTTP/1.1\r\nHost: {GOOD}\r\n",
}


def raw(web_socket: Path, head: str, path: str = "/accounts/login/", *, secure: bool = True) -> tuple[int, str]:
    """Status (0 where the connection is closed without a word) and everything that came back."""
    proto = "X-Forwarded-Proto: https\r\n" if secure else ""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(str(web_socket))
        connection.sendall((head.replace("{path}", path) + proto + "Connection: close\r\n\r\n").encode())
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return int(answer.split(b" ", 2)[1]) if answer else 0, answer.decode(errors="replace")


@pytest.mark.parametrize("secure", [True, False], ids=["https", "http"])
@pytest.mark.parametrize("how", STRANGERS)
def test_a_strange_host_is_no_host_of_ours(how: str, secure: bool, machine: Path) -> None:
    """B41: 400 or 404, and no address with a foreign name, not even the one that leads to https."""
    status, answer = raw(machine, STRANGERS[how], secure=secure)
    assert status in {0, 400, 404}
    assert STRANGE not in answer


@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/", "/accounts/login", "/accounts/login/?next=//stranger.invalid/", "//stranger.invalid/"]
)
@pytest.mark.parametrize("how", HARMLESS)
def test_nothing_a_client_adds_changes_where_it_is(how: str, path: str, machine: Path) -> None:
    """B41: sign-in, the redirect to it and the one with the last slash stay at the host that was asked."""
    status, answer = raw(machine, HARMLESS[how], path)
    head = answer.partition("\r\n\r\n")[0]
    assert status in {200, 301, 302, 400, 404}
    assert not re.search(r"(?im)^location:\s*(https?:)?//(?!hq\.tsunagi\.invalid)", head), head
    assert f"//{STRANGE}/" not in answer.replace(f"next=//{STRANGE}/", "").replace(f'value="//{STRANGE}/"', "")


def test_only_the_proxy_says_who_asked_and_how() -> None:
    """B41: nginx says Host, address and scheme itself and lets no client say them or their like."""
    said = dict(re.findall(r"^proxy_set_header (\S+) (.+);$", (DEPLOY / "nginx" / "proxy_params").read_text(), re.MULTILINE))
    assert said["X-Forwarded-For"] == said["X-Real-IP"] == "$remote_addr"  # not $proxy_add_x_forwarded_for: one address, ours
    assert (said["Host"], said["X-Forwarded-Proto"]) == ("$http_host", "$scheme")
    for name in ("X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Server", "X-Forwarded-Prefix", "X-Script-Name", "Forwarded"):
        assert said[name] == '""'
    server = (DEPLOY / "nginx" / "tsunagi.conf").read_text()
    assert server.count("proxy_pass") == server.count("include /etc/nginx/proxy_params")
    for limit in ("client_header_timeout 10s", "client_body_timeout 30s", "client_max_body_size", "limit_conn each_address"):
        assert limit in server


def test_the_application_meets_whole_requests_only() -> None:
    """B60: a thread is held by whoever has a connection, so slow clients wait at the proxy, which hands over what has arrived whole."""
    server = (DEPLOY / "nginx" / "tsunagi.conf").read_text()
    assert "proxy_request_buffering off" not in server
    assert "proxy_buffering off" not in server
    assert "server unix:/run/tsunagi/web.sock" in server
    assert 'BIND", "unix:' in (DEPLOY / "gunicorn.py").read_text()
