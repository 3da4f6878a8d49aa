"""Bars as the loop looks at them: whether they are sound, where levels are reached, as whole points."""

from __future__ import annotations

from typing import Any

import numpy as np

from metafleet.engine.tester.declared.kernel.words import (
    ASKEW,
    AT_THIN,
    BARS,
    BELOW,
    BETWEEN,
    BY_STOP,
    BY_TARGET,
    DAY_S,
    DONE,
    FLAG,
    FLOAT,
    INT,
    MOST_POINTS,
    NO_LEVEL,
    OFF,
    TICK_MS,
    UNEVEN,
    WHOLE,
    compiled,
    several,
    types,
)


@compiled(types.Tuple((INT, FLOAT, FLOAT, INT, INT)), BARS, INT, FLOAT, FLAG, WHOLE)
def lay(rates: Any, period_s: int, scale: float, is_open_only: bool, nights_at: Any) -> Any:
    """Look at bars once; return a status, the lowest and highest price, the widest spread, and how many days.

    nights_at: is given each day's first bar.
    """
    status, nights, lowest, highest, widest = DONE, 0, np.inf, 0.0, 0
    most = MOST_POINTS / scale
    before, midnight = 0, -(1 << 62)
    for at in range(len(rates)):
        bar = rates[at]
        if bar.time - before != period_s and bar.time % period_s != 0:
            status = ASKEW
        before = bar.time
        if before >= midnight:
            midnight = (before // DAY_S + 1) * DAY_S
            nights_at[nights] = at
            nights += 1
        if bar.spread < 0:
            status = BELOW
        widest = max(widest, bar.spread)
        low, high = (bar.open, bar.open) if is_open_only else (bar.low, bar.high)
        if not (low <= bar.open <= high and (is_open_only or low <= bar.close <= high)):
            status = UNEVEN
        if not (low > 0.0 and high < most):
            status = BETWEEN
        lowest, highest = min(lowest, low), max(highest, high)
    return status, lowest, highest, widest, nights


@compiled(INT, FLOAT, FLOAT, WHOLE)
def points(price: float, scale: float, numbers: Any) -> int:
    """Return a price in whole points; where it lies between two, that is kept."""
    whole = np.rint(price * scale)
    if whole / scale != price:
        numbers[OFF] = 1
    return int(whole)


@compiled(INT, BARS, INT, INT, INT, INT, INT, FLOAT, FLAG)
def next_hit(
    rates: Any, begin: int, end: int, side: int, under: int, over: int, scale: float, is_open_only: bool
) -> int:
    """Return the first bar in which a price at which the position closes is at or beyond one of the two.

    That of a price between points may be another one: where it matters, `left` finds that it is one.
    """
    # Half a point nearer, so that no rounding of a price hides it: `left` looks at what is found.
    lower, upper, point = (under + 0.5) / scale, (over - 0.5) / scale, 1.0 / scale
    if is_open_only:
        for at in range(begin, end):
            price = rates[at].open
            if side < 0:
                price += rates[at].spread * point
            if price <= lower or price >= upper:
                return at
    elif side > 0:
        for at in range(begin, end):
            if rates[at].low <= lower or rates[at].high >= upper:
                return at
    else:
        for at in range(begin, end):
            spread = rates[at].spread * point
            if rates[at].low + spread <= lower or rates[at].high + spread >= upper:
                return at
    return end


@compiled(INT, INT, INT, INT, INT, INT, INT, FLOAT)
def passed_ms(level: int, side: int, spread: int, before: int, bid: int, tick_ms: int, scale: float) -> int:
    """Return how long the price is on its way to a level, by the same operations as `way`."""
    first, last = before / scale, bid / scale
    at = level / scale
    if side < 0:
        at = at - ((bid + spread) / scale - last)
    return int(tick_ms * (first - at) / (first - last))


@compiled(several(3), BARS, INT, INT, INT, INT, INT, INT, INT, FLOAT, WHOLE)
def left(  # noqa: PLR0913, PLR0917
    rates: Any,
    at: int,
    begin: int,
    end: int,
    side: int,
    stop: int,
    target: int,
    alert: int,
    scale: float,
    numbers: Any,
) -> tuple[int, int, int]:
    """Return how long after a bar's open, at which price and why a position is left; reason 0: not at all.

    begin, end: ticks of the bar. As `ticks.bar_quotes`: open, the extreme that a bar of this colour saw
    first, the other one, close. As `triggers.triggered`: at the tick's price, the stop looked at first. As
    `passing.way`: from tick to tick of a bar the price passes a level, and it is left there.
    """
    bar, tick_ms = rates[at], numbers[TICK_MS]
    is_rising = bar.close >= bar.open
    # The bids at which the position's levels are reached.
    spread = bar.spread if side < 0 else 0
    under = (stop if side > 0 else target) - spread
    over = (target if side > 0 else stop) - spread
    before = points(bar.open, scale, numbers)
    for tick in range(begin, end):
        if tick == 0:
            bid = before
        elif tick == 3:
            bid = points(bar.close, scale, numbers)
        elif (tick == 1) == is_rising:
            bid = points(bar.low, scale, numbers)
        else:
            bid = points(bar.high, scale, numbers)
        if tick > 0:
            level = under if bid < before else over
            if min(before, bid) < level < max(before, bid):
                reason = BY_STOP if (level == under) == (side > 0) else BY_TARGET
                passed = passed_ms(level + spread, side, bar.spread, before, bid, tick_ms, scale)
                return (tick - 1) * tick_ms + passed, level + spread, reason
        before = bid
        price = bid + spread
        if stop != NO_LEVEL and side * (price - stop) <= 0:
            return tick * tick_ms, price, BY_STOP
        if target != NO_LEVEL and side * (price - target) >= 0:
            return tick * tick_ms, price, BY_TARGET
        if side * (price - alert) <= 0:
            return tick * tick_ms, price, AT_THIN
    return 0, 0, 0


@compiled(several(2), INT, INT, INT, INT)
def bounds(side: int, stop: int, target: int, alert: int) -> tuple[int, int]:
    """Return the prices, of those at which the position closes, at or beyond which something may happen."""
    if side > 0:
        return alert if stop == NO_LEVEL else max(stop, alert), target
    return -NO_LEVEL if target == NO_LEVEL else target, alert if stop == NO_LEVEL else min(stop, alert)
