"""What a heartbeat says of where the runner runs: the machine's name, and this process's use of it."""

from __future__ import annotations

import os
import resource
import shutil
import socket
from pathlib import Path
from typing import Final

from metafleet.runner import clock
from metafleet.wire import messages

_MEGABYTE: Final = 1024.0 * 1024.0
_STATM: Final = Path("/proc/self/statm")


class HostFacts:
    """Reads them; processor use is the share since the last reading."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._name = socket.gethostname()
        self._last = (clock.steady_s(), _cpu_s())

    def read(self) -> messages.HostInfo:
        """cpu_percent: of one core, by this process; memory_mb: resident, of this process."""
        now = (clock.steady_s(), _cpu_s())
        elapsed_s = max(now[0] - self._last[0], 1e-3)
        share = (now[1] - self._last[1]) / elapsed_s
        self._last = now
        return messages.HostInfo(
            name=self._name,
            cpu_percent=round(100.0 * share, 1),
            memory_mb=round(_resident_bytes() / _MEGABYTE, 1),
            disk_free_mb=round(shutil.disk_usage(self._folder).free / _MEGABYTE),
        )


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _resident_bytes() -> float:
    """Resident memory now, or the peak where the system does not tell (macOS counts it in bytes)."""
    if _STATM.exists():
        return float(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
