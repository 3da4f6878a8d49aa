"""What a tick sets off: stop losses, take profits, and the stop-out."""

from __future__ import annotations

from decimal import Decimal

from metafleet.engine.broker.book import Book, OpenPosition, Outcome, Terms, Tickets
from metafleet.engine.broker.booking import Exit, book_closing
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import COMMENT_LENGTH, REASON_SL, REASON_SO, REASON_TP
from metafleet.engine.broker.valuation import close_price, equity, floating, is_fully_hedged, margin
from metafleet.engine.market.records import Tick


def triggered(book: Book, tick: Tick, digits: int) -> list[tuple[OpenPosition, Exit]]:
    """Return the positions whose stop loss or take profit this tick reaches, by ticket.

    Both fill at the tick's price: a gap beyond a stop fills at the gap, a gap beyond a target fills better.
    """
    found = []
    for position in book.positions:
        if position.symbol == tick.symbol:
            leave = _exit(position, close_price(position.side, tick), digits)
            if leave is not None:
                found.append((position, leave))
    return found


def _exit(position: OpenPosition, price: float, digits: int) -> Exit | None:
    sign = 1 if position.side == "buy" else -1
    if position.sl is not None and sign * (price - position.sl) <= 0:
        reason, comment = REASON_SL, f"[sl {position.sl:.{digits}f}]"
    elif position.tp is not None and sign * (price - position.tp) >= 0:
        reason, comment = REASON_TP, f"[tp {position.tp:.{digits}f}]"
    else:
        return None
    return Exit(volume=position.volume, price=price, reason=reason, comment=comment)


def run_triggers(book: Book, tick: Tick, quotes: Quotes, terms: Terms, tickets: Tickets) -> Outcome:
    """Return the book after this tick's stops and targets, and then the stop-out. Raises NoRate."""
    deals = []
    for position, leave in triggered(book, tick, quotes.specs[tick.symbol].digits):
        book, deal = book_closing(book, position, leave, quotes, terms, tickets)
        deals.append(deal)
    while (forced := stopped_out(book, quotes, terms)) is not None:
        book, deal = book_closing(book, *forced, quotes, terms, tickets)
        deals.append(deal)
    return Outcome(book, tuple(deals))


def stopped_out(book: Book, quotes: Quotes, terms: Terms) -> tuple[OpenPosition, Exit] | None:
    """Return the position to close next because the margin level is too low: the one that loses most.

    An account whose volumes are all covered is left alone while it has equity. A symbol that is closed
    cannot be traded, so its positions stay. Raises NoRate.
    """
    candidates = [position for position in book.positions if quotes.is_open(position.symbol)]
    if not candidates:
        return None
    used, worth = margin(book.positions, quotes), equity(book, quotes)
    covered = is_fully_hedged(book.positions) and worth > 0
    if covered or used == 0 or worth * 100 > used * terms.stop_out_percent:
        return None
    worst = min(candidates, key=lambda held: (floating(held, book.currency, quotes) + held.swap, held.ticket))
    tick = quotes.last(worst.symbol)
    assert tick is not None, "an open symbol has a tick"  # noqa: S101 -- narrows the type
    price = close_price(worst.side, tick)
    comment = _so_comment(worth, used)
    return worst, Exit(volume=worst.volume, price=price, reason=REASON_SO, comment=comment)


def _so_comment(worth: Decimal, used: Decimal) -> str:
    """Return margin level, equity and margin as MetaTrader writes them into a stop-out's comment."""
    comment = f"[so {100 * worth / used:.2f}%/{worth:.2f}/{used:.2f}]"
    return comment if len(comment) <= COMMENT_LENGTH else f"[so {100 * worth / used:.2f}%]"
