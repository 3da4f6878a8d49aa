"""Data keys that were opened lately, in this process's memory, for minutes only.

A fleet that starts after a power cut opens its passwords once each; what it saves is asking a key service
again within minutes, and going on for minutes while that is away. A key is overwritten when it goes,
as far as Python lets us: a copy inside the cipher or the allocator may be left.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from metafleet.hub.kernel import clock

KEEP_S: Final = 300.0
MOST: Final = 1_000


@dataclass(slots=True)
class _Kept:
    key: bytearray
    until_s: float


class OpenedKeys:
    """Bounded in number and age. Safe to use from several threads."""

    def __init__(
        self, *, most: int = MOST, keep_s: float = KEEP_S, steady_s: Callable[[], float] = clock.steady_s
    ) -> None:
        self._most, self._keep_s, self._steady_s = most, keep_s, steady_s
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, wrapped: bytes, bound_to: bytes, unwrap: Callable[[], bytearray]) -> bytearray:
        """Return a copy of the data key that is wrapped so, for that owner; `unwrap` opens it where it is
        not kept.

        The caller overwrites the copy (`wipe`). A key's age counts from when it was opened, not used.
        """
        name = hashlib.sha256(bound_to + b"\0" + wrapped).digest()
        with self._lock:
            self._drop_old()
            if kept := self._kept.get(name):
                return bytearray(kept.key)
        key = unwrap()  # nobody waits for somebody else's key service
        with self._lock:
            self._put(name, bytearray(key))
        return key

    def clear(self) -> None:
        with self._lock:
            while self._kept:
                self._drop_first()

    def _put(self, name: bytes, key: bytearray) -> None:
        if before := self._kept.pop(name, None):
            wipe(before.key)
        while len(self._kept) >= self._most:
            self._drop_first()
        self._kept[name] = _Kept(key, self._steady_s() + self._keep_s)
        self._wake_later()

    def _drop_old(self) -> None:
        now_s = self._steady_s()
        while self._kept and next(iter(self._kept.values())).until_s <= now_s:
            self._drop_first()

    def _drop_first(self) -> None:
        _, kept = self._kept.popitem(last=False)
        wipe(kept.key)

    def _wake_later(self) -> None:
        """Also a process that opens nothing more forgets in time."""
        if self._timer is not None and self._timer.is_alive():
            return
        self._timer = threading.Timer(self._keep_s + 1.0, self._woken)
        self._timer.daemon = True
        self._timer.start()

    def _woken(self) -> None:
        with self._lock:
            self._timer = None
            self._drop_old()
            if self._kept:
                self._wake_later()


def wipe(key: bytearray) -> None:
    """Overwrite it."""
    for index in range(len(key)):
        key[index] = 0
