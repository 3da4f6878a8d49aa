"""Fold deals into trades: a pure function of the account's set of deals.

This is the definition, in Python. The journal folds in the database (`journal_fold`, see
migrations 0005 and 0011), set by set; the property tests hold the two against each other. Here trades are
folded that are only to be looked at, as in the preview of an import.

A position id groups deals. In-deals open or add, out-deals (and out-by) close. An in/out deal of a
netting account closes what is open the other way, by the signed sum of all volumes before it, and
opens the rest: the next `part` under the same position id.
Source: MetaTrader 5, deal properties (DEAL_ENTRY, DEAL_REASON, DEAL_TYPE).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from itertools import groupby
from typing import Final, Literal

import msgspec

IN, OUT, IN_OUT, OUT_BY = 0, 1, 2, 3
BUY, SELL = 0, 1

EXIT_REASONS: Final = {
    0: "client",
    1: "mobile",
    2: "web",
    3: "expert",
    4: "sl",
    5: "tp",
    6: "so",
    7: "rollover",
    8: "vmargin",
    9: "split",
    10: "corporate",
}
"""DEAL_REASON as the journal's words."""

ZERO: Final = Decimal(0)
_CENT: Final = Decimal("0.01")
_PRICE: Final = Decimal("0.00000001")
_EXACT: Final = Context(prec=90, rounding=ROUND_HALF_UP)
"""Wide enough that sums of volume × price lose nothing. Half goes away from zero, as in PostgreSQL."""


class Deal(msgspec.Struct, frozen=True):
    """One execution as the journal keeps it. Instants in UTC, money in account currency, volume in lots."""

    ticket: int
    position_id: int | None
    order_id: int | None
    symbol: str
    kind: int
    entry: int | None
    volume: Decimal
    price: Decimal | None
    executed_at: datetime
    profit: Decimal
    commission: Decimal
    swap: Decimal
    fee: Decimal
    magic: int | None
    reason: int | None
    stop_loss: Decimal | None
    take_profit: Decimal | None
    comment: str


class TradeRow(msgspec.Struct, frozen=True, kw_only=True):
    """One trade as the journal keeps it: a position id, or one leg of a reversed one."""

    position_id: int
    part: int
    symbol: str
    side: Literal["buy", "sell"]
    state: Literal["open", "closed", "orphan"]
    volume: Decimal
    closed_volume: Decimal
    entry_price: Decimal | None
    exit_price: Decimal | None
    entered_at: datetime | None
    exited_at: datetime | None
    profit: Decimal
    commission: Decimal
    swap: Decimal
    fee: Decimal
    net_profit: Decimal
    magic: int | None
    exit_reason: str
    stop_loss: Decimal | None
    take_profit: Decimal | None
    initial_stop: Decimal | None
    comment: str


class _Leg(msgspec.Struct, frozen=True):
    """The share of a deal that belongs to one part."""

    deal: Deal
    is_entry: bool
    volume: Decimal
    profit: Decimal
    commission: Decimal
    swap: Decimal
    fee: Decimal


def fold(deals: Iterable[Deal]) -> list[TradeRow]:
    """Return the trades that these deals make, by position id and part; their order does not matter.

    deals: each ticket once, and of every position that occurs all that is known.
    Operations that are no trade (kind 2 and above) and deals without a position are left out.
    The trades' money adds up to the deals' money, to the cent.
    """
    trading = [deal for deal in deals if deal.kind in (BUY, SELL) and deal.position_id is not None]
    trading.sort(key=lambda deal: (deal.position_id or 0, *_moment(deal)))
    return [
        _trade(position_id, part, legs)
        for position_id, group in groupby(trading, key=lambda deal: deal.position_id or 0)
        for part, legs in enumerate(_parts(group))
    ]


class Closing(msgspec.Struct, frozen=True):
    """What MetaTrader's reports count as one trade: a closing deal, with its share of what opening cost."""

    executed_at: datetime
    side: Literal["buy", "sell"]
    net: Decimal


def closings(deals: Iterable[Deal]) -> list[Closing]:
    """Return what these deals closed, oldest first; a reversal's closing part is one.

    deals: as of `fold`. What an opening cost (commission, fee) is shared by volume, to the cent, by those
    that close what it opened; the last has the rest. Source: reports of MetaTrader 5, build 1375 on.
    """
    trading = sorted(
        (deal for deal in deals if deal.kind in (BUY, SELL) and deal.position_id is not None),
        key=lambda deal: (deal.position_id or 0, *_moment(deal)),
    )
    found = [
        (_moment(leg.deal), closing)
        for _, group in groupby(trading, key=lambda deal: deal.position_id or 0)
        for legs in _parts(group)
        for leg, closing in _closed_by(legs)
    ]
    return [closing for _, closing in sorted(found, key=lambda pair: pair[0])]


def _closed_by(legs: Sequence[_Leg]) -> Iterable[tuple[_Leg, Closing]]:
    cost, volume = ZERO, ZERO
    for leg in legs:
        if leg.is_entry:
            cost, volume = cost + _net(leg), volume + leg.volume
            continue
        share = cost if leg.volume >= volume else _portion(cost, leg.volume, volume)
        cost, volume = cost - share, max(ZERO, volume - leg.volume)
        side: Literal["buy", "sell"] = "sell" if leg.deal.kind == BUY else "buy"
        yield leg, Closing(leg.deal.executed_at, side, _net(leg) + share)


def _net(leg: _Leg) -> Decimal:
    return leg.profit + leg.commission + leg.swap + leg.fee


def _moment(deal: Deal) -> tuple[datetime, int, bool]:
    """Broker order. A synthetic exit has its entry's ticket, negated: it follows its entry."""
    return deal.executed_at, abs(deal.ticket), deal.ticket < 0


def _parts(deals: Iterable[Deal]) -> list[list[_Leg]]:
    parts: list[list[_Leg]] = [[]]
    held = ZERO
    for deal in deals:
        signed = deal.volume if deal.kind == BUY else -deal.volume
        if deal.entry == IN_OUT:
            other_way = max(ZERO, -held if deal.kind == BUY else held)
            closing, opening = _split(deal, other_way)
            parts[-1].append(closing)
            if opening is not None:
                parts.append([opening])
        else:
            parts[-1].append(_whole_leg(deal, is_entry=deal.entry == IN))
        held += signed
    return parts


def _split(deal: Deal, other_way: Decimal) -> tuple[_Leg, _Leg | None]:
    """Divide a reversal: what was open closes with all the profit, the rest opens; costs by volume."""
    closed = min(deal.volume, other_way)
    rest = deal.volume - closed
    if rest == 0:
        return _whole_leg(deal, is_entry=False), None
    commission, fee = (_portion(money, closed, deal.volume) for money in (deal.commission, deal.fee))
    closing = _Leg(deal, False, closed, deal.profit, commission, deal.swap, fee)
    return closing, _Leg(deal, True, rest, ZERO, deal.commission - commission, ZERO, deal.fee - fee)


def _whole_leg(deal: Deal, *, is_entry: bool) -> _Leg:
    return _Leg(deal, is_entry, deal.volume, deal.profit, deal.commission, deal.swap, deal.fee)


def _portion(money: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """The part's share of the money, to the cent."""
    return _EXACT.divide(_EXACT.multiply(money, part), whole).quantize(_CENT, ROUND_HALF_UP)


def _trade(position_id: int, part: int, legs: Sequence[_Leg]) -> TradeRow:
    entries = [leg for leg in legs if leg.is_entry]
    exits = [leg for leg in legs if not leg.is_entry]
    opened, closed = _total(entries), _total(exits)
    state = _state(entries, exits)
    first = (entries or exits)[0].deal
    ending = exits[-1].deal if exits and state != "open" else None
    money = {
        name: sum((getattr(leg, name) for leg in legs), ZERO)
        for name in ("profit", "commission", "swap", "fee")
    }
    return TradeRow(
        position_id=position_id,
        part=part,
        symbol=first.symbol,
        side="buy" if (first.kind == BUY) == bool(entries) else "sell",
        state=state,
        volume=max(opened, closed),
        closed_volume=closed,
        entry_price=_mean_price(entries),
        exit_price=_mean_price(exits),
        entered_at=entries[0].deal.executed_at if entries else None,
        exited_at=ending.executed_at if ending else None,
        net_profit=sum(money.values(), ZERO),
        magic=next((leg.deal.magic for leg in (*entries, *exits) if leg.deal.magic is not None), None),
        exit_reason=EXIT_REASONS.get(-1 if ending.reason is None else ending.reason, "") if ending else "",
        # A netting position takes the stops of the latest order that enlarged it.
        stop_loss=entries[-1].deal.stop_loss if entries else first.stop_loss,
        take_profit=entries[-1].deal.take_profit if entries else first.take_profit,
        initial_stop=next((leg.deal.stop_loss for leg in entries if leg.deal.stop_loss is not None), None),
        comment=first.comment,
        **money,
    )


def _total(legs: Sequence[_Leg]) -> Decimal:
    return sum((leg.volume for leg in legs), ZERO)


def _state(entries: Sequence[_Leg], exits: Sequence[_Leg]) -> Literal["open", "closed", "orphan"]:
    """More closed than was seen to open: an entry is missing."""
    opened, closed = _total(entries), _total(exits)
    if not entries or closed > opened:
        return "orphan"
    return "closed" if closed == opened and exits else "open"


def _mean_price(legs: Sequence[_Leg]) -> Decimal | None:
    """The volume-weighted price, to 8 decimals; None where nothing is known."""
    priced = [(leg.deal.price, leg.volume) for leg in legs if leg.deal.price is not None]
    volume = sum((volume for _, volume in priced), ZERO)
    if volume == 0:
        return legs[0].deal.price if legs else None
    worth = ZERO
    for price, lots in priced:
        worth = _EXACT.add(worth, _EXACT.multiply(price, lots))
    return _EXACT.divide(worth, volume).quantize(_PRICE, ROUND_HALF_UP)
