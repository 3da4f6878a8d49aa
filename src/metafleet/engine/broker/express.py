"""The short way for the common order: at market, executed at once, opening a position or closing one.

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
    REASON_SL,
    REASON_TP,
    Deal,
    Order,
    OrderRequest,
    OrderResult,
)
from metafleet.engine.broker.requests import MAX_MAGIC
from metafleet.engine.broker.validation import STEP_TOLERANCE
from metafleet.engine.broker.watch import Watch
from metafleet.engine.market.records import Tick

_DONE: Final = retcodes.COMMENTS[retcodes.DONE]

_replace = msgspec.structs.replace


class Express:
    """Of one ledger. What is known of a symbol holds until terms, leverage or its specification change."""

    __slots__ = ("_lanes", "_quotes", "_tickets")

    def __init__(self, quotes: Quotes, tickets: Tickets) -> None:
        self._quotes = quotes
        self._tickets = tickets
        self._lanes: dict[str, Lane] = {}

    def planned(
        self, book: Book, order: OrderRequest, terms: Terms, purse: Purse, *, filling: int | None = None
    ) -> Outcome | None:
        """Return what an order leads to; None where it is not so simple.

        purse: of this account. filling: the mode that a program asks for; None for an order of an EA of ours,
        which takes the one that there is, and whose closing says neither side nor magic.
        """
        is_meant = order.deviation >= 0 and 0 <= order.magic <= MAX_MAGIC
        if book.orders or not book.trade_allowed or not book.trade_expert or not is_meant:
            return None
        try:
            if order.action == "close":
                return self._closing(book, order, terms, filling)
            if order.action == "deal" and order.position is None:
                held = None if book.is_hedging else book.net_position(order.symbol)
                if held is None:
                    return self._opening(book, order, terms, purse, filling)
                if order.volume and order.side not in (None, held.side):
                    return self._leaving(book, order, terms, held, filling)
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
        lane = self._lane(tick.symbol, book, terms)
        if lane is None:
            return None
        bid, ask = lane.points_of(tick)
        if bid is None or ask is None:
            return None
        balance, tickets = book.balance, self._tickets
        done: list[tuple[Deal, Order]] = []
        for held, level in leaving:
            points, price = (bid, tick.bid) if held.side == "buy" else (ask, tick.ask)
            known = lane.held(held.volume)
            gain = lane.gain(held, known, points, self._quotes)
            commission = lane.commission(known, is_opening=False, price=price, quotes=self._quotes)
            balance += gain if commission is ZERO and not held.swap else gain + commission + held.swap
            number = len(done)
            both = tickets.next_order + number, tickets.next_deal + number
            done.append(self._exit(lane, held, level, price, gain, commission, both))
        after, watch = _replace(book, balance=balance, positions=staying), None
        if staying:
            watch = Watch(after, self._quotes, terms)
            if watch.may_be_short():
                return None
        tickets.take(len(done))
        deals, orders = zip(*done, strict=True)
        return Outcome(after, deals, None, orders), watch

    def _exit(
        self,
        lane: Lane,
        held: OpenPosition,
        level: float,
        price: float,
        gain: Decimal,
        commission: Decimal,
        both: tuple[int, int],
    ) -> tuple[Deal, Order]:
        """Return the deal and the order by which the server leaves a position at a level of its own.

        both: their tickets, the order's first.
        """
        now_msc, kind = self._quotes.now_msc, 1 if held.side == "buy" else 0
        reason, word = (REASON_SL, "sl") if level == held.sl else (REASON_TP, "tp")
        comment, (ticket, deal_ticket) = f"[{word} {level:.{lane.spec.digits}f}]", both
        deal = _replace(
            lane.deal_out,
            ticket=deal_ticket,
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

    def _opening(
        self, book: Book, order: OrderRequest, terms: Terms, purse: Purse, filling: int | None
    ) -> Outcome | None:
        lane, side = self._lane(order.symbol, book, terms), order.side
        if lane is None or side is None or filling not in lane.orders:
            return None
        tick, known = self._quotes.open_tick(order.symbol), lane.volume(order.volume)
        if tick is None or known is None:
            return None
        if book.positions and not lane.has_room(book, side, known.lots, purse):
            return None
        is_buy, (other, points) = side == "buy", lane.points_of(tick)
        if not is_buy:
            other, points = points, other
        if points is None or ((order.sl or order.tp) and not lane.levels_fit(order, other)):
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
        quotes, tickets, side, lots = self._quotes, self._tickets, order.side or "buy", known.lots
        (kind, price) = (0, tick.ask) if side == "buy" else (1, tick.bid)
        ticket, now_msc, magic, comment = tickets.next_order, quotes.now_msc, order.magic, order.comment
        if len(comment) > COMMENT_LENGTH:
            comment = comment[:COMMENT_LENGTH]
        sl, tp = order.sl or None, order.tp or None
        position = _replace(
            lane.position,
            ticket=ticket,
            identifier=ticket,
            side=side,
            volume=lots,
            price_open=price,
            sl=sl,
            tp=tp,
            time_msc=now_msc,
            time_update_msc=now_msc,
            magic=magic,
            comment=comment,
            margin_per_lot=lane.margin(side, price, points, book, quotes),
        )
        commission = lane.commission(known, is_opening=True, price=price, quotes=quotes)
        balance = book.balance + commission if commission else book.balance
        after = _replace(book, balance=balance, positions=(*book.positions, position))
        if not purse.affords(after):
            return None
        deal = _replace(
            lane.deal_in,
            ticket=tickets.next_deal,
            order=ticket,
            position_id=ticket,
            type=kind,
            volume=lots,
            price=price,
            time_msc=now_msc,
            commission=commission,
            magic=magic,
            comment=comment,
            sl=sl,
            tp=tp,
        )
        done = _replace(
            blank,
            ticket=ticket,
            type=kind,
            time_setup_msc=now_msc,
            time_done_msc=now_msc,
            magic=magic,
            position_id=ticket,
            volume_initial=lots,
            price_open=price,
            sl=sl or 0.0,
            tp=tp or 0.0,
            price_current=price,
            comment=comment,
        )
        tickets.take(1)
        return Outcome(after, (deal,), _result(deal, tick), (done,))

    def _closing(self, book: Book, order: OrderRequest, terms: Terms, filling: int | None) -> Outcome | None:
        ticket = order.position
        for held in book.positions:
            if held.ticket == ticket:
                break
        else:
            return None
        if order.symbol not in ("", held.symbol) or (filling is not None and order.side == held.side):
            return None
        if filling is None and not order.magic and held.magic:
            order = _replace(order, magic=held.magic)
        return self._leaving(book, order, terms, held, filling)

    def _leaving(
        self, book: Book, order: OrderRequest, terms: Terms, held: OpenPosition, filling: int | None
    ) -> Outcome | None:
        """Close a position, or a part of it; no volume is all. None for what would turn it round."""
        lane, tick = self._lane(held.symbol, book, terms), self._quotes.open_tick(held.symbol)
        if lane is None or tick is None or filling not in lane.orders:
            return None
        known = lane.held(held.volume)
        if order.volume and not abs(order.volume - held.volume) <= STEP_TOLERANCE:
            part = lane.volume(order.volume)
            # Where it has a swap, that is divided too.
            if part is None or held.volume - part.lots <= STEP_TOLERANCE or held.swap:
                return None
            known = part
        bid, ask = lane.points_of(tick)
        points = bid if held.side == "buy" else ask
        if points is None:
            return None
        return self._closed(lane, book, order, held, known, tick, points, lane.orders[filling])

    def _closed(
        self,
        lane: Lane,
        book: Book,
        order: OrderRequest,
        held: OpenPosition,
        known: Volume,
        tick: Tick,
        points: int,
        blank: Order,
    ) -> Outcome:
        quotes, tickets, kind = self._quotes, self._tickets, 1 if held.side == "buy" else 0
        price, now_msc, comment = tick.bid if kind else tick.ask, quotes.now_msc, order.comment
        if len(comment) > COMMENT_LENGTH:
            comment = comment[:COMMENT_LENGTH]
        lots, swap, identifier, ticket = known.lots, held.swap, held.identifier, tickets.next_order
        gain = lane.gain(held, known, points, quotes)
        commission = lane.commission(known, is_opening=False, price=price, quotes=quotes)
        deal = _replace(
            lane.deal_out,
            ticket=tickets.next_deal,
            order=ticket,
            position_id=identifier,
            type=kind,
            volume=lots,
            price=price,
            time_msc=now_msc,
            profit=gain,
            commission=commission,
            swap=swap,
            magic=order.magic,
            comment=comment,
            sl=held.sl,
            tp=held.tp,
        )
        done = _replace(
            blank,
            ticket=ticket,
            type=kind,
            time_setup_msc=now_msc,
            time_done_msc=now_msc,
            magic=order.magic,
            position_id=identifier,
            volume_initial=lots,
            price_open=price,
            price_current=price,
            comment=comment,
        )
        change = gain if commission is ZERO and not swap else deal.net
        staying = book.positions
        if lots != held.volume:
            rest = _replace(held, volume=round(held.volume - lots, 8), time_update_msc=now_msc)
            left = tuple([rest if one is held else one for one in staying])
        else:
            left = () if len(staying) == 1 else tuple([one for one in staying if one is not held])
        after = _replace(book, balance=book.balance + change, positions=left)
        tickets.take(1)
        return Outcome(after, (deal,), _result(deal, tick), (done,))

    def _lane(self, symbol: str, book: Book, terms: Terms) -> Lane | None:
        """Return what a symbol's orders have in common; None where they are not so simple."""
        spec, lane = self._quotes.specs.get(symbol), self._lanes.get(symbol)
        if spec is None:
            return None
        if lane is None or lane.spec is not spec or lane.terms is not terms or lane.leverage != book.leverage:
            lane = self._lanes[symbol] = Lane(spec, terms, book)
        return lane if lane.is_simple else None


def _parted(book: Book, tick: Tick) -> tuple[list[tuple[OpenPosition, float]], tuple[OpenPosition, ...]]:
    """Return the positions whose stop or target a tick has reached, with which of the two, and the others."""
    symbol, bid, ask = tick.symbol, tick.bid, tick.ask
    leaving, staying = [], []
    for held in book.positions:
        sl, tp, level = held.sl, held.tp, None
        if held.symbol != symbol:
            pass
        elif held.side == "buy":
            level = sl if sl is not None and bid <= sl else tp if tp is not None and bid >= tp else None
        else:
            level = sl if sl is not None and ask >= sl else tp if tp is not None and ask <= tp else None
        if level is None:
            staying.append(held)
        else:
            leaving.append((held, level))
    return leaving, tuple(staying)


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
