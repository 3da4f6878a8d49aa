"""Starting, stopping and crashing the product itself."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from metafleet.cli import leftovers
from metafleet.cli.readiness import answers_ready
from metafleet.cli.settings import LOOPBACK
from tests.flows.conftest import StartStack
from tests.flows.stack import Stack
from tests.waiting import PATIENCE_S, wait_until

pytestmark = pytest.mark.flow

PROGRAMS = ("postgres", "redis", "broker", "gateway", "web", "worker", "judge", "beat")


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Stack]:
    """A product that has never been started: it makes its own database."""
    with Stack(tmp_path / "data", {"METAFLEET_DEMO": "false"}) as stack:
        yield stack


@pytest.fixture(scope="module")
def stack_settings() -> dict[str, str]:
    return {"METAFLEET_DEMO": "false"}


@pytest.fixture
def running(stack: Stack) -> Stack:
    """The module's product; one that a test has stopped is started again."""
    if stack.process is None or stack.process.poll() is not None:
        stack.start()
    return stack


def command(stack: Stack, name: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "metafleet.cli", name],
        env=stack.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )


def living(stack: Stack) -> list[int]:
    return [process.pid for process in leftovers.marked_processes(stack.folder.root)]


def test_a_life_of_start_second_start_status_and_stop(fresh: Stack) -> None:
    fresh.start()
    assert command(fresh, "status").returncode == 0

    second = command(fresh, "up")
    assert second.returncode == 1
    assert second.stderr.startswith("metafleet: metafleet already runs on")
    assert len(second.stderr.splitlines()) == 1

    assert command(fresh, "down").returncode == 0
    process = fresh.process
    assert process is not None
    assert process.wait(10) == 0
    assert fresh.said().rstrip().endswith("Everything has stopped.")
    assert living(fresh) == []
    assert command(fresh, "status").returncode == 1


def test_a_taken_port_is_one_sentence_and_nothing_is_left_running(fresh: Stack) -> None:
    with socket.create_server((LOOPBACK, fresh.gateway_port)):
        refused = command(fresh, "up")
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"metafleet: Port {fresh.gateway_port} is taken")
    assert "METAFLEET_GATEWAY_PORT" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert living(fresh) == []


def test_every_program_is_back_after_its_crash(running: Stack) -> None:
    killed = {name: running.kill(name) for name in PROGRAMS}
    for name, pid in killed.items():
        running.wait_until_back(name, pid)


def test_a_killed_start_is_cleared_away_by_the_next_one(running: Stack) -> None:
    process = running.process
    assert process is not None
    process.kill()
    process.wait()
    assert answers_ready(LOOPBACK, running.web_port)
    running.start()
    assert "Stopping what an earlier start left running" in running.said()


def test_a_killed_supervisor_does_not_end_the_product(running: Stack) -> None:
    starts = running.said().count("Starting broker")
    supervisor = int((running.folder.sockets / "supervisord.pid").read_text())
    os.kill(supervisor, signal.SIGKILL)
    assert wait_until(lambda: running.said().count("Starting broker") == starts + 1, PATIENCE_S)
    assert wait_until(lambda: answers_ready(LOOPBACK, running.web_port), PATIENCE_S)


def test_ctrl_c_stops_every_process(running: Stack) -> None:
    process = running.process
    assert process is not None
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(PATIENCE_S) == 0
    assert living(running) == []


def test_backups_are_kept_and_told_of_while_it_runs(start_stack: StartStack) -> None:
    stack = start_stack(METAFLEET_DEMO="false", METAFLEET_BACKUPS="true")
    assert stack.pid("backup")
    assert f"backups     {stack.folder.root.with_name('data-backups')}" in stack.said()
    assert stack.said().count("backup.key. Copy it to another place") == 1
    command_line = [sys.executable, "-m", "metafleet.cli", "backup"]
    subprocess.run(command_line, env=stack.environment, check=True, capture_output=True, timeout=120)
    assert "none verified" in command(stack, "status").stdout
