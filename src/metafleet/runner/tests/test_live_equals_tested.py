"""The same EA and the same ticks give the same bars, lines and deals at a terminal and in the tester.

Of bars alone the tester makes ticks between which levels fill at their own price; a terminal has its ticks.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import pytest

from metafleet.engine.broker.records import Deal
from metafleet.engine.experts.loading import hash_of, load_expert
from metafleet.engine.experts.reasons import Reason
from metafleet.engine.market.arrays import TICKS, Array
from metafleet.engine.market.records import Bar
from metafleet.engine.market.supplies import KeptSupply
from metafleet.engine.market.symbols import SYMBOLS
from metafleet.engine.market.ticks import FAST_TICKS, bar_ticks
from metafleet.engine.tester import Test
from metafleet.engine.tester.run import run_test
from metafleet.engine.tester.tests.rooms import walk
from metafleet.runner.tests.charting import SOURCE, write_bars
from metafleet.runner.tests.gateway import Gateway
from metafleet.runner.tests.rig import Broker, Runner, assignment

PAST_MINUTES = 7_000
LIVED_MINUTES = 1_500
WALK = walk(PAST_MINUTES + LIVED_MINUTES)


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """The real broker at full speed, on a market that goes on while somebody follows it."""
    folder = tmp_path_factory.mktemp("market")
    file = write_bars(WALK, folder / "EURUSD_M1.csv.gz")
    options = ("--clock", "source", "--speed", "max", "--only-followed", "--ticks-per-bar", str(FAST_TICKS))
    running = Broker(folder / "books", "--source", str(file), *options, past_minutes=PAST_MINUTES)
    running.start()
    yield running
    running.kill()


def told(log: str) -> list[str]:
    """What the EA wrote, without the time at which the runner wrote it down, and what the runner adds."""
    said = [line.partition(" expert: ")[2] for line in log.splitlines()]
    return [line for line in said if line.startswith(("start ", "bar ", "deal "))]


def facts(deal: Deal) -> dict[str, Any]:
    """A deal without the numbers that the broker gives out."""
    return {
        name: value
        for name, value in msgspec.structs.asdict(deal).items()
        if name not in {"ticket", "order", "position_id", "magic"}
    }


def ticks() -> Array:
    """Every tick of the market, as TICKS."""
    spec = SYMBOLS["EURUSD"]
    made = [tick for row in WALK.tolist() for tick in bar_ticks(spec, Bar(*row[:7]), 60, FAST_TICKS)]
    found = np.zeros(len(made), TICKS)
    found["time_msc"] = [tick.time_msc for tick in made]
    found["time"] = found["time_msc"] // 1000
    found["bid"], found["ask"] = [tick.bid for tick in made], [tick.ask for tick in made]
    return found


class Live:
    """What became of the EA at the terminal: what it wrote, its deals, and the minute in which it began.

    reported: the deals that the gateway was told.
    """

    def __init__(self, lines: list[str], deals: list[Deal], reported: list[dict[str, Any]]) -> None:
        self.lines, self.deals = lines, deals
        self.reasons = [(said.get("tag", ""), said.get("note", "")) for said in reported]
        self.from_s = int(lines[0].split()[1]) // 60_000 * 60


@pytest.fixture(scope="module")
def lived(market: Broker, tmp_path_factory: pytest.TempPathFactory) -> Live:
    """Let the EA live through the market, in the real runner, and end before the market does."""
    gateway, login = Gateway(), market.open_account().login
    gateway.start()
    work = {"expert": "scribe", "version": "1.0.0", "hash": hash_of(SOURCE.encode()), "source": SOURCE}
    gateway.assignment = assignment(market, login, symbol="EURUSD", inputs={}, **work)
    runner = Runner(tmp_path_factory.mktemp("runner"), gateway)
    runner.start()
    enough = f"bar Bar(time_s={int(WALK['time'][-1]) // 300 * 300 - 600}"
    try:
        gateway.wait_until(lambda: enough in runner.log(), 60.0)
    finally:
        runner.kill()
        gateway.stop()
    # The last line may be half written.
    return Live(told(runner.log())[:-1], market.deals(login), [*gateway.deals.values()])


def test_the_same_ticks_give_the_same_bars_lines_and_deals_live_and_tested(lived: Live) -> None:
    test = Test(symbol="EURUSD", from_s=lived.from_s, ticks="every")
    supplies = {"EURUSD": KeptSupply(SYMBOLS["EURUSD"], ticks(), 0)}
    tested = run_test(load_expert(SOURCE), test, supplies)
    wrote = [line for line in tested.log if not line.startswith("start")]
    assert lived.lines[0].split()[2:4] == ["1000", "143"]
    assert len(lived.lines) > 300
    assert lived.lines[1:] == wrote[: len(lived.lines) - 1]
    dealt = [facts(deal) for deal in lived.deals[1:]]
    assert len(dealt) > 40
    assert {deal["reason"] for deal in dealt} == {3, 4, 5}
    assert dealt == [facts(deal) for deal in tested.deals[1 : len(dealt) + 1]]
    said = [tested.reasons.get(deal.order, Reason()) for deal in tested.deals]
    assert len(set(lived.reasons)) > 5
    assert lived.reasons == [(reason.tag, reason.note) for reason in said[: len(lived.reasons)]]


def test_an_ea_that_sleeps_is_called_where_its_line_says_so_and_is_seen_alive(
    market: Broker, lived: Live, gateway: Gateway, runner: Runner
) -> None:
    login = market.open_account().login
    work = {"expert": "scribe", "version": "1.0.0", "hash": hash_of(SOURCE.encode()), "source": SOURCE}
    gateway.assignment = assignment(market, login, symbol="EURUSD", inputs={"is_waking": True}, **work)
    runner.start()
    gateway.wait_until(lambda: len([line for line in told(runner.log()) if line.startswith("bar")]) > 5, 30.0)
    wrote = [line for line in told(runner.log())[:-1] if line.startswith("bar")]
    assert {line.split()[-1] for line in wrote} == {"1.0", "-1.0"}
    opened = [int(line.split("time_s=")[1].split(",")[0]) for line in wrote]
    assert max(later - before for before, later in itertools.pairwise(opened)) > 900
    count, minutes = len(gateway.heartbeats), len(gateway.candles)
    gateway.wait_until(lambda: len(gateway.heartbeats) > count and len(gateway.candles) > minutes)
    assert gateway.heartbeats[-1]["expert"]["status"] == "running"
    assert "lastError" not in gateway.heartbeats[-1]["expert"]
