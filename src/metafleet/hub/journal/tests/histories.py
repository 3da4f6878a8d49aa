"""Any history of an account, for hypothesis: valid lives of positions, and ones with holes."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import strategies as st

from metafleet.engine.statements.folding import BUY, IN, IN_OUT, OUT, OUT_BY, SELL, ZERO, Deal
from metafleet.hub.journal.tests.ledger import NOW
from metafleet.hub.journal.tests.reference import Item

lots = st.integers(1, 50).map(lambda n: Decimal(n) / 100)
prices = st.integers(100_000, 130_000).map(lambda n: Decimal(n) / 100_000)
money = st.integers(-1_000_000, 1_000_000).map(lambda n: Decimal(n) / 1000)
moments = st.integers(0, 5).map(lambda n: NOW + timedelta(seconds=n))
levels = st.none() | prices


@st.composite
def deals(draw: st.DrawFn, ticket: int) -> Deal:
    """Any deal at all of one of three positions, or a cash operation."""
    kind = draw(st.sampled_from([BUY, SELL, BUY, SELL, 2]))
    return Deal(
        ticket=ticket,
        position_id=draw(st.integers(1, 3)) if kind != 2 else None,
        order_id=ticket,
        symbol=draw(st.sampled_from(["EURUSD", "XAUUSD"])),
        kind=kind,
        entry=draw(st.sampled_from([IN, IN, OUT, OUT, IN_OUT, IN_OUT, OUT_BY])) if kind != 2 else None,
        volume=draw(lots),
        price=draw(prices),
        executed_at=draw(moments),
        profit=draw(money),
        commission=draw(money),
        swap=draw(money),
        fee=draw(money),
        magic=draw(st.sampled_from([None, 7, 8])),
        reason=draw(st.sampled_from([None, 0, 3, 4, 5, 99])),
        stop_loss=draw(levels),
        take_profit=draw(levels),
        comment=draw(st.sampled_from(["", "a", "from #2", 'a "b", \\c (d)'])),
    )


@st.composite
def netting(draw: st.DrawFn) -> list[Item]:
    """A net position's life without holes: it grows, shrinks, and turns around."""
    items: list[Item] = []
    held = ZERO
    for ticket in range(1, draw(st.integers(1, 9)) + 1):
        kind, volume = draw(st.sampled_from([BUY, SELL])), draw(lots)
        signed = volume if kind == BUY else -volume
        shrinking = OUT if abs(signed) <= abs(held) else IN_OUT
        entry = IN if held * signed >= 0 else shrinking
        held += signed
        facts = draw(deals(ticket))
        items.append((_replace(facts, position_id=1, kind=kind, entry=entry, volume=volume),))
    return items


@st.composite
def orders(draw: st.DrawFn) -> list[Item]:
    """Orders of MT4 with their partial closes, as reported while open, once closed, or both."""
    items: list[Item] = []
    ticket = 0
    for _ in range(draw(st.integers(1, 3))):
        parts = draw(st.integers(0, 3))
        volume, said = draw(lots) + parts, draw(st.sampled_from(["", "grid"]))
        facts = {
            "kind": draw(st.sampled_from([BUY, SELL])),
            "price": draw(prices),
            "executed_at": draw(moments),
        }
        for step in range(parts + 1):
            ticket += draw(st.integers(1, 3))
            reported = _order(draw, ticket, volume=volume, comment=said, **facts)
            if draw(st.booleans()):
                items.append((reported,))
            is_last = step == parts
            if is_last and draw(st.booleans()):
                break
            part = volume if is_last else Decimal(draw(st.integers(0, 9))) / 10
            items.append(_closed(draw, reported, part, said))
            volume, said = volume - part, f"from #{ticket}"
    return _linked_forth(items)


def _linked_forth(items: list[Item]) -> list[Item]:
    """Say "to #M" on the closed part of each order that another goes on from."""
    went_on = {
        int(deal.comment.removeprefix("from #")): deal.ticket
        for item in items
        for deal in item
        if deal.comment.startswith("from #") and deal.ticket > 0
    }
    linked: list[Item] = []
    for item in items:
        follower = went_on.get(item[0].ticket)
        if len(item) == 2 and follower is not None:
            linked.append(tuple(_replace(deal, comment=f"to #{follower}") for deal in item))
        else:
            linked.append(item)
    return linked


def _order(draw: st.DrawFn, ticket: int, **said: Any) -> Deal:
    facts = draw(deals(ticket))
    plain = {"profit": ZERO, "swap": ZERO, "fee": ZERO, "reason": None, "magic": 7, "symbol": "eurusd"}
    return _replace(facts, **{"position_id": ticket, "order_id": None, "entry": IN, **plain, **said})


def _closed(draw: st.DrawFn, opened: Deal, volume: Decimal, comment: str) -> Item:
    entry = _replace(opened, volume=volume, commission=ZERO, comment=comment)
    closed_at: datetime = opened.executed_at + timedelta(seconds=draw(st.integers(0, 3)))
    facts = {"price": draw(prices), "profit": draw(money), "swap": draw(money), "commission": draw(money)}
    leaving = _replace(
        entry,
        ticket=-entry.ticket,
        kind=SELL if entry.kind == BUY else BUY,
        entry=OUT,
        executed_at=closed_at,
        reason=draw(st.sampled_from([None, 4, 5])),
        **facts,
    )
    return entry, leaving


def _replace(deal: Deal, **said: Any) -> Deal:
    return msgspec.structs.replace(deal, **said)


wild = st.lists(st.integers(1, 40), unique=True, max_size=14).flatmap(
    lambda tickets: st.tuples(*(deals(ticket).map(lambda deal: (deal,)) for ticket in tickets)).map(list)
)
histories: st.SearchStrategy[list[Item]] = st.one_of(wild, netting(), orders())
