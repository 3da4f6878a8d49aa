"""What positions and accounts are worth, to the cent.

Source: MetaTrader's documentation of profit, margin, hedged margin and tick values; `formulas` has what a
lot makes and holds in the symbol's own currencies.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import msgspec

from metafleet.engine.broker.book import Book, OpenPosition, Terms
from metafleet.engine.broker.conversion import convert, margin_rate
from metafleet.engine.broker.formulas import (
    collateral,
    hedged_share,
    held_margin,
    money_per_price,
    order_margin,
)
from metafleet.engine.broker.money import ZERO, cents, currency_digits, exact, rounded
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import (
    ENTRY_INOUT,
    ORDER_BUY_LIMIT,
    SERVER_NAME,
    AccountInfo,
    Deal,
    Order,
    Position,
    Side,
)
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import CALC_COLLATERAL, SymbolSpec

SIXTH: Final = Decimal("0.000001")


class TickValues(msgspec.Struct, frozen=True):
    """What a tick of one lot is worth in account currency: gained, and lost."""

    profit: Decimal
    loss: Decimal


def close_price(side: Side, tick: Tick) -> float:
    """Return the price at which a position of this side is valued and closed: a buy at bid, a sell at ask."""
    return tick.bid if side == "buy" else tick.ask


def open_price(side: Side, tick: Tick) -> float:
    """Return the price at which a position of this side is opened: a buy at ask, a sell at bid."""
    return tick.ask if side == "buy" else tick.bid


def profit(position: OpenPosition, volume: float, price: float, currency: str, quotes: Quotes) -> Decimal:
    """Return what so many lots of a position make at this price, as the currency is booked. Raises NoRate."""
    kind = 0 if position.side == "buy" else 1
    spec = quotes.specs[position.symbol]
    return calc_profit(kind, spec, volume, position.price_open, price, currency, quotes)


def calc_profit(
    kind: int,
    spec: SymbolSpec,
    volume: float,
    price_open: float,
    price_close: float,
    currency: str,
    quotes: Quotes,
) -> Decimal:
    """Return what so many lots make from one price to the other. kind: 0 long, 1 short. Raises NoRate."""
    move = exact(price_close) - exact(price_open)
    amount = move * money_per_price(spec) * exact(volume)
    if kind == 1:
        amount = -amount
    return rounded(convert(amount, spec.currency_profit, currency, quotes), currency)


def calc_margin(
    kind: int,
    spec: SymbolSpec,
    volume: float,
    price: float,
    leverage: int,
    currency: str,
    quotes: Quotes,
) -> Decimal:
    """Return what an order reserves by itself, whatever else is open. kind: ORDER_TYPE. Raises NoRate."""
    amount = order_margin(spec, kind, price, leverage) * exact(volume)
    if not amount:
        return ZERO
    return rounded(amount * _rate_of(kind, spec, currency, quotes), currency)


def tick_values(spec: SymbolSpec, currency: str, quotes: Quotes) -> TickValues:
    """Return trade_tick_value_profit (trade_tick_value is the same) and _loss, not rounded. Raises NoRate."""
    tick = money_per_price(spec) * exact(spec.tick_size)
    gained = convert(tick, spec.currency_profit, currency, quotes)
    return TickValues(gained, -convert(-tick, spec.currency_profit, currency, quotes))


def margin_per_lot(
    spec: SymbolSpec, side: Side, price: float, leverage: int, currency: str, quotes: Quotes
) -> Decimal:
    """Return what a lot opened now holds as long as it is open, in account currency, to six places.

    Raises NoRate.
    """
    kind = 0 if side == "buy" else 1
    amount = held_margin(spec, kind, price, leverage)
    return (amount * _rate_of(kind, spec, currency, quotes)).quantize(SIXTH)


def _rate_of(kind: int, spec: SymbolSpec, currency: str, quotes: Quotes) -> Decimal:
    """Return the margin currency's rate at the side of an order type; the even ones buy."""
    return margin_rate(spec.currency_margin, currency, "bid" if kind % 2 else "ask", quotes)


def used_margin(book: Book, quotes: Quotes) -> Decimal:
    """Return the account's margin, as its currency is booked; covered volume is charged once."""
    if len(book.positions) == 1 and not book.orders:
        (alone,) = book.positions
        return rounded(exact(alone.volume) * alone.margin_per_lot, book.currency)
    legs: dict[str, _Legs] = {}
    for position in book.positions:
        held = legs.get(position.symbol)
        if held is None:
            held = legs[position.symbol] = _Legs()
        held.add(position)
    total = ZERO
    for name, held in legs.items():
        total += held.margin(quotes.specs[name])
    used = rounded(total, book.currency)
    return used + reserved_margin(book, quotes) if book.orders else used


def reserved_margin(book: Book, quotes: Quotes) -> Decimal:
    """Return what the orders that wait reserve: nothing, at most brokers. Raises NoRate."""
    return sum((reservation(order, book, quotes) for order in book.orders), ZERO)


def reservation(order: Order, book: Book, quotes: Quotes) -> Decimal:
    """Return what one order that waits reserves, beside all that is open. Raises NoRate.

    What is left of an order at market reserves nothing: it is about to be executed, and may only close.
    """
    spec = quotes.specs[order.symbol]
    if order.type < ORDER_BUY_LIMIT or not spec.margin_rates[order.type]:
        return ZERO
    lots, price = order.volume_current, order.price_open
    return calc_margin(order.type, spec, lots, price, book.leverage, book.currency, quotes)


def lacks_money(after: Book, deal: Deal, quotes: Quotes) -> bool:
    """Say whether the account cannot pay for what a deal has just opened. Raises NoRate.

    Asked for is the margin of all that is held then, and for the new lots their initial margin.
    """
    spec, needed = quotes.specs[deal.symbol], used_margin(after, quotes)
    if spec.margin_maintenance or any(spec.maintenance_rates):
        needed += _initial_surplus(spec, deal, after, quotes)
    return equity(after, quotes) < needed


def _initial_surplus(spec: SymbolSpec, deal: Deal, after: Book, quotes: Quotes) -> Decimal:
    """Return by how much the initial margin of a deal's new lots is above what they hold then."""
    more = order_margin(spec, deal.type, deal.price, after.leverage)
    more -= held_margin(spec, deal.type, deal.price, after.leverage)
    lots = exact(_opened_lots(after, deal))
    rate = _rate_of(deal.type, spec, after.currency, quotes)
    return rounded(max(more, ZERO) * lots * rate, after.currency)


def _opened_lots(after: Book, deal: Deal) -> float:
    """Return how many of a deal's lots opened something: all, or what is there after a turn."""
    if deal.entry != ENTRY_INOUT:
        return deal.volume
    return next((held.volume for held in after.positions if held.identifier == deal.position_id), 0.0)


class _Legs:
    """One symbol's lots and their full margin, by side: longs and shorts."""

    __slots__ = ("costs", "lots")

    def __init__(self) -> None:
        self.lots = [ZERO, ZERO]
        self.costs = [ZERO, ZERO]

    def add(self, position: OpenPosition) -> None:
        leg, lots = 0 if position.side == "buy" else 1, exact(position.volume)
        self.lots[leg] += lots
        self.costs[leg] += lots * position.margin_per_lot

    def margin(self, spec: SymbolSpec) -> Decimal:
        """Return the larger leg's margin, or that of what is uncovered and, once, of what is covered."""
        if spec.hedged_by_larger_leg or not self.lots[0] or not self.lots[1]:
            return max(self.costs)
        small, large = sorted(self.lots)
        larger = self.lots.index(large)
        hedged, alone = hedged_share(spec)
        uncovered = (large - small) * self.costs[larger] / large
        return uncovered + small * hedged * (self.costs[0] + self.costs[1]) / (alone * (small + large))


def is_fully_hedged(positions: Iterable[OpenPosition]) -> bool:
    """Say whether every symbol has as many lots bought as sold."""
    net: dict[str, Decimal] = {}
    for position in positions:
        lots = exact(position.volume)
        net[position.symbol] = net.get(position.symbol, ZERO) + (lots if position.side == "buy" else -lots)
    return all(lots == 0 for lots in net.values())


def floating(position: OpenPosition, currency: str, quotes: Quotes) -> Decimal:
    """Return a position's profit at the last tick; nothing before the symbol's first one. Raises NoRate."""
    known = quotes.floating.get(position.ticket)
    if known is not None and known[0] is position:
        return known[1]
    money = _floating(position, currency, quotes)
    quotes.floating[position.ticket] = (position, money)
    return money


def _floating(position: OpenPosition, currency: str, quotes: Quotes) -> Decimal:
    symbol = position.symbol
    if quotes.last(symbol) is None:
        return ZERO
    bid, ask = quotes.exact(symbol)
    opened = exact(position.price_open)
    move = bid - opened if position.side == "buy" else opened - ask
    amount = move * exact(position.volume) * quotes.money_per_price(symbol)
    return rounded(convert(amount, quotes.specs[symbol].currency_profit, currency, quotes), currency)


def profits(book: Book, quotes: Quotes) -> Decimal:
    """Return the floating result of all positions, without their swaps. Raises NoRate."""
    total, currency = ZERO, book.currency
    for position in book.positions:
        total += floating(position, currency, quotes)
    return total


def assets(book: Book, quotes: Quotes) -> tuple[Decimal, Decimal]:
    """Return what collateral adds to the account, and what is owed of it (sold short). Raises NoRate."""
    owned = owed = ZERO
    for position in book.positions:
        spec = quotes.specs[position.symbol]
        if spec.calc_mode == CALC_COLLATERAL and (tick := quotes.last(position.symbol)) is not None:
            value = collateral(spec, close_price(position.side, tick)) * exact(position.volume)
            if position.side == "sell":
                value = -value
            worth = rounded(convert(value, spec.currency_profit, book.currency, quotes), book.currency)
            owned, owed = owned + max(worth, ZERO), owed + max(-worth, ZERO)
    return owned, owed


def equity(book: Book, quotes: Quotes) -> Decimal:
    """Return balance + credit + assets + the floating profits and swaps of positions. Raises NoRate."""
    return profit_and_equity(book, quotes)[1]


def profit_and_equity(book: Book, quotes: Quotes) -> tuple[Decimal, Decimal]:
    """Return the floating profits, and the equity with them. Raises NoRate."""
    profit_now = profits(book, quotes)
    owned, owed = assets(book, quotes)
    return profit_now, _equity(book, profit_now) + owned - owed


def _equity(book: Book, profit_now: Decimal) -> Decimal:
    total = book.balance + book.credit + profit_now
    for held in book.positions:
        total += held.swap
    return total


def is_under(level: Decimal, worth: Decimal, used: Decimal, terms: Terms) -> bool:
    """Say whether an account of this equity and margin is at or under a level of the terms."""
    if used == 0:
        return False
    return worth - used <= level if terms.stop_out_in == "money" else worth * 100 <= used * level


def account_info(book: Book, quotes: Quotes, terms: Terms) -> AccountInfo:
    """Return the account as terminals show it. Raises NoRate."""
    used, profit_now = used_margin(book, quotes), profits(book, quotes)
    owned, owed = assets(book, quotes)
    equity_now = _equity(book, profit_now) + owned - owed
    return AccountInfo(
        login=book.login,
        name=book.name,
        server=SERVER_NAME,
        currency=book.currency,
        leverage=book.leverage,
        margin_mode=book.margin_mode,
        balance=book.balance,
        credit=book.credit,
        equity=equity_now,
        margin=used,
        margin_free=equity_now - used,
        margin_level=cents(100 * equity_now / used) if used else None,
        profit=profit_now,
        trade_allowed=book.trade_allowed,
        trade_expert=book.trade_expert,
        limit_orders=terms.limit_orders,
        fifo_close=terms.fifo_close,
        margin_so_mode=1 if terms.stop_out_in == "money" else 0,
        margin_so_call=terms.margin_call,
        margin_so_so=terms.stop_out,
        currency_digits=currency_digits(book.currency),
        margin_initial=reserved_margin(book, quotes),
        margin_maintenance=_maintenance(book, quotes),
        assets=owned,
        liabilities=owed,
        margin_call=is_under(terms.margin_call, equity_now, used, terms),
    )


def _maintenance(book: Book, quotes: Quotes) -> Decimal:
    """Return what positions hold of symbols that have a maintenance margin of their own."""
    mine = (held for held in book.positions if quotes.specs[held.symbol].margin_maintenance)
    return rounded(sum((exact(held.volume) * held.margin_per_lot for held in mine), ZERO), book.currency)


def position_view(position: OpenPosition, currency: str, quotes: Quotes) -> Position:
    """Return the position as terminals show it. Raises NoRate."""
    tick = quotes.last(position.symbol)
    price = position.price_open if tick is None else close_price(position.side, tick)
    return shown_position(position, price, floating(position, currency, quotes))


def shown_position(position: OpenPosition, price: float, profit_now: Decimal) -> Position:
    """Return the position as terminals show it at a price that makes this profit."""
    # Python takes a slower way to call with more than fifteen keywords.
    shown = Position(
        ticket=position.ticket,
        symbol=position.symbol,
        side=position.side,
        volume=position.volume,
        price_open=position.price_open,
        price_current=price,
        sl=position.sl,
        tp=position.tp,
        profit=profit_now,
        swap=position.swap,
        time_msc=position.time_msc,
        magic=position.magic,
        comment=position.comment,
        identifier=position.identifier,
        reason=position.reason,
    )
    return msgspec.structs.replace(shown, time_update_msc=position.time_update_msc)
