from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from metafleet.cli import leftovers
from metafleet.hub.fleet.drivers.process import identity

READY_THEN_SLEEP = "import sys, time; sys.stdout.write('x'); sys.stdout.flush(); time.sleep(60)"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + READY_THEN_SLEEP


def start(program: str, **environment: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-I", "-S", "-c", program]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, **environment})
    assert process.stdout is not None
    assert process.stdout.read(1) == b"x"
    process.stdout.close()
    return process


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = start(READY_THEN_SLEEP, **{leftovers.MARK: str(tmp_path)})
    yield process
    process.kill()
    process.wait()


def write_pid_file(runners: Path, name: str, content: str) -> None:
    (runners / name).mkdir()
    (runners / name / "pid.json").write_text(content)


def test_a_marked_process_is_found_by_its_data_folder(
    sleeper: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    assert [process.pid for process in leftovers.marked_processes(tmp_path)] == [sleeper.pid]
    assert leftovers.marked_processes(tmp_path / "other") == []


def test_a_runner_is_found_by_its_pid_file_and_no_other_process_is(
    sleeper: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    created_at = psutil.Process(sleeper.pid).create_time()
    write_pid_file(tmp_path, "alive", json.dumps({"pid": sleeper.pid, "createTime": created_at}))
    write_pid_file(tmp_path, "reused", json.dumps({"pid": sleeper.pid, "createTime": created_at - 60}))
    # The clock was set right since, which moves every creation time.
    moved = {**identity.record_of(sleeper.pid), "createTime": created_at + 60}
    write_pid_file(tmp_path, "moved", json.dumps(moved))
    write_pid_file(tmp_path, "gone", json.dumps({"pid": 2**22 + 1, "createTime": created_at}))
    write_pid_file(tmp_path, "half", '{"pid": 12')
    write_pid_file(tmp_path, "strange", "[]")
    assert [process.pid for process in leftovers.runner_processes(tmp_path)] == [sleeper.pid] * 2


def test_a_process_that_ignores_the_order_is_killed() -> None:
    deaf = start(DEAF)
    assert leftovers.stop([psutil.Process(deaf.pid)], patience_s=0.05) == 1
    assert deaf.wait() == -9
