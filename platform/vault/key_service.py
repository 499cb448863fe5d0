"""The root key behind a key management service: AWS KMS, or whatever speaks its protocol at `KMS_ENDPOINT_URL`.

The key never leaves the service; what is wrapped is bound to its place by the encryption context. Rotation inside the service
keeps the key's name and needs nothing from us.
"""

import time
from collections.abc import Callable
from threading import Lock
from typing import Any

import boto3
import structlog
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from vault.refusals import KeyServiceAway, WrongRoot

log = structlog.get_logger("tsunagi.keys")

CONNECT_SECONDS, READ_SECONDS = 2, 3
REST_SECONDS = 5.0  # after a failure the service is left alone for so long
REFUSED = frozenset({"InvalidCiphertextException", "IncorrectKeyException", "InvalidKeyUsageException"})


class ServiceKey:
    def __init__(self, key_id: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.key_id, self.label = key_id, f"kms:{key_id}"
        self._clock, self._asking, self._rest_until = clock, Lock(), 0.0
        self._service: Any = None  # boto3 makes its clients' classes at run time

    def wrap(self, key: bytes, context: str) -> bytes:
        answer = self._ask("encrypt", Plaintext=key, EncryptionContext={"context": context})
        return bytes(answer["CiphertextBlob"])

    def unwrap(self, wrapped: bytes, context: str) -> bytes:
        try:
            answer = self._ask("decrypt", CiphertextBlob=wrapped, EncryptionContext={"context": context})
        except ClientError as refused:
            raise WrongRoot(context) from refused
        return bytes(answer["Plaintext"])

    def _ask(self, what: str, **parameters: Any) -> dict[str, Any]:
        """One question at a time and no second try: whoever waits is a person, and a hundred who ask at once would be a storm.

        Raises KeyServiceAway; ClientError only when the service says that the bytes are not its own.
        """
        with self._asking:
            if self._clock() < self._rest_until:
                raise KeyServiceAway(what)
            return self._answer(what, parameters)

    def _answer(self, what: str, parameters: dict[str, Any]) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._client(), what)(KeyId=self.key_id, **parameters)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in REFUSED:
                raise
            self._rest(what, code)
            raise KeyServiceAway(what) from error
        except BotoCoreError as error:
            self._rest(what, type(error).__name__)
            raise KeyServiceAway(what) from error
        self._rest_until = 0.0
        return answer

    def _rest(self, what: str, why: str) -> None:
        self._rest_until = self._clock() + REST_SECONDS
        log.error("key service away", asked=what, error=why)

    def _client(self) -> Any:
        if self._service is None:
            config = Config(
                connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS, retries={"total_max_attempts": 1}, max_pool_connections=2
            )
            self._service = boto3.session.Session().client(
                "kms", region_name=settings.KMS_REGION, endpoint_url=settings.KMS_ENDPOINT_URL or None, config=config
            )
        return self._service
