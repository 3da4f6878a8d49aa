"""The replay: order, clocks, idle time, going on after a stop."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, pairwise
from typing import Literal

import msgspec
import pytest

from metafleet.engine.market.arrays import FLAG_LAST
from metafleet.engine.market.barfile import Span
from metafleet.engine.market.feed import MINUTE_MSC, Cursor, Feed, open_feed
from metafleet.engine.market.records import Bar, Tick
from metafleet.engine.market.sources import BarSource, Source, open_source
from metafleet.engine.market.symbols import CHART_LAST, EURUSD

FRIDAY_S = 1_514_844_000 + 4 * 86_400
WALL_MSC = 1_795_000_012_345
"""A Saturday-like moment that has nothing to do with the bars' own time."""


class Rows:
    """Bars in memory, in place of a file."""

    def __init__(self, times_s: list[int]) -> None:
        self._bars = [Bar(time_s, 1.1, 1.2, 1.0, 1.15, None, 10) for time_s in times_s]

    def bars(self, from_s: int | None = None) -> Iterator[Bar]:
        return iter([bar for bar in self._bars if from_s is None or bar.time_s >= from_s])

    def period_s(self) -> int:
        return 60

    def span(self) -> Span | None:
        return Span(self._bars[0].time_s, self._bars[-1].time_s, 1.1, 1.15)


def minutes(start_s: int, count: int) -> list[int]:
    return [start_s + 60 * minute for minute in range(count)]


@pytest.fixture
def weekend() -> Source:
    """Twenty minutes before a weekend and twenty after it."""
    return Source("weekend", {"EURUSD": Rows(minutes(FRIDAY_S, 20) + minutes(FRIDAY_S + 2 * 86_400, 20))})


def taken(feed: Feed, count: int) -> list[Tick]:
    return list(islice(feed, count))


def test_symbols_are_merged_in_time_order() -> None:
    ticks = taken(open_feed(open_source("sample", 7), clock="source", wall_msc=0), 20_000)
    assert all(a.time_msc <= b.time_msc for a, b in pairwise(ticks))
    assert {tick.symbol for tick in ticks} == {"EURUSD", "GBPUSD", "USDJPY", "XAUUSD"}


def test_bars_of_last_prices_are_played_as_deals() -> None:
    share = msgspec.structs.replace(EURUSD, name="SHARE", chart_mode=CHART_LAST)
    rows: dict[str, BarSource] = {"SHARE": Rows(minutes(FRIDAY_S, 20)), "EURUSD": Rows(minutes(FRIDAY_S, 20))}
    ticks = taken(open_feed(Source("exchange", rows, {"SHARE": share}), clock="source", wall_msc=0), 40)
    told = {(tick.symbol, tick.last == tick.bid, tick.last, tick.volume, tick.flags) for tick in ticks}
    assert {one for one in told if one[0] == "EURUSD"} == {("EURUSD", False, 0.0, 0.0, 0)}
    assert {one[1:2] + one[3:] for one in told if one[0] == "SHARE"} == {(True, 0.0, FLAG_LAST)}


def test_the_source_clock_keeps_the_bars_times(weekend: Source) -> None:
    feed = open_feed(weekend, clock="source", wall_msc=WALL_MSC)
    ticks = taken(feed, 81)
    assert ticks[0].time_msc == FRIDAY_S * 1000
    assert ticks[80].time_msc == (FRIDAY_S + 2 * 86_400) * 1000
    # The pace does not wait for the weekend: all of it but the minute at hand counts as idle.
    assert feed.idle_msc == (2 * 86_400 - 20 * 60) * 1000


def test_a_live_market_is_dated_by_the_wall_clock_and_knows_no_weekend(weekend: Source) -> None:
    feed = open_feed(weekend, clock="live", wall_msc=WALL_MSC, past_minutes=10)
    ticks = taken(feed, 160)
    past = [tick for tick in ticks if tick.time_msc < WALL_MSC]
    assert feed.now_msc == WALL_MSC
    assert len(past) == pytest.approx(40, abs=4)
    assert WALL_MSC <= ticks[len(past)].time_msc < WALL_MSC + MINUTE_MSC
    assert max(b.time_msc - a.time_msc for a, b in pairwise(ticks)) <= MINUTE_MSC
    assert len({tick.time_msc // MINUTE_MSC for tick in ticks}) == 40
    assert feed.idle_msc == 0


def test_a_live_market_moves_all_week_long() -> None:
    """Twenty days on end, none of which is without prices."""
    feed = open_feed(open_source("sample", 7), clock="live", wall_msc=WALL_MSC)
    last = WALL_MSC
    for tick in feed:
        assert tick.time_msc - last <= 2 * MINUTE_MSC
        last = tick.time_msc
        if last > WALL_MSC + 20 * 86_400_000:
            break


@pytest.mark.parametrize("clock", ["live", "source"])
def test_a_market_goes_on_with_the_very_next_tick(clock: Literal["live", "source"]) -> None:
    source = open_source("sample", 7)
    whole = taken(open_feed(source, clock=clock, wall_msc=WALL_MSC, ticks_per_bar=6), 900)
    stopped = Feed(source, clock=clock, ticks_per_bar=6, seed=0, from_msc=None)
    if clock == "live":
        stopped.begin_now(WALL_MSC, 0)
    taken(stopped, 400)
    cursor = stopped.cursor_at(whole[399].time_msc)
    resumed = open_feed(source, clock=clock, wall_msc=cursor.market_msc, ticks_per_bar=6, cursor=cursor)
    after = [tick for tick in whole if tick.time_msc > whole[399].time_msc]
    assert taken(resumed, 300) == after[:300]


def test_a_live_market_that_was_down_goes_on_at_the_wall_clock(weekend: Source) -> None:
    feed = open_feed(weekend, clock="live", wall_msc=WALL_MSC)
    ticks = taken(feed, 30)
    cursor = feed.cursor_at(ticks[-1].time_msc)
    later_msc = WALL_MSC + 3 * 3_600_000 + 17_000
    resumed = open_feed(weekend, clock="live", wall_msc=later_msc, cursor=cursor)
    first = next(iter(resumed))
    assert resumed.now_msc == later_msc
    assert later_msc <= first.time_msc < later_msc + MINUTE_MSC
    assert resumed.stream_msc - cursor.stream_msc <= 2 * MINUTE_MSC


def test_market_time_never_goes_back_when_the_wall_clock_does(weekend: Source) -> None:
    cursor = Cursor("weekend", FRIDAY_S * 1000 + 90_000, WALL_MSC)
    resumed = open_feed(weekend, clock="live", wall_msc=WALL_MSC - 7_200_000, cursor=cursor)
    assert next(iter(resumed)).time_msc >= WALL_MSC


def test_another_source_starts_anew_but_not_in_the_past(weekend: Source) -> None:
    cursor = Cursor("other", 1, WALL_MSC)
    live = open_feed(weekend, clock="live", wall_msc=WALL_MSC - 1_000, past_minutes=5, cursor=cursor)
    assert live.now_msc == WALL_MSC
    dated = open_feed(weekend, clock="source", wall_msc=0, past_minutes=5, cursor=cursor)
    assert dated.now_msc >= WALL_MSC
    first = next(tick for tick in dated if tick.time_msc >= dated.now_msc)
    assert (first.time_msc // 1000 - FRIDAY_S) % (7 * 86_400) < 3 * 86_400


def test_realigning_moves_time_on_but_prices_hardly(weekend: Source) -> None:
    feed = open_feed(weekend, clock="live", wall_msc=WALL_MSC)
    ticks = iter(feed)
    before = next(ticks)
    stream_msc = feed.stream_msc
    feed.realign(before.time_msc + 3_600_000)
    after = next(ticks)
    assert after.time_msc >= before.time_msc + 3_600_000
    assert feed.stream_msc - stream_msc <= 2 * MINUTE_MSC
    feed.realign(before.time_msc)
    assert next(ticks).time_msc >= after.time_msc


def test_files_of_different_years_start_together_in_a_live_market() -> None:
    source = Source(
        "years",
        {"EURUSD": Rows(minutes(FRIDAY_S, 30)), "XAUUSD": Rows(minutes(FRIDAY_S + 52 * 7 * 86_400, 30))},
    )
    ticks = taken(open_feed(source, clock="live", wall_msc=WALL_MSC), 100)
    assert {tick.symbol for tick in ticks[:20]} == {"EURUSD", "XAUUSD"}


def test_the_same_seed_gives_the_same_ticks() -> None:
    def run(seed: int) -> list[Tick]:
        source = open_source("generator", 7)
        return taken(open_feed(source, clock="source", wall_msc=0, ticks_per_bar=30, seed=seed), 3_000)

    assert run(1) == run(1)
    assert run(1) != run(2)
