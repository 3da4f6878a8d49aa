"""Imports of account histories: what a file holds, what of it is new, and its figures beside ours."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from metafleet.hub.console.schemas.base import Record


class ImportSaid(Record):
    """What the file says of its account; empty where it says nothing."""

    login: int | None
    server: str
    currency: str
    name: str


class AccountMatch(Record):
    """Whether the file is of this account; `ok` unless the two contradict each other."""

    ok: bool
    said: ImportSaid
    detail: str


class ImportFound(Record):
    deals: int
    trades: int
    balance_operations: int
    open_positions: int
    cancelled_orders: int


class ImportConflict(Record):
    """A deal that the journal has with another amount or volume. The journal's stands."""

    ticket: str
    field: Literal["amount", "volume"]
    file: float
    journal: float


class ImportUnreadable(Record):
    where: str
    detail: str


class ImportFigure(Record):
    """A total: as the file prints it, as the journal makes it; `matches` where both are there."""

    name: str
    printed: float | None
    journal: float | None
    matches: bool | None


class ImportTrade(Record):
    """A trade of the file. `position_id` is text: derived ones have more digits than JSON is sure of."""

    position_id: str
    symbol: str
    side: Literal["buy", "sell"]
    state: Literal["open", "closed", "orphan"]
    volume: float
    entered_at: datetime | None
    entry_price: float | None
    exited_at: datetime | None
    exit_price: float | None
    net_profit: float


class Import(Record):
    """An import: previewed (nothing is recorded yet), done, or undone. Money in the account's currency.

    `new` and `known` count deals. `replaced`: deals that an earlier file brought without tickets,
    and that now come with their own. `start_balance`: the balance before the file's first row, where
    the file begins in the middle of a history.
    """

    id: UUID
    account_id: UUID
    account_label: str
    file_name: str
    format: str
    format_label: str
    state: Literal["previewed", "done", "undone"]
    timezone: str
    account_match: AccountMatch
    found: ImportFound
    new: int
    known: int
    conflicting: int
    replaced: int
    conflicts: list[ImportConflict]
    unreadable: list[ImportUnreadable]
    unreadable_count: int
    figures: list[ImportFigure]
    notes: list[str]
    start_balance: float | None
    sample: list[ImportTrade]
    since: datetime | None = Field(alias="from")
    until: datetime | None = Field(alias="to")
    requested_by: str
    created_at: datetime
    finished_at: datetime | None
