"""One order: check it, price it, book it, and see whether the money suffices. Nothing is changed here."""

from __future__ import annotations

from metafleet.engine.broker import retcodes
from metafleet.engine.broker.book import Book, OpenPosition, Outcome, Terms, Tickets
from metafleet.engine.broker.booking import Exit, book_closing, book_opening, book_stops
from metafleet.engine.broker.conversion import NoRate
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import REASON_EXPERT, Deal, OrderRequest, OrderResult
from metafleet.engine.broker.validation import level, refusal, snapped
from metafleet.engine.broker.valuation import close_price, equity, margin
from metafleet.engine.market.records import Tick


def refused(code: int) -> OrderResult:
    """Return the result of an order that changed nothing."""
    return OrderResult(retcode=code, comment=retcodes.COMMENTS[code])


def execute(book: Book, quotes: Quotes, order: OrderRequest, terms: Terms, tickets: Tickets) -> Outcome:
    """Return what the order leads to at the market's last prices; a refusal leaves the book as it is."""
    code = refusal(book, quotes, order, terms)
    if code is not None:
        return Outcome(book, (), refused(code))
    try:
        return _executed(book, quotes, order, terms, tickets)
    except NoRate:
        return Outcome(book, (), refused(retcodes.PRICE_OFF))


def _executed(book: Book, quotes: Quotes, order: OrderRequest, terms: Terms, tickets: Tickets) -> Outcome:
    target = None if order.position is None else book.position(order.position)
    tick = quotes.last(target.symbol if target else order.symbol)
    assert tick is not None, "validated"  # noqa: S101 -- narrows the type
    if target is None:
        return _open(book, quotes, order, tick, terms, tickets)
    if order.action == "sltp":
        return _modify(book, order, target, tick, quotes)
    spec = quotes.specs[target.symbol]
    volume = target.volume if order.volume == 0 else min(snapped(order.volume, spec), target.volume)
    leave = Exit(
        volume=volume,
        price=close_price(target.side, tick),
        reason=REASON_EXPERT,
        comment=order.comment,
        magic=order.magic,
    )
    after, deal = book_closing(book, target, leave, quotes, terms, tickets)
    return Outcome(after, (deal,), _done(deal, tick))


def _open(
    book: Book, quotes: Quotes, order: OrderRequest, tick: Tick, terms: Terms, tickets: Tickets
) -> Outcome:
    after, deal = book_opening(book, order, tick, quotes, terms, tickets)
    if equity(after, quotes) < margin(after.positions, quotes):
        return Outcome(book, (), refused(retcodes.NO_MONEY))
    return Outcome(after, (deal,), _done(deal, tick))


def _modify(book: Book, order: OrderRequest, target: OpenPosition, tick: Tick, quotes: Quotes) -> Outcome:
    digits = quotes.specs[target.symbol].digits
    after = book_stops(book, target, level(order.sl, digits), level(order.tp, digits))
    done = OrderResult(
        retcode=retcodes.DONE, bid=tick.bid, ask=tick.ask, comment=retcodes.COMMENTS[retcodes.DONE]
    )
    return Outcome(after, (), done)


def _done(deal: Deal, tick: Tick) -> OrderResult:
    return OrderResult(
        retcode=retcodes.DONE,
        deal=deal.ticket,
        order=deal.order,
        volume=deal.volume,
        price=deal.price,
        bid=tick.bid,
        ask=tick.ask,
        comment=retcodes.COMMENTS[retcodes.DONE],
    )
