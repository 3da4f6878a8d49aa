"""The strategies in plain Python: slow, and meant to be read beside `rules`. All prices are whole points.

`python -m benchmarks.tester.reference STRATEGY BARS.npy TRADES.csv [RULES as JSON]`
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.tester import rules as written
from benchmarks.tester.contest import Bars, Trade, write_trades
from benchmarks.tester.rules import POINTS, VOLUME_UNITS, Rules


class Bar(NamedTuple):
    """Times in Unix seconds, prices in points."""

    time_s: int
    open: int
    high: int
    low: int
    close: int


@dataclass
class Position:
    """Levels in points; None for none. line: of the grid."""

    entered_s: int
    side: int
    entry: int
    stop: int | None = None
    target: int | None = None
    line: int | None = None


@dataclass
class Order:
    """What was decided at a close."""

    side: int
    stop: int | None = None
    target: int | None = None
    line: int | None = None


def reversal(bars: list[Bar], rules: Rules) -> Iterator[Trade]:
    """Yield the trades of the first strategy."""
    position: Position | None = None
    order: Order | None = None
    sides = Sides(bars)
    for place, bar in enumerate(bars):
        if order is not None:
            if position is not None:
                yield _trade(position, bar.time_s, bar.open, rules)
            position, order = _opened(order, bar.time_s, bar.open, rules), None
        side = sides.crossed_to(place)
        if side == 0:
            continue
        order = Order(side)
        if rules.entry == "close":
            if position is not None:
                yield _trade(position, bar.time_s, bar.close, rules)
            position, order = _opened(order, bar.time_s, bar.close, rules), None


def stops(bars: list[Bar], rules: Rules) -> Iterator[Trade]:
    """Yield the trades of the second strategy."""
    position: Position | None = None
    order: Order | None = None
    sides = Sides(bars)
    for place, bar in enumerate(bars):
        is_new = order is not None
        if order is not None:
            if rules.beyond == "entered" or _is_between(order, bar.open):
                position = _opened(order, bar.time_s, bar.open, rules)
            order = None
        if position is not None and (rules.entry_bar or not is_new):
            left = _left_at(position, bar, rules)
            if left is not None:
                yield _trade(position, bar.time_s, left, rules)
                position = None
        side = sides.crossed_to(place)
        if side == 0 or position is not None:
            continue
        stop_points, target_points = _distances(bars, place)
        order = Order(side, bar.close - side * stop_points, bar.close + side * target_points)
        if rules.entry == "close":
            position, order = _opened(order, bar.time_s, bar.close, rules), None


def grid(bars: list[Bar], rules: Rules) -> Iterator[Trade]:
    """Yield the trades of the third strategy."""
    held: list[Position] = []
    order: Order | None = None
    step = written.GRID_STEP_POINTS
    for place, bar in enumerate(bars):
        if order is not None:
            held.append(_opened(order, bar.time_s, bar.open, rules))
            order = None
        for position in list(held):
            left = _left_at(position, bar, rules)
            if left is not None:
                held.remove(position)
                yield _trade(position, bar.time_s, left, rules)
        if place == 0:
            continue
        lowest = -(-bar.close // step)
        is_reached = bars[place - 1].close > lowest * step
        is_free = all(position.line != lowest for position in held)
        if is_reached and is_free and len(held) < written.GRID_OPEN:
            order = Order(1, target=(lowest + 1) * step, line=lowest)


class Sides:
    """On which side the averages are, bar after bar."""

    def __init__(self, bars: list[Bar]) -> None:
        self._closes = [bar.close for bar in bars]
        self._side = 0

    def crossed_to(self, place: int) -> int:
        """Return 1 or -1 for a crossing at this bar's close, else 0. Bars are asked for in their order."""
        if place < written.SLOW - 1:
            return 0
        end = place + 1
        fast = sum(self._closes[end - written.FAST : end]) * (written.SLOW // written.FAST)
        slow = sum(self._closes[end - written.SLOW : end])
        before = self._side
        if fast != slow:
            self._side = 1 if fast > slow else -1
        return self._side if before not in {0, self._side} else 0


def _distances(bars: list[Bar], place: int) -> tuple[int, int]:
    """Return the points from the close to stop and target."""
    total = sum(_true_range(bars, at) for at in range(place - written.ATR + 1, place + 1))
    return tuple(  # type: ignore[return-value]
        max(1, (2 * times * total + written.ATR) // (2 * written.ATR))
        for times in (written.STOP_ATR, written.TARGET_ATR)
    )


def _true_range(bars: list[Bar], place: int) -> int:
    bar, before = bars[place], bars[place - 1].close
    return max(bar.high, before) - min(bar.low, before)


def _left_at(position: Position, bar: Bar, rules: Rules) -> int | None:
    """Return at which price a bar ends a position, None if it does not."""
    side, stop, target = position.side, position.stop, position.target
    if stop is not None and side * (bar.open - stop) <= 0:
        return bar.open if rules.stop_gap == "open" else stop
    if target is not None and side * (bar.open - target) >= 0:
        return bar.open if rules.target_gap == "open" else target
    worst, best = (bar.low, bar.high) if side > 0 else (bar.high, bar.low)
    reaches_stop = stop is not None and side * (worst - stop) <= 0
    reaches_target = target is not None and side * (best - target) >= 0
    if reaches_stop and reaches_target:
        return stop if _is_stop_first(side, bar, rules) else target
    if reaches_stop:
        return stop
    return target if reaches_target else None


def _is_stop_first(side: int, bar: Bar, rules: Rules) -> bool:
    if rules.both in {"stop", "target"}:
        return rules.both == "stop"
    if rules.both == "nearer":
        is_low_first = bar.open - bar.low <= bar.high - bar.open
    else:
        is_low_first = bar.close >= bar.open
    return is_low_first == (side > 0)


def _is_between(order: Order, price: int) -> bool:
    assert order.stop is not None
    assert order.target is not None
    return order.side * (price - order.stop) > 0 > order.side * (price - order.target)


def _opened(order: Order, time_s: int, price: int, rules: Rules) -> Position:
    paid = price + rules.spread_points if order.side > 0 else price
    return Position(time_s, order.side, paid, order.stop, order.target, order.line)


def _trade(position: Position, time_s: int, price: int, rules: Rules) -> Trade:
    got = price if position.side > 0 else price + rules.spread_points
    profit = position.side * (got - position.entry) * VOLUME_UNITS / POINTS
    return Trade(
        position.entered_s, time_s, position.side, position.entry / POINTS, got / POINTS, round(profit, 2)
    )


STRATEGIES = {"reversal": reversal, "stops": stops, "grid": grid}


def in_points(bars: Bars) -> list[Bar]:
    """Return bars with their prices in whole points."""
    columns = [bars["time"].tolist()]
    columns += [
        np.rint(bars[name] * POINTS).astype(int).tolist() for name in ("open", "high", "low", "close")
    ]
    return [Bar(*row) for row in zip(*columns, strict=True)]


def main(strategy: str, bars: str, trades: str, rules: str = "{}") -> None:
    chosen = Rules(**json.loads(rules))
    write_trades(Path(trades), STRATEGIES[strategy](in_points(np.load(bars)), chosen))


if __name__ == "__main__":
    main(*sys.argv[1:])
