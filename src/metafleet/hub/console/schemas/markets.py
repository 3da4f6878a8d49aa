"""How markets stand: the board, one symbol, and how symbols move together."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from metafleet.hub.console.schemas.base import Record

RegimeName = Literal["calm", "ranging", "trending up", "trending down", "turbulent"]
MarketTimeframe = Literal["M15", "H1", "H4", "D1"]


class MarketVolatility(Record):
    """`atr_percent`: ATR(14) in percent of the price. `realised_percent`: of a day. `percentile`: share of
    the last thousand bars that moved less, 0 to 1."""

    atr_points: float
    atr_percent: float
    realised_percent: float
    percentile: float


class MarketPersistence(Record):
    """The Hurst exponent with its 95 % interval. `says`: what is known by it; "nothing" where a half is
    inside."""

    hurst: float
    low: float
    high: float
    bars: int
    says: Literal["persistent", "reverting", "nothing"]


class MarketTrend(Record):
    """`adx`: 0 to 100. `efficiency`: -1 (straight down) to 1 (straight up), over 20 bars."""

    adx: float
    efficiency: float
    persistence: MarketPersistence | None


class MarketRegime(Record):
    """By the bars up to now alone. `since`: when it began. `trained_on`: bars that the model saw."""

    name: RegimeName
    probability: float
    probabilities: dict[RegimeName, float]
    since: datetime
    trained_on: int


class MarketSpread(Record):
    """Points. `usual_points`: of this hour on `hours` days before; `ratio`: of the two."""

    now_points: float
    usual_points: float
    ratio: float
    hours: int


class MarketCell(Record):
    """A symbol on a timeframe. What is null is not known yet: `bars` says how many there are.
    `known_at`: when the newest bar closed; nothing here is of later."""

    timeframe: MarketTimeframe
    known_at: datetime | None
    bars: int
    volatility: MarketVolatility | None
    trend: MarketTrend | None
    regime: MarketRegime | None


class CrowdSentiment(Record):
    """`long_ratio`: share of a crowd's positions that are long, 0 to 1."""

    at: datetime
    long_ratio: float
    positions: int | None


class MarketSymbol(Record):
    """`change_percent`: against a day ago. `closes`: the newest of the timeframe `closes_of`, oldest
    first."""

    symbol: str
    digits: int
    close: float | None
    change_percent: float | None
    closes: list[float]
    closes_of: MarketTimeframe | None
    spread: MarketSpread | None
    sentiment: CrowdSentiment | None
    cells: list[MarketCell]


class MarketSession(Record):
    """`opens_at`, `closes_at`: of the one that is open, else of the next."""

    name: str
    is_open: bool
    opens_at: datetime
    closes_at: datetime


class CalendarEvent(Record):
    at: datetime
    currency: str
    impact: Literal["high", "medium", "low", "none"]
    name: str
    actual: str
    forecast: str
    previous: str


class MarketBoard(Record):
    """`events`: from two hours ago to two days ahead; null where no calendar is fed. `has_sentiment`: whether
    any is fed. `looked_at`: when something of this was last looked at; each is every five minutes."""

    server: str
    timeframes: list[MarketTimeframe]
    looked_at: datetime | None
    symbols: list[MarketSymbol]
    sessions: list[MarketSession]
    events: list[CalendarEvent] | None
    has_sentiment: bool


class MarketBar(Record):
    """`time`: its open, seconds by the server's clock. `regime`, `probability` and `percentile`: as they
    could be said when it closed; null where nothing was known."""

    time: int
    open: float
    high: float
    low: float
    close: float
    regime: RegimeName | None
    probability: float | None
    percentile: float | None


class MarketHour(Record):
    """What was said with the last bar that closed in an hour."""

    known_at: datetime
    close: float
    percentile: float
    adx: float
    regime: RegimeName | None
    probability: float | None


class MarketPast(Record):
    """One symbol on one timeframe: its bars, and what was said of it by the hour. Both oldest first."""

    symbol: str
    timeframe: MarketTimeframe
    bars: list[MarketBar]
    hours: list[MarketHour]


class MarketCorrelations(Record):
    """`values`, `low`, `high`: a row for each symbol, -1 to 1, the last two of 95 %; null where too few bars
    are in common. `changes`: how many bars all have."""

    timeframe: MarketTimeframe
    symbols: list[str]
    values: list[list[float | None]]
    low: list[list[float | None]]
    high: list[list[float | None]]
    changes: int
