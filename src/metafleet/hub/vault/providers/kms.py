"""Master keys in AWS KMS, by boto3. Credentials and endpoint are boto3's own (AWS_… variables, role).

The encryption context of every call is {tenant, owner}: KMS opens a data key for its owner alone, logs
whose it was, and a key policy may demand it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from metafleet.hub.vault.errors import KmsRefused, SealBroken
from metafleet.hub.vault.providers.contract import DATA_KEY_BYTES, Owner, Wrapped

_CONFIG: Final = Config(
    connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 2, "mode": "standard"}
)
"""Short: whoever waits for it holds a transaction."""
_TRANSIENT: Final = {
    "DependencyTimeoutException",
    "InternalFailure",
    "KMSInternalException",
    "KeyUnavailableException",
    "LimitExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
}


class KmsKeys:
    name = "aws-kms"

    def __init__(self, key: str, region: str) -> None:
        """key: id, ARN or alias of a symmetric key, by which data keys are wrapped from now on."""
        self._key = key
        self._client: Any = boto3.client("kms", region_name=region, config=_CONFIG)
        self._arn = ""

    def active_key_id(self) -> str:
        """Its ARN: an alias may point at another key tomorrow."""
        if not self._arn:
            with _said():
                self._arn = str(self._client.describe_key(KeyId=self._key)["KeyMetadata"]["Arn"])
        return self._arn

    def new_data_key(self, owner: Owner) -> tuple[bytearray, Wrapped]:
        with _said():
            made = self._client.generate_data_key(
                KeyId=self._key, NumberOfBytes=DATA_KEY_BYTES, EncryptionContext=_context(owner)
            )
        return bytearray(made["Plaintext"]), Wrapped(made["KeyId"], made["CiphertextBlob"])

    def wrap(self, data_key: bytes | bytearray, owner: Owner) -> Wrapped:
        with _said():
            made = self._client.encrypt(
                KeyId=self._key, Plaintext=bytes(data_key), EncryptionContext=_context(owner)
            )
        return Wrapped(made["KeyId"], made["CiphertextBlob"])

    def unwrap(self, wrapped: Wrapped, owner: Owner) -> bytearray:
        with _said():
            opened = self._client.decrypt(
                KeyId=wrapped.master_key_id,
                CiphertextBlob=wrapped.wrapped,
                EncryptionContext=_context(owner),
            )
        return bytearray(opened["Plaintext"])


def _context(owner: Owner) -> dict[str, str]:
    return {"tenant": str(owner.tenant_id), "owner": str(owner.owner_id)}


@contextmanager
def _said() -> Iterator[None]:
    """Say an error of AWS in its own words."""
    try:
        yield
    except ClientError as error:
        said = error.response.get("Error", {})
        code = str(said.get("Code"))
        if code in {"InvalidCiphertextException", "IncorrectKeyException"}:
            raise SealBroken("AWS KMS does not open the data key: it was changed or moved.") from error
        raise KmsRefused(
            f"AWS KMS refuses: {said.get('Message') or code}.", permanent=code not in _TRANSIENT
        ) from error
    except BotoCoreError as error:
        raise KmsRefused(f"AWS KMS cannot be asked: {error}", permanent=False) from error
