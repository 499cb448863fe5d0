"""Keys that nobody owns are taken away, all others stay."""

from datetime import timedelta
from io import StringIO
from uuid import uuid4

from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from audit.models import AuditLine
from casework.clients.models import Client
from tenants.activation import centre_active, keys_owner_active
from tests.factories.casework import make_case
from tests.vault.opening import opened_name
from vault import keys
from vault.models import ClientKey


def grow_old() -> None:
    with keys_owner_active():
        ClientKey.objects.update(made_at=timezone.now() - timedelta(days=2))


def killed_half_way() -> None:
    """The key is committed, the row never was: what SIGKILL leaves of an import."""
    with transaction.atomic():
        Client.objects.create(name="見本 途中")
        transaction.set_rollback(True)


def swept() -> str:
    said = StringIO()
    call_command("sweep_keys", "test_a", stdout=said)
    return said.getvalue()


def test_a_key_without_an_owner_goes_and_everybody_else_keeps_hers(logins: str) -> None:
    with centre_active("test_a"):
        case = make_case()
        killed_half_way()
        keys.keys_for([keys.Owner(None, "general")])
        erased = ClientKey.objects.create(centre="test_a", subject=uuid4(), key_class="general", wrapped=None, destroyed_at=timezone.now())
        before = set(ClientKey.objects.values_list("pk", flat=True))
    grow_old()
    assert "test_a: 1 本" in swept()
    after = set(ClientKey.objects.values_list("pk", flat=True))
    assert len(before - after) == 1
    assert erased.pk in after
    with centre_active("test_a"):
        assert opened_name(Client.objects.get(pk=case.client_id)) is not None
        assert AuditLine.objects.get(action="key.swept").facts == {"keys": 1}


def test_a_key_made_just_now_waits_for_its_row(logins: str) -> None:
    with centre_active("test_a"):
        killed_half_way()
    assert "test_a: 0 本" in swept()


def test_a_nameless_clients_key_stays(logins: str) -> None:
    """Nothing is sealed under it yet, but she is somebody."""
    with centre_active("test_a"):
        nobody = Client.objects.create()
        keys.keys_for([keys.Owner(nobody.pk, "general")])
    grow_old()
    assert "test_a: 0 本" in swept()
