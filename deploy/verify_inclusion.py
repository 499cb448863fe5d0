"""python3 verify_inclusion.py PROOF.json PUBLIC_KEY.pem: is this line in the trail whose head was signed and anchored?

Stands alone: Python's standard library, and `cryptography` for the signature (Ed25519). The hashes are those of RFC 9162.
"""

import json
import sys
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_pem_public_key


def walk(start: bytes, path: list[list[str]]) -> bytes:
    for side, neighbour in path:
        pair = bytes.fromhex(neighbour) + start if side == "left" else start + bytes.fromhex(neighbour)
        start = sha256(b"\x01" + pair).digest()
    return start


proof = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
head = json.loads(proof["head"])
line = json.loads(proof["line"])
leaf = sha256(b"\x00" + proof["line"].encode() + bytes.fromhex(proof["salt"])).digest()
day = proof["day"] | {"root": walk(leaf, proof["path_to_day"]).hex()}
day_leaf = sha256(b"\x00" + json.dumps(day, sort_keys=True, separators=(",", ":")).encode()).digest()
if walk(day_leaf, proof["path_to_head"]).hex() != head["root"] or not day["first"] <= line["seq"] <= day["last"] <= head["size"]:
    sys.exit("NOT INCLUDED: the line does not lead to the root of the head")
for part in Path(sys.argv[2]).read_bytes().strip().split(b"-----END PUBLIC KEY-----")[:-1]:
    try:
        key = load_pem_public_key(part.lstrip() + b"-----END PUBLIC KEY-----\n")
        key.verify(bytes.fromhex(proof["signature"]), proof["head"].encode())  # type: ignore[call-arg, union-attr]  # Ed25519 alone
    except InvalidSignature:
        continue
    print(f"INCLUDED: line {line['seq']} of {head['host']}; head of {head['size']} lines signed at {head['time']}")
    sys.exit(0)
sys.exit("NOT SIGNED: none of these keys made the head's signature")
