"""The loop over what is declared: from one bar at which something is to be done to the next.

Between two of them nothing is looked at while there is no position, nor where none of the prices of the
whole test could end the one that there is.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from metafleet.engine.tester.declared.kernel.booking import (
    alarm,
    kept,
    leave,
    night_cents,
    note,
    sized,
    trailed,
)
from metafleet.engine.tester.declared.kernel.prices import bounds, left, next_hit, points
from metafleet.engine.tester.declared.kernel.words import (
    AT_END,
    AT_THIN,
    BARS,
    BETWEEN,
    BY_EXPERT,
    CLOSES,
    DEPOSIT,
    DONE,
    FLOAT_TABLE,
    FLOATS,
    GAP,
    HIGHEST,
    LIMITS,
    LONGEST,
    LOSS_PERCENT,
    LOWEST,
    MOST_ENTRIES,
    NO_LEVEL,
    OFF,
    OPEN_ONLY,
    PERCENT,
    REFUSED,
    REVERSES,
    SCALE,
    SILENT,
    SIZED,
    TABLE,
    THIN,
    TICK_MS,
    TRAIL_STEP,
    TRAILS,
    UNIT,
    WHOLE,
    compiled,
    several,
)

TICKS_A_BAR: Final = 4

_TAKEN: Final = (BARS, WHOLE, TABLE, TABLE, TABLE, FLOAT_TABLE, TABLE, WHOLE, FLOATS, TABLE, TABLE, TABLE)


@compiled(several(4), *_TAKEN)
def run(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917 - one loop; a call each bar would cost as much
    rates: Any,
    nights_at: Any,
    night_amounts: Any,
    night_divisors: Any,
    acts: Any,
    ways: Any,
    sizes: Any,
    numbers: Any,
    factors: Any,
    trades: Any,
    notes: Any,
    unmade: Any,
) -> tuple[int, int, int, int]:
    """Trade, and return a status, how many trades and notes there are, and the last balance.

    rates: the test's bars. nights_at: those with the first tick of another day, the test's first bar first.
    night_amounts / night_divisors: (2, nights) cents, of longs and shorts of the smallest volume. acts, ways:
    as `acting.Acts`. sizes: (3, n): how many of the smallest volume, cents charged for opening and closing.
    numbers, factors: by the names in `words`. trades: (14, n), notes: (4, n) and unmade,
    entries that were wanted and not made, (2, n): side and size, are filled.
    """
    reverses, is_open_only = numbers[REVERSES] != 0, numbers[OPEN_ONLY] != 0
    balance, longest, gap = (
        numbers[DEPOSIT],
        numbers[LONGEST],
        numbers[GAP],
    )
    lowest, highest = numbers[LOWEST], numbers[HIGHEST]
    scale, cents, is_sized = factors[SCALE], factors[UNIT], numbers[SIZED] != 0
    trails, at_once = numbers[TRAILS] != 0, numbers[TRAILS] == 2
    most_entries, loss_percent = numbers[MOST_ENTRIES], factors[LOSS_PERCENT]
    has_limits = most_entries > 0 or loss_percent > 0.0
    count, nights, ticks_a_bar = len(rates), len(nights_at), 1 if is_open_only else TICKS_A_BAR
    made, noted, silent = 0, 0, 0
    side, stop, target, entry, swap, alert = 0, NO_LEVEL, NO_LEVEL, 0, 0, 0
    size, volume, opened = 0, 0, 0
    day = np.array([-1, 0, 0], np.int64)
    under, over, is_watched = -NO_LEVEL, NO_LEVEL, False
    night, rolled, roll_at = 1, 0, -1
    done = 0
    for act in range(acts.shape[1] + 1):
        is_last = act == acts.shape[1]
        bar = count if is_last else acts[0, act]
        if side == 0 and not is_last and acts[1, act] == 0:
            # Nothing is held and nothing wanted.
            done = bar
            continue
        at = done + 1
        if side != 0 and 0 <= roll_at <= min(bar, count - 1):
            # Nights of before the position count for nothing, but the ledger's book is another one.
            noted = note(notes, noted, roll_at, balance, swap, made)
            roll_at, rolled = -1, night - 1
        while side != 0 and at <= bar and at < count:
            until = bar
            if night < nights and nights_at[night] < until:
                until = nights_at[night]
            ticks, reason, after_ms, price = ticks_a_bar, 0, 0, 0
            if is_watched and at < until:
                at = next_hit(rates, at, until, side, under, over, scale, is_open_only)
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
                    alert = alarm(balance + swap, entry, side, volume, factors)
                    under, over = bounds(side, stop, target, alert)
                    is_watched = under >= lowest or over <= highest
                if at == bar:
                    ticks = 1
            if is_watched:
                after_ms, price, reason = left(rates, at, 0, ticks, side, stop, target, alert, scale, numbers)
            if reason == AT_THIN:
                return THIN, made, noted, balance
            if reason != 0:
                balance = leave(
                    rates,
                    trades,
                    notes,
                    day,
                    made,
                    noted,
                    balance,
                    at,
                    after_ms,
                    price,
                    reason,
                    swap,
                    volume,
                    sizes[2, size],
                    numbers,
                )
                made, noted, side = made + 1, noted + 1, 0
                break
            if at == bar:
                break
            at += 1
        if is_last:
            break
        while night < nights and nights_at[night] <= bar:
            night += 1
        wanted, leaves = acts[1, act], acts[2, act]
        if side == 0 and wanted == 0:
            done = bar
            continue
        bid, spread = points(rates[bar].open, scale, numbers), rates[bar].spread
        if side != 0 and (
            (leaves & (1 if side > 0 else 2)) != 0
            or (reverses and wanted == -side)
            or (longest > 0 and acts[5, act] - opened >= longest)
        ):
            price = bid if side > 0 else bid + spread
            balance = leave(
                rates,
                trades,
                notes,
                day,
                made,
                noted,
                balance,
                bar,
                0,
                price,
                BY_EXPERT,
                swap,
                volume,
                sizes[2, size],
                numbers,
            )
            made, noted, side = made + 1, noted + 1, 0
        is_new = False
        if side == 0 and wanted != 0:
            is_over = False
            if has_limits:
                kept(day, rates[bar].time, 0, 0)
                is_over = most_entries > 0 and day[2] >= most_entries
                if loss_percent > 0.0:
                    # As `obeying.is_day_lost`.
                    is_over |= -day[1] / cents >= (balance - day[1]) / cents * loss_percent / 100.0
            if not is_over:
                size = 0
                if is_sized:
                    size = sized(balance / cents, factors[PERCENT], ways[0, act], factors[LIMITS:])
                if size < 0 or acts[3, act] == REFUSED:
                    unmade[0, silent], unmade[1, silent] = wanted, size
                    silent += 1
                else:
                    is_new = True
        if is_new:
            side, volume, opened = wanted, sizes[0, size], acts[5, act]
            entry = bid + spread if side > 0 else bid
            stop, target = acts[3, act], acts[4, act]
            balance += sizes[1, size]
            kept(day, rates[bar].time, sizes[1, size], 1)
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
            alert = alarm(balance, entry, side, volume, factors)
            price = bid if side > 0 else bid + spread
            if side * (price - alert) <= 0:
                return THIN, made, noted, balance
        if side != 0 and trails and (at_once or not is_new):
            put = acts[6 if side > 0 else 7, act]
            moved = trailed(
                side, stop, target, ways[1, act], factors[TRAIL_STEP], bid, spread, put, gap, scale
            )
            if moved != stop:
                stop = moved
                trades[3, made], trades[13, made] = stop, bar
                noted = note(notes, noted, bar, balance, swap, made)
        if side != 0:
            under, over = bounds(side, stop, target, alert)
            is_watched = under >= lowest or over <= highest
        if (
            side != 0
            and is_watched
            and next_hit(rates, bar, bar + 1, side, under, over, scale, is_open_only) == bar
        ):
            after_ms, price, reason = left(
                rates, bar, 1, ticks_a_bar, side, stop, target, alert, scale, numbers
            )
            if reason == AT_THIN:
                return THIN, made, noted, balance
            if reason != 0:
                balance = leave(
                    rates,
                    trades,
                    notes,
                    day,
                    made,
                    noted,
                    balance,
                    bar,
                    after_ms,
                    price,
                    reason,
                    swap,
                    volume,
                    sizes[2, size],
                    numbers,
                )
                made, noted, side = made + 1, noted + 1, 0
        done = bar
    if side != 0 and numbers[CLOSES] != 0:
        last = count - 1
        price = points(rates[last].open if is_open_only else rates[last].close, scale, numbers)
        if side < 0:
            price += rates[last].spread
        after_ms = 0 if is_open_only else 3 * numbers[TICK_MS]
        balance = leave(
            rates,
            trades,
            notes,
            day,
            made,
            noted,
            balance,
            last,
            after_ms,
            price,
            AT_END,
            swap,
            volume,
            sizes[2, size],
            numbers,
        )
        made, noted, side = made + 1, noted + 1, 0
    elif side != 0:
        trades[10, made] = swap
        made += 1
    numbers[SILENT] = silent
    return BETWEEN if numbers[OFF] != 0 else DONE, made, noted, balance
