"""Public pages of an account: the links to them, and what they show."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from metafleet.hub.console.schemas.base import Form, Record, Text


class ShareForm(Form):
    """Without `showsMoney` the page has percentages alone; with `showsOpen` also what is open."""

    title: Text = Field("", max_length=80)
    shows_money: bool = False
    shows_open: bool = False


class Share(Record):
    id: UUID
    account_id: UUID
    title: str
    shows_money: bool
    shows_open: bool
    created_by: str
    created_at: datetime
    revoked_at: datetime | None
    views: int


class NewShare(Share):
    """`url` holds the key. It is said this once: only its hash is kept."""

    url: str


class PublicStatistics(Record):
    """What a page says of its account. The money is null unless its owner shows it."""

    trades: int
    profit_trades_percent: float | None
    profit_factor: float | None
    sharpe_ratio: float | None
    sortino_ratio: float | None
    recovery_factor: float | None
    balance_drawdown_relative_percent: float | None
    long_trades: int
    long_won_percent: float | None
    short_trades: int
    short_won_percent: float | None
    max_consecutive_wins: int
    max_consecutive_losses: int
    average_duration_s: float | None
    average_r: float | None
    net_profit: float | None
    expected_payoff: float | None
    largest_profit: float | None
    largest_loss: float | None
    balance: float | None


class PublicPoint(Record):
    at: datetime
    growth_percent: float


class PublicDay(Record):
    """`growthPercent` of the balance at the day's beginning; `netProfit` where money is shown."""

    day: str
    trades: int
    wins: int
    losses: int
    growth_percent: float | None
    net_profit: float | None


class PublicTrade(Record):
    """`growthPercent` of the balance before its exit; volume and money where money is shown."""

    symbol: str
    side: Literal["buy", "sell"]
    state: Literal["open", "closed"]
    entered_at: datetime | None
    exited_at: datetime | None
    entry_price: float | None
    exit_price: float | None
    duration_s: float | None
    growth_percent: float | None
    r: float | None
    volume: float | None
    net_profit: float | None


class PublicPage(Record):
    """An account as everybody with the link sees it: no login, no server, no name of its owner."""

    title: str
    platform: Literal["paper", "mt5", "mt4"]
    currency: str | None
    since: datetime | None
    growth_percent: float | None
    statistics: PublicStatistics
    curve: list[PublicPoint]
    days: list[PublicDay]
    trades: list[PublicTrade]
    updated_at: datetime
