"""All chaos at once, while `kill -9` goes round the servers: the journal equals the ledger.

METAFLEET_KILLS=100 kills as often; see docs/guides/simulate.md.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.flows.conftest import StartStack
from tests.flows.stack import Stack
from tests.waiting import wait_until

pytestmark = pytest.mark.flow

KILLS = int(os.environ.get("METAFLEET_KILLS", "12"))
PARTS = ("gateway", "postgres", "redis", "worker")
TERMINALS = 60
REST_WITHIN_S = 240.0
"""Three deliveries of a command, and their leases, may follow the last kill."""
PLENTY = [100_000, 10_000]
KINDS = ("heartbeat", "trades", "positions", "candles", "commands")


class Simulation:
    """`metafleet simulate`, beside the product that it speaks to."""

    def __init__(self, process: subprocess.Popen[bytes], said: Path) -> None:
        self._process = process
        self._said = said

    def deals(self) -> int:
        """How many deals the hub has acknowledged, by the simulator's last line."""
        lines = self._said.read_text().splitlines()
        found = [line.partition("  deals ")[2].split() for line in lines if "  deals " in line]
        return int(found[-1][0]) if found else 0

    def wait_for_deals_after(self, count: int, timeout_s: float = 60.0) -> None:
        assert wait_until(lambda: self.deals() > count, timeout_s, 0.1), self._said.read_text()[-3000:]

    def come_to_rest(self) -> dict[str, Any]:
        """End the load as Ctrl-C does, and return what the simulator has found."""
        self._process.send_signal(signal.SIGINT)
        output, _ = self._process.communicate(timeout=REST_WITHIN_S)
        assert output, self._said.read_text()[-3000:]
        told: dict[str, Any] = json.loads(output)
        assert self._process.returncode == (0 if told["holds"] else 1)
        return told


@contextmanager
def simulating(stack: Stack, *options: str) -> Iterator[Simulation]:
    said = stack.folder.root.with_name("simulate.log")
    command = [sys.executable, "-m", "metafleet.cli", "simulate", "--json", *options]
    with (
        said.open("wb") as errors,
        subprocess.Popen(command, env=stack.environment, stdout=subprocess.PIPE, stderr=errors) as process,
    ):
        try:
            yield Simulation(process, said)
        finally:
            process.kill()


def test_after_kills_of_every_server_the_journal_equals_the_ledger(start_stack: StartStack) -> None:
    stack = start_stack(
        METAFLEET_DEMO="false", METAFLEET_GATEWAY_LIMITS=json.dumps(dict.fromkeys(KINDS, PLENTY))
    )
    fleet = ("--terminals", str(TERMINALS), "--speed", "20", "--commands", "4")
    with simulating(stack, *fleet, "--minutes", "600", "--chaos", "all") as simulation:
        simulation.wait_for_deals_after(TERMINALS)
        for number in range(KILLS):
            before, part = simulation.deals(), PARTS[number % len(PARTS)]
            stack.wait_until_back(part, stack.kill(part))
            simulation.wait_for_deals_after(before)
        told = simulation.come_to_rest()
    assert told["words"] == []
    assert told["differences"] == {}
    assert told["holds"]
    # All of it has really happened.
    assert told["compared"]["deals"] > 10 * TERMINALS
    assert told["compared"]["commands"] > 2 * KILLS
    assert told["commandEnds"]["done"] > told["compared"]["commands"] / 2
    happened = told["counts"]
    for what in (
        "cut connections",
        "crashes of terminals",
        "cross-wired spells",
        "batches sent twice at once",
    ):
        assert happened[what] > 0, what


def test_a_fleet_that_behaves_is_never_refused(start_stack: StartStack) -> None:
    """At the protocol's own pace and limits, without chaos."""
    stack = start_stack(METAFLEET_DEMO="false")
    with simulating(stack, "--terminals", "300", "--minutes", "0.2", "--commands", "5") as simulation:
        simulation.wait_for_deals_after(50)
        told = simulation.come_to_rest()
    assert told["words"] == []
    assert told["holds"]
    assert {name for name in told["counts"] if name.startswith(("answers", "lost"))} == set()
