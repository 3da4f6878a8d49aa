"""What a container uses, read of files as the kernel writes them, or asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from metafleet.hub.fleet.drivers.docker import usage
from metafleet.hub.fleet.drivers.docker.usage import Usage

ID = "3f4c" * 16
BEGAN = datetime(2026, 3, 2, 12, tzinfo=UTC)
FOUND = {"Id": ID, "State": {"StartedAt": "2026-03-02T12:00:00.123456789Z", "Pid": 77}}
SOON, LATER = BEGAN + timedelta(seconds=10), BEGAN + timedelta(seconds=100)


class Engine:
    """Answers as Engine 20.10 does, and counts how often."""

    asked = 0

    def stats(self, container: str, *, stream: bool, one_shot: bool) -> dict[str, Any]:
        assert (container, stream, one_shot) == (ID, False, True)
        self.asked += 1
        return {
            "cpu_stats": {"cpu_usage": {"total_usage": 3_000_000_000}},
            "memory_stats": {"usage": 30_000_000, "stats": {"total_inactive_file": 5_000_000}},
        }


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(usage, "_PROC", tmp_path / "proc")
    monkeypatch.setattr(usage, "_CGROUPS", tmp_path / "cgroup")
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def version_1(machine: Path) -> None:
    lines = (f"5:memory:/docker/{ID}", f"3:cpu,cpuacct:/docker/{ID}", "1:name=systemd:/x", "0::/user.slice")
    write(machine / "proc/77/cgroup", "\n".join(lines) + "\n")
    memory = machine / "cgroup/memory/docker" / ID
    write(memory / "memory.usage_in_bytes", "20000000\n")
    write(memory / "memory.stat", "cache 6000000\ntotal_inactive_file 4000000\n")
    write(machine / "cgroup/cpuacct/docker" / ID / "cpuacct.usage", "500000000\n")


def version_2(machine: Path) -> None:
    scope = f"system.slice/docker-{ID}.scope"
    write(machine / "proc/77/cgroup", f"0::/{scope}\n")
    write(machine / "cgroup" / scope / "memory.current", "20000000\n")
    write(machine / "cgroup" / scope / "memory.stat", "anon 9\ninactive_file 4000000\n")
    write(machine / "cgroup" / scope / "cpu.stat", "usage_usec 500000\nuser_usec 1\n")


@pytest.mark.parametrize("kernel", [version_1, version_2])
def test_an_engine_on_this_machine_is_not_asked(machine: Path, kernel: Any) -> None:
    kernel(machine)
    engine = Engine()
    assert usage.of(engine, FOUND, SOON) == Usage(cpu_percent=5.0, memory_mb=16.0)
    assert engine.asked == 0


def test_an_engine_elsewhere_is_asked_once_the_ea_has_started(machine: Path) -> None:
    engine = Engine()
    assert usage.of(engine, FOUND, SOON) == Usage()
    assert engine.asked == 0
    assert usage.of(engine, FOUND, LATER) == Usage(cpu_percent=3.0, memory_mb=25.0)


def test_another_process_of_the_same_number_is_not_taken_for_the_container(machine: Path) -> None:
    version_1(machine)
    write(machine / "proc/77/cgroup", "5:memory:/user\n3:cpuacct:/user\n")
    assert usage.of(Engine(), FOUND, SOON) == Usage()
