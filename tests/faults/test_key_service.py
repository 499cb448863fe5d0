"""The root key behind a key service: moto's KMS over real HTTP, with a proxy between that can be broken (faults row 25)."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from django.test import Client as Browser
from moto.server import ThreadedMotoServer
from pytest_django.fixtures import Settings

from casework.cases.models import Case
from tenants.activation import centre_active, keys_owner_active
from tests.factories.casework import make_case, make_member
from tests.faults.proxy import FaultProxy
from vault import key_service, keys, root, rotation
from vault.key_service import ServiceKey
from vault.models import CentreKey
from vault.refusals import KeyServiceAway, WrongRoot

SERVER = "test-a.testserver"


@pytest.fixture(scope="module")
def service() -> Iterator[tuple[str, int]]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield server.get_host_and_port()
    server.stop()


@pytest.fixture
def proxy(service: tuple[str, int], settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setattr(key_service, "READ_SECONDS", 1.5)
    monkeypatch.setattr(key_service, "REST_SECONDS", 0.4)
    with FaultProxy(service) as proxy:
        settings.KMS_ENDPOINT_URL = f"http://127.0.0.1:{proxy.port}"
        root._root_at.cache_clear()
        yield proxy
    root._root_at.cache_clear()


@pytest.fixture
def administrator(proxy: FaultProxy, settings: Settings) -> "boto3.client":
    """Who makes and rotates keys at the service; the product never does."""
    return boto3.client("kms", region_name=settings.KMS_REGION, endpoint_url=settings.KMS_ENDPOINT_URL)


@pytest.fixture
def key_id(administrator: "boto3.client") -> str:
    return str(administrator.create_key()["KeyMetadata"]["KeyId"])


# -- the interface


def test_what_it_wraps_it_unwraps_at_its_place_only(key_id: str) -> None:
    service = ServiceKey(key_id)
    wrapped = service.wrap(b"k" * 32, "v1|minato")
    assert b"k" * 32 not in wrapped
    assert service.unwrap(wrapped, "v1|minato") == b"k" * 32
    for other, context in ((wrapped, "v1|nerima"), (b"x" + wrapped[1:], "v1|minato"), (b"", "v1|minato")):
        with pytest.raises((WrongRoot, KeyServiceAway)):
            ServiceKey(key_id).unwrap(other, context)


def test_after_the_service_rotated_its_key_the_older_wrapped_ones_still_open(key_id: str, administrator: "boto3.client") -> None:
    service = ServiceKey(key_id)
    before = service.wrap(b"k" * 32, "v1|minato")
    administrator.enable_key_rotation(KeyId=key_id)
    administrator.rotate_key_on_demand(KeyId=key_id)
    assert service.unwrap(before, "v1|minato") == b"k" * 32
    assert service.unwrap(service.wrap(b"n" * 32, "v1|minato"), "v1|minato") == b"n" * 32


@pytest.mark.parametrize(
    "code",
    [
        "AccessDeniedException",
        "DisabledException",
        "KMSInvalidStateException",
        "NotFoundException",
        "ThrottlingException",
        "ExpiredTokenException",
    ],
)
def test_a_service_that_refuses_is_a_service_that_is_away(key_id: str, code: str) -> None:
    """moto enforces neither policies nor a disabled key, so the service's own words are put into its mouth."""
    service = ServiceKey(key_id)
    with Stubber(service._client()) as denying:
        denying.add_client_error("decrypt", service_error_code=code, http_status_code=400)
        with pytest.raises(KeyServiceAway) as away:
            service.unwrap(b"x", "v1|minato")
    assert isinstance(away.value.__cause__, ClientError)


@pytest.mark.parametrize("fault", ["down", "hang", "reset"])
def test_a_service_that_is_away_is_asked_once_and_then_left_alone(key_id: str, proxy: FaultProxy, fault: str) -> None:
    """Faults row 25: no storm of retries; when it is back, it is asked again without anybody's help."""
    service = ServiceKey(key_id)
    wrapped = service.wrap(b"k" * 32, "v1|minato")
    getattr(proxy, fault)()
    before, began = proxy.accepted, time.monotonic()
    with pytest.raises(KeyServiceAway):
        service.unwrap(wrapped, "v1|minato")
    for _ in range(200):
        with pytest.raises(KeyServiceAway):
            service.unwrap(wrapped, "v1|minato")
    assert time.monotonic() - began < 5
    assert proxy.accepted - before <= 2 + (time.monotonic() - began) / key_service.REST_SECONDS
    proxy.up()
    time.sleep(key_service.REST_SECONDS + 0.1)
    assert service.unwrap(wrapped, "v1|minato") == b"k" * 32


def test_a_slow_service_is_waited_for_only_so_long(key_id: str, proxy: FaultProxy) -> None:
    service = ServiceKey(key_id)
    wrapped = service.wrap(b"k" * 32, "v1|minato")
    proxy.slow(0.1)
    assert service.unwrap(wrapped, "v1|minato") == b"k" * 32
    proxy.slow(6)
    began = time.monotonic()
    with pytest.raises(KeyServiceAway):
        service.unwrap(wrapped, "v1|minato")
    assert time.monotonic() - began < 5


# -- the product over it


@pytest.fixture
def case_under_the_service(logins: str, settings: Settings, key_id: str) -> tuple[Case, Browser]:
    """A centre that began with a file and moved to the service: `rotate_keys root`."""
    with centre_active("test_a"):
        counsellor = make_member()
        case = make_case(by=counsellor)
        browser = Browser(SERVER_NAME=SERVER)
        browser.force_login(counsellor, backend="accounts.authentication.SignInBackend")
    settings.ROOT_KEY_RETIRING, settings.ROOT_KEY = settings.ROOT_KEY, f"kms:{key_id}"
    with keys_owner_active():
        rotation.rewrap_centres(lambda line: None)
    settings.ROOT_KEY_RETIRING = ""
    keys.forget()
    return case, browser


def test_a_centre_moves_from_a_file_to_the_service(case_under_the_service: tuple[Case, Browser], key_id: str) -> None:
    case, browser = case_under_the_service
    assert set(CentreKey.objects.values_list("root", flat=True)) == {f"kms:{key_id}"}
    assert "家賃を2か月ためている" in browser.get(f"/cases/{case.pk}/").content.decode()


def test_without_the_service_what_is_open_serves_on_then_everything_is_closed_and_it_recovers_alone(
    case_under_the_service: tuple[Case, Browser], proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Faults row 25, K10 of F: closed after the life of an open key, a clear page, never clear text, back by itself."""
    case, browser = case_under_the_service
    page = f"/cases/{case.pk}/"
    assert browser.get(page).status_code == 200
    proxy.down()
    assert browser.get(page).status_code == 200
    assert keys.HELD_FOR <= 300
    monkeypatch.setattr(keys._ring, "_lifetime", 0.0)  # the minute is over
    closed = browser.get(page)
    assert (closed.status_code, closed["Retry-After"], closed["Cache-Control"]) == (503, "30", "no-store")
    assert "鍵を預けているところ" in closed.content.decode()
    assert "家賃を2か月ためている" not in closed.content.decode()
    posted = browser.post(f"/cases/{case.pk}/records/", {"method": "phone", "text": "話した（見本）", "on": "今日"})
    assert posted.status_code == 503
    assert browser.get("/healthz").status_code == 200
    monkeypatch.undo()
    proxy.up()
    time.sleep(key_service.REST_SECONDS + 0.1)
    assert browser.get(page).status_code == 200


def test_a_hundred_who_ask_at_once_are_no_storm(key_id: str, proxy: FaultProxy) -> None:
    service = ServiceKey(key_id)
    wrapped = service.wrap(b"k" * 32, "v1|minato")
    proxy.hang()
    refused, before = [], proxy.accepted

    def ask() -> None:
        try:
            service.unwrap(wrapped, "v1|minato")
        except KeyServiceAway:
            refused.append(1)

    threads = [threading.Thread(target=ask) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 100
    assert proxy.accepted - before <= 2


def test_the_file_of_the_demo_is_the_same_interface(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "root").write_bytes(bytes(range(32)))
    settings.ROOT_KEY = f"file:{tmp_path / 'root'}"
    file = root.root_key()
    assert file.unwrap(file.wrap(b"k", "v1|minato"), "v1|minato") == b"k"
    with pytest.raises(WrongRoot):
        file.unwrap(file.wrap(b"k", "v1|minato"), "v1|nerima")
