"""The short way for the common order: at market, executed at once, opening a position or closing a whole one.

    outcome = express.planned(book, order, terms, purse) or the ordinary way

It asks the same questions as `validation` and does the same sums as `orders` and `booking`, but what the
symbol and the terms answer alike each time is found out once, and what happens is written down once instead
of step by step. It never refuses: where a question is not answered by yes, it has nothing to say, nothing has
changed, and `orders.execute` does it all. A property test sends the same orders both ways.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from metafleet.engine.broker import retcodes
from metafleet.engine.broker.book import Book, OpenPosition, Outcome, Terms, Tickets
from metafleet.engine.broker.conversion import NoRate
from metafleet.engine.broker.lanes import Lane, Volume
from metafleet.engine.broker.money import ZERO
from metafleet.engine.broker.purse import Purse
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.broker.records import (
    COMMENT_LENGTH,
    REASON_EXPERT,
    REASON_SL,
    REASON_TP,
    Deal,
    Order,
    OrderRequest,
    OrderResult,
    Side,
)
from metafleet.engine.broker.requests import MAX_MAGIC
from metafleet.engine.broker.validation import STEP_TOLERANCE
from metafleet.engine.broker.watch import Watch
from metafleet.engine.market.records import Tick

_DONE: Final = retcodes.COMMENTS[retcodes.DONE]

_replace = msgspec.structs.replace


class Express:
    """Of one ledger. What is known of a symbol holds until terms, leverage or its specification change."""

    __slots__ = ("_lanes", "_leverage", "_quotes", "_terms", "_tickets")

    def __init__(self, quotes: Quotes, tickets: Tickets) -> None:
        self._quotes = quotes
        self._tickets = tickets
        self._terms: Terms | None = None
        self._leverage = 0
        self._lanes: dict[str, Lane] = {}

    def planned(
        self, book: Book, order: OrderRequest, terms: Terms, purse: Purse, *, filling: int | None = None
    ) -> Outcome | None:
        """Return what an order leads to; None where it is not so simple.

        purse: the sums of this book. filling: the mode that a program asks for; None for an order of an EA of
        ours, which takes the one that there is, and whose closing says neither side nor magic.
        """
        self._heed(terms, book)
        if book.orders or not book.trade_allowed or not book.trade_expert:
            return None
        if order.deviation < 0 or not 0 <= order.magic <= MAX_MAGIC:
            return None
        try:
            if order.action == "close":
                return self._closing(book, order, filling)
            if order.action == "deal" and order.position is None:
                return self._opening(book, order, purse, filling)
        except NoRate:
            # The ordinary way says what is wrong.
            return None
        return None

    def left(self, book: Book, tick: Tick, terms: Terms) -> tuple[Outcome, Watch | None] | None:
        """Return what comes of a tick that reaches stops or targets, and what to look at after it.

        tick: one that the quotes have. None where it reaches none, where it is not so simple, or where the
        account may be short of money with what stays open. Raises NoRate.
        """
        leaving, staying = _parted(book, tick)
        if not leaving or book.orders:
            return None
        self._heed(terms, book)
        lane = self._lane(tick.symbol, book)
        if lane is None:
            return None
        points = lane.points(tick.bid), lane.points(tick.ask)
        if points[0] is None or points[1] is None:
            return None
        balance, quotes, exits = book.balance, self._quotes, []
        for held, level in leaving:
            is_long = held.side == "buy"
            gain = lane.gain(held, points[0] if is_long else points[1], quotes)
            price = tick.bid if is_long else tick.ask
            commission = lane.commission(lane.held(held.volume), is_opening=False, price=price, quotes=quotes)
            balance += gain if commission is ZERO and not held.swap else gain + commission + held.swap
            exits.append((held, level, price, gain, commission))
        after, watch = _replace(book, balance=balance, positions=tuple(staying)), None
        if staying:
            watch = Watch(after, quotes, terms)
            if watch.may_be_short():
                return None
        done = [self._exit(lane, *each) for each in exits]
        deals, orders = tuple([deal for deal, _ in done]), tuple([order for _, order in done])
        return Outcome(after, deals, None, orders), watch

    def _exit(
        self, lane: Lane, held: OpenPosition, level: float, price: float, gain: Decimal, commission: Decimal
    ) -> tuple[Deal, Order]:
        """Return the deal and the order by which the server leaves a position at a level of its own."""
        tickets, now_msc, is_stop = self._tickets, self._quotes.now_msc, level == held.sl
        ticket, kind = tickets.order(), 1 if held.side == "buy" else 0
        reason, word = (REASON_SL, "sl") if is_stop else (REASON_TP, "tp")
        comment = f"[{word} {level:.{lane.spec.digits}f}]"
        deal = _replace(
            lane.deal_out,
            ticket=tickets.deal(),
            order=ticket,
            position_id=held.identifier,
            type=kind,
            volume=held.volume,
            price=price,
            time_msc=now_msc,
            profit=gain,
            commission=commission,
            swap=held.swap,
            magic=held.magic,
            comment=comment,
            reason=reason,
            sl=held.sl,
            tp=held.tp,
        )
        order = _replace(
            lane.server_order,
            ticket=ticket,
            type=kind,
            time_setup_msc=now_msc,
            time_done_msc=now_msc,
            magic=held.magic,
            position_id=held.identifier,
            reason=reason,
            volume_initial=held.volume,
            price_open=level,
            price_current=price,
            comment=comment,
        )
        return deal, order

    def _opening(self, book: Book, order: OrderRequest, purse: Purse, filling: int | None) -> Outcome | None:
        lane, tick, side = self._lane(order.symbol, book), self._quotes.open_tick(order.symbol), order.side
        if lane is None or tick is None or side is None or filling not in lane.orders:
            return None
        if not book.is_hedging and book.net_position(order.symbol) is not None:
            return None
        known = lane.volume(order.volume)
        if known is None or not lane.has_room(book, side, known.lots, purse):
            return None
        is_buy = side == "buy"
        price, other = (tick.ask, tick.bid) if is_buy else (tick.bid, tick.ask)
        sl, tp = order.sl or 0.0, order.tp or 0.0
        points = lane.points(price)
        if points is None or ((sl or tp) and not lane.levels_fit(is_buy, sl, tp, other)):
            return None
        return self._opened(lane, book, order, known, tick, points, purse, lane.orders[filling])

    def _opened(
        self,
        lane: Lane,
        book: Book,
        order: OrderRequest,
        known: Volume,
        tick: Tick,
        points: int,
        purse: Purse,
        blank: Order,
    ) -> Outcome | None:
        quotes, tickets, is_buy = self._quotes, self._tickets, order.side == "buy"
        side: Side = "buy" if is_buy else "sell"
        price, now_msc, comment = tick.ask if is_buy else tick.bid, quotes.now_msc, order.comment
        if len(comment) > COMMENT_LENGTH:
            comment = comment[:COMMENT_LENGTH]
        sl, tp = order.sl or None, order.tp or None
        ticket = tickets.next_order
        position = OpenPosition(
            ticket=ticket,
            identifier=ticket,
            symbol=order.symbol,
            side=side,
            volume=known.lots,
            price_open=price,
            sl=sl,
            tp=tp,
            swap=ZERO,
            time_msc=now_msc,
            time_update_msc=now_msc,
            magic=order.magic,
            comment=comment,
            reason=REASON_EXPERT,
            margin_per_lot=lane.margin(side, price, points, book, quotes),
        )
        commission = lane.commission(known, is_opening=True, price=price, quotes=quotes)
        balance = book.balance + commission if commission else book.balance
        after = _replace(book, balance=balance, positions=(*book.positions, position))
        if not purse.affords(after):
            return None
        tickets.order()
        deal = _replace(
            lane.deal_in,
            ticket=tickets.deal(),
            order=ticket,
            position_id=ticket,
            type=0 if is_buy else 1,
            volume=known.lots,
            price=price,
            time_msc=now_msc,
            commission=commission,
            magic=order.magic,
            comment=comment,
            sl=sl,
            tp=tp,
        )
        done = _replace(
            blank,
            ticket=ticket,
            type=0 if is_buy else 1,
            time_setup_msc=now_msc,
            time_done_msc=now_msc,
            magic=order.magic,
            position_id=ticket,
            volume_initial=known.lots,
            price_open=price,
            sl=sl or 0.0,
            tp=tp or 0.0,
            price_current=price,
            comment=comment,
        )
        return Outcome(after, (deal,), _result(deal, tick), (done,))

    def _closing(self, book: Book, order: OrderRequest, filling: int | None) -> Outcome | None:
        held = _position(book, order.position)
        if held is None or order.symbol not in ("", held.symbol):
            return None
        if filling is not None and order.side == held.side:
            return None
        # A part is not so simple: it divides the swap.
        if order.volume and not abs(order.volume - held.volume) <= STEP_TOLERANCE:
            return None
        lane, tick = self._lane(held.symbol, book), self._quotes.open_tick(held.symbol)
        if lane is None or tick is None or filling not in lane.orders:
            return None
        price = tick.bid if held.side == "buy" else tick.ask
        points = lane.points(price)
        if points is None:
            return None
        magic = order.magic if filling is not None else order.magic or held.magic
        return self._closed(lane, book, order, held, tick, points, magic, lane.orders[filling])

    def _closed(
        self,
        lane: Lane,
        book: Book,
        order: OrderRequest,
        held: OpenPosition,
        tick: Tick,
        points: int,
        magic: int,
        blank: Order,
    ) -> Outcome:
        quotes, tickets, kind = self._quotes, self._tickets, 1 if held.side == "buy" else 0
        price, now_msc, comment = tick.bid if kind else tick.ask, quotes.now_msc, order.comment
        if len(comment) > COMMENT_LENGTH:
            comment = comment[:COMMENT_LENGTH]
        known, gain = lane.held(held.volume), lane.gain(held, points, quotes)
        commission = lane.commission(known, is_opening=False, price=price, quotes=quotes)
        ticket, swap = tickets.order(), held.swap
        deal = _replace(
            lane.deal_out,
            ticket=tickets.deal(),
            order=ticket,
            position_id=held.identifier,
            type=kind,
            volume=held.volume,
            price=price,
            time_msc=now_msc,
            profit=gain,
            commission=commission,
            swap=swap,
            magic=magic,
            comment=comment,
            sl=held.sl,
        )
        if held.tp is not None:
            deal = _replace(deal, tp=held.tp)
        change = gain if commission is ZERO and not swap else deal.net
        left = tuple([one for one in book.positions if one is not held])
        after = _replace(book, balance=book.balance + change, positions=left)
        done = _replace(
            blank,
            ticket=ticket,
            type=kind,
            time_setup_msc=now_msc,
            time_done_msc=now_msc,
            magic=magic,
            position_id=held.identifier,
            volume_initial=held.volume,
            price_open=price,
            price_current=price,
            comment=comment,
        )
        return Outcome(after, (deal,), _result(deal, tick), (done,))

    def _heed(self, terms: Terms, book: Book) -> None:
        """Forget what is known of symbols, where it was under other terms."""
        if terms is not self._terms or book.leverage != self._leverage:
            self._terms, self._leverage = terms, book.leverage
            self._lanes = {}

    def _lane(self, symbol: str, book: Book) -> Lane | None:
        spec = self._quotes.specs.get(symbol)
        if spec is None:
            return None
        lane = self._lanes.get(symbol)
        if lane is None or lane.spec is not spec:
            assert self._terms is not None  # noqa: S101 - narrows the type
            lane = self._lanes[symbol] = Lane(spec, self._terms, book)
        return lane if lane.is_simple else None


def _position(book: Book, ticket: int | None) -> OpenPosition | None:
    for held in book.positions:
        if held.ticket == ticket:
            return held
    return None


def _parted(book: Book, tick: Tick) -> tuple[list[tuple[OpenPosition, float]], list[OpenPosition]]:
    """Return the positions whose stop or target a tick has reached, with which of the two, and the others."""
    leaving, staying = [], []
    for held in book.positions:
        level = _reached(held, tick) if held.symbol == tick.symbol else None
        if level is None:
            staying.append(held)
        else:
            leaving.append((held, level))
    return leaving, staying


def _reached(held: OpenPosition, tick: Tick) -> float | None:
    sl, tp = held.sl, held.tp
    if held.side == "buy":
        bid = tick.bid
        return sl if sl is not None and bid <= sl else tp if tp is not None and bid >= tp else None
    ask = tick.ask
    return sl if sl is not None and ask >= sl else tp if tp is not None and ask <= tp else None


def _result(deal: Deal, tick: Tick) -> OrderResult:
    return OrderResult(
        retcode=retcodes.DONE,
        deal=deal.ticket,
        order=deal.order,
        volume=deal.volume,
        price=deal.price,
        bid=tick.bid,
        ask=tick.ask,
        comment=_DONE,
    )
