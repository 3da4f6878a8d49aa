"""Seal the work of one run under a token that only the new runner is given.

The database keeps the token's hash and the ciphertext: neither opens the other, so
a copy of the database gives away no credentials.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from metafleet.wire import messages

_TOKEN_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_PURPOSE: Final = b"metafleet.fleet.assignment"


class SealBroken(Exception):
    """The sealed work does not open with this token and run, or was changed."""


@dataclass(frozen=True, slots=True)
class SealedAssignment:
    """`token` goes to the runner and nowhere else; the other two are for the run's row."""

    token: str = field(repr=False)
    token_hash: bytes
    sealed: bytes = field(repr=False)


def seal(assignment: messages.Assignment) -> SealedAssignment:
    """Return the work under a fresh token, bound to the run that it names."""
    token = base64.urlsafe_b64encode(secrets.token_bytes(_TOKEN_BYTES)).decode().rstrip("=")
    nonce = secrets.token_bytes(_NONCE_BYTES)
    plain = msgspec.json.encode(assignment)
    sealed = nonce + _cipher(token).encrypt(nonce, plain, _bound_to(assignment.run_id))
    return SealedAssignment(token=token, token_hash=hash_of(token), sealed=sealed)


def open_sealed(token: str, sealed: bytes, run_id: UUID | str) -> messages.Assignment:
    """Return the work. Raises SealBroken."""
    try:
        plain = _cipher(token).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _bound_to(run_id))
    except (InvalidTag, ValueError) as error:
        raise SealBroken("The sealed work does not open: it was changed, or is another run's.") from error
    return msgspec.json.decode(plain, type=messages.Assignment)


def hash_of(token: str) -> bytes:
    """Return what the database knows the token by. It has 256 random bits: no salt is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _cipher(token: str) -> AESGCM:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(
        token.encode("utf-8", "surrogatepass")
    )
    return AESGCM(key)


def _bound_to(run_id: UUID | str) -> bytes:
    return run_id.bytes if isinstance(run_id, UUID) else UUID(run_id).bytes
