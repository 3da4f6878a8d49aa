"""What the journal adds up: figures, breakdowns, calendar, curves."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from metafleet.hub.console.schemas.base import Record

CashFlowKind = Literal[
    "deposit", "withdrawal", "credit", "correction", "charge", "bonus", "commission", "interest",
    "dividend", "tax", "other",
]  # fmt: skip


class Statistics(Record):
    """MetaTrader's report figures of one currency, plus Sortino, Calmar and expectancy in R.

    `counted`: "deals" counts as MetaTrader's reports do, every closing deal is a trade;
    "trades" counts each position once. Percent figures are 0 to 100; a figure that would
    divide by nothing is null. Losses and `grossLoss` are negative, drawdowns positive.
    """

    currency: str
    counted: Literal["deals", "trades"]
    trades: int
    positions: int
    net_profit: float
    gross_profit: float
    gross_loss: float
    profit_factor: float | None
    expected_payoff: float | None
    recovery_factor: float | None
    sharpe_ratio: float | None
    sortino_ratio: float | None
    calmar_ratio: float | None
    expectancy_r: float | None
    average_r: float | None
    balance_drawdown_absolute: float
    balance_drawdown_maximal: float
    balance_drawdown_maximal_percent: float | None
    balance_drawdown_relative: float
    balance_drawdown_relative_percent: float | None
    short_trades: int
    short_won_percent: float | None
    long_trades: int
    long_won_percent: float | None
    profit_trades: int
    profit_trades_percent: float | None
    loss_trades: int
    loss_trades_percent: float | None
    largest_profit: float
    largest_loss: float
    average_profit: float | None
    average_loss: float | None
    max_consecutive_wins: int
    max_consecutive_wins_money: float
    max_consecutive_losses: int
    max_consecutive_losses_money: float
    maximal_consecutive_profit: float
    maximal_consecutive_profit_count: int
    maximal_consecutive_loss: float
    maximal_consecutive_loss_count: int
    average_consecutive_wins: int
    average_consecutive_losses: int
    average_duration_s: float | None
    volume: float
    commission: float
    swap: float
    fee: float
    deposits: float
    withdrawals: float
    start_balance: float
    end_balance: float
    growth_percent: float | None


BreakdownBy = Literal[
    "account", "ea", "symbol", "tag", "weekday", "hour", "session", "side", "month", "duration"
]


class Breakdown(Record):
    """One group of closed trades. A trade with two tags, or in two sessions, is in both groups."""

    key: str
    label: str
    currency: str
    trades: int
    wins: int
    losses: int
    net_profit: float
    win_rate: float | None
    profit_factor: float | None
    expected_payoff: float | None
    average_r: float | None
    volume: float


class CalendarDay(Record):
    day: str
    currency: str
    net_profit: float
    trades: int
    wins: int
    losses: int


class CalendarTotal(Record):
    currency: str
    net_profit: float
    trades: int
    wins: int
    losses: int


class Calendar(Record):
    """Days with a trade that closed, by the day of its exit, oldest first; a line for each currency."""

    days: list[CalendarDay]
    totals: list[CalendarTotal]


class CurvePoint(Record):
    """`drawdown` is how far below its peak the trading stood, 0 to 1, cash flows left out."""

    at: datetime
    balance: float
    equity: float | None
    drawdown: float


class CashFlow(Record):
    """Money that came or went and was not traded. `amount` is negative when it went.

    `ticket` is null where an imported file names none.
    """

    at: datetime
    ticket: int | None
    kind: CashFlowKind
    amount: float
    comment: str
    account_id: UUID
    account_label: str
    currency: str


class Curve(Record):
    """`of` says what the line is: "balance" of whole accounts, cash flows included, or what the
    chosen "trades" added up to, from zero."""

    currency: str
    of: Literal["balance", "trades"]
    points: list[CurvePoint]
    cash_flows: list[CashFlow]


class CashFlowPage(Record):
    items: list[CashFlow]
    total: int
    page: int
    page_size: int


class CumulativePoint(Record):
    at: datetime
    cumulative: float


class Compared(Record):
    """One side of a comparison; its curve is what its trades added up to, from zero."""

    key: str
    label: str
    statistics: Statistics
    curve: list[CumulativePoint]
