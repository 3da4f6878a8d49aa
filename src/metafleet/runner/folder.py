"""The runner's own folder, which one process holds at a time."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import Final

from metafleet.runner import clock

WAIT_S: Final = 10.0
"""How long to wait for an earlier run of the same instance that is still ending."""


class FolderTaken(Exception):
    """Another runner works in this folder; two would trade the same EA twice."""


def hold(folder: Path, within_s: float = WAIT_S) -> int:
    """Make the folder (mode 0700) and lock it until this process ends; return the lock's descriptor.

    Raises FolderTaken.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    deadline_s = clock.steady_s() + within_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if clock.steady_s() >= deadline_s:
                os.close(descriptor)
                raise FolderTaken(f"another runner holds {folder}") from None
            time.sleep(0.05)
        else:
            return descriptor
