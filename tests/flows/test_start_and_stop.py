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
from metafleet.cli.readiness import answers_ready, wait_until
from metafleet.cli.settings import LOOPBACK
from tests.flows.stack import Stack

pytestmark = pytest.mark.flow

PROGRAMS = ("postgres", "redis", "broker", "gateway", "web", "worker", "judge", "beat")


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with Stack(tmp_path / "data", {"METAFLEET_DEMO": "false"}) as stack:
        yield stack


def command(stack: Stack, name: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "metafleet.cli", name],
        env=stack.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def living(stack: Stack) -> list[int]:
    return [process.pid for process in leftovers.marked_processes(stack.folder.root)]


def test_a_life_of_start_second_start_status_and_stop(stack: Stack) -> None:
    stack.start()
    assert command(stack, "status").returncode == 0

    second = command(stack, "up")
    assert second.returncode == 1
    assert second.stderr.startswith("metafleet: metafleet already runs on")
    assert len(second.stderr.splitlines()) == 1

    assert command(stack, "down").returncode == 0
    process = stack.process
    assert process is not None
    assert process.wait(10) == 0
    assert stack.said().rstrip().endswith("Everything has stopped.")
    assert living(stack) == []
    assert command(stack, "status").returncode == 1


def test_ctrl_c_stops_every_process(stack: Stack) -> None:
    stack.start()
    process = stack.process
    assert process is not None
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(30) == 0
    assert living(stack) == []


def test_every_program_is_back_after_its_crash(stack: Stack) -> None:
    stack.start()
    killed = {name: stack.kill(name) for name in PROGRAMS}
    for name, pid in killed.items():
        stack.wait_until_back(name, pid)


def test_a_killed_start_is_cleared_away_by_the_next_one(stack: Stack) -> None:
    stack.start()
    process = stack.process
    assert process is not None
    process.kill()
    process.wait()
    assert answers_ready(LOOPBACK, stack.web_port)
    stack.start()
    assert "Stopping what an earlier start left running" in stack.said()


def test_a_killed_supervisor_does_not_end_the_product(stack: Stack) -> None:
    stack.start()
    supervisor = int((stack.folder.sockets / "supervisord.pid").read_text())
    os.kill(supervisor, signal.SIGKILL)
    assert wait_until(lambda: stack.said().count("Starting broker") == 2, 60.0)
    assert wait_until(lambda: answers_ready(LOOPBACK, stack.web_port), 60.0)


def test_a_taken_port_is_one_sentence_and_nothing_is_left_running(stack: Stack) -> None:
    with socket.create_server((LOOPBACK, stack.gateway_port)):
        refused = command(stack, "up")
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"metafleet: Port {stack.gateway_port} is taken")
    assert "METAFLEET_GATEWAY_PORT" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert living(stack) == []


def test_backups_are_kept_and_told_of_while_it_runs(tmp_path: Path) -> None:
    settings = {"METAFLEET_DEMO": "false", "METAFLEET_BACKUPS": "true"}
    with Stack(tmp_path / "data", settings) as stack:
        stack.start()
        assert stack.pid("backup")
        assert f"backups     {tmp_path / 'data-backups'}" in stack.said()
        assert stack.said().count("backup.key. Copy it to another place") == 1
        command_line = [sys.executable, "-m", "metafleet.cli", "backup"]
        subprocess.run(command_line, env=stack.environment, check=True, capture_output=True, timeout=120)
        assert "none verified" in command(stack, "status").stdout
