"""Backtests: what was asked, how far it is, what came out; and the prices that there are.

Days and the times of reports are by the server's clock, seven hours ahead of New York; a report's own
document is as `engine.tester.report.TestReport`.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from metafleet.hub.console.schemas.base import Form, Record, Text

BacktestState = Literal["queued", "running", "done", "failed", "cancelled"]
DataSource = Literal["file", "market", "sample", "generator"]
Ticks = Literal["every", "m1", "ohlc", "open"]


class MarketData(Record):
    """Prices of a symbol: of a real file, of the sample that ships, or made by the generator.

    `timeframe` of the bars, "" of ticks. `to`: the first day that is not in it; null where there is no end.
    """

    source: DataSource
    symbol: str
    name: str
    timeframe: str
    from_day: date
    to_day: date | None


class UnreadableFile(Record):
    """A file of the folder that cannot be tested on, and why."""

    name: str
    error: str


class BacktestLimits(Record):
    """What the plan allows, and what of it is used."""

    at_once: int
    kept: int
    years: int
    kept_now: int
    under_way: int


class BacktestModel(Record):
    """A version of a model whose signals a test may be given. `trainedTo`: the last day of its prices."""

    version_id: UUID
    name: str
    number: int
    state: Literal["draft", "challenger", "champion", "retired"]
    symbols: list[str]
    timeframe: str
    trained_from: date
    trained_to: date


class UsedModel(Record):
    """Whose signals a test was given. `seen`: how much of the test's time lies before the end of what the
    model was made of; what it earned there says nothing of what it is worth."""

    version_id: UUID
    name: str
    number: int
    trained_from: date
    trained_to: date
    seen: Literal["none", "part", "all"]


class BacktestOptions(Record):
    data: list[MarketData]
    models: list[BacktestModel]
    unreadable: list[UnreadableFile]
    timeframes: list[str]
    limits: BacktestLimits


class BacktestForm(Form):
    """What to test: an EA of the catalogue, or the version of an instance.

    `from`, `to`: days, the latter not included; null for all there is. `forward`: from where on the result
    counts as the forward period. `timeframe`: "" for the EA's own. `spreadPoints`: null for the bars' own.
    `commission`: per lot and side; null for the broker's own. `model`: the version of a model whose signals
    an EA hears that asks the Brain; null for silence.
    """

    template_id: UUID | None = None
    instance_id: UUID | None = None
    symbol: Text = Field(max_length=32)
    timeframe: Text = Field("", max_length=4)
    source: DataSource = "sample"
    file: Text = Field("", max_length=200)
    since: date | None = Field(None, alias="from")
    until: date | None = Field(None, alias="to")
    forward: date | None = None
    ticks: Ticks = "ohlc"
    deposit: Decimal = Field(Decimal(10_000), gt=0, le=Decimal(1_000_000_000), decimal_places=2)
    currency: Text = Field("USD", pattern="^[A-Z]{3}$")
    leverage: int = Field(100, ge=1, le=5_000)
    margin_mode: Literal["hedging", "netting"] = "hedging"
    spread_points: int | None = Field(None, ge=0, le=10_000)
    commission: Decimal | None = Field(None, ge=0, le=1_000, decimal_places=4)
    with_swaps: bool = True
    latency_ms: int = Field(0, ge=0, le=10_000)
    ticks_per_bar: int = Field(12, ge=4, le=60)
    seed: int = Field(0, ge=0, le=2**31)
    inputs: dict[str, Any] = Field(default_factory=dict)
    model: UUID | None = None


class BacktestSetup(Record):
    since: date | None = Field(alias="from")
    until: date | None = Field(alias="to")
    forward: date | None
    ticks: Ticks
    deposit: float
    currency: str
    leverage: int
    margin_mode: Literal["hedging", "netting", "exchange"]
    spread_points: int | None
    commission: float | None
    with_swaps: bool
    latency_ms: int
    ticks_per_bar: int
    seed: int


class BacktestMeasured(Record):
    """What the run took, measured from outside."""

    wall_s: float
    cpu_s: float
    memory_mb: float
    limits: str


class BacktestSummary(Record):
    """The figures that a list shows. Money in the setup's currency, percents 0 to 100."""

    net_profit: float
    return_percent: float | None
    trades: int
    profit_factor: float | None
    drawdown: float | None
    drawdown_percent: float | None
    sharpe_ratio: float | None


class Backtest(Record):
    """`changedInputs`: names of the inputs that differ from the version's defaults."""

    id: UUID
    template_id: UUID
    template_slug: str
    template_name: str
    version: str
    content_hash: str
    is_uploaded: bool
    instance_id: UUID | None
    instance_name: str | None
    symbol: str
    timeframe: str
    data: MarketData
    setup: BacktestSetup
    inputs: dict[str, Any]
    changed_inputs: list[str]
    model: UsedModel | None
    state: BacktestState
    progress: float
    message: str
    summary: BacktestSummary | None
    measured: BacktestMeasured | None
    asked_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class ComparedBacktest(Record):
    """`figures`: as the report's. `curve`: [milliseconds, balance, equity, lowest equity]."""

    backtest: Backtest
    figures: dict[str, Any]
    curve: list[tuple[int, float, float, float]]


class MatchedTrade(Record):
    """Times in UTC. Of a live trade `id` is the journal's."""

    id: str
    side: Literal["buy", "sell"]
    volume: float
    entered_at: datetime
    entry_price: float
    exited_at: datetime | None
    exit_price: float | None
    net: float


class TradePair(Record):
    """A live trade and its tested one. Slippage above zero: the live price was worse."""

    live: MatchedTrade
    tested: MatchedTrade
    late_s: float
    entry_slippage_points: float
    exit_slippage_points: float | None
    slippage_money: float | None


class LiveComparison(Record):
    """`missed`: tested, not traded live. `extra`: traded live, not tested."""

    window_s: float
    pairs: list[TradePair]
    missed: list[MatchedTrade]
    extra: list[MatchedTrade]
