"""The demo as `make demo` starts it, with its invented data, in a state directory of its own: what the attacks aim at."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
import requests

from deploy.demo_data.sign_ins import PASSWORD
from deploy.places import socket_folder
from deploy.ports import free_ports

ROOT = Path(__file__).resolve().parents[2]
PLAIN = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/tmp"), "LANG": "C.UTF-8"}
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class RunningDemo:
    def __init__(self, port: int, state: Path) -> None:
        self.port = port
        self.state = state

    def browser(self, host: str) -> requests.Session:
        """Keeps its cookies; `host` is minato, hq, or empty for the entrance."""
        session = requests.Session()
        session.trust_env = False  # no proxy of the machine between us and loopback
        session.headers["Host"] = self.name_of(host)
        return session

    def name_of(self, host: str) -> str:
        return f"{host + '.' if host else ''}localhost:{self.port}"

    def address(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def sign_in(self, host: str, email: str) -> requests.Session:
        browser = self.browser(host)
        form = self.form_token(browser, "/accounts/login/")
        answer = browser.post(
            self.address("/accounts/login/"),
            {"csrfmiddlewaretoken": form, "login": email, "password": PASSWORD},
            allow_redirects=False,
            timeout=30,
        )
        assert answer.status_code == 302, answer.status_code
        return browser

    def is_signed_in(self, browser: requests.Session) -> bool:
        return browser.get(self.address("/cases/"), timeout=30, allow_redirects=False).status_code == 200

    def form_token(self, browser: requests.Session, path: str) -> str:
        found = TOKEN.search(browser.get(self.address(path), timeout=30).text)
        assert found is not None, path
        return found[1]

    def api_token(self, browser: requests.Session) -> str:
        """A token made as its owner makes one."""
        form = self.form_token(browser, "/accounts/tokens/")
        page = browser.post(self.address("/accounts/tokens/"), {"csrfmiddlewaretoken": form, "label": "試験"}, timeout=30).text
        found = re.search(r">([0-9a-f]{64})<", page)
        assert found is not None, "no token on the page"
        return found[1]

    @contextmanager
    def unthrottled(self) -> Iterator[None]:
        """What the throttles have counted is forgotten again and again: thousands of requests a minute are answered as the first."""
        store, ended = redis.Redis.from_url(f"unix://{socket_folder(self.state)}/valkey?db=1"), threading.Event()

        def forget() -> None:
            while not ended.wait(0.2):
                if counted := [key for key in store.scan_iter(count=1000) if b"throttle:" in key or b"allauth:rl:" in key]:
                    store.delete(*counted)

        thread = threading.Thread(target=forget)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            store.close()


@contextmanager
def running_demo(state: Path) -> Iterator[RunningDemo]:
    """From nothing: databases, data, web, worker and scheduler; everything is stopped at the end."""
    demo = RunningDemo(free_ports(1)[0], state.resolve())
    environment = PLAIN | {"STATE_DIR": str(state), "PORT": str(demo.port)}
    launched = subprocess.Popen(
        [sys.executable, "-m", "deploy.demo"],
        cwd=ROOT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        assert launched.stdout is not None
        shown = ""
        for line in launched.stdout:
            shown += line
            if "止めるには Ctrl-C" in line:
                break
        else:
            raise AssertionError(shown)
        yield demo
    finally:
        launched.terminate()
        launched.communicate(timeout=60)
