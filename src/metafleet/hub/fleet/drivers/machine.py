"""The machine that this process runs on, as a host of EAs."""

from __future__ import annotations

import platform
import socket
from typing import Final

import psutil

from metafleet.hub.fleet.drivers.contract import Machine

_LOOK_S: Final = 0.1
"""Over which the processor's load is measured."""


def this_machine() -> Machine:
    """Look at the machine that this process runs on; takes a tenth of a second."""
    memory = psutil.virtual_memory()
    return Machine(
        name=socket.gethostname(),
        cpu=float(psutil.cpu_count() or 1),
        memory_mb=int(memory.total // 1_000_000),
        cpu_percent=psutil.cpu_percent(interval=_LOOK_S),
        memory_used_mb=round((memory.total - memory.available) / 1e6, 1),
        versions={"system": f"{platform.system()} {platform.release()}", "python": platform.python_version()},
    )
