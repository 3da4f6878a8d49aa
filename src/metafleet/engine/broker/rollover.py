"""Swaps: what holding a position over night costs or brings.

Source: MetaTrader's documentation of SYMBOL_SWAP_MODE, charged at each day's end (00:00 of the market's
clock) on what is open then. L: lots, s: swap_long or swap_short, C: contract size.

    POINTS                         L x s x point x C, in the profit currency
    CURRENCY_SYMBOL, _MARGIN       L x s, in the base or the margin currency
    CURRENCY_DEPOSIT               L x s, in the account's currency
    INTEREST_CURRENT, _OPEN        L x C x price now or at the opening x s / 100 / 360, in the profit currency
    REOPEN_CURRENT, _BID           closed, and opened again at the closing price or the bid, s points better

"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

import msgspec

from metafleet.engine.broker.book import Book, OpenPosition
from metafleet.engine.broker.booking import book_closing, book_reopening, replaced
from metafleet.engine.broker.conversion import convert
from metafleet.engine.broker.draft import Draft
from metafleet.engine.broker.expiry import GTC_DAILY
from metafleet.engine.broker.filling import finish_filled
from metafleet.engine.broker.money import ZERO, exact, rounded
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import ORDER_BUY, ORDER_SELL, REASON_ROLLOVER, STATE_STARTED, Order
from metafleet.engine.broker.valuation import close_price
from metafleet.engine.market import symbols
from metafleet.engine.market.symbols import SymbolSpec

DAY_MSC = 86_400_000

_REOPENED: Final = frozenset({symbols.SWAP_REOPEN_CURRENT, symbols.SWAP_REOPEN_BID})
_DAYS_A_YEAR: Final = 360


def next_roll_msc(book: Book) -> int:
    """Return the market time from which nights of this book are due."""
    return (book.rolled_day + 1) * DAY_MSC


def is_free(positions: Iterable[OpenPosition], specs: Mapping[str, SymbolSpec]) -> bool:
    """Say whether nights change none of these positions: no swap is charged, and levels outlive their day."""
    for held in positions:
        spec = specs[held.symbol]
        if not is_always_free(spec) and (
            spec.gtc_mode == GTC_DAILY or (spec.swap_long if held.side == "buy" else spec.swap_short)
        ):
            return False
    return True


def is_always_free(spec: SymbolSpec) -> bool:
    """Say whether nights change no position of a symbol, whatever it is."""
    return spec.gtc_mode != GTC_DAILY and spec.swap_mode == symbols.SWAP_DISABLED


def roll_over(draft: Draft) -> None:
    """Charge every night that has ended since the book's rolled_day. Raises NoRate."""
    book, today = draft.book, draft.quotes.now_msc // DAY_MSC
    if today <= book.rolled_day:
        return
    for position in book.positions:
        spec = draft.spec(position.symbol)
        held_from = max(book.rolled_day, position.time_msc // DAY_MSC)
        rate = exact(spec.swap_long if position.side == "buy" else spec.swap_short)
        swap = rate * nights(held_from, today, charged_days(spec))
        if swap and spec.swap_mode in _REOPENED:
            _reopen(draft, position, swap)
        elif swap:
            _charge(draft, position, swap)
    draft.book = msgspec.structs.replace(draft.book, rolled_day=today)


def charged_days(spec: SymbolSpec) -> Sequence[float]:
    """Return how often the night that ends each weekday is charged, Sunday first."""
    if spec.swap_days:
        return spec.swap_days
    return [0 if day in (0, 6) else 3 if day == spec.swap_rollover3days else 1 for day in range(7)]


def nights(from_day: int, to_day: int, times: Sequence[float]) -> Decimal:
    """Return how many nights are charged between two days (days since 1970). times: by weekday."""
    return sum((exact(times[(day + 4) % 7]) for day in range(from_day, to_day)), Decimal(0))


def _charge(draft: Draft, position: OpenPosition, swap: Decimal) -> None:
    """Add some nights' swap to a position. swap: by the symbol's swap mode, for one lot. Raises NoRate."""
    currency = draft.book.currency
    amount, paid_in = _a_lot(draft.spec(position.symbol), position, swap, draft.quotes)
    money = rounded(
        convert(amount * exact(position.volume), paid_in or currency, currency, draft.quotes), currency
    )
    if money:
        changed = msgspec.structs.replace(position, swap=position.swap + money)
        draft.book = msgspec.structs.replace(draft.book, positions=replaced(draft.book, changed))


def _a_lot(spec: SymbolSpec, position: OpenPosition, swap: Decimal, quotes: Quotes) -> tuple[Decimal, str]:
    """Return the swap of one lot and its currency; "" for the account's."""
    contract = exact(spec.contract_size)
    match spec.swap_mode:
        case symbols.SWAP_POINTS:
            return swap * exact(spec.point) * contract, spec.currency_profit
        case symbols.SWAP_CURRENCY_SYMBOL:
            return swap, spec.currency_base
        case symbols.SWAP_CURRENCY_MARGIN:
            return swap, spec.currency_margin
        case symbols.SWAP_CURRENCY_DEPOSIT:
            return swap, ""
        case symbols.SWAP_INTEREST_CURRENT | symbols.SWAP_INTEREST_OPEN:
            price = exact(_interest_price(spec, position, quotes))
            return contract * price * swap / 100 / _DAYS_A_YEAR, spec.currency_profit
        case _:
            return ZERO, ""


def _interest_price(spec: SymbolSpec, position: OpenPosition, quotes: Quotes) -> float:
    tick = quotes.last(position.symbol)
    if spec.swap_mode == symbols.SWAP_INTEREST_OPEN or tick is None:
        return position.price_open
    return close_price(position.side, tick)


def _reopen(draft: Draft, position: OpenPosition, points: Decimal) -> None:
    """Close a position and open it again, so many points better, by another ticket. Raises NoRate."""
    spec, tick = draft.spec(position.symbol), draft.quotes.last(position.symbol)
    if tick is None:
        return
    price = tick.bid if spec.swap_mode == symbols.SWAP_REOPEN_BID else close_price(position.side, tick)
    better = points * exact(spec.point) * (-1 if position.side == "buy" else 1)
    again = round(float(exact(price) + better), spec.digits)
    leaves, enters = (ORDER_SELL, ORDER_BUY) if position.side == "buy" else (ORDER_BUY, ORDER_SELL)
    order = _order(draft, position, leaves, price)
    finish_filled(draft, order, book_closing(draft, order, position, position.volume, price))
    order = _order(draft, position, enters, again)
    finish_filled(draft, order, book_reopening(draft, order, position, again))


def _order(draft: Draft, position: OpenPosition, kind: int, price: float) -> Order:
    return Order(
        ticket=draft.tickets.order(),
        symbol=position.symbol,
        type=kind,
        state=STATE_STARTED,
        time_setup_msc=draft.quotes.now_msc,
        magic=position.magic,
        position_id=position.identifier,
        reason=REASON_ROLLOVER,
        volume_initial=position.volume,
        volume_current=position.volume,
        price_open=price,
        comment=position.comment,
    )
