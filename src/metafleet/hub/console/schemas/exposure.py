"""What open positions add up to, and accounts that trade the same."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from metafleet.hub.console.schemas.base import Record


class SymbolExposure(Record):
    """Lots. `value`: of what is net, in `money`, below zero for a net short; null where the symbol or a
    rate is not known. `price`: the newest that the hub has seen, `price_at` when."""

    symbol: str
    is_known: bool
    positions: int
    long_accounts: int
    short_accounts: int
    long_lots: float
    short_lots: float
    net_lots: float
    price: float | None
    price_at: datetime | None
    value: float | None


class CurrencyExposure(Record):
    """`amount`: units of the currency, below zero for a net short. `value`: the same in `money`, null
    where no rate is known."""

    currency: str
    amount: float
    value: float | None


class PartExposure(Record):
    """What accounts of one name have open. `long`, `short`: the worth of what was bought and of what was
    sold, both above zero, in `money`, without positions that have no value."""

    name: str
    accounts: int
    positions: int
    long: float
    short: float
    currencies: list[CurrencyExposure]


class Words(Record):
    """The words that the desk's accounts have, by the alphabet."""

    group: list[str]
    holder: list[str]
    firm: list[str]
    phase: list[str]
    programme: list[str]
    host: list[str]


class Exposure(Record):
    """`unknown`: symbols of which it is not known what a lot is; they are in no amount. `unrated`:
    currencies that have no rate into `money`; they are in no sum. `moneys`: what `money` can be. `words`:
    what the desk's accounts can be chosen by, "" among them where some have no word."""

    money: str
    moneys: list[str]
    words: Words
    accounts: int
    positions: int
    symbols: list[SymbolExposure]
    currencies: list[CurrencyExposure]
    parts: list[PartExposure]
    unknown: list[str]
    unrated: list[str]


class SameEntry(Record):
    """An entry of a cluster. `exited_at` and `net_profit`, in `currency`: null while it is open."""

    account_id: UUID
    label: str
    login: int
    holder: str
    firm: str
    group: str
    currency: str
    position_id: int
    side: Literal["buy", "sell"]
    volume: float
    price: float | None
    at: datetime
    exited_at: datetime | None
    net_profit: float | None


class SameTrade(Record):
    """Entries of several accounts into one symbol at about the same time. `is_opposite`: one account
    bought what another sold. `entries`: the first ones of `entry_count`."""

    symbol: str
    at: datetime
    span_s: float
    accounts: int
    is_opposite: bool
    is_open: bool
    entry_count: int
    entries: list[SameEntry]


class Company(Record):
    """Two accounts that are often in the same clusters; `opposite`: how often one against the other."""

    one_id: UUID
    one: str
    other_id: UUID
    other: str
    together: int
    opposite: int


class SameTrades(Record):
    """`clusters`: the newest of `count`. `is_cut`: more was entered than is looked at, the newest was."""

    clusters: list[SameTrade]
    companies: list[Company]
    count: int
    opposite_count: int
    is_cut: bool
