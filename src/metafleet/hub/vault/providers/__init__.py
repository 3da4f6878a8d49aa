"""Which key provider wraps from now on, and which opened what is wrapped already."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings

from metafleet.hub.vault.errors import KmsRefused
from metafleet.hub.vault.providers.contract import KeyProvider, Owner, Wrapped
from metafleet.hub.vault.providers.kms import KmsKeys
from metafleet.hub.vault.providers.local import LocalKeys


def active() -> KeyProvider:
    """Return the provider that METAFLEET_VAULT_PROVIDER names."""
    return _kms() if settings.VAULT_PROVIDER == "aws-kms" else _local()


def unwrap(wrapped: Wrapped, owner: Owner) -> bytearray:
    """Open a data key, whichever provider wrapped it: a change of providers closes nothing.

    Raises MasterKeyRefused, SealBroken.
    """
    provider: KeyProvider = _kms() if wrapped.master_key_id.startswith("arn:") else _local()
    return provider.unwrap(wrapped, owner)


def _local() -> KeyProvider:
    return _local_keys(Path(settings.VAULT_KEY_FILE))


def _kms() -> KeyProvider:
    if not settings.VAULT_KMS_KEY:
        raise KmsRefused("AWS KMS holds a master key. Name it by METAFLEET_VAULT_KMS_KEY.")
    return _kms_keys(settings.VAULT_KMS_KEY, settings.VAULT_KMS_REGION)


@cache
def _local_keys(file: Path) -> LocalKeys:
    return LocalKeys(file)


@cache
def _kms_keys(key: str, region: str) -> KmsKeys:
    return KmsKeys(key, region)
