"""Trades, days and totals."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from metafleet.hub.console.schemas.base import Record


class Trade(Record):
    """One position id, folded from its deals. Money in `currency`; `net_profit` has the costs in it."""

    id: UUID
    account_id: UUID
    account_label: str
    instance_id: UUID | None
    instance_name: str | None
    position_id: int
    symbol: str
    side: Literal["buy", "sell"]
    state: Literal["open", "closed", "orphan"]
    volume: float
    entry_price: float | None
    exit_price: float | None
    entered_at: datetime | None
    exited_at: datetime | None
    duration_s: float | None
    profit: float
    commission: float
    swap: float
    fee: float
    net_profit: float
    exit_reason: str
    currency: str
    comment: str


class TradeTotals(Record):
    """Over all trades that the filter matches, not only the page."""

    currency: str
    trades: int
    open: int
    wins: int
    losses: int
    profit: float
    commission: float
    swap: float
    fee: float
    net_profit: float
    win_rate: float | None
    profit_factor: float | None
    average_win: float | None
    average_loss: float | None
    best: float | None
    worst: float | None


class TradePage(Record):
    items: list[Trade]
    total: int
    page: int
    page_size: int
    totals: list[TradeTotals]


class DayResult(Record):
    day: str
    net_profit: float
    trades: int


class Overview(Record):
    """The first screen in one reply: totals by currency, the curve of the last days, live."""

    currency: str
    balance: float
    equity: float
    day_profit: float
    open_positions: int
    running: int
    paused: int
    failing: int
    days: list[DayResult]


class AuditEntry(Record):
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
