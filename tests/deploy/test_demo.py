"""`make demo` as a person at a terminal has it: really started, really killed. The data counts as made, so only the machine is tried."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from deploy.places import socket_folder
from deploy.ports import free_ports

ROOT = Path(__file__).resolve().parents[2]
OURS = ("config.wsgi", "config.celery", "/postgres", "valkey-server", "weed")
NO_SECRETS_OF_THIS_RUN = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/tmp"), "LANG": "C.UTF-8"}


class Terminal:
    """One state directory and one port, and what was started on them."""

    def __init__(self, state: Path) -> None:
        self.state, (self.port,) = state, free_ports(1)
        (state / "demo-data").write_text("\n")
        self.shown = ""

    def start(self) -> subprocess.Popen[str]:
        """Comes back when the demo says that it can be used."""
        demo = self.launch()
        assert demo.stdout is not None
        for line in demo.stdout:
            self.shown += line
            if "止めるには Ctrl-C" in line:
                return demo
        raise AssertionError(self.shown)

    def launch(self) -> subprocess.Popen[str]:
        environment = NO_SECRETS_OF_THIS_RUN | {"STATE_DIR": str(self.state), "PORT": str(self.port)}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.Popen(
            [sys.executable, "-m", "deploy.demo"], cwd=ROOT, env=environment, text=True, start_new_session=True, **pipes
        )

    def status(self, path: str) -> int:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers={"Host": f"localhost:{self.port}"})
        try:
            return urllib.request.urlopen(request, timeout=10).status
        except urllib.error.HTTPError as error:
            return error.code

    def processes(self) -> list[str]:
        """Everything alive that mentions our state directory, sockets or port."""
        marks = [str(self.state).encode(), str(socket_folder(self.state)).encode()]
        return [line for pid in Path("/proc").iterdir() if pid.name.isdigit() and (line := command_of(pid, marks))]

    def assert_nothing_is_left(self, *, seconds: float = 0.0) -> None:
        limit = time.monotonic() + seconds
        while self.processes() and time.monotonic() < limit:
            time.sleep(0.1)
        assert self.processes() == []

    def assert_no_trace_but_data(self) -> None:
        assert not socket_folder(self.state).exists()
        assert not {"env", "services", "processes"} & {path.name for path in self.state.iterdir()}


def command_of(pid: Path, marks: list[bytes]) -> str:
    try:
        command = (pid / "cmdline").read_bytes()
        environment = (pid / "environ").read_bytes()
    except OSError:
        return ""
    known = any(mark in command or mark in environment for mark in marks)
    return command.replace(b"\0", b" ").decode(errors="replace") if known and command else ""


@pytest.fixture(scope="module")
def terminal(shared_state: Path) -> Terminal:
    return Terminal(shared_state)


def test_the_demo_comes_up_answers_and_leaves_nothing_behind_however_it_ends(terminal: Terminal) -> None:
    demo = terminal.start()
    assert terminal.status("/readyz") == 200
    assert {mark for mark in OURS if any(mark in line for line in terminal.processes())} == set(OURS)
    second_in_same_state(terminal)

    demo.send_signal(signal.SIGTERM)
    shown, _ = demo.communicate(timeout=30)
    assert (demo.returncode, shown.strip().splitlines()[-1]) == (0, "止めました。データは残っています。")
    terminal.assert_nothing_is_left()
    terminal.assert_no_trace_but_data()

    demo = terminal.start()
    demo.send_signal(signal.SIGKILL)
    demo.communicate(timeout=10)
    terminal.assert_nothing_is_left(seconds=20)

    demo = terminal.start()
    demo.send_signal(signal.SIGINT)
    time.sleep(0.2)
    demo.send_signal(signal.SIGINT)  # an impatient second Ctrl-C
    demo.communicate(timeout=30)
    assert demo.returncode == 0
    terminal.assert_nothing_is_left()
    terminal.assert_no_trace_but_data()


def second_in_same_state(terminal: Terminal) -> None:
    other = terminal.launch()
    shown, _ = other.communicate(timeout=30)

    assert other.returncode == 1
    assert "いま動いている別の実行が使っています" in shown
    assert terminal.status("/readyz") == 200
    assert {"pg", "valkey"} <= {path.name for path in socket_folder(terminal.state).iterdir()}
    assert {"env", "services", "processes"} <= {path.name for path in terminal.state.iterdir()}


def test_a_taken_port_is_said_in_one_line(terminal: Terminal) -> None:
    import socket

    with socket.create_server(("127.0.0.1", terminal.port)):
        demo = terminal.launch()
        shown, _ = demo.communicate(timeout=30)

    assert demo.returncode == 1
    assert shown.strip() == f"エラー: ポート {terminal.port} は別のプログラムが使っています。PORT=8001 make demo のように変えられます。"


def test_a_run_that_was_cut_off_while_preparing_begins_anew(terminal: Terminal) -> None:
    (terminal.state / "demo-data").unlink()
    demo = terminal.launch()
    assert demo.stdout is not None
    first = demo.stdout.readline()
    second = demo.stdout.readline()
    demo.send_signal(signal.SIGINT)
    demo.communicate(timeout=30)

    assert "はじめから作り直します" in first
    assert "起動しています" in second
    terminal.assert_nothing_is_left()


@pytest.mark.parametrize("port", ["0", "70000", "web"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    environment = NO_SECRETS_OF_THIS_RUN | {"PORT": port}

    done = subprocess.run([sys.executable, "-m", "deploy.demo"], cwd=ROOT, env=environment, capture_output=True, text=True)

    assert done.returncode == 1
    assert "PORT は 1 から 65535 の数です" in done.stderr


def test_reset_forgets_the_data_and_is_refused_while_the_demo_runs(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (state / "demo-data").write_text("")
    environment = NO_SECRETS_OF_THIS_RUN | {"STATE_DIR": str(state)}
    reset = [sys.executable, "-m", "deploy.reset"]
    holder = (
        "import sys; from pathlib import Path; from deploy.places import claim; claim(Path(sys.argv[1])); print(1, flush=True); input()"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", holder, state], cwd=ROOT, text=True, **pipes) as running:
        assert running.stdout is not None
        running.stdout.readline()
        refused = subprocess.run(reset, cwd=ROOT, env=environment, capture_output=True, text=True)
        running.communicate("\n")

    assert refused.returncode == 1
    assert "先にそちらを止めて" in refused.stderr
    assert (state / "demo-data").exists()
    assert subprocess.run(reset, cwd=ROOT, env=environment, capture_output=True).returncode == 0
    assert not state.exists()
