"""Replays of the developer data set's real bars; it lies beside the repository and is never part of it."""

from __future__ import annotations

import time
from itertools import islice, pairwise
from pathlib import Path

import pytest

from metafleet.engine.market.barfile import BarFile
from metafleet.engine.market.feed import open_feed
from metafleet.engine.market.series import BarSeries
from metafleet.engine.market.sources import open_source
from metafleet.engine.market.symbols import EURUSD

BARS = Path(__file__).resolve().parents[5] / ".." / "shared" / "data" / "bars"
FILE = BARS / "EURUSD_M1_2018-2019.csv.gz"

pytestmark = pytest.mark.skipif(
    not FILE.exists(), reason="the developer data set ../shared/data is not beside the repository"
)


def test_the_ticks_of_a_real_file_make_its_bars_again() -> None:
    """Four ticks a bar lose nothing: charts built from them are the file."""
    began_s = time.perf_counter()
    feed = open_feed(open_source(str(FILE), 7), clock="source", wall_msc=0)
    series = BarSeries(EURUSD.point)
    closed = [bar for bar in (series.add(tick) for tick in islice(feed, 40_000)) if bar is not None]
    expected = list(islice(BarFile(FILE).bars(), len(closed)))
    assert len(closed) == 9_999
    assert [(b.time_s, b.open, b.high, b.low, b.close) for b in closed] == [
        (b.time_s, b.open, b.high, b.low, b.close) for b in expected
    ]
    assert time.perf_counter() - began_s < 20


def test_the_whole_folder_is_a_live_market() -> None:
    source = open_source(str(BARS), 7)
    assert sorted(source.bars) == ["EURUSD", "GBPUSD", "USDJPY", "XAUUSD"]
    feed = open_feed(source, clock="live", wall_msc=1_795_000_000_000, past_minutes=60)
    ticks = list(islice(feed, 5_000))
    assert {tick.symbol for tick in ticks} == set(source.bars)
    assert all(a.time_msc <= b.time_msc for a, b in pairwise(ticks))


def test_a_replay_goes_on_from_the_middle_of_a_long_file() -> None:
    late_s = 1_570_000_000
    assert next(BarFile(FILE).bars(late_s)).time_s >= late_s
