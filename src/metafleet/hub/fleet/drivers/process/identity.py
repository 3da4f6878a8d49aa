"""Which process a pid means: the same number is given to another one day.

A record is `{"pid": …, "createTime": …, "startMark": …}`. The wall-clock creation time
(Unix seconds) follows the clock when that is set right, since it is derived from it; so
where the kernel says when a process started by its own count, that decides.
Source: proc(5), /proc/pid/stat field 22 (starttime, clock ticks since boot).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil

_PROC = Path("/proc")
_SAME_INSTANT_S = 0.05
"""psutil's creation times are whole clock ticks of 10 ms."""


def record_of(pid: int) -> dict[str, Any]:
    """Return what names this process for good. Raises psutil.Error when it is gone."""
    record: dict[str, Any] = {"pid": pid, "createTime": psutil.Process(pid).create_time()}
    mark = _start_mark(pid)
    return record if mark is None else record | {"startMark": mark}


def living(record: Mapping[str, Any]) -> psutil.Process | None:
    """Return the living process, or None for one that is gone, a zombie, or somebody else's pid."""
    try:
        process = psutil.Process(int(record["pid"]))
        return process if _is_same(process, record) and process.status() != psutil.STATUS_ZOMBIE else None
    except (KeyError, TypeError, ValueError, psutil.Error):
        return None


def is_zombie(record: Mapping[str, Any]) -> bool:
    """Whether it has ended and its parent has not taken note of that yet."""
    try:
        process = psutil.Process(int(record["pid"]))
        return _is_same(process, record) and process.status() == psutil.STATUS_ZOMBIE
    except (KeyError, TypeError, ValueError, psutil.Error):
        return False


def _is_same(process: psutil.Process, record: Mapping[str, Any]) -> bool:
    mark = _start_mark(process.pid)
    if mark is not None and "startMark" in record:
        return bool(record["startMark"] == mark)
    return abs(process.create_time() - float(record["createTime"])) < _SAME_INSTANT_S


def _start_mark(pid: int) -> str | None:
    """Return the boot and the tick of it in which the process started; None where nobody counts."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        stat = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    # The program's name, in brackets, may hold spaces and brackets; field 22 is the 20th after it.
    return f"{boot}:{stat.rpartition(')')[2].split()[19]}"
