"""From the click on Deploy to a confirmed run, through the real API, worker, runner and gateway.

Each of the runs is a new instance on the same account; the state is asked for every 10 ms.
Memory of a runner is its unique set size: what this machine would get back by ending it.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import psutil

from tests.flows.person import Person
from tests.flows.stack import Stack
from tests.waiting import wait_until

RUNS = 7
SETTLED_S = 5.0


def main() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="mf-bench-") as name,
        Stack(Path(name) / "data", {"METAFLEET_DEMO": "false"}) as stack,
    ):
        stack.start()
        with Person(stack) as trader:
            trader.sign_up("bench@example.com")
            _measure(stack, trader)


def _measure(stack: Stack, trader: Person) -> None:
    account = trader.connect()
    seconds = []
    for _ in range(RUNS):
        began_at = time.perf_counter()
        instance_id = trader.deploy(account, "trend-following", "EURUSD")
        if not wait_until(lambda: trader.instance(instance_id)["state"] == "running", 30.0):  # noqa: B023
            raise SystemExit(f"not running within 30 s: {trader.instance(instance_id)}")
        seconds.append(time.perf_counter() - began_at)
        time.sleep(SETTLED_S)
        memory_mb = _runner_memory_mb(stack)
        trader.post(f"/api/instances/{instance_id}/stop")
        trader.wait_for_state(instance_id, "stopped")
        trader.delete(f"/api/instances/{instance_id}")
    print(
        f"deploy click to running      p50 {statistics.median(seconds):5.2f} s   "
        f"worst of {RUNS} {max(seconds):5.2f} s   (aim 1)"
    )
    print(f"memory of a runner           {memory_mb:5.1f} MB unique")


def _runner_memory_mb(stack: Stack) -> float:
    return float(psutil.Process(stack.runner_pids()[0]).memory_full_info().uss) / 1e6


if __name__ == "__main__":
    main()
