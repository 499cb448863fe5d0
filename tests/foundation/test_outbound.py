"""The only door by which the server asks another machine for something (B45)."""

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytest_django import Settings

from foundation import outbound
from foundation.outbound import OutboundRefused, allowed_hosts, checked, fetch, is_public, session
from tests.strictness import NetworkUsed

PUBLIC = "93.184.215.14"

# everything is on the list, so that no form is refused for being unlisted alone
LISTED = frozenset(
    {
        "idp.example.jp", "idp.example.jp:8443", "127.0.0.1", "2130706433", "0x7f000001", "017700000001", "127.1", "0x7f.1", "0177.0.0.1",
        "::1", "[::1]", "localhost", "localhost.localdomain", "metadata", "169.254.169.254", "10.0.0.1", "idp.example.jp.", "idp_x.example.jp",
        "127.0.0.1.", "1.1.1.1", "0", "example.0x7f", "idp.example.jp:0", "IDP.example.jp", "idp.example.123",
    }
)  # fmt: skip
FORMS = (
    ("http://idp.example.jp/", "scheme"),
    ("file:///etc/passwd", "scheme"),
    ("gopher://idp.example.jp:6379/_FLUSHALL", "scheme"),
    ("ftp://idp.example.jp/", "scheme"),
    ("data:text/plain,x", "scheme"),
    ("javascript:alert(1)", "scheme"),
    ("dict://idp.example.jp:11211/", "scheme"),
    ("//idp.example.jp/", "scheme"),
    ("idp.example.jp", "scheme"),
    ("", "form"),
    (" https://idp.example.jp/", "form"),
    ("https://idp.example.jp/\r\nX-Inside: 1", "form"),
    ("https://idp.example.jp\\@inside.example/", "form"),
    ("https://idp.example.jp\t/", "form"),
    ("https://ｉｄｐ.example.jp/", "form"),
    ("https://idp。example.jp/", "form"),
    ("https://①②⑦.0.0.1/", "form"),
    ("https://user@idp.example.jp/", "form"),
    ("https://idp.example.jp:443@inside.example/", "form"),
    ("https://IDP.example.jp/", "form"),
    ("https://idp.example.jp:/", "form"),
    ("https://idp.example.jp:99999/", "form"),
    ("https://idp.example.jp:8443x/", "form"),
    ("https://idp.example.jp:+443/", "form"),
    ("https://idp%2eexample.jp/", "form"),
    ("https://[::1]/", "form"),
    ("https://[::ffff:127.0.0.1]/", "form"),
    ("https://[fe80::1%25eth0]/", "form"),
    ("https:///path", "form"),
    ("https://127.0.0.1/", "host"),
    ("https://2130706433/", "host"),
    ("https://0x7f000001/", "host"),
    ("https://017700000001/", "host"),
    ("https://127.1/", "host"),
    ("https://0x7f.1/", "host"),
    ("https://0177.0.0.1/", "host"),
    ("https://127.0.0.1./", "host"),
    ("https://0/", "host"),
    ("https://169.254.169.254/latest/meta-data/", "host"),
    ("https://1.1.1.1/", "host"),
    ("https://localhost/", "host"),
    ("https://metadata/", "host"),
    ("https://idp.example.jp./", "host"),
    ("https://example.0x7f/", "host"),
    ("https://idp.example.123/", "host"),
    ("https://idp_x.example.jp/", "host"),
    ("https://evil.example/", "unlisted"),
    ("https://idp.example.jp.evil.example/", "unlisted"),
    ("https://sub.idp.example.jp/", "unlisted"),
    ("https://idp.example.jp:22/", "unlisted"),
    ("https://idp.example.jp:80/", "unlisted"),
)
INSIDE = (
    "127.0.0.1", "127.255.255.254", "0.0.0.0",  # noqa: S104 "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.2.1",
    "198.18.0.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1",
    "fd12:3456::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:93.184.215.14", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::5db8:d70e",
    "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1", "rubbish", "",
)  # fmt: skip


@pytest.fixture
def production(settings: Settings) -> Settings:
    settings.OUTBOUND_LOOPBACK = False
    settings.OUTBOUND_HOSTS = LISTED
    return settings


def public(host: str, port: int) -> list[str]:
    return [PUBLIC]


@pytest.mark.parametrize(("url", "code"), FORMS, ids=[url for url, _ in FORMS])
def test_no_form_of_an_address_leads_elsewhere(url: str, code: str, production: Settings) -> None:
    """B45: refused before a look-up, and so is a session's request, which would mend what it is given."""
    with pytest.raises(OutboundRefused) as refused:
        checked(url, resolve=public)
    assert refused.value.code == code
    with session(resolve=public) as guarded, pytest.raises(OutboundRefused):
        guarded.get(url)


def test_what_is_listed_is_asked_at_the_checked_address(production: Settings) -> None:
    assert checked("https://idp.example.jp/a?b=c#d", resolve=public)[1] == PUBLIC
    assert checked("https://idp.example.jp:8443/", resolve=public)[0].written == "idp.example.jp:8443"


@pytest.mark.parametrize("address", INSIDE)
def test_a_name_that_leads_inside_is_refused(address: str, production: Settings) -> None:
    """B45: whatever form DNS gives an inner address, alone or beside a public one."""
    assert not is_public(address)
    for answer in ([address], [PUBLIC, address]):
        with pytest.raises(OutboundRefused, match="inside"):
            checked("https://idp.example.jp/", resolve=lambda host, port, answer=answer: answer)


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


def test_a_name_that_changes_its_mind_reaches_only_the_first_address(production: Settings) -> None:
    """B45: DNS rebinding. One look-up, and the connection goes to what it gave."""
    answers = [[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]]

    def rebinding(host: str, port: int) -> list[str]:
        return answers.pop(0)

    with session(resolve=rebinding) as guarded, pytest.raises(NetworkUsed, match=PUBLIC):
        guarded.get("https://idp.example.jp/")
    assert len(answers) == 2


def test_a_name_without_address_is_refused(production: Settings) -> None:
    with pytest.raises(OutboundRefused, match="unresolved"):
        checked("https://idp.example.jp/", resolve=lambda host, port: [])


def test_a_list_for_one_use_narrows_and_never_widens(production: Settings) -> None:
    with pytest.raises(OutboundRefused, match="unlisted"):
        checked("https://idp.example.jp/", resolve=public, hosts={"other.example.jp"})
    with pytest.raises(OutboundRefused, match="unlisted"):
        checked("https://evil.example/", resolve=public, hosts={"evil.example"})


def test_hosts_that_stand_in_the_database_are_asked_for_each_time(production: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = ["idp2.example.jp"]
    monkeypatch.setattr(outbound, "_lists", [])
    outbound.allow(lambda: rows)
    assert "idp2.example.jp" in allowed_hosts()
    rows.clear()
    assert "idp2.example.jp" not in allowed_hosts()


def test_this_machine_is_out_of_reach_unless_a_demo_or_test_says_so(settings: Settings) -> None:
    settings.OUTBOUND_HOSTS = frozenset({"localhost:9000"})
    assert checked("http://localhost:9000/", resolve=lambda host, port: ["127.0.0.1"])[1] == "127.0.0.1"
    with pytest.raises(OutboundRefused, match="inside"):
        checked("http://localhost:9000/", resolve=public)
    settings.OUTBOUND_LOOPBACK = False
    with pytest.raises(OutboundRefused):
        checked("http://localhost:9000/", resolve=lambda host, port: ["127.0.0.1"])


class Answers(BaseHTTPRequestHandler):
    """A server of many bad manners."""

    seen: list[tuple[str, str]] = []

    def do_GET(self) -> None:
        self.seen.append((self.path, self.headers["Host"]))
        manner = {"/ok": self.plain, "/moved": self.moved, "/large": self.large, "/slow": self.slow, "/zipped": self.zipped}
        manner.get(self.path, self.absent)()

    def send(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def plain(self) -> None:
        self.send(200, b"here")

    def absent(self) -> None:
        self.send(404)

    def moved(self) -> None:
        self.send(302, Location=f"http://localhost:{self.server.server_address[1]}/ok")

    def zipped(self) -> None:
        self.send(200, b"\x1f\x8b", Content_Encoding="gzip")

    def large(self) -> None:
        self.send(200)
        for _ in range(40):
            self.wfile.write(b"x" * 50_000)

    def slow(self) -> None:
        self.send(200)
        for _ in range(40):
            self.wfile.write(b"x")
            time.sleep(0.1)

    def log_message(self, *_: object) -> None:
        pass

    def handle(self) -> None:
        with suppress(OSError):  # the other side hung up, as it should
            super().handle()


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), Answers)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    Answers.seen.clear()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def there(settings: Settings) -> Iterator[str]:
    with serving() as port:
        settings.OUTBOUND_HOSTS = frozenset({f"localhost:{port}"})
        yield f"http://localhost:{port}"


def test_an_answer_is_taken_whole(there: str) -> None:
    assert fetch(f"{there}/ok") == b"here"
    with session() as guarded:
        assert guarded.get(f"{there}/ok").text == "here"
    assert {host for _, host in Answers.seen} == {there.removeprefix("http://")}


@pytest.mark.parametrize(
    ("path", "code"), [("/moved", "redirect"), ("/large", "size"), ("/zipped", "encoding"), ("/absent", "status"), ("/slow", "time")]
)
def test_no_answer_leads_on_or_fills_the_memory_or_takes_its_time(
    path: str, code: str, there: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B45: a redirect is not followed, even to a host that is listed."""
    monkeypatch.setattr(outbound, "SECONDS_ALTOGETHER", 0.5)
    with pytest.raises(OutboundRefused, match=code):
        fetch(there + path)
    assert [asked for asked, _ in Answers.seen] == [path]


def test_proxies_and_passwords_of_the_environment_are_not_used(there: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert fetch(f"{there}/ok") == b"here"


def certificate_of(name: str, folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize(("named", "accepted"), [("idp.example.jp", True), ("other.example.jp", False)])
def test_the_certificate_is_that_of_the_name_not_of_the_address(
    named: str, accepted: bool, tmp_path: Path, production: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = certificate_of(named, tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pem)
    monkeypatch.setattr(outbound, "is_public", lambda address: address == "127.0.0.1")  # where the test's server can be
    with serving(tls) as port, session(resolve=lambda host, _: ["127.0.0.1"]) as guarded:
        production.OUTBOUND_HOSTS = frozenset({f"idp.example.jp:{port}"})
        if accepted:
            assert guarded.get(f"https://idp.example.jp:{port}/ok", verify=str(pem)).content == b"here"
            assert Answers.seen == [("/ok", f"idp.example.jp:{port}")]
        else:
            with pytest.raises(requests.exceptions.SSLError):
                guarded.get(f"https://idp.example.jp:{port}/ok", verify=str(pem))
        with pytest.raises(OutboundRefused, match="certificate"):
            guarded.get(f"https://idp.example.jp:{port}/ok", verify=False)
