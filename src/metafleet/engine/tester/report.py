"""A test's report: one document that the page, the screens and other programs read.

It is bounded: years of minutes become some thousand points, with every extreme kept.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final

import msgspec
import numpy as np

from metafleet.engine.experts.inputs import InputValue
from metafleet.engine.market.history import aggregated
from metafleet.engine.market.timeframes import BY_NAME, PERIODS_S
from metafleet.engine.statements.report import Bars
from metafleet.engine.tester.contract import Test, TestResult, TickModel
from metafleet.engine.tester.figures import Figures, figures_of, span_s, split_figures
from metafleet.engine.tester.trades import TestTrade, trades_of

MOST_POINTS: Final = 2_000
MOST_CANDLES: Final = 3_000
MOST_TRADES: Final = 20_000
MOST_LINES: Final = 500
"""Of the log, the last ones."""

_LINE_LENGTH: Final = 1_000
"""Characters of a line of the log."""

_MOST_BINS: Final = 36

_MODELS: Final[Mapping[TickModel, str]] = {
    "every": "every tick, as recorded: 100 % modelling quality",
    "m1": "ticks made on a path through each bar of the data: the path is made up",
    "ohlc": "open, high, low and close of each bar of the data: what came between is not known",
    "open": "opening prices of the EA's bars only: stops within a bar are filled late",
}


class Point(msgspec.Struct, frozen=True, array_like=True):
    """The account where a bar closed. low: the least that equity was within that bar."""

    time_msc: int
    balance: float
    equity: float
    low: float


class Bin(msgspec.Struct, frozen=True, rename="camel"):
    """Closed trades that made from `low` to before `high`."""

    low: float
    high: float
    count: int


class TestReport(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """All of it. Times by the server's clock. before, forward: the figures of a forward test's two periods.

    curve: at most 2,000 points; bars: at most 3,000 candles, None without prices.
    trades: by entry, the first 20,000; `trades_left_out` says how many more there were.
    """

    __test__ = False

    title: str
    expert: str
    version: str
    timeframe: str
    currency: str
    leverage: int
    margin_mode: str
    modelling: str
    setup: Test
    inputs: Mapping[str, InputValue]
    begin_msc: int
    end_msc: int
    forward_msc: int | None
    elapsed_s: float
    figures: Figures
    before: Figures | None
    forward: Figures | None
    curve: list[Point]
    trades: list[TestTrade]
    trades_left_out: int
    results: list[Bin]
    bars: Bars | None
    notes: list[str]
    log: list[str]
    log_left_out: int


def make_test_report(result: TestResult) -> TestReport:
    """Return the report of a test; the same result, the same report but for `elapsed_s`."""
    trades = trades_of(result)
    begin_s, end_s = span_s(result)
    figures, split = figures_of(result, trades), split_figures(result, trades)
    left_out = max(0, len(trades.lines) - MOST_TRADES)
    is_forward = split is not None and result.test.forward_s is not None
    return TestReport(
        title=f"{result.expert} on {result.test.symbol}, {result.timeframe}",
        expert=result.expert,
        version=result.version,
        timeframe=result.timeframe,
        currency=result.account.currency,
        leverage=result.account.leverage,
        margin_mode=result.account.margin_mode,
        modelling=_MODELS[result.test.ticks],
        setup=result.test,
        inputs=result.inputs,
        begin_msc=begin_s * 1000,
        end_msc=end_s * 1000,
        forward_msc=1000 * result.test.forward_s if is_forward and result.test.forward_s else None,
        elapsed_s=round(result.elapsed_s, 3),
        figures=figures,
        before=split[0] if split else None,
        forward=split[1] if split else None,
        curve=thin(result, figures.initial_deposit),
        trades=list(trades.lines[:MOST_TRADES]),
        trades_left_out=left_out,
        results=results_of([line.net for line in trades.lines if line.exited_msc is not None]),
        bars=candles(result),
        notes=[*result.notes, *_notes(result, figures, left_out, is_forward=is_forward)],
        log=[line[:_LINE_LENGTH] for line in result.log[-MOST_LINES:]],
        log_left_out=max(0, len(result.log) - MOST_LINES),
    )


def thin(result: TestResult, opening: float, most: int = MOST_POINTS) -> list[Point]:
    """Return at most so many points of the curve, the first of them where it began.

    Of each stretch of bars are kept its last, and those with the highest equity and the lowest `low`: highs,
    lows and so every drawdown stay what they are.
    """
    curve, count = result.curve, len(result.curve.times)
    begin_s, end_s = span_s(result)
    begin = Point(begin_s * 1000, opening, opening, opening)
    if not count:
        return [begin, Point(end_s * 1000, opening, opening, opening)]
    steps = np.diff(curve.times)
    period_s = int(steps.min()) if count > 1 else end_s - begin_s
    if count < most:
        kept = np.arange(count)
    else:
        edges = np.linspace(0, count, (most - 1) // 3 + 1).astype(int)
        kept = np.unique(
            [
                place
                for first, until in pairwise(edges)
                for place in (
                    first + int(np.argmax(curve.equity[first:until])),
                    first + int(np.argmin(curve.low[first:until])),
                    until - 1,
                )
            ]
        )
    return [
        begin,
        *(
            Point((int(time_s) + period_s) * 1000, float(balance), float(equity), float(low))
            for time_s, balance, equity, low in zip(
                curve.times[kept], curve.balance[kept], curve.equity[kept], curve.low[kept], strict=True
            )
        ),
    ]


def candles(result: TestResult, most: int = MOST_CANDLES) -> Bars | None:
    """Return the tested prices, of the shortest timeframe that makes no more candles than so many."""
    rates = result.bars
    if not len(rates):
        return None
    frame = own = BY_NAME[result.timeframe]
    for longer, period_s in PERIODS_S.items():
        if len(rates) <= most:
            break
        # A longer bar has so many of the short ones at most: what makes too many even then is not tried.
        if period_s > PERIODS_S[own] and len(result.bars) * PERIODS_S[own] <= most * period_s:
            frame, rates = longer, aggregated(result.bars, longer)
    return Bars(
        symbol=result.test.symbol,
        digits=result.digits,
        period_s=PERIODS_S[frame],
        times=rates["time"].tolist(),
        open=rates["open"].tolist(),
        high=rates["high"].tolist(),
        low=rates["low"].tolist(),
        close=rates["close"].tolist(),
    )


def results_of(net: Sequence[float]) -> list[Bin]:
    """Return how many trades made how much, in steps of 1, 2 or 5 times a power of ten; 0 is an edge."""
    if not net:
        return []
    low, high = min(*net, 0.0), max(*net, 0.0)
    raw = max((high - low) / (_MOST_BINS - 2), 0.01)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(one * power for one in (1, 2, 5, 10) if one * power >= raw * (1 - 1e-9))
    first = math.floor(low / step)
    counts = [0] * (math.floor(high / step) - first + 1)
    for made in net:
        counts[math.floor(made / step) - first] += 1
    return [
        Bin(round((first + place) * step, 6), round((first + place + 1) * step, 6), count)
        for place, count in enumerate(counts)
    ]


def _notes(result: TestResult, figures: Figures, left_out: int, *, is_forward: bool) -> list[str]:
    notes = [f"Prices: {_MODELS[result.test.ticks]}."]
    if figures.open_positions:
        notes.append(
            f"{figures.open_positions} positions were still open at the end; they are no trades yet."
        )
    if is_forward:
        notes.append("A trade belongs to the period in which it was closed.")
    elif result.test.forward_s is not None:
        notes.append("The forward period is not within the tested time; there is none.")
    if left_out:
        notes.append(f"The first {MOST_TRADES:,} trades are listed, {left_out:,} more are in the figures.")
    notes.append(
        "Sharpe ratio: mean / standard deviation of what each trade made of the balance, as MetaTrader's "
        "help has it; builds from 3210 on print another. A year's: of equity by days, times the root of 252."
    )
    notes.append("MAE and MFE are by whole bars and the prices of entry and exit: at least so much.")
    return notes
