"""The equity marks of an account, carried on by each thing that is seen of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from metafleet.engine.programmes.terms import DayClock

_ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Seen:
    """An account at one moment, in its currency. flow: what was paid in since the one before, less what
    was paid out: it is neither profit nor loss. is_late: the flow was seen in the balance before it was
    known as one."""

    at: datetime
    balance: Decimal
    equity: Decimal
    flow: Decimal = _ZERO
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Marks:
    """What the limits of a phase are counted from. Money in account currency.

    `first_balance`: the phase's. `day_balance`, `day_equity`: at the day's start, as last seen before it.
    `eod_peak`: the highest balance that a day has ended with. `best_day`: the most that a finished day made.
    """

    since: datetime
    first_balance: Decimal
    day: date
    day_balance: Decimal
    day_equity: Decimal
    day_low: Decimal
    day_high: Decimal
    peak_equity: Decimal
    peak_balance: Decimal
    eod_peak: Decimal
    last: Seen
    best_day: Decimal = _ZERO

    @property
    def day_profit(self) -> Decimal:
        """What the day has made so far, with what is open."""
        return self.last.equity - self.day_equity

    @property
    def profit(self) -> Decimal:
        """What the phase has made so far, with what is open."""
        return self.last.equity - self.first_balance


def begin(clock: DayClock, seen: Seen, first_balance: Decimal | None = None) -> Marks:
    """Return the marks of a phase that begins with what is seen now.

    first_balance: what the firm counts from, where that is not the balance that is seen.
    """
    first = seen.balance if first_balance is None else first_balance
    return Marks(
        since=seen.at,
        first_balance=first,
        day=clock.day_of(seen.at),
        day_balance=seen.balance,
        day_equity=seen.equity,
        day_low=seen.equity,
        day_high=seen.equity,
        peak_equity=max(seen.equity, first),
        peak_balance=max(seen.balance, first),
        eod_peak=first,
        last=seen,
    )


def carry_on(marks: Marks, clock: DayClock, seen: Seen) -> Marks:
    """Return the marks after one more look; one that is older than the last changes nothing.

    A day that was slept through starts from what was last seen before it.
    """
    if seen.at <= marks.last.at:
        return marks
    marks = _with_flow(marks, seen.flow, seen.is_late)
    day = clock.day_of(seen.at)
    if day != marks.day:
        marks = _next_day(marks, day)
    return replace(
        marks,
        day_low=min(marks.day_low, seen.equity),
        day_high=max(marks.day_high, seen.equity),
        peak_equity=max(marks.peak_equity, seen.equity),
        peak_balance=max(marks.peak_balance, seen.balance),
        last=seen,
    )


def _next_day(marks: Marks, day: date) -> Marks:
    last = marks.last
    return replace(
        marks,
        day=day,
        day_balance=last.balance,
        day_equity=last.equity,
        day_low=last.equity,
        day_high=last.equity,
        eod_peak=max(marks.eod_peak, last.balance),
        best_day=max(marks.best_day, marks.day_profit),
    )


def _with_flow(marks: Marks, flow: Decimal, is_late: bool) -> Marks:
    """Move every mark by what was paid in or out: distances stay what trading made them.

    What is paid in late has raised the peaks already.
    """
    if not flow:
        return marks
    rise = min(flow, _ZERO) if is_late else flow
    seen = _ZERO if is_late else flow
    last = replace(marks.last, balance=marks.last.balance + seen, equity=marks.last.equity + seen)
    return replace(
        marks,
        first_balance=marks.first_balance + flow,
        day_balance=marks.day_balance + flow,
        day_equity=marks.day_equity + flow,
        day_low=marks.day_low + rise,
        day_high=marks.day_high + rise,
        peak_equity=marks.peak_equity + rise,
        peak_balance=marks.peak_balance + rise,
        eod_peak=marks.eod_peak + flow,
        last=last,
    )
