"""Pacing by a wall clock that is passed in, and bars made of ticks."""

from __future__ import annotations

import math

from metafleet.engine.market.pace import Pace
from metafleet.engine.market.records import Bar, Tick
from metafleet.engine.market.series import BarSeries


def test_a_tick_is_due_by_the_speed() -> None:
    pace = Pace(10.0, 1_000_000, 50.0)
    assert pace.wait_s(1_020_000, 50.5) == 1.5
    assert pace.wait_s(1_000_000, 53.0) == -3.0
    assert pace.market_msc(51.0) == 1_010_000
    pace.anchor(2_000_000, 100.0)
    assert pace.wait_s(2_010_000, 100.0) == 1.0


def test_as_fast_as_it_goes_never_waits() -> None:
    assert Pace(math.inf, 0, 0.0).wait_s(10**15, 0.0) == 0.0


def tick(time_msc: int, bid: float) -> Tick:
    return Tick("EURUSD", time_msc, bid, round(bid + 0.0001, 5))


def test_ticks_become_minute_bars() -> None:
    series = BarSeries(0.00001)
    assert series.last(5) == []
    closed = [
        series.add(tick(time_msc, bid))
        for time_msc, bid in ((60_000, 1.1), (70_000, 1.3), (80_000, 1.0), (119_999, 1.2), (180_000, 1.25))
    ]
    bar = Bar(60, 1.1, 1.3, 1.0, 1.2, 4, 10)
    assert closed == [None, None, None, None, bar]
    assert series.last(5) == [bar, Bar(180, 1.25, 1.25, 1.25, 1.25, 1, 10)]
    assert series.last(1) == [Bar(180, 1.25, 1.25, 1.25, 1.25, 1, 10)]
    assert series.last(0) == []


def test_a_series_goes_on_with_its_forming_bar() -> None:
    series = BarSeries(0.00001)
    series.load([Bar(0, 1.0, 1.0, 1.0, 1.0, 1, 10), Bar(60, 1.1, 1.2, 1.1, 1.2, 7, 10)])
    series.add(tick(70_000, 1.3))
    assert series.last(9) == [Bar(0, 1.0, 1.0, 1.0, 1.0, 1, 10), Bar(60, 1.1, 1.3, 1.1, 1.3, 8, 10)]


def test_a_series_keeps_so_many_bars() -> None:
    series = BarSeries(0.00001, keep=3)
    for minute in range(10):
        series.add(tick(minute * 60_000, 1.1))
    assert [bar.time_s for bar in series.last(99)] == [360, 420, 480, 540]
