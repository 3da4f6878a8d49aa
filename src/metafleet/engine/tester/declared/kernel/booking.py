"""What a position costs and makes, in whole cents, and what is written of it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from metafleet.engine.tester.declared.kernel.words import (
    BARS,
    DAY_S,
    DENOMINATOR,
    FLAG,
    FLOAT,
    FLOATS,
    INT,
    IS_DIVIDED,
    NO_LEVEL,
    NUMERATOR,
    REFUSED,
    TABLE,
    WHOLE,
    compiled,
    types,
)

_STEP_TOLERANCE: Final = 1e-8
"""That of `sizing`."""


@compiled(INT, INT, INT, INT, INT, FLAG)
def money(move: int, price: int, numerator: int, denominator: int, is_divided: bool) -> int:
    """Return the cents that a move of so many points makes: halves away from zero, as `money.rounded`."""
    amount, divisor = abs(move) * numerator, denominator
    if is_divided:
        divisor = denominator * price
    cents = (2 * amount + divisor) // (2 * divisor)
    return cents if move >= 0 else -cents


@compiled(INT, FLOAT, FLOAT, FLOAT, FLOATS)
def sized(balance: float, percent: float, loss: float, limits: Any) -> int:
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


@compiled(INT, INT, INT, INT, FLOAT, FLOAT, INT, INT, INT, INT, FLOAT)
def trailed(  # noqa: PLR0913, PLR0917
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


@compiled(INT, TABLE, TABLE, INT, INT, INT)
def night_cents(amounts: Any, divisors: Any, side: int, night: int, times: int) -> int:
    """Return the cents of a night for so many of the smallest volumes: halves away from zero."""
    row = 0 if side > 0 else 1
    amount, divisor = amounts[row, night] * times, divisors[row, night]
    cents: int = (2 * abs(amount) + divisor) // (2 * divisor)
    return cents if amount >= 0 else -cents


@compiled(INT, INT, INT, INT, INT, FLOATS)
def alarm(balance: int, entry: int, side: int, times: int, factors: Any) -> int:
    """Return the price in points at which equity is what has to be kept: no nearer may one come unseen."""
    room = (balance - factors[1] * times - factors[2]) / (factors[0] * times)
    return entry - side * int(min(max(room, -1e15), 1e15))


@compiled(INT, TABLE, INT, INT, INT, INT, INT)
def note(notes: Any, noted: int, bar: int, balance: int, swap: int, trade: int) -> int:
    """Write that the account is another one, and return how many such notes there are."""
    notes[0, noted], notes[1, noted], notes[2, noted], notes[3, noted] = bar, balance, swap, trade
    return noted + 1


@compiled(types.none, WHOLE, INT, INT, INT)
def kept(day: Any, time_s: int, change: int, entries: int) -> None:
    """Keep what a day has made. day: which it is, cents, entries; begun anew where it is another one."""
    if time_s // DAY_S != day[0]:
        day[0], day[1], day[2] = time_s // DAY_S, 0, 0
    day[1] += change
    day[2] += entries


@compiled(INT, BARS, TABLE, TABLE, WHOLE, INT, INT, INT, INT, INT, INT, INT, INT, INT, INT, WHOLE)
def leave(  # noqa: PLR0913, PLR0917
    rates: Any,
    trades: Any,
    notes: Any,
    day: Any,
    made: int,
    noted: int,
    balance: int,
    bar: int,
    after_ms: int,
    price: int,
    reason: int,
    swap: int,
    times: int,
    charge: int,
    numbers: Any,
) -> int:
    """Write a closing as `booking.book_closing` does, and return the balance after it."""
    side, gain = trades[1, made], price - trades[2, made]
    if side < 0:
        gain = -gain
    quoted, is_divided = price, numbers[IS_DIVIDED] != 0
    if is_divided:
        # The own pair converts: a gain is divided by the ask, a loss by the bid (`broker.conversion`).
        bid = price if side > 0 else price - rates[bar].spread
        quoted = bid + rates[bar].spread if gain >= 0 else bid
    numerator, denominator = numbers[NUMERATOR], numbers[DENOMINATOR]
    earned = money(gain * times, quoted, numerator, denominator, is_divided)
    trades[5, made], trades[6, made], trades[7, made] = bar, after_ms, price
    trades[8, made], trades[9, made], trades[10, made] = reason, earned, swap
    change: int = earned + charge + swap
    kept(day, rates[bar].time, change, 0)
    note(notes, noted, bar, balance + change, 0, -1)
    return balance + change
