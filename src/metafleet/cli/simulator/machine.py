"""Simulated machines: a VPS whose load wanders, and what its host agent says of a terminal on it."""

from __future__ import annotations

import random
import time
from collections import deque
from typing import Any, Final
from uuid import uuid4

_KEPT_LINES: Final = 40
"""The gateway takes no more."""
_EXPERTS: Final = ("Grid Trader", "Trend Following", "Night Scalper", "Range Breakout")
_LINES: Final = (
    "Network: ping to access point is 12.4 ms",
    "Trades: market order done",
    "Experts: expert loaded successfully",
    "Terminal: authorized on server",
)
_ERRORS: Final = (
    "Network: connection lost, reconnecting",
    "Trades: order failed [Requote]",
    "Experts: array out of range",
)
MEMORY_MB: Final = 8192
DISK_MB: Final = 120_000


class Machine:
    """One in ten is short of processor, one in ten has a clock that is off."""

    def __init__(self, index: int, seed: int) -> None:
        self._rng = random.Random(f"{seed}:machine:{index}")
        self.id = str(uuid4())
        self.name = f"vps-{index + 1:02d}"
        self._started_s = time.time() - self._rng.randint(3_600, 30 * 86_400)
        self._cpu = 90.0 if index % 10 == 7 else self._rng.uniform(10, 60)
        self._memory_mb = self._rng.randint(2_500, 6_500)
        self._free_mb = self._rng.randint(8_000, 90_000)
        self._skew_ms = 3_400 if index % 10 == 4 else self._rng.randint(-60, 60)

    def said(self) -> dict[str, Any]:
        """Return how it is now."""
        load = self._cpu + self._rng.uniform(-7, 7)
        return {
            "id": self.id,
            "name": self.name,
            "system": "Windows Server 2022",
            "version": "simulated",
            "cpuPercent": round(min(100.0, max(1.0, load)), 1),
            "memoryMb": MEMORY_MB,
            "memoryUsedMb": self._memory_mb + self._rng.randint(-200, 200),
            "diskMb": DISK_MB,
            "diskFreeMb": self._free_mb + self._rng.randint(-50, 50),
            "clockSkewMs": self._skew_ms + self._rng.randint(-3, 3),
            "startedAt": self._started_s,
        }


class Watch:
    """What its agent sees of one terminal. One in 25 has lost its broker, and writes errors."""

    def __init__(self, machine: Machine, index: int, seed: int) -> None:
        self.machine = machine
        self._rng = random.Random(f"{seed}:watch:{index}")
        self._is_connected = index % 25 != 11
        self._path = f"C:\\MT5\\{index}\\terminal64.exe"
        self._experts = self._rng.sample(_EXPERTS, self._rng.randint(1, 2))
        self._lines: deque[dict[str, Any]] = deque(maxlen=_KEPT_LINES)
        self._errors = 0
        self._is_told = False

    def said(self) -> dict[str, Any]:
        """Return a report of it and of its machine, the lines of its log where they are new."""
        if not self._lines or self._rng.random() < 0.2:
            self._write()
        now_s = time.time()
        last = next((line for line in reversed(self._lines) if line["isError"]), None)
        seen: dict[str, Any] = {
            "process": "running",
            "path": self._path,
            "connected": self._is_connected,
            "algoTrading": True,
            "lastTickAt": now_s - self._rng.uniform(0, 3) if self._is_connected else now_s - 600,
            "latencyMs": round(self._rng.uniform(4, 60), 1) if self._is_connected else None,
            "logErrors": self._errors,
            "lastLogError": f"{last['at']} {last['text']}" if last else "",
            "restarts": 0,
        }
        if not self._is_told:
            seen |= {"experts": self._experts, "logLines": list(self._lines)}
        return {"machine": self.machine.said(), "terminal": seen}

    def told(self) -> None:
        """The hub has taken the last report."""
        self._is_told = True

    def _write(self) -> None:
        """A line more in the terminal's log."""
        is_error = self._rng.random() < (0.05 if self._is_connected else 0.6)
        now = time.localtime()
        self._lines.append(
            {
                "file": time.strftime("%Y%m%d.log", now),
                "at": time.strftime("%H:%M:%S.000", now),
                "text": self._rng.choice(_ERRORS if is_error else _LINES),
                "isError": is_error,
            }
        )
        self._errors += is_error
        self._is_told = False
