"""Refuse passwords that are known from breaches, by a file on this machine: none is ever sent anywhere."""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError

_LINE_MAX = 80
"""Bytes: 40 of SHA-1 in hex, a colon, a count, a line end."""


class BreachedPasswordValidator:
    """Looks in the file of METAFLEET_BREACHED_PASSWORDS_FILE; without one there is nothing to look in."""

    def validate(self, password: str, user: object = None) -> None:  # noqa: ARG002 - Django's signature
        name = settings.BREACHED_PASSWORDS_FILE
        if name and is_breached(password, Path(name)):
            raise ValidationError(
                "This password is known from a breach elsewhere, so it is tried first. Choose another one.",
                code="password_breached",
            )

    def get_help_text(self) -> str:
        return "Your password must not be known from a breach."


def is_breached(password: str, file: Path) -> bool:
    """Return whether the sorted file has the password's SHA-1.

    file: lines of `SHA-1 in hex[:count]`, sorted by the hash, as "ordered by hash" from
    https://haveibeenpwned.com/Passwords. Some 30 reads, whatever its size; nothing is loaded.
    Raises OSError where it cannot be read: then no password can be chosen until that is mended.
    """
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    handle = _open(file)
    low, high = 0, os.fstat(handle).st_size
    while low < high:
        middle = (low + high) // 2
        start, line = _line_after(handle, middle)
        if not line or start >= high:
            high = middle
        elif line[:40].upper() == wanted:
            return True
        elif line[:40].upper() < wanted:
            low = start + len(line)
        else:
            high = middle
    return False


@cache
def _open(file: Path) -> int:
    return os.open(file, os.O_RDONLY)


def _line_after(handle: int, offset: int) -> tuple[int, bytes]:
    """Return (start, whole line) of the first line that begins at `offset` or after it."""
    begin = max(0, offset - 1)
    text = os.pread(handle, 2 * _LINE_MAX, begin)
    skipped = 0 if offset == 0 else text.find(b"\n") + 1
    if offset and not skipped:
        return begin, b""
    line, end, _ = text[skipped:].partition(b"\n")
    return begin + skipped, line + end
