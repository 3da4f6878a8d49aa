"""The loop over declared entries, compiled: this module is imported where numba is there, and only there.

Prices are whole points and money whole cents, so that nothing is rounded but where the ledger rounds, and
then as `broker.booking` does it. What it does for an entry, a stop, a night is written in
`experts.declaring`; each step is named after the ledger's that it stands for.

`compiling` imports it, having said first where machine code is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numba import from_dtype, njit
from numba import types as numba_types

from metafleet.engine.market.arrays import RATES

DONE: Final = 0
ASKEW: Final = 2
BELOW: Final = 3
BETWEEN: Final = 4
"""A bar does not begin where bars of its length do; a spread is below 0; a price lies between points."""

THIN: Final = 1
"""Money was so short that the broker might have refused, or stopped out: the ordinary loop has to say."""

BY_EXPERT: Final = 3
BY_STOP: Final = 4
BY_TARGET: Final = 5
AT_END: Final = 2
AT_THIN: Final = 9
"""Why a position is left: DEAL_REASON, and where it would have to be looked at whether there is money."""

NO_LEVEL: Final = 1 << 40

REFUSED: Final = -1

TICKS_A_BAR: Final = 4

MOST_POINTS: Final = 1_000_000_000
"""Prices, and sums of two of them, fit 32 bits."""


_POINTS: Final = "int32[::1]"
_WHOLE: Final = "int64[::1]"
_TABLE: Final = "int64[:,::1]"


def _compiled(function: Callable[..., Any], gives: str, *takes: str) -> Callable[..., Any]:
    """Compile for these types alone, when this module is imported; the first time on a machine takes long."""
    compiled: Callable[..., Any] = njit(f"{gives}({','.join(takes)})", cache=True, nogil=True)(function)
    return compiled


def _in_columns(rates: Any, period_s: int, columns: Any, times: Any, spreads: Any) -> int:
    """Put bars, which lie 60 bytes apart, as columns, in one pass; return a status.

    columns: (5, n): open, high, low, close, volume.
    """
    status = DONE
    for at in range(len(rates)):
        bar = rates[at]
        columns[0, at], columns[1, at], columns[2, at] = bar.open, bar.high, bar.low
        columns[3, at], columns[4, at] = bar.close, bar.tick_volume
        times[at], spreads[at] = bar.time, bar.spread
        if bar.time % period_s != 0:
            status = ASKEW
        elif bar.spread < 0:
            status = BELOW
    return status


def _as_points(prices: Any, scale: float, points: Any) -> tuple[int, int, int]:
    """Put prices as whole points; return a status, the lowest and the highest."""
    lowest, highest, is_between = np.inf, 0.0, False
    for at in range(len(prices)):
        whole = np.rint(prices[at] * scale)
        is_between |= whole / scale != prices[at]
        lowest, highest = min(lowest, whole), max(highest, whole)
        points[at] = np.int32(whole)
    if is_between or not (lowest > 0 and highest < MOST_POINTS):
        return BETWEEN, 0, 0
    return DONE, int(lowest), int(highest)


types: Any = numba_types
_BARS: Any = types.Array(from_dtype(RATES), 1, "A", readonly=True)
"""A file's bars: often mapped from the disk, and never to be written."""

in_columns: Any = njit(
    types.int64(_BARS, types.int64, types.float64[:, ::1], types.int64[::1], types.int32[::1]), cache=True
)(_in_columns)
as_points = _compiled(_as_points, "UniTuple(int64, 3)", "float64[::1]", "float64", _POINTS)


def _next_hit(
    lows: Any, highs: Any, spreads: Any, begin: int, end: int, side: int, under: int, over: int
) -> int:
    """Return the first bar in which a price at which the position closes is at or beyond one of the two."""
    if side > 0:
        for at in range(begin, end):
            if lows[at] <= under or highs[at] >= over:
                return at
    else:
        for at in range(begin, end):
            if lows[at] + spreads[at] <= under or highs[at] + spreads[at] >= over:
                return at
    return end


next_hit = _compiled(_next_hit, "int64", *[_POINTS] * 3, *["int64"] * 5)


def _passed(level: int, side: int, spread: int, before: int, bid: int, tick_ms: int, scale: float) -> int:
    """Return how long the price is on its way to a level, by the same operations as `way`."""
    first, last = before / scale, bid / scale
    at = level / scale
    if side < 0:
        at = at - ((bid + spread) / scale - last)
    return int(tick_ms * (first - at) / (first - last))


passed_ms = _compiled(_passed, "int64", *["int64"] * 6, "float64")


def _left(  # noqa: PLR0913, PLR0917
    opens: Any,
    highs: Any,
    lows: Any,
    closes: Any,
    spreads: Any,
    at: int,
    begin: int,
    end: int,
    side: int,
    stop: int,
    target: int,
    alert: int,
    tick_ms: int,
    scale: float,
) -> tuple[int, int, int]:
    """Return how long after a bar's open, at which price and why a position is left; reason 0: not at all.

    begin, end: ticks of the bar. As `ticks.bar_quotes`: open, the extreme that a bar of this colour saw
    first, the other one, close. As `triggers.triggered`: at the tick's price, the stop looked at first. As
    `passing.way`: from tick to tick of a bar the price passes a level, and it is left there.
    """
    is_rising = closes[at] >= opens[at]
    # The bids at which the position's levels are reached.
    spread = spreads[at] if side < 0 else 0
    under = (stop if side > 0 else target) - spread
    over = (target if side > 0 else stop) - spread
    before = opens[at]
    for tick in range(begin, end):
        if tick == 0:
            bid = opens[at]
        elif tick == 3:
            bid = closes[at]
        elif (tick == 1) == is_rising:
            bid = lows[at]
        else:
            bid = highs[at]
        if tick > 0:
            level = under if bid < before else over
            if min(before, bid) < level < max(before, bid):
                reason = BY_STOP if (level == under) == (side > 0) else BY_TARGET
                passed = passed_ms(level + spread, side, spreads[at], before, bid, tick_ms, scale)
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


left = _compiled(_left, "UniTuple(int64, 3)", *[_POINTS] * 5, *["int64"] * 8, "float64")


def _money(move: int, price: int, numerator: int, denominator: int, is_divided: bool) -> int:
    """Return the cents that a move of so many points makes: halves away from zero, as `money.rounded`."""
    amount, divisor = abs(move) * numerator, denominator
    if is_divided:
        divisor = denominator * price
    cents = (2 * amount + divisor) // (2 * divisor)
    return cents if move >= 0 else -cents


money = _compiled(_money, "int64", *["int64"] * 4, "boolean")


def _leave(  # noqa: PLR0913, PLR0917
    trades: Any,
    notes: Any,
    made: int,
    noted: int,
    bar: int,
    after_ms: int,
    price: int,
    reason: int,
    swap: int,
    spread: int,
    numbers: Any,
) -> int:
    """Write a closing as `booking.book_closing` does, and return what the balance changes by."""
    side, gain = trades[1, made], price - trades[2, made]
    if side < 0:
        gain = -gain
    quoted = price
    if numbers[8] != 0:
        # The own pair converts: a gain is divided by the ask, a loss by the bid (`broker.conversion`).
        bid = price if side > 0 else price - spread
        quoted = bid + spread if gain >= 0 else bid
    earned = money(gain, quoted, numbers[6], numbers[7], numbers[8] != 0)
    trades[5, made], trades[6, made], trades[7, made] = bar, after_ms, price
    trades[8, made], trades[9, made], trades[10, made] = reason, earned, swap
    notes[0, noted], notes[2, noted], notes[3, noted] = bar, 0, -1
    change: int = earned + numbers[5] + swap
    return change


leave = _compiled(_leave, "int64", _TABLE, _TABLE, *["int64"] * 8, _WHOLE)


def _run(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 - one loop; a call each bar would cost as much
    opens: Any,
    highs: Any,
    lows: Any,
    closes: Any,
    spreads: Any,
    nights_at: Any,
    night_swaps: Any,
    act_bars: Any,
    act_entries: Any,
    act_exits: Any,
    act_stops: Any,
    act_targets: Any,
    numbers: Any,
    rates: Any,
    trades: Any,
    notes: Any,
) -> tuple[int, int, int, int]:
    """Trade, and return a status, how many trades and notes there are, and the last balance.

    opens to spreads: points. nights_at: bars with the first tick of another day, the test's first bar first.
    night_swaps: (2, nights) cents, of longs and shorts. act_*: what is declared, at the bars whose first
    tick sees it; levels in points, NO_LEVEL or REFUSED. trades: (11, n) and notes: (4, n) are filled.
    """
    reverses, is_open_only, closes_at_end = numbers[0] != 0, numbers[1] != 0, numbers[2] != 0
    balance, charge_in = numbers[3], numbers[4]
    lowest, highest = numbers[9], numbers[10]
    point_cents, keep_cents, nights_cents, scale = rates[0], rates[1], rates[2], rates[3]
    tick_ms = numbers[11]
    count, nights = len(opens), len(nights_at)
    made, noted = 0, 0
    side, stop, target, entry, swap, alert = 0, NO_LEVEL, NO_LEVEL, 0, 0, 0
    under, over, is_watched = -NO_LEVEL, NO_LEVEL, False
    night, rolled, roll_at = 1, 0, -1
    done = nights_at[0]
    for act in range(len(act_bars) + 1):
        is_last = act == len(act_bars)
        bar = count if is_last else act_bars[act]
        at = done + 1
        if side != 0 and 0 <= roll_at <= min(bar, count - 1):
            # Nights of before the position count for nothing, but the ledger's book is another one.
            notes[0, noted], notes[1, noted], notes[2, noted], notes[3, noted] = roll_at, balance, swap, made
            noted += 1
            roll_at, rolled = -1, night - 1
        while side != 0 and at <= bar and at < count:
            until = bar
            if night < nights and nights_at[night] < until:
                until = nights_at[night]
            if is_watched and at < until:
                hit = next_hit(lows, highs, spreads, at, until, side, under, over)
                if hit < until:
                    after_ms, price, reason = left(
                        opens,
                        highs,
                        lows,
                        closes,
                        spreads,
                        hit,
                        0,
                        4,
                        side,
                        stop,
                        target,
                        alert,
                        tick_ms,
                        scale,
                    )
                    if reason == AT_THIN:
                        return THIN, made, noted, balance
                    if reason != 0:
                        balance += leave(
                            trades,
                            notes,
                            made,
                            noted,
                            hit,
                            after_ms,
                            price,
                            reason,
                            swap,
                            spreads[hit],
                            numbers,
                        )
                        notes[1, noted] = balance
                        made, noted, side = made + 1, noted + 1, 0
                        break
                    at = hit + 1
                    continue
            at = until
            if at >= count:
                break
            if night < nights and nights_at[night] == at:
                swap += night_swaps[0 if side > 0 else 1, night]
                rolled = night
                night += 1
                notes[0, noted], notes[1, noted], notes[2, noted], notes[3, noted] = at, balance, swap, made
                noted += 1
            if is_watched:
                ticks = 1 if at == bar else TICKS_A_BAR
                after_ms, price, reason = left(
                    opens,
                    highs,
                    lows,
                    closes,
                    spreads,
                    at,
                    0,
                    ticks,
                    side,
                    stop,
                    target,
                    alert,
                    tick_ms,
                    scale,
                )
                if reason == AT_THIN:
                    return THIN, made, noted, balance
                if reason != 0:
                    balance += leave(
                        trades, notes, made, noted, at, after_ms, price, reason, swap, spreads[at], numbers
                    )
                    notes[1, noted] = balance
                    made, noted, side = made + 1, noted + 1, 0
                    break
            if at == bar:
                break
            at += 1
        if is_last:
            break
        while night < nights and nights_at[night] <= bar:
            night += 1
        wanted = act_entries[act]
        if side != 0 and (act_exits[act] != 0 or (reverses and wanted == -side)):
            price = opens[bar] if side > 0 else opens[bar] + spreads[bar]
            balance += leave(
                trades, notes, made, noted, bar, 0, price, BY_EXPERT, swap, spreads[bar], numbers
            )
            notes[1, noted] = balance
            made, noted, side = made + 1, noted + 1, 0
        if side == 0 and wanted != 0 and act_stops[act] != REFUSED:
            side = wanted
            entry = opens[bar] + spreads[bar] if side > 0 else opens[bar]
            stop, target = act_stops[act], act_targets[act]
            balance += charge_in
            swap = 0
            # Down to where equity is what has to be kept: no nearer may a price come unseen.
            room = (balance - keep_cents - nights_cents) / point_cents
            if room < -1e15:
                room = -1e15
            elif room > 1e15:
                room = 1e15
            alert = entry - side * int(room)
            trades[0, made], trades[1, made], trades[2, made] = bar, side, entry
            trades[3, made], trades[4, made] = stop, target
            trades[8, made], trades[9, made], trades[10, made] = 0, 0, 0
            notes[0, noted], notes[1, noted], notes[2, noted], notes[3, noted] = bar, balance, 0, made
            noted += 1
            roll_at = -1
            if is_open_only and rolled < night - 1:
                roll_at = bar + 1
            else:
                rolled = night - 1
            if side > 0:
                under = alert if stop == NO_LEVEL else max(stop, alert)
                over = target
                is_watched = under >= lowest or over <= highest
                price = opens[bar]
            else:
                over = alert if stop == NO_LEVEL else min(stop, alert)
                under = -NO_LEVEL if target == NO_LEVEL else target
                is_watched = over <= highest or under >= lowest
                price = opens[bar] + spreads[bar]
            if side * (price - alert) <= 0:
                return THIN, made, noted, balance
        if side != 0 and is_watched:
            after_ms, price, reason = left(
                opens, highs, lows, closes, spreads, bar, 1, 4, side, stop, target, alert, tick_ms, scale
            )
            if reason == AT_THIN:
                return THIN, made, noted, balance
            if reason != 0:
                balance += leave(
                    trades, notes, made, noted, bar, after_ms, price, reason, swap, spreads[bar], numbers
                )
                notes[1, noted] = balance
                made, noted, side = made + 1, noted + 1, 0
        done = bar
    if side != 0 and closes_at_end:
        last = count - 1
        price = closes[last] if side > 0 else closes[last] + spreads[last]
        balance += leave(
            trades,
            notes,
            made,
            noted,
            last,
            0 if is_open_only else 3 * tick_ms,
            price,
            AT_END,
            swap,
            spreads[last],
            numbers,
        )
        notes[1, noted] = balance
        made, noted, side = made + 1, noted + 1, 0
    elif side != 0:
        trades[10, made] = swap
        made += 1
    return DONE, made, noted, balance


run = _compiled(
    _run,
    "UniTuple(int64, 4)",
    *[_POINTS] * 5,
    _WHOLE,
    _TABLE,
    *[_WHOLE] * 5,
    _WHOLE,
    "float64[::1]",
    _TABLE,
    _TABLE,
)
