"""What is said of a market: as rows keep it, as the advice reads it. Pure records."""

from __future__ import annotations

import msgspec


class Volatility(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """atr_points, atr_percent: MetaTrader's ATR(14), in points and in percent of the price. realised_percent:
    standard deviation of a day's return, from the newest 20 bars. percentile: share of the bars before, up to
    a thousand, whose ATR in percent was lower, 0 to 1."""

    atr_points: float
    atr_percent: float
    realised_percent: float
    percentile: float


class Persistence(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The Hurst exponent, its 95 % interval, the returns it is from. says: "persistent" or "reverting" where
    the interval leaves 0.5 out, else "nothing"."""

    hurst: float
    low: float
    high: float
    bars: int
    says: str


class Trend(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """adx: MetaTrader's ADX(14), 0 to 100. efficiency: signed efficiency ratio over 20 bars, -1 (straight
    down) to 1 (straight up). persistence: None of too few bars."""

    adx: float
    efficiency: float
    persistence: Persistence | None = None


class Regime(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """name: the most probable of `states.NAMES`, and its probability, by the bars up to now. since_s: when
    the bar opened with which it began. trained_on: bars that the fit saw; fitted_s: from when on it
    serves."""

    name: str
    probability: float
    probabilities: dict[str, float]
    since_s: int
    trained_on: int
    fitted_s: int


class Spread(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """now_points: the least of the newest quarter of an hour. usual_points: median of the same hour of the
    day before. ratio: of the two; hours: how many of such hours there were."""

    now_points: float
    usual_points: float
    ratio: float
    hours: int


class Past(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Of the newest bars, oldest first, all of one length: when each opened, its regime by its place in
    `states.NAMES` (-1 where nothing is known) with its probability, and its volatility's percentile (as
    `Volatility.percentile`). Each as it could be said when that bar closed."""

    times: list[int]
    regimes: list[int]
    probabilities: list[float]
    percentiles: list[float]


class View(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How a symbol stands on a timeframe, by its closed bars alone.

    bar_s: when the newest of them opened; known_s: when it closed: nothing here is of later. Seconds by the
    server's clock. bars: how many were looked at. regime: None before there are bars for a first fit. spread:
    None before there is such an hour. closes: the newest 48, oldest first.
    """

    server: str
    symbol: str
    timeframe: str
    bar_s: int
    known_s: int
    bars: int
    close: float
    change_percent: float
    volatility: Volatility
    trend: Trend
    regime: Regime | None = None
    spread: Spread | None = None
    closes: list[float] = []
