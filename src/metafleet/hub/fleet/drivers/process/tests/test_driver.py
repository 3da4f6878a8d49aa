"""The process driver with real processes: each verb, and each verb twice."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID, uuid4

import psutil
import pytest

from metafleet.hub.fleet.drivers.contract import DriverError, RuntimeSpec
from metafleet.hub.fleet.drivers.process import identity
from metafleet.hub.fleet.drivers.process.driver import ProcessDriver
from metafleet.hub.kernel.secrets import Secret
from tests.waiting import wait_until

TOKEN = "a-one-start-token-that-nobody-may-see"


@pytest.fixture
def silent_gateway() -> Iterator[str]:
    """Takes connections and never answers: a runner waits at it."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[ProcessDriver]:
    home = tmp_path / "runners"
    driver = ProcessDriver(home)
    yield driver
    for child in driver._children.values():
        child.kill()
        child.wait()
    for file in home.glob("*/pid.json"):
        runner = identity.living(json.loads(file.read_text()))
        if runner is not None:
            with suppress(psutil.NoSuchProcess):
                runner.kill()
    driver.close()


def spec(gateway: str, instance_id: UUID | None = None) -> RuntimeSpec:
    return RuntimeSpec(
        instance_id=instance_id or uuid4(),
        run_id=uuid4(),
        gateway_url=gateway,
        assignment_token=Secret(TOKEN),
        cpu=0.5,
        memory_mb=256,
    )


def is_gone(driver: ProcessDriver, wish: RuntimeSpec) -> bool:
    return wait_until(lambda: not driver.inspect(wish.instance_id, {}).alive, 10)


def test_a_runner_starts_is_seen_and_stops(driver: ProcessDriver, silent_gateway: str) -> None:
    wish = spec(silent_gateway)
    started = driver.start(wish)
    sight = driver.inspect(wish.instance_id, started.handle)
    assert sight.alive
    assert sight.memory_mb is not None
    assert sight.memory_mb > 1
    driver.stop(wish.instance_id, started.handle, force=False)
    driver.stop(wish.instance_id, started.handle, force=False)
    assert is_gone(driver, wish)
    driver.stop(wish.instance_id, started.handle, force=True)


def test_a_second_start_beside_a_living_runner_is_refused(driver: ProcessDriver, silent_gateway: str) -> None:
    wish = spec(silent_gateway)
    driver.start(wish)
    with pytest.raises(DriverError, match="still alive") as refusal:
        driver.start(spec(silent_gateway, wish.instance_id))
    assert not refusal.value.permanent


def test_a_driver_that_was_started_anew_finds_the_runner_again(
    driver: ProcessDriver, silent_gateway: str, tmp_path: Path
) -> None:
    wish = spec(silent_gateway)
    started = driver.start(wish)
    another = ProcessDriver(tmp_path / "runners")
    sight = another.inspect(wish.instance_id, {})
    assert (sight.alive, sight.started) == (True, started)


def test_a_kill_is_seen_with_its_exit_code(driver: ProcessDriver, silent_gateway: str) -> None:
    wish = spec(silent_gateway)
    started = driver.start(wish)
    os.kill(started.handle["pid"], signal.SIGKILL)
    exit_codes: list[int | None] = []

    def is_over() -> bool:
        sight = driver.inspect(wish.instance_id, started.handle)
        exit_codes.append(sight.exit_code)
        return not sight.alive

    assert wait_until(is_over, 10)
    assert exit_codes[-1] == -signal.SIGKILL


def test_a_pid_that_was_given_away_is_not_taken_for_the_runner(driver: ProcessDriver) -> None:
    ourselves = psutil.Process()
    handle = {"pid": ourselves.pid, "createTime": ourselves.create_time() - 100}
    assert not driver.inspect(uuid4(), handle).alive
    driver.stop(uuid4(), handle, force=True)
    assert ourselves.is_running()


@pytest.mark.skipif(sys.platform != "linux", reason="only there does the kernel count for itself")
def test_a_clock_that_is_set_right_hides_no_runner(driver: ProcessDriver, silent_gateway: str) -> None:
    wish = spec(silent_gateway)
    handle = driver.start(wish).handle
    moved = handle | {"createTime": handle["createTime"] + 100}
    assert driver.inspect(wish.instance_id, moved).alive
    another = handle | {"startMark": handle["startMark"] + "0"}
    assert not driver.inspect(wish.instance_id, another).alive


def test_a_runner_that_goes_between_two_looks_is_gone(
    driver: ProcessDriver, silent_gateway: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish = spec(silent_gateway)
    started = driver.start(wish)
    process = psutil.Process(started.handle["pid"])
    process.kill()
    assert is_gone(driver, wish)
    monkeypatch.setattr(identity, "living", lambda _: process)
    assert not driver.inspect(wish.instance_id, started.handle).alive
    driver.stop(wish.instance_id, started.handle, force=True)


def test_the_token_is_in_no_command_line_environment_or_file(
    driver: ProcessDriver, silent_gateway: str, tmp_path: Path
) -> None:
    wish = spec(silent_gateway)
    started = driver.start(wish)
    process = psutil.Process(started.handle["pid"])
    shown = " ".join(process.cmdline()) + str(process.environ())
    for file in tmp_path.rglob("*"):
        shown += file.read_text(errors="replace") if file.is_file() else ""
    assert TOKEN not in shown
    assert "DATABASE_URL" not in shown
    assert "METAFLEET_SECRET_KEY" not in shown
    folder = tmp_path / "runners" / str(wish.instance_id)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows another process's rlimits")
def test_limits_are_in_force_or_said_to_be_missing(driver: ProcessDriver, silent_gateway: str) -> None:
    wish = spec(silent_gateway)
    started = driver.start(wish)
    # Its table, because to ask for another user's rlimits takes a right that containers lack.
    table = Path(f"/proc/{started.handle['pid']}/limits")
    most = 512 * 1024 * 1024
    row = ["Max", "data", "size", str(most), str(most), "bytes"]
    assert wait_until(lambda: row in [line.split() for line in table.read_text().splitlines()], 10)
    assert ("0.5 CPU and 256 MB by cgroup" in started.limits) != ("no CPU limit" in started.limits)


def test_logs_come_in_whole_lines_from_an_offset(driver: ProcessDriver, tmp_path: Path) -> None:
    instance_id = uuid4()
    assert driver.logs(instance_id, offset=None, most_bytes=100).lines == []
    folder = tmp_path / "runners" / str(instance_id)
    folder.mkdir(parents=True)
    (folder / "log.txt").write_bytes(b"one\ntwo\nhal")
    first = driver.logs(instance_id, offset=0, most_bytes=100)
    assert (first.lines, first.next_offset) == (["one", "two"], 8)
    (folder / "log.txt").write_bytes(b"one\ntwo\nhalf\n")
    assert driver.logs(instance_id, offset=8, most_bytes=100).lines == ["half"]
    assert driver.logs(instance_id, offset=None, most_bytes=7).lines == ["half"]
    assert driver.logs(instance_id, offset=5000, most_bytes=100).lines == ["one", "two", "half"]
