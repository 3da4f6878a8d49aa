"""What a container uses: of its cgroup's files where the engine is on this machine, else as it says.

An engine answers for one container's use after a second (it collects that often, and Engine 20.10
waits even where it is asked not to), which a start of two seconds must not wait for, let alone
one look at each of a hundred containers.
Source: cgroups(7); Linux Documentation/admin-guide/cgroup-v1/memory.rst and cgroup-v2.rst.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import docker
from docker.errors import NotFound

ASKED_FROM: Final = timedelta(seconds=45)
"""Age from which an engine elsewhere is asked: by then the EA runs or has failed to."""
_CGROUPS: Final = Path("/sys/fs/cgroup")
_PROC: Final = Path("/proc")


@dataclass(frozen=True, slots=True)
class Usage:
    """`cpu_percent`: of one core, since the start; `memory_mb`: without files that the kernel may drop."""

    cpu_percent: float | None = None
    memory_mb: float | None = None


def of(api: docker.APIClient, found: dict[str, Any], now: datetime) -> Usage:
    """Return what a running container uses, as far as that can be told without waiting for it.

    found: what the engine knows of the container.
    """
    began = datetime.fromisoformat(found["State"]["StartedAt"][:19] + "+00:00")
    age = now - began
    read = _of_cgroup(found["Id"], int(found["State"].get("Pid") or 0))
    if read is None and age >= ASKED_FROM:
        read = _of_engine(api, found["Id"])
    if read is None:
        return Usage()
    cpu_s, memory_mb = read
    return Usage(round(100 * cpu_s / max(age.total_seconds(), 1.0), 1), memory_mb)


def memory_mb(stats: dict[str, Any]) -> float:
    """Return the memory in use by an engine's statistics, as `docker stats` counts it."""
    detail = stats["memory_stats"].get("stats", {})
    files = int(detail.get("total_inactive_file", detail.get("inactive_file", 0)))
    return round((int(stats["memory_stats"]["usage"]) - files) / 1e6, 1)


def _of_engine(api: docker.APIClient, container_id: str) -> tuple[float, float] | None:
    try:
        stats = api.stats(container_id, stream=False, one_shot=True)
        return int(stats["cpu_stats"]["cpu_usage"]["total_usage"]) / 1e9, memory_mb(stats)
    except (NotFound, KeyError):  # it went between two looks
        return None


def _of_cgroup(container_id: str, pid: int) -> tuple[float, float] | None:
    """Return seconds of processor and megabytes; None where this is not the engine's machine, or it went."""
    try:
        groups = _groups(pid)
        if not all(container_id in path for path in groups.values()):
            return None  # another machine's process, of the same number
        return _unified(groups[""]) if "memory" not in groups else _of_version_1(groups)
    except (OSError, KeyError, ValueError):
        return None


def _groups(pid: int) -> dict[str, str]:
    """Return the process's cgroup by controller, of those that count here; "" is version 2's one."""
    lines = (_PROC / str(pid) / "cgroup").read_text().splitlines()
    found = {}
    for line in lines:
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            if controller in {"", "cpuacct", "memory"}:
                found[controller] = path
    if "memory" in found:
        found.pop("", None)  # a machine of both kinds keeps processes in an empty one as well
    return found


def _of_version_1(groups: dict[str, str]) -> tuple[float, float]:
    memory = _folder("memory", groups["memory"])
    files = _statistics(memory / "memory.stat")["total_inactive_file"]
    cpu_ns = int((_folder("cpuacct", groups["cpuacct"]) / "cpuacct.usage").read_text())
    return cpu_ns / 1e9, _megabytes(int((memory / "memory.usage_in_bytes").read_text()) - files)


def _unified(path: str) -> tuple[float, float]:
    group = _CGROUPS / path.lstrip("/")
    files = _statistics(group / "memory.stat")["inactive_file"]
    cpu_us = _statistics(group / "cpu.stat")["usage_usec"]
    return cpu_us / 1e6, _megabytes(int((group / "memory.current").read_text()) - files)


def _folder(controller: str, path: str) -> Path:
    return _CGROUPS / controller / path.lstrip("/")


def _statistics(file: Path) -> dict[str, int]:
    return {name: int(value) for name, value in (line.split() for line in file.read_text().splitlines())}


def _megabytes(amount: int) -> float:
    return round(amount / 1e6, 1)
