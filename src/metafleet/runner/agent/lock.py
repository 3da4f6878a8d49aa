"""A folder that one process holds at a time, on Linux and on Windows."""

from __future__ import annotations

import os
import sys
from pathlib import Path


class Held(Exception):
    """Another process works in this folder."""


def hold(folder: Path) -> int:
    """Make the folder (mode 0700) and lock it until this process ends; return the lock. Raises Held."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(descriptor)
    except OSError:
        os.close(descriptor)
        raise Held(f"another agent works in {folder}") from None
    return descriptor


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
