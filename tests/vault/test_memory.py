"""K12: what an idle process still has in its memory once the keys it held open are older than their life."""

import os
import subprocess
import sys
from pathlib import Path

from casework.clients.models import ContactWay
from tenants.activation import centre_active
from tests import databases
from tests.factories.casework import make_case, make_member, phone
from vault import keys
from vault.models import ClientKey

ROOT = Path(__file__).resolve().parents[2]
WORKER = """
import gc, os, sys, time
sys.path[:0] = [os.getcwd(), os.path.join(os.getcwd(), "platform")]
import django
django.setup()
from vault import keys
keys._ring._lifetime = 2.0
from accounts.models import Account
from casework.clients.models import ContactWay
from disclosure import gate
from tenants.activation import centre_active
with centre_active("test_a"):
    (way,) = gate.reveal([ContactWay.objects.get(pk=sys.argv[1])], viewer=Account.objects.get(pk=sys.argv[2]), channel="screen")
print(len(way.value), flush=True)
sys.stdin.readline()
while keys._ring._held or keys._ring._timer:  # the ring's own timer empties it
    time.sleep(0.02)
del way
gc.collect()
print("idle", flush=True)
sys.stdin.readline()
"""


def memory_of(pid: int) -> bytes:
    """Every page the process can write to, as the kernel shows it to the parent."""
    parts = []
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            place, rights, *_ = line.split()
            if rights.startswith("rw"):
                begin, end = (int(number, 16) for number in place.split("-"))
                memory.seek(begin)
                parts.append(memory.read(end - begin))
    return b"".join(parts)


def key_of(row: ClientKey) -> bytes:
    with centre_active("test_a"):
        return keys._unwrapped("test_a", row)


def test_an_idle_process_holds_no_key_to_where_somebody_can_be_found(logins: str) -> None:
    """K12: the key is in the memory of a process that has just opened an address, and not once it is idle."""
    with centre_active("test_a"):
        by = make_member()
        case = make_case(by=by, contact_ways=[phone("090-0000-0000")])
        way = ContactWay.objects.get(client=case.client_id)
    wanted = key_of(ClientKey.objects.get(subject=case.client_id, key_class="whereabouts"))
    environment = os.environ | databases.environment_of(logins)
    command = [sys.executable, "-c", WORKER, str(way.pk), str(by.pk)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "13"
        assert wanted in memory_of(process.pid)
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline().strip() == "idle"
        assert wanted not in memory_of(process.pid)
        process.stdin.write("\n")
    assert process.returncode == 0


def test_a_key_is_wiped_where_it_was_unwrapped(centre: object) -> None:
    """The bytes that came from unwrapping are overwritten as soon as the cipher is made of them."""
    made: list[bytes] = []
    unwrapped = keys._unwrapped

    def kept(name: str, row: ClientKey) -> bytes:
        made.append(unwrapped(name, row))
        return made[-1]

    from uuid import uuid4

    owner = keys.Owner(uuid4(), "whereabouts")
    cipher = keys.keys_for([owner])[owner].cipher
    keys.forget()
    keys._unwrapped = kept
    try:
        again = keys.keys_for([owner])[owner].cipher
    finally:
        keys._unwrapped = unwrapped
    assert made == [bytes(32)]
    assert again.decrypt(b"n" * 12, cipher.encrypt(b"n" * 12, b"text", None), None) == b"text"
