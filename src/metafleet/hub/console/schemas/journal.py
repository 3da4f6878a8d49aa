"""Trades, days and totals."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from metafleet.hub.console.schemas.accounts import Candle
from metafleet.hub.console.schemas.base import Record
from metafleet.hub.console.schemas.reviews import Review, Screenshot

Timeframe = Literal["1m", "5m", "15m", "1h", "4h", "1d"]
CandlesState = Literal["wanted", "asked", "stored", "missing", "none"]


class Trade(Record):
    """One position id, folded from its deals. Money in `currency`; `net_profit` has the costs in it.

    `r` is the result in multiples of the first stop's distance, null without a stop. `mae` and
    `mfe` are how far the price went against and for the trade, in price units; the money of
    them by the trade's own profit for each price unit, null where it ended where it began.
    """

    id: UUID
    account_id: UUID
    account_label: str
    instance_id: UUID | None
    instance_name: str | None
    position_id: int
    part: int
    magic: int | None
    symbol: str
    side: Literal["buy", "sell"]
    state: Literal["open", "closed", "orphan"]
    volume: float
    entry_price: float | None
    exit_price: float | None
    stop_loss: float | None
    take_profit: float | None
    initial_stop: float | None
    entered_at: datetime | None
    exited_at: datetime | None
    duration_s: float | None
    profit: float
    commission: float
    swap: float
    fee: float
    net_profit: float
    r: float | None
    mae: float | None
    mfe: float | None
    mae_money: float | None
    mfe_money: float | None
    exit_reason: str
    currency: str
    comment: str
    tags: list[str]
    rating: int | None
    has_note: bool
    screenshots: int


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


class TradeDeal(Record):
    """One execution that the trade is made of. Money in the account's currency.

    `ticket` is null where an imported file names none.
    """

    ticket: int | None
    order_id: int | None
    entry: Literal["in", "out", "in/out", "out by"]
    side: Literal["buy", "sell"]
    volume: float
    price: float | None
    executed_at: datetime
    profit: float
    commission: float
    swap: float
    fee: float
    comment: str
    reason: str


class TradeDetail(Trade):
    """A trade with its deals, what its trader says of it, and its neighbours by exit.

    eaTag, eaNote: why its EA opened it, as the EA said; "" where it did not.
    """

    server: str
    deals: list[TradeDeal]
    ea_tag: str
    ea_note: str
    note: str
    review: Review
    screenshot_list: list[Screenshot]
    candles_state: CandlesState
    previous_id: UUID | None
    next_id: UUID | None


class TradeBars(Record):
    """Bid bars from two hours before the entry to two hours after the exit, oldest first."""

    timeframe: Timeframe
    candles: list[Candle]


class DayResult(Record):
    day: str
    net_profit: float
    trades: int


class Overview(Record):
    """The first screen in one reply: totals by currency, the curve of the last days, live.

    `accounts`: how many are added up.
    """

    currency: str
    accounts: int
    balance: float
    equity: float
    day_profit: float
    open_positions: int
    running: int
    paused: int
    failing: int
    days: list[DayResult]
