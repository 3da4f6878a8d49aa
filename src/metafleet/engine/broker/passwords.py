"""Passwords of paper accounts: kept as salted scrypt hashes, compared in constant time.

Source: RFC 7914; the parameters take about 50 ms and 16 MiB for one check.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

MAX_PASSWORD_LENGTH: Final = 256

_LOG_N: Final = 14
_R: Final = 8
_P: Final = 1
_SALT_BYTES: Final = 16


def hash_password(password: str) -> str:
    """Return `scrypt$log2 n$r$p$salt$hash`, the last two in hex."""
    salt = secrets.token_bytes(_SALT_BYTES)
    return f"scrypt${_LOG_N}${_R}${_P}${salt.hex()}${_scrypt(password, salt, _LOG_N, _R, _P).hex()}"


def password_fits(password: str, kept: str) -> bool:
    """Say whether this is the password that was hashed."""
    _, log_n, r, p, salt, digest = kept.split("$")
    found = _scrypt(password, bytes.fromhex(salt), int(log_n), int(r), int(p))
    return hmac.compare_digest(found, bytes.fromhex(digest))


def _scrypt(password: str, salt: bytes, log_n: int, r: int, p: int) -> bytes:
    text = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(text, salt=salt, n=1 << log_n, r=r, p=p, maxmem=64 * 1024 * 1024, dklen=32)


class Remembered:
    """Passwords that fitted lately, so that an account's next EA signs in without another scrypt.

    Kept for this process alone, as a digest under a key that nobody else has. A wrong password
    is never remembered: to guess stays as slow as it was.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._digests: dict[str, bytes] = {}

    def knows(self, password: str, kept: str) -> bool:
        """Say whether `password` has fitted this stored hash before."""
        known = self._digests.get(kept)
        return known is not None and hmac.compare_digest(known, self._digest(password, kept))

    def add(self, password: str, kept: str) -> None:
        """Remember one that fitted."""
        self._digests[kept] = self._digest(password, kept)

    def _digest(self, password: str, kept: str) -> bytes:
        text = f"{kept} {password}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, text, "sha256")
