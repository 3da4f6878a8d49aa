"""The token that a broker on other people's networks asks for: what is kept of it is a digest."""

from __future__ import annotations

import hashlib
import hmac
import secrets


def new_token() -> str:
    """Return a token that nobody guesses, of letters, digits, - and _."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """Return what is kept of a token. Its 256 random bits need no slow hash, as a password does."""
    return hashlib.sha256(token.encode()).digest()


def fits(said: bytes, kept: bytes) -> bool:
    """Say whether a token is the one of this digest, in the same time for every wrong one."""
    return hmac.compare_digest(hashlib.sha256(said).digest(), kept)
