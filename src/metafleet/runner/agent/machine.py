"""The machine that the agent runs on, as it is reported to the hub."""

from __future__ import annotations

import platform
import shutil
import socket
import uuid
from pathlib import Path
from typing import Final

import msgspec
import psutil

from metafleet.runner.agent import records
from metafleet.wire import messages

_MEGABYTE: Final = 1024 * 1024
_FILE: Final = "machine.json"


class _Machine(msgspec.Struct, frozen=True):
    id: str


def identify(state: Path) -> str:
    """Return the machine's id, made up once and kept in the agent's folder. Raises OSError."""
    known = records.read(state / _FILE, _Machine)
    if known is None:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        known = _Machine(str(uuid.uuid4()))
        records.write(state / _FILE, known)
    return known.id


def look(machine_id: str, folder: Path, version: str, clock_skew_ms: int | None) -> messages.Machine:
    """Processor use is of all cores since the last look; disk is the one that the folder is on."""
    memory, disk = psutil.virtual_memory(), shutil.disk_usage(folder)
    return messages.Machine(
        id=machine_id,
        name=socket.gethostname(),
        system=f"{platform.system()} {platform.release()}",
        version=version,
        cpu_percent=psutil.cpu_percent(),
        memory_mb=memory.total // _MEGABYTE,
        memory_used_mb=(memory.total - memory.available) // _MEGABYTE,
        disk_mb=disk.total // _MEGABYTE,
        disk_free_mb=disk.free // _MEGABYTE,
        clock_skew_ms=clock_skew_ms,
        started_at=psutil.boot_time(),
    )
