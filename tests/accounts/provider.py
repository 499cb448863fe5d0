"""A corporation's identity provider on loopback: a real server that anybody may sign in at, and whose answers a test may bend."""

import io
import json
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from werkzeug.serving import make_server

with warnings.catch_warnings(record=True):  # deprecations of its own libraries, which they insist on
    import oidc_provider_mock

Claims = dict[str, Any]
KID = "a-key-of-the-test"


class Provider:
    """Everything but its keys and the signature on its tokens is the library's; `bend` changes the claims, `sign` signs them."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.app = oidc_provider_mock.app()
        self.port = 0
        self.straighten()

    def straighten(self) -> None:
        self.bend: Callable[[Claims], Claims] = lambda claims: claims
        self.sign: Callable[[Claims], str] = lambda claims: jwt.encode(claims, self.key, "RS256", headers={"kid": KID})
        self.describe: Callable[[Claims], Claims] = lambda told: told
        self.asked: list[tuple[str, dict[str, str]]] = []

    @property
    def issuer(self) -> str:
        return f"http://localhost:{self.port}"

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        path = environ["PATH_INFO"]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        self.asked.append((path, dict(parse_qsl(body.decode()))))
        if path == "/jwks":
            jwk = json.loads(RSAAlgorithm.to_jwk(self.key.public_key())) | {"kid": KID, "use": "sig", "alg": "RS256"}
            return self._answer(start, "200 OK", {"keys": [jwk]})
        told: dict[str, Any] = {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answer = b"".join(self.app(environ, lambda status, headers, *_: told.update(status=status, headers=headers)))
        if path == "/oauth2/token" and told["status"].startswith("200"):
            tokens = json.loads(answer)
            claims = jwt.decode(tokens["id_token"], options={"verify_signature": False})
            tokens["id_token"] = self.sign(self.bend(claims | {"auth_time": int(time.time())}))
            return self._answer(start, told["status"], tokens)
        if path.startswith("/.well-known/"):
            return self._answer(start, told["status"], self.describe(json.loads(answer)))
        start(told["status"], told["headers"])
        return [answer]

    def _answer(self, start: Callable[..., Any], status: str, told: Any) -> list[bytes]:
        body = json.dumps(told).encode() if not isinstance(told, bytes) else told
        start(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]


@contextmanager
def running() -> Iterator[Provider]:
    provider = Provider()
    server = make_server("localhost", 0, provider, threaded=True)
    provider.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def sign_in_there(address: str, subject: str) -> dict[str, str]:
    """What a person does at her corporation's page; the answer that her browser carries back."""
    answer = requests.post(address, data={"sub": subject}, allow_redirects=False, timeout=10)
    assert answer.status_code == 302, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}
