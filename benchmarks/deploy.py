"""From the click on Deploy to a confirmed run, through the real API, worker, runner and gateway.

Each of the runs is a new instance on the same account; the state is asked for every 10 ms.
Memory of a process is its unique set size: what this machine would get back by ending it; of a
container, what its cgroup holds without files that may be dropped.

`python -m benchmarks.deploy [process | docker]`; docker needs what the driver's tests need, and its
image is warm: the engine has it, and has started it before.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import docker
import psutil
import pytest

from metafleet.hub.fleet.drivers.docker.tests import dockerd
from metafleet.hub.fleet.drivers.docker.usage import memory_mb
from tests.flows.person import Person
from tests.flows.stack import Stack
from tests.waiting import wait_until

RUNS = 7
SETTLED_S = 5.0
AIM_S = {"process": 1.0, "docker": 2.5}


def main(driver: str) -> None:
    if driver not in AIM_S:
        raise SystemExit(f"There is no driver {driver!r} to measure; there are {', '.join(AIM_S)}.")
    with _settings(driver) as settings, tempfile.TemporaryDirectory(prefix="mf-bench-") as name:
        environment = {"METAFLEET_DEMO": "false", "METAFLEET_FLEET_DRIVER": driver, **settings}
        with Stack(Path(name) / "data", environment) as stack:
            stack.start()
            with Person(stack) as trader:
                trader.sign_up("bench@example.com")
                _measure(driver, trader, _memory_of(driver, stack))


@contextmanager
def _settings(driver: str) -> Iterator[Mapping[str, str]]:
    """Yield what the product is told of an engine; end with a word where there can be none."""
    if driver == "process":
        yield {}
        return
    try:
        with dockerd.running_engine() as address:
            yield {"METAFLEET_DOCKER_ENGINE": address, "METAFLEET_DOCKER_IMAGE": dockerd.IMAGE}
    except pytest.skip.Exception as reason:
        print(f"not measured: {reason}")
        raise SystemExit(0) from None


def _measure(driver: str, trader: Person, memory: Callable[[], float]) -> None:
    account = trader.connect()
    seconds = []
    for _ in range(RUNS):
        began_at = time.perf_counter()
        instance_id = trader.deploy(account, "trend-following", "EURUSD")
        if not wait_until(lambda: trader.instance(instance_id)["state"] == "running", 30.0):  # noqa: B023
            raise SystemExit(f"not running within 30 s: {trader.instance(instance_id)}")
        seconds.append(time.perf_counter() - began_at)
        time.sleep(SETTLED_S)
        memory_of_it = memory()
        trader.post(f"/api/instances/{instance_id}/stop")
        trader.wait_for_state(instance_id, "stopped")
        trader.delete(f"/api/instances/{instance_id}")
    print(
        f"deploy click to running, {driver:8} p50 {statistics.median(seconds):5.2f} s   "
        f"worst of {RUNS} {max(seconds):5.2f} s   (aim {AIM_S[driver]:g})"
    )
    print(f"memory of a runner              {memory_of_it:5.1f} MB unique")


def _memory_of(driver: str, stack: Stack) -> Callable[[], float]:
    if driver == "process":
        return lambda: float(psutil.Process(stack.runner_pids()[0]).memory_full_info().uss) / 1e6

    def of_container() -> float:
        with closing(docker.APIClient(stack.environment["METAFLEET_DOCKER_ENGINE"])) as api:
            running = api.containers(filters={"label": "metafleet.instance"})
            return memory_mb(api.stats(running[0]["Id"], stream=False, one_shot=True))

    return of_container


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "process")
