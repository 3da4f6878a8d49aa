"""CPU and memory limits of a local process: a cgroup where we may make one, else rlimits.

Sources: Linux cgroup v2 (cpu.max, memory.max) and v1 (cpu.cfs_quota_us,
memory.limit_in_bytes); setrlimit(2): RLIMIT_DATA covers private writable memory.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from uuid import UUID

_ROOT = Path("/sys/fs/cgroup")
_PERIOD_US = 100_000
_HEADROOM = 2
"""An rlimit counts reserved memory, a cgroup counts used memory: the rlimit is the wider net."""


def data_limit_mb(memory_mb: int) -> int:
    """Return the rlimit that the runner takes by itself, in MB of private writable memory."""
    return memory_mb * _HEADROOM


def enforce(pid: int, instance_id: UUID, *, cpu: float, memory_mb: int) -> str:
    """Limit the process and return in words what now holds."""
    name = f"metafleet-{instance_id}"
    for attempt in (_cgroup_v2, _cgroup_v1):
        try:
            attempt(pid, name, cpu, memory_mb)
        except OSError:
            continue
        return f"{cpu:g} CPU and {memory_mb} MB by cgroup"
    return f"{data_limit_mb(memory_mb)} MB by rlimit; no CPU limit (cgroups are not writable here)"


def peak_mb(instance_id: UUID) -> float | None:
    """Return the most memory that the group has used; None where there is no group to ask."""
    name = f"metafleet-{instance_id}"
    for file in (_ROOT / name / "memory.peak", _ROOT / "memory" / name / "memory.max_usage_in_bytes"):
        with suppress(OSError, ValueError):
            return round(int(file.read_text()) / 1e6, 1)
    return None


def release(instance_id: UUID) -> None:
    """Remove the groups of a process that is gone; one that is not stays."""
    name = f"metafleet-{instance_id}"
    for group in (_ROOT / name, _ROOT / "cpu" / name, _ROOT / "memory" / name):
        with suppress(OSError):
            group.rmdir()


def _cgroup_v2(pid: int, name: str, cpu: float, memory_mb: int) -> None:
    if not (_ROOT / "cgroup.controllers").is_file():
        raise FileNotFoundError
    with suppress(OSError):
        (_ROOT / "cgroup.subtree_control").write_text("+cpu +memory")
    group = _ROOT / name
    group.mkdir(exist_ok=True)
    (group / "cpu.max").write_text(f"{int(cpu * _PERIOD_US)} {_PERIOD_US}")
    (group / "memory.max").write_text(str(memory_mb * 1024 * 1024))
    (group / "cgroup.procs").write_text(str(pid))


def _cgroup_v1(pid: int, name: str, cpu: float, memory_mb: int) -> None:
    cpu_group, memory_group = _ROOT / "cpu" / name, _ROOT / "memory" / name
    for group in (cpu_group, memory_group):
        if not group.parent.is_dir():
            raise FileNotFoundError(group.parent)
        group.mkdir(exist_ok=True)
    (cpu_group / "cpu.cfs_period_us").write_text(str(_PERIOD_US))
    (cpu_group / "cpu.cfs_quota_us").write_text(str(int(cpu * _PERIOD_US)))
    (memory_group / "memory.limit_in_bytes").write_text(str(memory_mb * 1024 * 1024))
    for group in (cpu_group, memory_group):
        (group / "cgroup.procs").write_text(str(pid))
