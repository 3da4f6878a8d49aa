"""A file played again and again."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from metafleet.engine.market.barfile import BarFile
from metafleet.engine.market.laps import endless
from metafleet.engine.market.sessions import WEEK_S


@pytest.fixture
def file(tmp_path: Path) -> BarFile:
    path = tmp_path / "EURUSD_M1.csv"
    rows = [(600, 1.0, 1.2, 0.9, 1.1), (660, 1.1, 1.3, 1.1, 1.25), (720, 1.25, 1.3, 1.2, 1.22)]
    lines = [",".join(map(str, row)) for row in rows]
    path.write_text("time,open,high,low,close\n" + "\n".join(lines) + "\n")
    return BarFile(path)


def test_laps_go_on_in_price_and_by_whole_weeks_in_time(file: BarFile) -> None:
    bars = list(islice(endless(file, 5), 12))
    assert [bar.time_s for bar in bars[:3]] == [600, 660, 720]
    assert [bar.time_s - WEEK_S for bar in bars[3:6]] == [600, 660, 720]
    for last, first in ((2, 3), (5, 6), (8, 9)):
        assert bars[first].open == pytest.approx(bars[last].close, abs=1e-5)
    assert all(bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high for bar in bars)
    assert [bar.close for bar in bars[6:9]] == [1.1, 1.25, 1.22]


def test_prices_never_run_away(file: BarFile) -> None:
    bars = list(islice(endless(file, 5), 3_000))
    assert 0.8 < min(bar.low for bar in bars) < max(bar.high for bar in bars) < 1.5


@pytest.mark.parametrize("skipped", [0, 1, 2, 3, 4, 7, 11])
def test_a_stream_entered_late_is_the_same_stream(file: BarFile, skipped: int) -> None:
    whole = list(islice(endless(file, 5), 20))
    late = endless(file, 5, whole[skipped].time_s)
    assert list(islice(late, 8)) == whole[skipped : skipped + 8]
