"""The past that a test runs through: each symbol's bars, and each chart's, laid out before it begins."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.engine.market.arrays import RATES, Array, count_before, joined
from metafleet.engine.market.supplies import Supply
from metafleet.engine.market.symbols import SymbolSpec
from metafleet.engine.market.timeframes import BY_NAME, MN1, NAMES, PERIODS_S, opens_s
from metafleet.engine.tester.contract import WARM_UP_BARS, NoBars, Test, TestRefused

_DAY_S: Final = 86_400

_LONGEST_S: Final = max(PERIODS_S.values())

_PIECE: Final = 8_192
"""Values that stay in the processor's cache."""

MOST_MADE_S: Final = 120 * _DAY_S
"""Of a generated past, for charts longer than the EA's own: what takes a second to make."""


class Tape(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol's past. rates: RATES of the finest bars there are, with the warm-up before the test.

    ticks: TICKS, the real ones that `rates` were made of; None where there are bars alone. period_s: how
    long a bar of `rates` is. source: what it was cut from.
    least_gap_s: what lies between two bars at least; under 1 where they are out of order.
    """

    spec: SymbolSpec
    rates: Array
    period_s: int
    ticks: Array | None = None
    source: Supply | None = None
    least_gap_s: int = 1


class Span(msgspec.Struct, frozen=True, dict=True):
    """Bars of one chart. rates: RATES. spreads: points, at its close."""

    rates: Array
    spreads: NDArray[np.int32]
    timeframe: int

    @cached_property
    def ends(self) -> NDArray[np.int64]:
        """When each has closed, seconds."""
        times = self.rates["time"].astype(np.int64)
        if self.timeframe == MN1:
            months = times.astype("datetime64[s]").astype("datetime64[M]") + 1
            return months.astype("datetime64[s]").astype(np.int64)
        times += PERIODS_S[self.timeframe]
        return times

    def closed_by(self, now_s: int) -> int:
        """Return how many have closed by a time, that very second included."""
        if self.timeframe == MN1:
            return int(np.searchsorted(self.ends, now_s, "right"))
        # Without their ends, which few ask for.
        return count_before(self.rates["time"], now_s - PERIODS_S[self.timeframe] + 1)


def tape_of(supply: Supply, test: Test, warm_up_s: int) -> Tape:
    """Return a symbol's past from so long before the test to its end. Raises TestRefused."""
    spec = supply.spec
    from_s = supply.first_s if test.from_s is None else test.from_s - warm_up_s
    if test.to_s is None and supply.last_s is None:
        raise TestRefused(f"{spec.name}'s prices have no end: say until when to test")
    to_s = (
        test.to_s
        if test.to_s is not None
        else (supply.last_s or 0) + max(PERIODS_S.get(supply.timeframe, 1), 1)
    )
    rows = np.asarray(supply.between(max(from_s, supply.first_s), to_s))
    if supply.timeframe == 0:
        return _real(rows, supply, test)
    if test.ticks == "every":
        raise TestRefused(
            f"{spec.name} has bars only: test it with ticks m1, ohlc or open, or give real ticks"
        )
    least_gap_s, is_alike = _looked_at(rows, test.spread_points)
    if not is_alike:
        # As bytes: NumPy copies bars field by field, which takes six times as long.
        rows = joined([rows], RATES)
        rows.flags.writeable = True
        rows["spread"] = test.spread_points
    period_s = PERIODS_S[supply.timeframe]
    return Tape(spec=spec, rates=rows, period_s=period_s, source=supply, least_gap_s=least_gap_s)


def _real(ticks: Array, supply: Supply, test: Test) -> Tape:
    if test.spread_points is not None:
        raise TestRefused("real ticks have spreads of their own: leave the spread out")
    ticks = _priced(ticks)
    rates = minutes_of(ticks, supply.spec)
    gap_s, _ = _looked_at(rates, None)
    return Tape(spec=supply.spec, rates=rates, period_s=60, ticks=ticks, source=supply, least_gap_s=gap_s)


def _priced(ticks: Array) -> Array:
    """Return those that have both prices."""
    is_priced = (ticks["bid"] > 0) & (ticks["ask"] > 0)
    return ticks if is_priced.all() else ticks[is_priced]


def reaching(tape: Tape, from_s: int) -> Tape:
    """Return the tape with its bars from this time on, as far as its source has them.

    For the history of charts longer than the EA's own. A generated past is made no further back than
    MOST_MADE_S.
    """
    source, first_s = tape.source, int(tape.rates["time"][0])
    if source is None:
        return tape
    if source.last_s is None:
        from_s = max(from_s, first_s - MOST_MADE_S)
    from_s = max(from_s, source.first_s)
    if from_s >= first_s:
        return tape
    rows = np.asarray(source.between(from_s, first_s))
    earlier = minutes_of(_priced(rows), tape.spec) if source.timeframe == 0 else rows
    return msgspec.structs.replace(tape, rates=np.concatenate([earlier, tape.rates]))


def known_at(span: Span, now_s: int) -> Span:
    """Return the bars of a chart that an EA starts with at this time, and those after them.

    Indicators that remember everything begin with the first of them, as they do live.
    """
    first = max(0, span.closed_by(now_s) - WARM_UP_BARS)
    return Span(span.rates[first:], span.spreads[first:], span.timeframe)


def minutes_of(ticks: Array, spec: SymbolSpec) -> Array:
    """Return the M1 bars, RATES, of bids that ticks, TICKS, make. spread: the smallest of the minute."""
    begins = ticks["time_msc"] // 60_000 * 60
    first = _firsts(begins)
    rates = np.zeros(len(first), RATES)
    if not len(first):
        return rates
    counts = np.diff(np.append(first, len(ticks)))
    gaps = np.rint((ticks["ask"] - ticks["bid"]) / spec.point)
    rates["time"], rates["tick_volume"] = begins[first], counts
    rates["open"], rates["close"] = ticks["bid"][first], ticks["bid"][first + counts - 1]
    rates["high"] = np.maximum.reduceat(ticks["bid"], first)
    rates["low"] = np.minimum.reduceat(ticks["bid"], first)
    rates["spread"] = np.minimum.reduceat(gaps, first)
    return rates


def span_of(tape: Tape, timeframe: str) -> Span:
    """Return the tape's bars of a timeframe. Raises TestRefused where the tape's own are longer."""
    number = BY_NAME[timeframe]
    if PERIODS_S[number] < tape.period_s:
        finest = next(NAMES[each] for each, length_s in PERIODS_S.items() if length_s == tape.period_s)
        raise TestRefused(f"{tape.spec.name} has bars of {finest} only, which make none of {timeframe}")
    rates, spreads = tape.rates, tape.rates["spread"]
    if PERIODS_S[number] > tape.period_s:
        begins = opens_s(number, rates["time"])
        rates, spreads = _joined(rates, begins), spreads[_lasts(begins)]
    return Span(rates, spreads, number)


def asks_of(spreads: NDArray[np.int32], spec: SymbolSpec, bids: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what is asked where so much is bid, spreads in points: the rounding of `ticks.bar_quotes`."""
    asks: NDArray[np.float64] = (bids + spreads * spec.point).round(spec.digits)
    return asks


def check_rates(tapes: Mapping[str, Tape]) -> None:
    """Raise TestRefused where there is nothing to test on, or bars are out of order."""
    for name, tape in tapes.items():
        if len(tape.rates) < 2:
            raise NoBars(name)
        if tape.least_gap_s < 1:
            raise TestRefused(f"{name}'s bars are not in order of time: `metafleet market check` says where")


def _looked_at(rates: Array, spread: int | None) -> tuple[int, bool]:
    """Return what lies between two bars at least, seconds, and whether each has this spread, points; None for
    any."""
    least_s, is_alike = _LONGEST_S, True
    # A piece at a time, as both lie between prices: to go through all of it twice takes twice as long.
    for begin in range(0, len(rates), _PIECE):
        piece = rates[begin : begin + _PIECE + 1]
        times = np.ascontiguousarray(piece["time"])
        if len(times) > 1:
            least_s = min(least_s, int((times[1:] - times[:-1]).min()))
        is_alike = is_alike and (spread is None or bool((piece["spread"] == spread).all()))
    return least_s, is_alike


def _joined(rates: Array, begins: NDArray[np.int64]) -> Array:
    first = _firsts(begins)
    made = np.zeros(len(first), RATES)
    if not len(first):
        return made
    last = _lasts(begins)
    made["time"], made["open"], made["close"] = begins[first], rates["open"][first], rates["close"][last]
    made["high"], made["low"] = (
        np.maximum.reduceat(rates["high"], first),
        np.minimum.reduceat(rates["low"], first),
    )
    for name in ("tick_volume", "real_volume"):
        made[name] = np.add.reduceat(rates[name], first)
    made["spread"] = np.minimum.reduceat(rates["spread"], first)
    return made


def _lasts(begins: NDArray[np.int64]) -> NDArray[np.intp]:
    return np.append(_firsts(begins)[1:], len(begins)) - 1


def _firsts(begins: NDArray[np.int64]) -> NDArray[np.intp]:
    if not len(begins):
        return np.empty(0, np.intp)
    return np.flatnonzero(np.concatenate(([True], begins[1:] != begins[:-1])))
