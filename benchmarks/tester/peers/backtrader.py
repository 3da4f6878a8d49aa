"""backtrader: indicators run at once before (`runonce`), the feed loaded before (`preload`), no observers.

Signals come as lines of the feed, which its documentation calls extending a data feed. Orders are not checked
for cash (`set_checksubmit(False)`). A bracket's stop and limit come to life in the bar after the entry.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import backtrader as bt
import pandas as pd  # type: ignore[import-untyped]

from benchmarks.tester import contest, rules
from benchmarks.tester.contest import Bars, Entry, Trade
from benchmarks.tester.signals import signals

CASH: Final = 1_000_000


class Feed(bt.feeds.PandasDirectData):
    """The quickest of its feeds here: rows come from `itertuples`, each line from its place in them."""

    lines = ("crossed", "sl", "tp")
    params = (("volume", -1), ("openinterest", -1), ("crossed", 5), ("sl", 6), ("tp", 7))


class Recorded(bt.Strategy):
    """Keeps the fills, of which the trades are folded."""

    def __init__(self) -> None:
        self.fills: list[tuple[int, float, float]] = []
        self.crossed = self.data.crossed

    def notify_order(self, order: Any) -> None:
        if order.status == order.Completed:
            self.fills.append((len(self) - 1, order.executed.size, order.executed.price))


class Reversal(Recorded):
    def next(self) -> None:
        crossed = self.crossed[0]
        if crossed == 0.0:
            return
        size = rules.VOLUME_UNITS + abs(self.position.size)
        if crossed > 0.0:
            self.buy(size=size)
        else:
            self.sell(size=size)


class Stops(Recorded):
    def next(self) -> None:
        crossed = self.crossed[0]
        if crossed == 0.0 or self.position.size:
            return
        bracket = self.buy_bracket if crossed > 0.0 else self.sell_bracket
        bracket(
            size=rules.VOLUME_UNITS,
            exectype=bt.Order.Market,
            stopprice=self.data.sl[0],
            limitprice=self.data.tp[0],
        )


def _prepare(bars: Bars) -> tuple[pd.DataFrame, Bars]:
    names = ("open", "high", "low", "close")
    return pd.DataFrame({name: bars[name] for name in names}, pd.to_datetime(bars["time"], unit="s")), bars


def _run(prepared: tuple[pd.DataFrame, Bars], strategy: type[Recorded]) -> Any:
    data, bars = prepared
    crossed, stop, target = signals(bars)
    cerebro = bt.Cerebro(stdstats=False, runonce=True, preload=True)
    cerebro.adddata(Feed(dataname=data.assign(crossed=crossed, sl=stop, tp=target)))
    cerebro.broker.setcash(CASH)
    cerebro.broker.set_checksubmit(False)
    cerebro.addstrategy(strategy)
    return cerebro.run()[0]


def _trades(done: Any, bars: Bars) -> Iterable[Trade]:
    """Fold the fills: each leaves the account flat, or on the side of the fill with one volume."""
    held: tuple[int, int, float] | None = None
    for place, size, price in done.fills:
        side = 1 if size > 0 else -1
        if held is not None:
            yield contest.closed_trade(bars, (held[0], place), held[1], (held[2], price))
        is_flat = held is not None and abs(size) <= rules.VOLUME_UNITS
        held = None if is_flat else (place, side, price)


def _entry(strategy: type[Recorded]) -> Entry:
    return Entry(_prepare, lambda prepared: _run(prepared, strategy), _trades)


if __name__ == "__main__":
    contest.enter("backtrader", {"reversal": _entry(Reversal), "stops": _entry(Stops)})
