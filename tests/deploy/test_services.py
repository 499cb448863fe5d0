"""The local servers, really started; each test that kills has a state directory of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest
from botocore.exceptions import ClientError

from deploy.local import Services
from deploy.places import AlreadyRunning, outside_folder
from deploy.ports import free_ports
from deploy.processes import ServiceError, started_at
from deploy.reset import forget
from tenants.passwords import password_for

ROOT = Path(__file__).resolve().parents[2]
DATABASES = ("postgres", "valkey")


@pytest.fixture(scope="module")
def running(shared_state: Path) -> Iterator[tuple[Services, dict[str, str]]]:
    services = Services(shared_state, fsync=True)
    yield services, services.start()
    services.stop()


def connect(environment: dict[str, str], login: str, database: str) -> "psycopg.Connection[tuple[str]]":
    password = password_for(login, role_secret=environment["ROLE_SECRET"], owner_secret=environment["OWNER_SECRET"])
    return psycopg.connect(environment["DATABASE_URL"].replace("/app?", f"/{database}?"), user=login, password=password)


ALLOWED = {("owner", "app"), ("entrance", "app"), ("hq", "app"), ("keys", "keys"), ("keys_owner", "keys")}


@pytest.mark.parametrize("database", ["app", "keys"])
@pytest.mark.parametrize("login", ["owner", "entrance", "hq", "keys", "keys_owner"])
def test_each_login_reaches_its_own_database_only(running: tuple[Services, dict[str, str]], login: str, database: str) -> None:
    if (login, database) in ALLOWED:
        with connect(running[1], login, database) as connection:
            assert connection.execute("SELECT session_user").fetchone() == (login,)
    else:
        with pytest.raises(psycopg.OperationalError, match="does not have CONNECT privilege"):
            connect(running[1], login, database)


def test_a_wrong_password_is_refused(running: tuple[Services, dict[str, str]]) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(running[1] | {"ROLE_SECRET": "another"}, "entrance", "app")


def test_the_demo_hands_out_no_superuser_and_keeps_its_secrets_private(running: tuple[Services, dict[str, str]]) -> None:
    services, environment = running

    assert "PG_SUPERUSER_PASSWORD" not in environment
    for name in ("secrets.json", "root.key", "s3.json"):
        assert (services.state / name).stat().st_mode & 0o077 == 0


def test_nothing_but_the_storage_listens_on_the_network_and_only_on_this_machine(running: tuple[Services, dict[str, str]]) -> None:
    pids = {child.process.pid for child in running[0].children}
    inodes = {os.readlink(link)[8:-1] for pid in pids for link in Path(f"/proc/{pid}/fd").iterdir() if "socket:" in os.readlink(link)}
    table = [*Path("/proc/net/tcp").read_text().splitlines()[1:], *Path("/proc/net/tcp6").read_text().splitlines()[1:]]
    listening = [line.split() for line in table if line.split()[3] == "0A" and line.split()[9] in inodes]

    assert listening
    assert {row[1].partition(":")[0] for row in listening} == {"0100007F"}


def test_a_second_run_on_the_same_state_is_refused(running: tuple[Services, dict[str, str]]) -> None:
    second = Services(running[0].state, fsync=True)
    with pytest.raises(AlreadyRunning):
        second.start()
    second.stop()

    running[0].assert_alive()
    with connect(running[1], "entrance", "app") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_data_survives_a_restart_and_nothing_else_stays(state: Path) -> None:
    services = Services(state, fsync=False, parts=DATABASES)
    with connect(services.start(), "owner", "app") as connection:
        connection.execute("CREATE TABLE public.kept AS SELECT 7 AS number")
    pids = [child.process.pid for child in services.children]
    services.stop()
    assert not any(started_at(pid) for pid in pids)
    assert not services.sockets.exists()

    with connect(services.start(), "owner", "app") as connection:
        assert connection.execute("SELECT number FROM public.kept").fetchone() == (7,)
    services.stop()


def test_a_half_made_cluster_is_made_again(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    services = Services(state, fsync=False, parts=DATABASES)
    services.start()
    services.stop()
    (state / "cluster").unlink()
    shutil.rmtree(services.server.data / "base")

    with connect(services.start(), "owner", "app") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    services.stop()
    assert "作り直します" in capsys.readouterr().err


def test_lost_secrets_are_said_clearly(state: Path) -> None:
    services = Services(state, fsync=False, parts=DATABASES)
    services.start()
    services.stop()
    (state / "secrets.json").unlink()

    with pytest.raises(ServiceError, match="make demo-reset"):
        services.start()
    assert services.lock is None


def test_a_killed_launcher_leaves_no_server_behind_and_the_next_run_starts(state: Path) -> None:
    launcher = subprocess.Popen([sys.executable, "-m", "deploy.local", state], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert launcher.stdout is not None
    assert launcher.stdout.readline().startswith("SECRET_KEY=")
    pids = [int(line.split()[0]) for line in (state / "services").read_text().splitlines()]
    assert len(pids) == 3

    launcher.send_signal(signal.SIGKILL)
    launcher.communicate()

    limit = time.monotonic() + 15
    while any(started_at(pid) for pid in pids) and time.monotonic() < limit:
        time.sleep(0.1)
    assert not any(started_at(pid) for pid in pids)
    services = Services(state, fsync=False, parts=DATABASES)
    services.start()
    services.stop()


def test_a_server_that_was_left_running_is_stopped_by_the_next_run(state: Path) -> None:
    listens = ["/usr/bin/env", "--default-signal=INT", "/bin/sleep", "600"]  # what runs in the background was told to ignore it
    orphan = subprocess.Popen(listens, start_new_session=True)
    (state / "services").write_text(f"{orphan.pid} {started_at(orphan.pid)} sleep\n")
    services = Services(state, fsync=False, parts=DATABASES)

    services.start()

    assert orphan.wait(timeout=10) == -signal.SIGINT
    services.stop()


def test_a_number_that_another_process_has_by_now_is_left_alone(state: Path) -> None:
    stranger = subprocess.Popen(["/bin/sleep", "600"], start_new_session=True)
    (state / "services").write_text(f"{stranger.pid} 1 sleep\n")
    services = Services(state, fsync=False, parts=DATABASES)

    services.start()
    services.stop()

    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_a_socket_folder_of_somebody_else_is_refused(state: Path) -> None:
    services = Services(state, fsync=False, parts=DATABASES)
    services.sockets.symlink_to(state)

    with pytest.raises(ServiceError, match="別の利用者"):
        services.start()
    services.sockets.unlink()


def test_the_storage_keeps_objects_over_a_restart_on_other_ports_and_refuses_wrong_keys(state: Path) -> None:
    services = Services(state, fsync=False, parts=("storage",))
    before = services.start()
    storage(before).put_object(Bucket=before["S3_BUCKET"], Key="tenants/minato/添付.bin", Body=b"sealed")
    services.stop()

    with socket.create_server(("127.0.0.1", int(before["S3_ENDPOINT_URL"].rpartition(":")[2]))):
        after = services.start()

    assert after["S3_ENDPOINT_URL"] != before["S3_ENDPOINT_URL"]
    found = storage(after).get_object(Bucket=after["S3_BUCKET"], Key="tenants/minato/添付.bin")
    assert found["Body"].read() == b"sealed"
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        storage(after | {"S3_SECRET_KEY": "wrong"}).get_object(Bucket=after["S3_BUCKET"], Key="tenants/minato/添付.bin")
    services.stop()


def storage(environment: dict[str, str]) -> Any:  # Any: boto3 makes its clients at run time
    return boto3.client(
        "s3",
        endpoint_url=environment["S3_ENDPOINT_URL"],
        aws_access_key_id=environment["S3_ACCESS_KEY"],
        aws_secret_access_key=environment["S3_SECRET_KEY"],
        region_name="us-east-1",
    )


def test_root_can_keep_its_checkout_where_nobody_may_look(closed_home: Path) -> None:
    services = Services(closed_home / ".local" / "demo", fsync=False, parts=DATABASES)

    with connect(services.start(), "owner", "app") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    services.stop()

    assert (os.geteuid() == 0) == outside_folder(services.state).exists()
    forget(services.state)
    assert not outside_folder(services.state).exists()


@pytest.fixture
def closed_home(state: Path) -> Path:
    home = state / "home"
    home.mkdir(mode=0o700)
    return home


def test_a_port_whose_socket_another_run_left_behind_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    left = Path("/tmp/seaweedfs-filer-20001.sock")
    left.touch()
    offered = iter([1, 2])
    monkeypatch.setattr("deploy.ports.secrets.randbelow", lambda limit: next(offered))
    monkeypatch.setattr("deploy.ports.port_is_free", lambda port: True)
    try:
        assert free_ports(1) == [20_002]
    finally:
        left.unlink()
