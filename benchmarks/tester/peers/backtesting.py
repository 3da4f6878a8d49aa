"""backtesting.py: signals computed before (`Strategy.I`), the strategy's `next` called for each bar.

It makes its statistics in each run; there is no way to do without.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
from backtesting import Backtest, Strategy

from benchmarks.tester import contest, rules
from benchmarks.tester.contest import Bars, Entry, Trade
from benchmarks.tester.signals import points, signals

CASH: Final = 1_000_000


class Reversal(Strategy):
    bars: Bars = np.empty(0)

    def init(self) -> None:
        self.crossed = self.I(lambda: signals(self.bars).crossed, plot=False)

    def next(self) -> None:
        crossed = self.crossed[-1]
        if crossed > 0:
            self.buy(size=rules.VOLUME_UNITS)
        elif crossed < 0:
            self.sell(size=rules.VOLUME_UNITS)


class Stops(Strategy):
    bars: Bars = np.empty(0)

    def init(self) -> None:
        self.crossed, self.stop, self.target = self.I(lambda: np.array(signals(self.bars)), plot=False)

    def next(self) -> None:
        crossed = self.crossed[-1]
        if crossed == 0 or self.position:
            return
        order = self.buy if crossed > 0 else self.sell
        order(size=rules.VOLUME_UNITS, sl=self.stop[-1], tp=self.target[-1])


class Grid(Strategy):
    bars: Bars = np.empty(0)

    def init(self) -> None:
        self.line = self.I(lambda: lines(self.bars), plot=False)

    def next(self) -> None:
        line = self.line[-1]
        if line == 0 or len(self.trades) >= rules.GRID_OPEN:
            return
        if all(trade.tag != line for trade in self.trades):
            target = (line + 1) * rules.GRID_STEP_POINTS / rules.POINTS
            self.buy(size=rules.VOLUME_UNITS, tp=target, tag=line)


def lines(bars: Bars) -> Any:
    """Return the lowest line that each bar's close has reached, 0 for none."""
    closes = points(bars["close"])
    lowest = -(-closes // rules.GRID_STEP_POINTS)
    before = np.concatenate((closes[:1], closes[:-1]))
    return np.where(before > lowest * rules.GRID_STEP_POINTS, lowest, 0)


def _prepare(bars: Bars) -> tuple[pd.DataFrame, Bars]:
    index = pd.to_datetime(bars["time"], unit="s")
    columns = {name.title(): bars[name] for name in ("open", "high", "low", "close")}
    return pd.DataFrame(columns, index), bars


def _run(prepared: tuple[pd.DataFrame, Bars], strategy: type[Strategy]) -> Any:
    data, bars = prepared
    is_exclusive = strategy is Reversal
    test = Backtest(data, strategy, cash=CASH, margin=0.01, exclusive_orders=is_exclusive)
    return test.run(bars=bars)


def _trades(done: Any, _bars: Bars) -> Iterable[Trade]:
    for trade in done["_trades"].itertuples():
        side = 1 if trade.Size > 0 else -1
        yield Trade(
            int(trade.EntryTime.timestamp()),
            int(trade.ExitTime.timestamp()),
            side,
            round(trade.EntryPrice, 5),
            round(trade.ExitPrice, 5),
            trade.PnL,
        )


def _entry(strategy: type[Strategy]) -> Entry:
    return Entry(_prepare, lambda prepared: _run(prepared, strategy), _trades)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    entries = {"reversal": _entry(Reversal), "stops": _entry(Stops), "grid": _entry(Grid)}
    contest.enter("backtesting", entries)
