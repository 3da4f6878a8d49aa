"""AES-256-GCM, bound to tenant, owner and field: what is moved to another row does not open.

Source: NIST SP 800-38D (GCM, 96-bit random nonces).
"""

from __future__ import annotations

import os
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from metafleet.hub.vault.errors import SealBroken

_NONCE_BYTES: Final = 12


def bound_to(tenant_id: UUID, owner_id: UUID, field: str) -> bytes:
    return f"{tenant_id}/{owner_id}/{field}".encode()


def encrypt(key: bytes | bytearray, plain: bytes, associated: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, associated)


def decrypt(key: bytes | bytearray, sealed: bytes, associated: bytes) -> bytes:
    """Raises SealBroken."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], associated)
    except (InvalidTag, ValueError) as error:
        raise SealBroken("What was sealed does not open: it was changed or moved.") from error
