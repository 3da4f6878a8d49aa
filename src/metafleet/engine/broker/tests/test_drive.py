"""The market's engine: pace, promises, and a clock that jumps."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from metafleet.engine.broker.drive import Drive
from metafleet.engine.broker.records import Deal
from metafleet.engine.broker.server import Settings, take_up
from metafleet.engine.broker.store import Store
from metafleet.engine.market.feed import Clock
from metafleet.engine.market.records import Tick
from metafleet.engine.market.sources import open_source

START_S = 1_795_000_012.0


class Enough(Exception):
    """Ends a drive after the ticks that a test wants."""


class Bench:
    """A drive over the sample, whose wall clock is a number and whose ticks are counted."""

    def __init__(self, store: Store, speed: float, clock: Clock = "live") -> None:
        self.wall_s = START_S
        self.ticks: list[Tick] = []
        self.wanted = 0
        self.store = store
        settings = Settings(
            host="127.0.0.1",
            port=0,
            source=open_source("sample", 7),
            clock=clock,
            ticks_per_bar=6,
            past_minutes=60,
        )
        self.house, feed = take_up(settings, store, int(START_S * 1000))
        self.drive = Drive(self.house, feed, speed, lambda: self.wall_s, self.count)
        self.drive.begin()

    async def count(self, tick: Tick, deals: list[tuple[int, Deal]]) -> None:
        assert deals == []
        self.ticks.append(tick)
        kept = self.store.market()
        assert kept is not None
        assert tick.time_msc <= kept.cursor.market_msc
        assert self.ticks[0].time_msc <= tick.time_msc
        if len(self.ticks) == self.wanted:
            raise Enough

    def take(self, count: int, monkeypatch: pytest.MonkeyPatch) -> list[Tick]:
        """Run until so many more ticks came; sleeping moves the wall clock."""
        self.wanted = len(self.ticks) + count

        async def sleep(seconds: float) -> None:
            self.wall_s += seconds

        monkeypatch.setattr("metafleet.engine.broker.drive.asyncio.sleep", sleep)
        with pytest.raises(Enough):
            asyncio.run(self.drive.run())
        return self.ticks[-count:]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path) as store:
        yield store


def test_a_live_market_keeps_to_the_wall_clock(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(store, 1.0)
    for _ in range(5):
        (tick,) = bench.take(200, monkeypatch)[-1:]
        assert tick.time_msc == pytest.approx(bench.wall_s * 1000, abs=2)
        assert bench.drive.now_msc() >= tick.time_msc


def test_speed_multiplies_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(store, 60.0)
    last = bench.take(500, monkeypatch)[-1]
    passed_s = (last.time_msc - START_S * 1000) / 1000
    assert bench.wall_s - START_S == pytest.approx(passed_s / 60, abs=0.05)


def test_as_fast_as_it_goes_never_sleeps(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(store, math.inf)
    bench.take(2_000, monkeypatch)
    assert bench.wall_s == START_S


def test_a_machine_that_slept_goes_on_from_now(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(store, 1.0)
    before = bench.take(50, monkeypatch)[-1]
    bench.wall_s += 7_200
    after = bench.take(50, monkeypatch)
    assert after[-1].time_msc == pytest.approx(bench.wall_s * 1000, abs=61_000)
    assert bench.wall_s - START_S < 7_200 + 300
    assert all(tick.time_msc >= before.time_msc for tick in after)


def test_a_clock_that_was_set_back_does_not_stop_the_market(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(store, 1.0)
    before = bench.take(50, monkeypatch)[-1]
    bench.wall_s -= 7_200
    stopped_s = bench.wall_s
    after = bench.take(50, monkeypatch)
    assert bench.wall_s - stopped_s < 300
    assert all(tick.time_msc >= before.time_msc for tick in after)


@pytest.mark.parametrize("clock", ["live", "source"])
def test_after_a_stop_the_next_tick_follows_and_after_a_kill_time_has_not_gone_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    with Store(tmp_path) as store:
        first = Bench(store, 60.0, clock)
        seen = first.take(300, monkeypatch)[-1]
        first.drive.stop()
    with Store(tmp_path) as store:
        second = Bench(store, 60.0, clock)
        assert second.house.quotes.last(seen.symbol) == seen
        resumed = second.take(300, monkeypatch)
        assert seen.time_msc <= resumed[0].time_msc <= seen.time_msc + 70_000
        seen = resumed[-1]
    with Store(tmp_path) as store:
        third = Bench(store, 60.0, clock)
        assert third.take(1, monkeypatch)[0].time_msc >= seen.time_msc
