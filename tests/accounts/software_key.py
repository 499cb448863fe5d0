"""A passkey in software: what navigator.credentials would answer, and what a thief's or a careless device would."""

import hashlib
import json
import os
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40


class SoftwareKey:
    """Its answers are right unless a test says otherwise."""

    def __init__(self, origin: str = "http://test-a.testserver", rp_id: str = "test-a.testserver", verified: bool = True) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.id = os.urandom(32)
        self.origin, self.rp_id = origin, rp_id
        self.flags = PRESENT | (VERIFIED if verified else 0)
        self.counter = 0
        self.handle = ""

    def create(self, options: str) -> str:
        wanted = json.loads(options)["publicKey"]
        self.handle = wanted["user"]["id"]
        made = AttestedCredentialData.create(b"\0" * 16, self.id, ES256.from_cryptography_key(self.private.public_key()))
        data = AuthenticatorData.create(self._rp_hash(), self.flags | WITH_KEY, self.counter, made)
        response = {"attestationObject": websafe_encode(AttestationObject.create("none", data, {}))}
        return self._answer("webauthn.create", wanted["challenge"], response)

    def get(self, options: str, *, counter: int | None = None) -> str:
        wanted = json.loads(options)["publicKey"]
        self.counter = self.counter if counter is None else counter
        data = AuthenticatorData.create(self._rp_hash(), self.flags, self.counter)
        client = self._client_data("webauthn.get", wanted["challenge"])
        signature = self.private.sign(bytes(data) + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "authenticatorData": websafe_encode(bytes(data)),
            "signature": websafe_encode(signature),
            "userHandle": self.handle,
        }
        return self._answer("webauthn.get", wanted["challenge"], response)

    def _answer(self, kind: str, challenge: str, response: dict[str, Any]) -> str:
        client = websafe_encode(self._client_data(kind, challenge))
        key = websafe_encode(self.id)
        whole = {"clientDataJSON": client} | response
        return json.dumps({"id": key, "rawId": key, "type": "public-key", "clientExtensionResults": {}, "response": whole})

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _rp_hash(self) -> bytes:
        return hashlib.sha256(self.rp_id.encode()).digest()
