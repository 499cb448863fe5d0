"""The only door by which this product asks another machine for something on somebody's word: an address that was configured or typed.

Storage, keys and mail go to machines named in the environment and have clients of their own; everything else goes through here, so
that no address can make the server look into its own network (server-side request forgery).
"""

import ipaddress
import re
import socket
import time
from collections.abc import Callable, Collection, Iterable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

Resolver = Callable[[str, int], Iterable[str]]
WAITS = (3.05, 5.0)  # seconds: to connect, and for each piece of the answer
SECONDS_ALTOGETHER = 10.0
LARGEST = 1_000_000  # bytes
READABLE = re.compile(r"[!-~]+")  # no space, no control sign, nothing beyond ASCII: two parsers may not read an address differently
NAME = re.compile(r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+\Z)(?!0x)[a-z0-9-]*[a-z][a-z0-9-]*", re.ASCII)
LOOPBACK_NAMES = {"localhost", "127.0.0.1"}
# translated, 6to4, Teredo, compatible and mapped: an address within the address
CARRIES_IPV4 = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "::ffff:0:0/96")))


class OutboundRefused(requests.RequestException):
    """Nothing was sent, or what came back is not taken. `code` says why; it is for logs and tests, not for whoever typed the address."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


_lists: list[Callable[[], Collection[str]]] = []


def allow(hosts: Callable[[], Collection[str]]) -> None:
    """In AppConfig.ready(): more hosts, asked for at each request, such as identity providers that stand in the database."""
    _lists.append(hosts)


def allowed_hosts() -> frozenset[str]:
    """Exact names (`idp.example.jp`, or `idp.example.jp:8443` for another port than 443): settings.OUTBOUND_HOSTS and what was registered."""
    return frozenset(settings.OUTBOUND_HOSTS).union(*(hosts() for hosts in _lists))


class Target(NamedTuple):
    scheme: str
    host: str
    port: int

    @property
    def written(self) -> str:
        """As the list of allowed hosts and the Host header write it."""
        return self.host if self.port == (443 if self.scheme == "https" else 80) else f"{self.host}:{self.port}"


def session(*, hosts: Collection[str] | None = None, resolve: Resolver | None = None) -> requests.Session:
    """A session whose every request is held to the rules of `checked`, connects to the address that was checked, follows no redirect,
    waits ten seconds for a whole answer and takes at most 1 MB. `hosts` narrows the list of allowed hosts, it never widens it.

    Its requests raise OutboundRefused (a requests.RequestException, so that callers who expect a failing network see one).
    """
    return GuardedSession(Door(resolve or resolved, hosts))


def fetch(url: str, *, hosts: Collection[str] | None = None) -> bytes:
    """The body at an address that answers 200. Raises OutboundRefused (`status` for any other answer), requests.RequestException."""
    with session(hosts=hosts) as guarded:
        answer = guarded.get(url)
    if answer.status_code != 200:
        raise OutboundRefused("status")
    return answer.content


def checked(url: str, *, resolve: Resolver, hosts: Collection[str] | None = None) -> tuple[Target, str]:
    """What is asked, and the one IP address to connect to. https only; the host stands in the list letter by letter and is a name, not a
    number; every address it resolves to is public.

    settings.OUTBOUND_LOOPBACK (demo and tests) lets listed hosts of this machine be reached, by http too.
    Raises OutboundRefused: `form`, `scheme`, `host`, `unlisted`, `unresolved`, `inside`.
    """
    target = target_of(url)
    listed = allowed_hosts() if hosts is None else allowed_hosts() & set(hosts)
    here = settings.OUTBOUND_LOOPBACK and (target.host in LOOPBACK_NAMES or target.host.endswith(".localhost"))
    if not here and target.scheme != "https":
        raise OutboundRefused("scheme")
    if not here and not NAME.fullmatch(target.host):
        raise OutboundRefused("host")
    if target.written not in listed:
        raise OutboundRefused("unlisted")
    addresses = sorted(resolve(target.host, target.port), key=lambda address: ":" in address)  # IPv4 first
    if not addresses:
        raise OutboundRefused("unresolved")
    if not all(ipaddress.ip_address(address).is_loopback if here else is_public(address) for address in addresses):
        raise OutboundRefused("inside")  # one that points inside condemns all
    return target, addresses[0]


def target_of(url: str) -> Target:
    """Raises OutboundRefused for whatever two readers could understand differently."""
    if not READABLE.fullmatch(url) or "\\" in url:
        raise OutboundRefused("form")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise OutboundRefused("form") from error
    if parts.scheme not in {"https", "http"}:
        raise OutboundRefused("scheme")
    if not host or "%" in host or parts.netloc != (host if port is None else f"{host}:{port}"):
        raise OutboundRefused("form")  # a user before @, capitals, brackets, escapes, an empty port
    return Target(parts.scheme, host, (443 if parts.scheme == "https" else 80) if port is None else port)


def is_public(address: str) -> bool:
    """Not private, loopback, link-local, shared, multicast, reserved or unspecified, and no IPv6 form that carries an IPv4 address."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and (ip.scope_id or any(ip in block for block in CARRIES_IPV4)):
        return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def resolved(host: str, port: int) -> list[str]:
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise OutboundRefused("unresolved") from error


class GuardedSession(requests.Session):
    def __init__(self, door: "Door") -> None:
        super().__init__()
        self.trust_env = False  # no proxy, no .netrc, no bundle of certificates named by a variable
        self.adapters.clear()
        self.mount("https://", door)
        self.mount("http://", door)

    def request(self, method: str, url: str, *args: Any, **options: Any) -> requests.Response:  # type: ignore[override]  # the same
        target_of(url)  # as it was written: requests mends what it is given
        return super().request(method, url, *args, **options)


class Door(HTTPAdapter):
    """Between a session and the network."""

    def __init__(self, resolve: Resolver, hosts: Collection[str] | None) -> None:
        super().__init__(max_retries=0)
        self.resolve, self.hosts = resolve, hosts

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        """Connects to the checked address itself, with certificate and SNI of the name: there is no second look-up to lie to us."""
        target, address = checked(request.url, resolve=self.resolve, hosts=self.hosts)
        where, tls = super().build_connection_pool_key_attributes(request, verify, cert)
        where |= {"scheme": target.scheme, "host": address, "port": target.port}
        if target.scheme == "https":
            tls |= {"server_hostname": target.host, "assert_hostname": target.host}
        request.headers["Host"] = target.written
        request.headers["Accept-Encoding"] = "identity"  # what is counted is what arrives
        return where, tls

    def send(self, request: Any, stream: bool = False, timeout: Any = None, verify: Any = True, *_: Any, **__: Any) -> requests.Response:
        if verify is False:
            raise OutboundRefused("certificate")
        deadline = time.monotonic() + SECONDS_ALTOGETHER
        answer = super().send(request, stream=True, timeout=WAITS, verify=verify)
        try:
            if 300 <= answer.status_code < 400:
                raise OutboundRefused("redirect")
            answer._content = _body(answer, deadline)
            answer._content_consumed = True
        finally:
            answer.raw.close()
        return answer


def _body(answer: requests.Response, deadline: float) -> bytes:
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise OutboundRefused("encoding")
    body = bytearray()
    try:
        while piece := answer.raw.read1(65536):
            body += piece
            if len(body) > LARGEST:
                raise OutboundRefused("size")
            if time.monotonic() > deadline:
                raise OutboundRefused("time")
    except HTTPError as error:
        raise OutboundRefused("broken") from error
    return bytes(body)
