"""What is tested, and what comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.engine.broker.dealing import DealingName
from metafleet.engine.broker.records import AccountInfo, Deal, MarginMode, Order, Position
from metafleet.engine.experts.inputs import InputValue
from metafleet.engine.market.arrays import Array

TickModel = Literal["every", "m1", "ohlc", "open"]
"""every: the real ticks of a file. m1: a made path through each bar. ohlc: open, the extremes and close of
each bar. open: one tick where each bar of the EA's timeframe opens."""

WARM_UP_BARS: Final = 1_000
"""Bars of a chart that an EA sees as its history when it starts, in the tester and live: indicators that
remember everything begin with the first of them, and so have the same values in both."""


class TestRefused(ValueError):
    """This cannot be tested; the text is one sentence that says what to change."""

    __test__ = False


class NoBars(TestRefused):
    """There are no bars of the symbol in the test's time."""

    def __init__(self, symbol: str) -> None:
        super().__init__(f"{symbol} has no bars in this time: choose another, or other prices")


class Test(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One EA over one stretch of the past.

    timeframe: of the EA's bars, "M15"; "" for the EA's own. from_s, to_s: seconds of the server's clock, the
    end not included; None for all there is after the warm-up. forward_s: from where on the result counts as
    the forward period: not looked at while inputs are chosen. spread_points: instead of the bars' own.
    commission: account currency per lot and side; None for the broker's own. latency_ms: how long an order is
    on its way: the price goes on meanwhile, to the end of the bar at most, and the EA waits.
    ticks_per_bar: of M1, for ticks "m1".
    """

    __test__ = False

    symbol: str
    timeframe: str = ""
    from_s: int | None = None
    to_s: int | None = None
    forward_s: int | None = None
    inputs: dict[str, InputValue] = {}
    ticks: TickModel = "ohlc"
    deposit: Decimal = Decimal(10_000)
    currency: str = "USD"
    leverage: int = 100
    mode: MarginMode = "hedging"
    spread_points: int | None = None
    commission: Decimal | None = None
    with_swaps: bool = True
    dealing: DealingName = "off"
    latency_ms: int = 0
    ticks_per_bar: int = 12
    seed: int = 0
    close_at_end: bool = True


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """The account at the close of each bar of the EA's chart; all arrays of shape (n,), oldest first.

    times: when the bar opened, seconds of the server's clock. balance, equity, margin: account currency.
    low: the least that equity was within the bar, by the bar's worst price for what was open. Where a rate
    converts results, it is taken at its bid: within the spread of what the account would show.
    """

    times: NDArray[np.int64]
    balance: NDArray[np.float64]
    equity: NDArray[np.float64]
    low: NDArray[np.float64]
    margin: NDArray[np.float64]


class TestResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a test leaves. deals: all, the deposit first. orders: those that ended, by time.

    bars: RATES of the EA's chart over the tested time. ticks: how many there were, seen or skipped.
    elapsed_s: of the run alone. reasons: the EA's note of why, by order ticket.
    """

    __test__ = False

    test: Test
    expert: str
    version: str
    inputs: Mapping[str, InputValue]
    timeframe: str
    digits: int
    account: AccountInfo
    deals: Sequence[Deal]
    orders: Sequence[Order]
    positions: Sequence[Position]
    curve: Curve
    bars: Array
    ticks: int
    elapsed_s: float
    log: Sequence[str]
    reasons: Mapping[int, Any] = {}
    notes: Sequence[str] = ()
