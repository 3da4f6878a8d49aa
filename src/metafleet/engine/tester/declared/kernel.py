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


REVERSES, OPEN_ONLY, CLOSES, DEPOSIT, NUMERATOR, DENOMINATOR, IS_DIVIDED = range(7)
LOWEST, HIGHEST, TICK_MS, SIZED, LONGEST, TRAILS, MOST_ENTRIES, GAP, SILENT = range(7, 16)
"""Places of `numbers`. SIZED: whether volumes follow from what is lost. TRAILS: 1, or 2 for at once, too.
SILENT is written: how many are unmade."""

POINT_CENTS, KEEP_CENTS, FLOOR_CENTS, SCALE, UNIT, PERCENT, LOSS_PERCENT, TRAIL_STEP, LIMITS = range(9)
"""Places of `rates`; the first three and `LIMITS`, which are four, as `costs.Costs` and `sized` have them."""

DAY_S: Final = 86_400

_STEP_TOLERANCE: Final = 1e-8
"""That of `sizing`."""

_POINTS: Final = "int32[::1]"
_FLOATS: Final = "float64[::1]"
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


def _sized(balance: float, percent: float, loss: float, limits: Any) -> int:
    """Return which of the sizes loses so much of what there is, as `obeying.risked`; -1 for none.

    limits: the most that is wanted, the symbol's most, least and step, all lots.
    """
    if not loss > 0.0:
        return -1
    wanted = min(max(0.0, balance * percent / 100.0 / loss), limits[0])
    bounded = min(wanted, limits[1])
    if bounded < limits[2] - _STEP_TOLERANCE:
        return -1
    return int(np.floor((bounded - limits[2]) / limits[3] + _STEP_TOLERANCE))


sized = _compiled(_sized, "int64", *["float64"] * 3, _FLOATS)


def _trailed(  # noqa: PLR0913, PLR0917
    side: int,
    stop: int,
    target: int,
    away: float,
    step: float,
    bid: int,
    spread: int,
    wanted: int,
    gap: int,
    scale: float,
) -> int:
    """Return the stop as `obeying.follow` leaves it. wanted: where it would be, REFUSED for nowhere.

    gap: points that the broker wants between a level and the price.
    """
    market = bid if side > 0 else bid + spread
    gained = away
    if stop != NO_LEVEL:
        gained = side * ((market / scale - side * away) - stop / scale)
    if not gained >= away * step or wanted == REFUSED:
        return stop
    if target != NO_LEVEL and side * (target - market) < gap:
        return stop
    return wanted


trailed = _compiled(_trailed, "int64", *["int64"] * 3, *["float64"] * 2, *["int64"] * 4, "float64")


def _night(amounts: Any, divisors: Any, side: int, night: int, times: int) -> int:
    """Return the cents of a night for so many of the smallest volumes: halves away from zero."""
    row = 0 if side > 0 else 1
    amount, divisor = amounts[row, night] * times, divisors[row, night]
    cents: int = (2 * abs(amount) + divisor) // (2 * divisor)
    return cents if amount >= 0 else -cents


night_cents = _compiled(_night, "int64", _TABLE, _TABLE, *["int64"] * 3)


def _alarm(balance: int, entry: int, side: int, times: int, rates: Any) -> int:
    """Return the price in points at which equity is what has to be kept: no nearer may one come unseen."""
    room = (balance - rates[1] * times - rates[2]) / (rates[0] * times)
    return entry - side * int(min(max(room, -1e15), 1e15))


alarm = _compiled(_alarm, "int64", *["int64"] * 4, _FLOATS)


def _bounds(side: int, stop: int, target: int, alert: int) -> tuple[int, int]:
    """Return the prices, of those at which the position closes, at or beyond which something may happen."""
    if side > 0:
        return alert if stop == NO_LEVEL else max(stop, alert), target
    return -NO_LEVEL if target == NO_LEVEL else target, alert if stop == NO_LEVEL else min(stop, alert)


bounds = _compiled(_bounds, "UniTuple(int64, 2)", *["int64"] * 4)


def _note(notes: Any, noted: int, bar: int, balance: int, swap: int, trade: int) -> int:
    """Write that the account is another one, and return how many such notes there are."""
    notes[0, noted], notes[1, noted], notes[2, noted], notes[3, noted] = bar, balance, swap, trade
    return noted + 1


note = _compiled(_note, "int64", _TABLE, *["int64"] * 5)


def _kept(day: Any, time_s: int, change: int, entries: int) -> None:
    """Keep what a day has made. day: which it is, cents, entries; begun anew where it is another one."""
    if time_s // DAY_S != day[0]:
        day[0], day[1], day[2] = time_s // DAY_S, 0, 0
    day[1] += change
    day[2] += entries


kept = _compiled(_kept, "none", _WHOLE, *["int64"] * 3)


def _leave(  # noqa: PLR0913, PLR0917
    trades: Any,
    made: int,
    bar: int,
    after_ms: int,
    price: int,
    reason: int,
    swap: int,
    spread: int,
    times: int,
    charge: int,
    numbers: Any,
) -> int:
    """Write a closing as `booking.book_closing` does, and return what the balance changes by."""
    side, gain = trades[1, made], price - trades[2, made]
    if side < 0:
        gain = -gain
    quoted = price
    if numbers[IS_DIVIDED] != 0:
        # The own pair converts: a gain is divided by the ask, a loss by the bid (`broker.conversion`).
        bid = price if side > 0 else price - spread
        quoted = bid + spread if gain >= 0 else bid
    earned = money(gain * times, quoted, numbers[NUMERATOR], numbers[DENOMINATOR], numbers[IS_DIVIDED] != 0)
    trades[5, made], trades[6, made], trades[7, made] = bar, after_ms, price
    trades[8, made], trades[9, made], trades[10, made] = reason, earned, swap
    change: int = earned + charge + swap
    return change


leave = _compiled(_leave, "int64", _TABLE, *["int64"] * 9, _WHOLE)


def _run(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 - one loop; a call each bar would cost as much
    opens: Any,
    highs: Any,
    lows: Any,
    closes: Any,
    spreads: Any,
    times: Any,
    nights_at: Any,
    night_amounts: Any,
    night_divisors: Any,
    acts: Any,
    ways: Any,
    sizes: Any,
    numbers: Any,
    rates: Any,
    trades: Any,
    notes: Any,
    unmade: Any,
) -> tuple[int, int, int, int]:
    """Trade, and return a status, how many trades and notes there are, and the last balance.

    opens to spreads: points. nights_at: bars with the first tick of another day, the test's first bar first.
    night_amounts / night_divisors: (2, nights) cents, of longs and shorts of the smallest volume. acts, ways:
    as `acting.Acts`. sizes: (3, n): how many of the smallest volume, cents charged for opening and closing.
    numbers, rates: by the names above. trades: (14, n), notes: (4, n) and unmade,
    entries that were wanted and not made, (2, n): side and size, are filled.
    """
    reverses, is_open_only = numbers[REVERSES] != 0, numbers[OPEN_ONLY] != 0
    balance, lowest, highest = numbers[DEPOSIT], numbers[LOWEST], numbers[HIGHEST]
    tick_ms, longest, gap = numbers[TICK_MS], numbers[LONGEST], numbers[GAP]
    scale, cents = rates[SCALE], rates[UNIT]
    trails, at_once = numbers[TRAILS] != 0, numbers[TRAILS] == 2
    most_entries, loss_percent = numbers[MOST_ENTRIES], rates[LOSS_PERCENT]
    count, nights = len(opens), len(nights_at)
    made, noted, silent = 0, 0, 0
    side, stop, target, entry, swap, alert = 0, NO_LEVEL, NO_LEVEL, 0, 0, 0
    size, volume, opened = 0, 0, 0
    day = np.array([-1, 0, 0], np.int64)
    under, over, is_watched = -NO_LEVEL, NO_LEVEL, False
    night, rolled, roll_at = 1, 0, -1
    done = nights_at[0]
    for act in range(acts.shape[1] + 1):
        is_last = act == acts.shape[1]
        bar = count if is_last else acts[0, act]
        at = done + 1
        if side != 0 and 0 <= roll_at <= min(bar, count - 1):
            # Nights of before the position count for nothing, but the ledger's book is another one.
            noted = note(notes, noted, roll_at, balance, swap, made)
            roll_at, rolled = -1, night - 1
        while side != 0 and at <= bar and at < count:
            until = bar
            if night < nights and nights_at[night] < until:
                until = nights_at[night]
            ticks, reason, after_ms, price = TICKS_A_BAR, 0, 0, 0
            if is_watched and at < until:
                at = next_hit(lows, highs, spreads, at, until, side, under, over)
            else:
                at = until
            if at >= count:
                break
            if at == until:
                if night < nights and nights_at[night] == at:
                    swap += night_cents(night_amounts, night_divisors, side, night, volume)
                    rolled = night
                    night += 1
                    noted = note(notes, noted, at, balance, swap, made)
                    alert = alarm(balance + swap, entry, side, volume, rates)
                    under, over = bounds(side, stop, target, alert)
                    is_watched = under >= lowest or over <= highest
                if at == bar:
                    ticks = 1
            if is_watched:
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
                change = leave(
                    trades,
                    made,
                    at,
                    after_ms,
                    price,
                    reason,
                    swap,
                    spreads[at],
                    volume,
                    sizes[2, size],
                    numbers,
                )
                balance += change
                kept(day, times[at], change, 0)
                noted = note(notes, noted, at, balance, 0, -1)
                made, side = made + 1, 0
                break
            if at == bar:
                break
            at += 1
        if is_last:
            break
        while night < nights and nights_at[night] <= bar:
            night += 1
        wanted, leaves = acts[1, act], acts[2, act]
        if side != 0 and (
            (leaves & (1 if side > 0 else 2)) != 0
            or (reverses and wanted == -side)
            or (longest > 0 and acts[5, act] - opened >= longest)
        ):
            price = opens[bar] if side > 0 else opens[bar] + spreads[bar]
            change = leave(
                trades,
                made,
                bar,
                0,
                price,
                BY_EXPERT,
                swap,
                spreads[bar],
                volume,
                sizes[2, size],
                numbers,
            )
            balance += change
            kept(day, times[bar], change, 0)
            noted = note(notes, noted, bar, balance, 0, -1)
            made, side = made + 1, 0
        is_new = False
        if side == 0 and wanted != 0:
            kept(day, times[bar], 0, 0)
            is_over = most_entries > 0 and day[2] >= most_entries
            if loss_percent > 0.0:
                # As `obeying.is_day_lost`.
                is_over |= -day[1] / cents >= (balance - day[1]) / cents * loss_percent / 100.0
            if not is_over:
                size = 0
                if numbers[SIZED] != 0:
                    size = sized(balance / cents, rates[PERCENT], ways[0, act], rates[LIMITS:])
                if size < 0 or acts[3, act] == REFUSED:
                    unmade[0, silent], unmade[1, silent] = wanted, size
                    silent += 1
                else:
                    is_new = True
        if is_new:
            side, volume, opened = wanted, sizes[0, size], acts[5, act]
            entry = opens[bar] + spreads[bar] if side > 0 else opens[bar]
            stop, target = acts[3, act], acts[4, act]
            balance += sizes[1, size]
            kept(day, times[bar], sizes[1, size], 1)
            swap = 0
            trades[0, made], trades[1, made], trades[2, made] = bar, side, entry
            trades[3, made], trades[4, made], trades[11, made] = stop, target, stop
            trades[8, made], trades[9, made], trades[10, made] = 0, 0, 0
            trades[12, made], trades[13, made] = size, bar
            noted = note(notes, noted, bar, balance, 0, made)
            roll_at = -1
            if is_open_only and rolled < night - 1:
                roll_at = bar + 1
            else:
                rolled = night - 1
            alert = alarm(balance, entry, side, volume, rates)
            price = opens[bar] if side > 0 else opens[bar] + spreads[bar]
            if side * (price - alert) <= 0:
                return THIN, made, noted, balance
        if side != 0 and trails and (at_once or not is_new):
            moved = trailed(
                side,
                stop,
                target,
                ways[1, act],
                rates[TRAIL_STEP],
                opens[bar],
                spreads[bar],
                acts[6 if side > 0 else 7, act],
                gap,
                scale,
            )
            if moved != stop:
                stop = moved
                trades[3, made], trades[13, made] = stop, bar
                noted = note(notes, noted, bar, balance, swap, made)
        if side != 0:
            under, over = bounds(side, stop, target, alert)
            is_watched = under >= lowest or over <= highest
        if side != 0 and is_watched:
            after_ms, price, reason = left(
                opens, highs, lows, closes, spreads, bar, 1, 4, side, stop, target, alert, tick_ms, scale
            )
            if reason == AT_THIN:
                return THIN, made, noted, balance
            if reason != 0:
                change = leave(
                    trades,
                    made,
                    bar,
                    after_ms,
                    price,
                    reason,
                    swap,
                    spreads[bar],
                    volume,
                    sizes[2, size],
                    numbers,
                )
                balance += change
                kept(day, times[bar], change, 0)
                noted = note(notes, noted, bar, balance, 0, -1)
                made, side = made + 1, 0
        done = bar
    if side != 0 and numbers[CLOSES] != 0:
        last = count - 1
        price = closes[last] if side > 0 else closes[last] + spreads[last]
        after_ms = 0 if is_open_only else 3 * tick_ms
        balance += leave(
            trades,
            made,
            last,
            after_ms,
            price,
            AT_END,
            swap,
            spreads[last],
            volume,
            sizes[2, size],
            numbers,
        )
        noted = note(notes, noted, last, balance, 0, -1)
        made, side = made + 1, 0
    elif side != 0:
        trades[10, made] = swap
        made += 1
    numbers[SILENT] = silent
    return DONE, made, noted, balance


run = _compiled(
    _run,
    "UniTuple(int64, 4)",
    *[_POINTS] * 5,
    _WHOLE,
    _WHOLE,
    *[_TABLE] * 3,
    "float64[:,::1]",
    _TABLE,
    _WHOLE,
    _FLOATS,
    *[_TABLE] * 3,
)
