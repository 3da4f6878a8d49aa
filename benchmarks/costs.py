"""What a request costs in processor time, and of whom: it says something on a busy machine too."""

from __future__ import annotations

import os
import statistics
import time
from collections import Counter, defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

WHO: Final = {"server": "server", "postgres": "PostgreSQL", "redis-server": "Redis"}
_FLUSHES, _FLUSHED_BYTES = 300, 8192


class Costs:
    """Processor seconds of this process, which makes the load, and of the servers below it, from now on."""

    def __init__(self) -> None:
        self._before = _spent()

    def each(self, requests: int) -> Counter[str]:
        """Return microseconds of each request by who spent them."""
        return Counter(
            {
                who: round((seconds - self._before.get(who, 0.0)) / max(requests, 1) * 1e6)
                for who, seconds in _spent().items()
            }
        )


def say(cost: Counter[str]) -> None:
    parts = ", ".join(f"{who} {us} µs" for who, us in cost.items())
    print(f"{'':4}processor time of each: {parts}; together {cost.total()} µs", flush=True)


def flush_s(folder: Path) -> float:
    """Return the median seconds that the disk takes for what a commit asks of it."""
    took = []
    with (folder / "flushed").open("wb", buffering=0) as file:
        file.write(bytes(_FLUSHED_BYTES * _FLUSHES))
        os.fsync(file.fileno())
        for number in range(_FLUSHES):
            file.seek(number * _FLUSHED_BYTES)
            file.write(b"x" * _FLUSHED_BYTES)
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - began)
    return statistics.median(took)


def _spent() -> dict[str, float]:
    spent: dict[str, float] = defaultdict(float)
    own = psutil.Process()
    for process in (own, *own.children(recursive=True)):
        with suppress(psutil.Error):
            who = "load" if process == own else WHO.get(process.name(), "server")
            times = process.cpu_times()
            spent[who] += times.user + times.system
    return spent
