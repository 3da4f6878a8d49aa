"""What positions and accounts are worth, to the cent.

Source: MetaTrader's formulas for forex and leveraged CFD symbols and for hedged margin.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from metafleet.engine.broker.book import Book, OpenPosition
from metafleet.engine.broker.conversion import convert, margin_rate
from metafleet.engine.broker.money import ZERO, cents, exact
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import SERVER_NAME, AccountInfo, Position, Side
from metafleet.engine.market.records import Tick
from metafleet.engine.market.symbols import CALC_CFD_LEVERAGE, SymbolSpec


def close_price(side: Side, tick: Tick) -> float:
    """Return the price at which a position of this side is valued and closed: a buy at bid, a sell at ask."""
    return tick.bid if side == "buy" else tick.ask


def open_price(side: Side, tick: Tick) -> float:
    """Return the price at which a position of this side is opened: a buy at ask, a sell at bid."""
    return tick.ask if side == "buy" else tick.bid


def profit(position: OpenPosition, volume: float, price: float, currency: str, quotes: Quotes) -> Decimal:
    """Return what so many lots of a position make at this price, in cents of the currency. Raises NoRate."""
    spec = quotes.specs[position.symbol]
    move = exact(price) - exact(position.price_open)
    amount = move * exact(spec.contract_size) * exact(volume)
    if position.side == "sell":
        amount = -amount
    return cents(convert(amount, spec.currency_profit, currency, quotes))


def margin_per_lot(
    spec: SymbolSpec, side: Side, price: float, leverage: int, currency: str, quotes: Quotes
) -> Decimal:
    """Return the margin of one lot opened now, in account currency, to six places. Raises NoRate."""
    amount = exact(spec.contract_size) / leverage
    if spec.calc_mode == CALC_CFD_LEVERAGE:
        amount *= exact(price)
    rate = margin_rate(spec.currency_margin, currency, "ask" if side == "buy" else "bid", quotes)
    return (amount * rate).quantize(Decimal("0.000001"))


def margin(positions: Iterable[OpenPosition], quotes: Quotes) -> Decimal:
    """Return the margin of all positions, in cents; covered volume is charged once, by margin_hedged."""
    by_symbol: dict[str, list[OpenPosition]] = {}
    for position in positions:
        by_symbol.setdefault(position.symbol, []).append(position)
    return cents(sum((_symbol_margin(quotes.specs[name], held) for name, held in by_symbol.items()), ZERO))


def _symbol_margin(spec: SymbolSpec, held: list[OpenPosition]) -> Decimal:
    sides = [_side_total(held, "buy"), _side_total(held, "sell")]
    (small, small_cost), (large, large_cost) = sorted(sides)
    uncovered = (large - small) * large_cost / large
    covered_ratio = exact(spec.margin_hedged) / exact(spec.contract_size)
    covered = small * covered_ratio * (small_cost + large_cost) / (small + large)
    return uncovered + covered


def _side_total(held: list[OpenPosition], side: Side) -> tuple[Decimal, Decimal]:
    """Return the lots of one side and their full margin."""
    mine = [(exact(position.volume), position.margin_per_lot) for position in held if position.side == side]
    return sum((lots for lots, _ in mine), ZERO), sum((lots * each for lots, each in mine), ZERO)


def is_fully_hedged(positions: Iterable[OpenPosition]) -> bool:
    """Say whether every symbol has as many lots bought as sold."""
    net: dict[str, Decimal] = {}
    for position in positions:
        lots = exact(position.volume)
        net[position.symbol] = net.get(position.symbol, ZERO) + (lots if position.side == "buy" else -lots)
    return all(lots == 0 for lots in net.values())


def floating(position: OpenPosition, currency: str, quotes: Quotes) -> Decimal:
    """Return a position's profit at the last tick; nothing before the symbol's first one. Raises NoRate."""
    tick = quotes.last(position.symbol)
    if tick is None:
        return ZERO
    return profit(position, position.volume, close_price(position.side, tick), currency, quotes)


def equity(book: Book, quotes: Quotes) -> Decimal:
    """Return balance + credit + the floating profit and the swaps of open positions. Raises NoRate."""
    open_results = (floating(position, book.currency, quotes) + position.swap for position in book.positions)
    return book.balance + book.credit + sum(open_results, ZERO)


def account_info(book: Book, quotes: Quotes) -> AccountInfo:
    """Return the account as terminals show it. Raises NoRate."""
    profit_now = sum((floating(position, book.currency, quotes) for position in book.positions), ZERO)
    equity_now = equity(book, quotes)
    used = margin(book.positions, quotes)
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
    )


def position_view(position: OpenPosition, currency: str, quotes: Quotes) -> Position:
    """Return the position as terminals show it. Raises NoRate."""
    tick = quotes.last(position.symbol)
    return Position(
        ticket=position.ticket,
        symbol=position.symbol,
        side=position.side,
        volume=position.volume,
        price_open=position.price_open,
        price_current=position.price_open if tick is None else close_price(position.side, tick),
        sl=position.sl,
        tp=position.tp,
        profit=floating(position, currency, quotes),
        swap=position.swap,
        time_msc=position.time_msc,
        magic=position.magic,
        comment=position.comment,
    )
