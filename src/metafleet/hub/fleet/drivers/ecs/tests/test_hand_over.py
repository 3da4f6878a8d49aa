"""How a runner on ECS takes its ticket: once, from Parameter Store over HTTP."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

from metafleet.hub.fleet.drivers.ecs.tests.cloud import REGION, Cloud
from metafleet.hub.fleet.drivers.ecs.tests.conftest import PLACE

EXIT_REFUSED = 4
"""Of the runner; the hub does not import it."""
WAITS_FOR_A_SIGNAL = """
import signal, sys
from metafleet.runner import parameter_store
parameter_store.os.execve = lambda *_: (signal.sigwait({signal.SIGTERM}), sys.exit(9))
import os
real_write = os.write
def write(*arguments):
    os.kill(os.getpid(), signal.SIGTERM)
    return real_write(*arguments)
parameter_store.os.write = write
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
parameter_store.become_runner(b"{}", ".")
"""


def ticket(cloud: Cloud) -> str:
    name = f"{PLACE.tickets(uuid4())}/{uuid4().hex}"
    cloud.ssm.put_parameter(Name=name, Value='{"a": 1}', Type="SecureString")
    return name


def run(cloud: Cloud, name: str, folder: Path) -> subprocess.CompletedProcess[str]:
    arguments = ["--region", REGION, "--state-dir", str(folder), "--ticket", name]
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", "metafleet.runner.parameter_store", *arguments],
        env={
            "PATH": os.environ["PATH"],
            "AWS_ENDPOINT_URL": cloud.url,
            "AWS_ACCESS_KEY_ID": "task",
            "AWS_SECRET_ACCESS_KEY": "role",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_ticket_is_taken_once_and_reaches_the_runners_standard_input(cloud: Cloud, tmp_path: Path) -> None:
    name = ticket(cloud)
    first, second = run(cloud, name, tmp_path), run(cloud, name, tmp_path)
    assert (first.returncode, second.returncode) == (EXIT_REFUSED, EXIT_REFUSED)
    assert "expected one line of JSON with gatewayUrl and assignmentToken" in first.stdout
    assert f"the ticket {name} is gone" in second.stdout


def test_a_ticket_that_is_gone_ends_the_start_for_good_and_says_so(cloud: Cloud, tmp_path: Path) -> None:
    name = f"{PLACE.tickets(uuid4())}/none"
    ended = run(cloud, name, tmp_path)
    assert ended.returncode == EXIT_REFUSED
    assert f"the ticket {name} is gone" in ended.stdout


def test_a_stop_during_the_change_of_programs_waits_for_the_runner() -> None:
    ended = subprocess.run(  # noqa: S603
        [sys.executable, "-c", WAITS_FOR_A_SIGNAL], stdin=subprocess.DEVNULL, check=False, timeout=30
    )
    assert ended.returncode == 9, "it was handled before, which gives 0"
    assert signal.SIGTERM not in signal.pthread_sigmask(signal.SIG_BLOCK, ())
