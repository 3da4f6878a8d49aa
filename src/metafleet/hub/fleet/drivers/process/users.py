"""A user of its own for each instance, where we are root and the system has numbers to spare.

The owner of an instance's folder is the record of its user: no table can disagree with it.
Source of the range: systemd's "Users, Groups, UIDs and GIDs", where 1879048192 to 2147483647
is left to nobody.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import threading
from pathlib import Path
from typing import Final

FIRST: Final = 1_879_048_192
LAST: Final = 2_147_483_646

_SPREAD: Final = 100_000_000
"""Installations of one machine begin at random places, so that they do not share users."""

_UID_MAP: Final = Path("/proc/self/uid_map")


_BLOCK: Final = 64
"""Numbers taken from the file at once: its flush to disk costs milliseconds."""


class Users:
    """Hands out users for the instances of one folder; safe to use from several threads and processes."""

    def __init__(self, home: Path) -> None:
        self._file = home / "next-user"
        self._taking = threading.Lock()
        self._free = iter(range(0))
        self._may_choose = _may_choose()

    def settle(self, state: Path) -> int | None:
        """Give the folder, once, to a user that owns nothing else, and return it; None where we may not."""
        if not self._may_choose:
            return None
        owner = state.stat().st_uid
        user = owner if FIRST <= owner <= LAST else self._next()
        for path in (*state.rglob("*"), state):
            os.chown(path, user, user, follow_symlinks=False)
        return user

    def spare(self) -> int | None:
        """Return a user that owns nothing and never will; None where we may not become another."""
        return self._next() if self._may_choose else None

    def _next(self) -> int:
        with self._taking:
            user = next(self._free, None)
            if user is None:
                self._free = iter(self._reserve())
                user = next(self._free)
            return user

    def _reserve(self) -> range:
        """Take a block of numbers from the file; those that are not used are left out for ever."""
        with self._file.open("a+", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            text = file.read().strip()
            first = int(text) if text else FIRST + secrets.randbelow(LAST - FIRST - _SPREAD)
            file.seek(0)
            file.truncate()
            file.write(str(first + _BLOCK))
            file.flush()
            os.fsync(file.fileno())
        return range(first, first + _BLOCK)


def _may_choose() -> bool:
    """Whether we are root, and of a system (not of a namespace with few users)."""
    if os.geteuid() != 0:
        return False
    try:
        rows = [[int(part) for part in line.split()] for line in _UID_MAP.read_text().splitlines()]
    except OSError:
        return False  # not Linux
    return any(first <= FIRST and first + count > LAST for first, _, count in rows)
