"""Bars by column and by when they close, without laying out what nobody asks for."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from metafleet.engine.experts.indicators import ADX, ATR, SMA, Bollinger, Columns, Custom, Highest, Indicator
from metafleet.engine.market.symbols import SYMBOLS
from metafleet.engine.tester.charts import TapeChart
from metafleet.engine.tester.columns import LaterColumns
from metafleet.engine.tester.tape import Tape, known_at, span_of
from metafleet.engine.tester.tests.rooms import walk

RATES = walk(3_000)
TAPE = Tape(spec=SYMBOLS["EURUSD"], rates=RATES, period_s=60)
FIELDS = ("open", "high", "low", "close", "tick_volume")


@pytest.mark.parametrize("timeframe", ["M1", "M15", "H4", "MN1"])
def test_what_has_closed_by_a_time_is_what_ends_until_then(timeframe: str) -> None:
    span = span_of(TAPE, timeframe)
    for now_s in (0, *span.ends[:5].tolist(), *(span.ends[-3:] - 1).tolist(), int(span.ends[-1]) + 9):
        assert span.closed_by(now_s) == np.count_nonzero(span.ends <= now_s)
    later = known_at(span, int(span.ends[-1]))
    assert later.ends.tolist() == span.ends[-len(later.ends) :].tolist()


def test_columns_hold_the_bars_whichever_way_they_are_read() -> None:
    columns = LaterColumns.of(RATES)
    named = [columns.open, columns.high, columns.low, columns.close, columns.volume]
    for way in (named, list(columns), list(columns[:]), [columns[place] for place in range(-5, 0)]):
        assert [each.tolist() for each in way] == [RATES[name].tolist() for name in FIELDS]
        assert all(each.dtype == np.float64 and each.flags.c_contiguous for each in way)
    assert columns.close is columns[3]
    assert [each.tolist() for each in columns._replace(open=named[1])][:2] == [named[1].tolist()] * 2


def test_a_cut_of_columns_holds_those_bars_alone() -> None:
    for cut in (LaterColumns.of(RATES).cut(7, 19), LaterColumns.of(RATES).cut(0, 19).cut(7, 19)):
        assert [each.tolist() for each in cut] == [RATES[name][7:19].tolist() for name in FIELDS]


def test_bars_by_place_are_those_bars_in_that_order() -> None:
    places = np.array([7, 2, 2, 2_999])
    columns = LaterColumns.of(RATES)
    for picked, at in ((columns.at(places), places), (columns.at(np.arange(9, 2, -1)).cut(2, 4), [7, 6])):
        assert picked.bars == len(at)
        assert [each.tolist() for each in picked] == [RATES[name][at].tolist() for name in FIELDS]


@pytest.mark.parametrize("is_level", [True, False])
def test_crossings_that_are_looked_for_later_are_the_same(is_level: bool) -> None:
    tape = Tape(spec=TAPE.spec, rates=walk(20_000, seed=3), period_s=60)
    charts, lines = [], []
    for defers in (False, True):
        chart = TapeChart("EURUSD", "M1", span_of(tape, "M1"), 0)
        chart.defers = defers
        slow = float(tape.rates["close"][9_000]) if is_level else chart.add(SMA(17))
        lines.append(chart.crossing(chart.add(SMA(3)), slow))
        charts.append(chart)
    fast, other = (SMA(each).over(LaterColumns.of(tape.rates))[0] for each in (3, 17))
    above = fast - (tape.rates["close"][9_000] if is_level else other)
    expected = np.zeros(20_000)
    expected[1:][(above[:-1] <= 0) & (above[1:] > 0)] = 1
    expected[1:][(above[:-1] >= 0) & (above[1:] < 0)] = -1
    assert set(expected.tolist()) == {-1.0, 0.0, 1.0}
    for chart, line in zip(charts, lines, strict=True):
        assert chart.where(line).tolist() == np.flatnonzero(expected).tolist()
        for places in (np.flatnonzero(expected), np.arange(20_000)[::-7], np.arange(0)):
            assert chart.at(line, places).tolist() == expected[places].tolist()
        assert chart.array_of(line).tolist() == expected.tolist()


def reaches(columns: Columns) -> NDArray[np.float64]:
    return columns.high - columns.low


@pytest.mark.parametrize(
    "indicator",
    [ATR(14), SMA(31), Bollinger(20), Highest(5), ADX(9), Custom(reaches, 1)],
    ids=lambda indicator: type(indicator).__name__,
)
def test_what_is_computed_where_it_is_looked_at_is_what_is_computed_of_all(indicator: Indicator) -> None:
    chart = TapeChart("EURUSD", "M1", span_of(TAPE, "M1"), len(RATES))
    chart.defers = True
    whole, added = indicator.over(LaterColumns.of(RATES)), chart.add(indicator)
    lines = [added] if len(whole) == 1 else [getattr(added, name) for name in indicator.lines]
    for places in (np.arange(60, 3_000, 131), np.arange(3), np.arange(3_000), np.arange(0)):
        for line, values in zip(lines, whole, strict=True):
            assert chart.at(line, places).tobytes() == values[places].tobytes()
    assert [line[-1] for line in lines] == [float(values[-1]) for values in whole]
