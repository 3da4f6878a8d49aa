"""How passwords are hashed."""

from __future__ import annotations

from threading import BoundedSemaphore

from django.contrib.auth.hashers import Argon2PasswordHasher

AT_ONCE = 4
"""A hash takes its memory and a core for some 20 ms; a rush of sign-ins waits instead of taking all."""
_places = BoundedSemaphore(AT_ONCE)


class BoundedArgon2Hasher(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes, one lane, and few hashes at once.

    Source: OWASP Password Storage Cheat Sheet. Django's own 100 MiB and eight lanes
    let a handful of sign-ins fill a small machine.
    """

    memory_cost = 19 * 1024
    time_cost = 2
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with _places:
            return str(super().encode(password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        with _places:
            return bool(super().verify(password, encoded))
