"""vectorbt, the free one: `Portfolio.from_signals`, with its engine in Rust, the quickest of its ways here.

Signals are moved on by one bar, to the one whose open fills them. It fills one signal a bar, so that a stop
is first looked at in the bar after the entry. A level is a ratio of the fill; it is put a billionth nearer to
it than it is, so that a bar that just touches it is not missed by a rounding of that ratio.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any, Final

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import vectorbt as vbt

from benchmarks.tester import contest, rules
from benchmarks.tester.contest import Bars, Entry, Trade
from benchmarks.tester.signals import signals

CASH: Final = 1_000_000.0
NEARER: Final = 1e-9
ENGINE: Final = os.environ.get("TESTER_VECTORBT", "rust")


def _prepare(bars: Bars) -> tuple[Bars, dict[str, pd.Series]]:
    index = pd.to_datetime(bars["time"], unit="s")
    names = ("open", "high", "low", "close")
    return bars, {name: pd.Series(np.ascontiguousarray(bars[name]), index) for name in names}


def _reversal(prepared: tuple[Bars, dict[str, pd.Series]]) -> Any:
    bars, columns = prepared
    crossed = _next(signals(bars).crossed)
    return _records(
        columns["close"],
        entries=crossed > 0,
        short_entries=crossed < 0,
        price=columns["open"],
        upon_opposite_entry="reverse",
    )


def _stops(prepared: tuple[Bars, dict[str, pd.Series]]) -> Any:
    bars, columns = prepared
    crossed, stop, target = (_next(each) for each in signals(bars))
    opens = columns["open"]
    places = np.flatnonzero(crossed)
    fills, sides = bars["open"][places], crossed[places]
    stop_ratios, target_ratios = np.full(len(bars), np.nan), np.full(len(bars), np.nan)
    for ratios, levels, way in ((stop_ratios, stop, -1), (target_ratios, target, 1)):
        ratios[places] = np.maximum(way * sides * (levels[places] - fills) / fills - NEARER, 0.0)
    return _records(
        columns["close"],
        entries=crossed > 0,
        short_entries=crossed < 0,
        price=opens,
        open=opens,
        high=columns["high"],
        low=columns["low"],
        sl_stop=stop_ratios,
        tp_stop=target_ratios,
        stop_entry_price="fillprice",
        upon_opposite_entry="ignore",
    )


def _records(close: pd.Series, **signals_and_prices: Any) -> Any:
    portfolio = vbt.Portfolio.from_signals(
        close,
        **signals_and_prices,
        size=rules.VOLUME_UNITS,
        init_cash=CASH,
        engine=ENGINE,
        freq="1min",
    )
    return portfolio.exit_trades.closed.values


def _next(values: Any) -> Any:
    """Return what each bar is to do, which the bar before has decided."""
    return np.concatenate((np.zeros(1, values.dtype), values[:-1]))


def _trades(done: Any, bars: Bars) -> Iterable[Trade]:
    for row in done:
        side = 1 if row["direction"] == 0 else -1
        places = int(row["entry_idx"]), int(row["exit_idx"])
        prices = float(row["entry_price"]), float(row["exit_price"])
        yield contest.closed_trade(bars, places, side, prices)


def _entry(run: Callable[[Any], Any]) -> Entry:
    return Entry(_prepare, run, _trades)


if __name__ == "__main__":
    contest.enter("vectorbt", {"reversal": _entry(_reversal), "stops": _entry(_stops)})
