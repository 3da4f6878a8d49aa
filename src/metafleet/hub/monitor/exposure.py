"""What open positions add up to: by symbol, by currency, and by who has them. Read only.

A lot is as many units as it is at nearly every broker (`rates.symbols_alike`); of any other symbol it is not
known what a lot is, and none is guessed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal, TypeAlias
from uuid import UUID

from metafleet.engine.market.symbols import SymbolSpec
from metafleet.hub.fleet.kill_switch import Lots
from metafleet.hub.journal import exposure as journal
from metafleet.hub.market import queries as market
from metafleet.hub.monitor.parties import Party
from metafleet.hub.monitor.rates import Rates, symbols_alike

Facet: TypeAlias = Literal["group", "holder", "firm", "phase", "programme", "host"]
ZERO: Final = Decimal(0)
_BUY: Final = "buy"


@dataclass(frozen=True, slots=True)
class Price:
    """The newest price that the hub has seen of a symbol, in its profit currency."""

    value: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class OfSymbol:
    """long_lots, short_lots: lots. value: of what is net, in the money that was asked for; below zero
    for a net short; None where the symbol or a rate is not known."""

    symbol: str
    is_known: bool
    positions: int
    long_accounts: int
    short_accounts: int
    long_lots: Decimal
    short_lots: Decimal
    price: Price | None
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class OfCurrency:
    """amount: units of the currency, below zero for a net short. value: as of a symbol."""

    currency: str
    amount: Decimal
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class Part:
    """What accounts of one name have open. long, short: the worth of what was bought and sold, both above
    zero, in the money that was asked for, without positions that have no value."""

    name: str
    accounts: int
    positions: int
    long: Decimal
    short: Decimal
    currencies: Sequence[OfCurrency]


@dataclass(frozen=True, slots=True)
class Exposure:
    """unknown: symbols of which it is not known what a lot is. unrated: currencies without a rate."""

    money: str
    symbols: Sequence[OfSymbol]
    currencies: Sequence[OfCurrency]
    parts: Sequence[Part]
    unknown: Sequence[str]
    unrated: Sequence[str]


@dataclass(slots=True)
class _Sum:
    """Open positions of one name, as they are added up."""

    accounts: set[UUID] = field(default_factory=set)
    positions: int = 0
    long: Decimal = ZERO
    short: Decimal = ZERO
    units: defaultdict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))


def exposure(*, tenant_id: UUID, parties: Sequence[Party], money: str, by: Facet) -> Exposure:
    """Return what these accounts have open, in three queries. money: "" for that of most of them."""
    among = {party.id for party in parties}
    lots = [row for row in journal.lots(tenant_id=tenant_id) if row.account_id in among]
    prices = newest_prices(tenant_id=tenant_id, servers={party.server for party in parties})
    return add_up(parties, lots, prices, money=money or usual_money(parties), by=by)


def newest_prices(*, tenant_id: UUID, servers: Iterable[str]) -> dict[str, Price]:
    """Return by symbol the newest of what positions and one-minute bars say."""
    seen = journal.newest_prices(tenant_id=tenant_id)
    bars = market.newest_closes(tenant_id=tenant_id, servers=sorted(servers), symbols=sorted(symbols_alike()))
    found: dict[str, Price] = {}
    for symbol, value, at in [*seen, *bars]:
        if value > 0 and (symbol not in found or at > found[symbol].at):
            found[symbol] = Price(value, at)
    return found


def usual_money(parties: Iterable[Party]) -> str:
    """Return the currency of most accounts, of equally many the first by the alphabet; else USD."""
    counted = Counter(party.currency for party in parties)
    return min(counted, key=lambda name: (-counted[name], name), default="USD")


def add_up(
    parties: Iterable[Party], lots: Sequence[Lots], prices: Mapping[str, Price], *, money: str, by: Facet
) -> Exposure:
    """Return what is open. Accounts without a word for `by` are one part, named ""."""
    rates = Rates({symbol: price.value for symbol, price in prices.items()})
    names: dict[UUID, str] = {party.id: getattr(party, by) for party in parties}
    whole = _Sum()
    parts: defaultdict[str, _Sum] = defaultdict(_Sum)
    rows: defaultdict[str, list[Lots]] = defaultdict(list)
    for row in lots:
        rows[row.symbol].append(row)
        for total in (whole, parts[names[row.account_id]]):
            _take(total, row, prices.get(row.symbol), rates, money)
    symbols = [_of_symbol(symbol, own, prices.get(symbol), rates, money) for symbol, own in rows.items()]
    currencies = _of_currencies(whole.units, rates, money)
    return Exposure(
        money=money,
        symbols=sorted(symbols, key=lambda one: (-abs(one.value or ZERO), one.symbol)),
        currencies=currencies,
        parts=sorted(
            (_part(name, total, rates, money) for name, total in parts.items()),
            key=lambda one: (-(one.long + one.short), one.name),
        ),
        unknown=sorted(one.symbol for one in symbols if not one.is_known),
        unrated=sorted(one.currency for one in currencies if one.value is None),
    )


def _take(total: _Sum, row: Lots, price: Price | None, rates: Rates, money: str) -> None:
    total.accounts.add(row.account_id)
    total.positions += row.positions
    spec = symbols_alike().get(row.symbol)
    if spec is None:
        return
    units = _units(spec, row.volume if row.side == _BUY else -row.volume)
    total.units[spec.currency_base] += units
    if price is not None:
        total.units[spec.currency_profit] -= units * price.value
    worth = _worth(spec, units, price, rates, money)
    if worth is not None and row.side == _BUY:
        total.long += worth
    elif worth is not None:
        total.short -= worth


def _units(spec: SymbolSpec, lots: Decimal) -> Decimal:
    return lots * Decimal(str(spec.contract_size))


def _worth(spec: SymbolSpec, units: Decimal, price: Price | None, rates: Rates, money: str) -> Decimal | None:
    rate = rates.rate(spec.currency_profit, money)
    return None if price is None or rate is None else units * price.value * rate


def _of_symbol(symbol: str, own: Sequence[Lots], price: Price | None, rates: Rates, money: str) -> OfSymbol:
    bought = [row for row in own if row.side == _BUY]
    sold = [row for row in own if row.side != _BUY]
    long = sum((row.volume for row in bought), ZERO)
    short = sum((row.volume for row in sold), ZERO)
    spec = symbols_alike().get(symbol)
    return OfSymbol(
        symbol=symbol,
        is_known=spec is not None,
        positions=sum(row.positions for row in own),
        long_accounts=len({row.account_id for row in bought}),
        short_accounts=len({row.account_id for row in sold}),
        long_lots=long,
        short_lots=short,
        price=price,
        value=_worth(spec, _units(spec, long - short), price, rates, money) if spec else None,
    )


def _of_currencies(units: Mapping[str, Decimal], rates: Rates, money: str) -> list[OfCurrency]:
    found = [
        OfCurrency(currency, amount, None if (rate := rates.rate(currency, money)) is None else amount * rate)
        for currency, amount in units.items()
    ]
    return sorted(found, key=lambda one: (-abs(one.value or ZERO), one.currency))


def _part(name: str, total: _Sum, rates: Rates, money: str) -> Part:
    return Part(
        name=name,
        accounts=len(total.accounts),
        positions=total.positions,
        long=total.long,
        short=total.short,
        currencies=_of_currencies(total.units, rates, money),
    )
