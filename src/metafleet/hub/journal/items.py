"""The items of a batch: a bad one is set aside and spoils no other.

Deals come by the hundred, so that most are read by `plain`, in one look, and only what is
unusual or wrong field by field.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Generic, TypeVar

import msgspec

from metafleet.engine.statements.folding import BUY, IN, OUT, SELL, ZERO, Deal
from metafleet.hub.journal import fields, plain
from metafleet.hub.journal.intake import LINKS, BadItem, DealReason, Deals, OpenPosition
from metafleet.hub.kernel.decoding import item_fault
from metafleet.hub.kernel.errors import Fault, Malformed
from metafleet.hub.market.intake import Bar
from metafleet.wire import messages
from metafleet.wire.scalars import Clock

Item = TypeVar("Item")
Wire = TypeVar("Wire", bound=messages.Message)

_log = logging.getLogger(__name__)

_KINDS: Final = {"BUY": BUY, "SELL": SELL}
_STOP_MARKS: Final = {"[sl]": 4, "[tp]": 5}
"""MT4 knows no reasons: it appends a mark to the comment. As DEAL_REASON."""
_HEDGED: Final = "close hedge by #"
_HIGHEST_KIND, _HIGHEST_ENTRY, _HIGHEST_REASON = 99, 3, 99
"""DEAL_TYPE, DEAL_ENTRY and DEAL_REASON with room for what MetaTrader may add; entries are four."""


class _Ticketed(msgspec.Struct):
    """As much of a bad item as tells the sender which one it was."""

    ticket: int | str | None = None


class _Reasoned(msgspec.Struct):
    """What of a deal says why."""

    ticket: int | str
    tag: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Read(Generic[Item]):
    """What a batch holds: the good items with their places, and the bad ones."""

    good: list[tuple[int, Item]]
    bad: list[BadItem]


def check_size(pointer: str, items: Sequence[msgspec.Raw], most: int) -> None:
    """Raise Malformed when the batch is larger than the protocol allows."""
    if len(items) > most:
        raise Malformed(Fault(pointer, f"At most {most} items in one request, found {len(items)}."))


def read_trades(raw: Sequence[msgspec.Raw], clock: Clock) -> tuple[Deals, list[BadItem]]:
    """Read deals as `intake.record` takes them. A closed MT4 order is two deals: see `_closed_order`."""
    found = plain.read_all(raw, clock)
    if None not in found:
        return _all_plain([row for row in found if row is not None]), []
    tickets: list[tuple[int, ...]] = []
    rows: list[plain.Row | Deal] = []
    bad: list[BadItem] = []
    has_orders = False
    for index, (item, row) in enumerate(zip(raw, found, strict=True)):
        if row is not None:
            tickets.append((row.ticket,))
            rows.append(row)
            has_orders = has_orders or row.comment.startswith(LINKS)
            continue
        read = read_deals([item], clock)
        for _, made in read.good:
            tickets.append(tuple(deal.ticket for deal in made))
            rows.extend(made)
            has_orders = has_orders or len(made) > 1 or made[0].comment.startswith(LINKS)
        bad.extend(msgspec.structs.replace(one, index=index) for one in read.bad)
    return Deals(tickets, msgspec.json.encode(rows).decode(), has_orders), bad


def _all_plain(rows: Sequence[plain.Row]) -> Deals:
    has_orders = any(row.comment.startswith(LINKS) for row in rows if row.comment)
    return Deals([(row.ticket,) for row in rows], msgspec.json.encode(rows).decode(), has_orders)


def read_reasons(raw: Sequence[msgspec.Raw]) -> list[DealReason]:
    """Return what EAs say of why, cut where it is too long. What cannot be read spoils no deal."""
    found = []
    # Most batches have none, and most deals of the others; they are not read a second time.
    for item in raw if _gives_reasons(b"".join(raw)) else ():
        if not _gives_reasons(bytes(item)):
            continue
        try:
            said = msgspec.json.decode(item, type=_Reasoned)
            ticket = fields.ticket("ticket", said.ticket)
        except (msgspec.DecodeError, fields.FieldRefused, RecursionError):
            continue
        tag = fields.text(said.tag.strip(), messages.TAG_LENGTH)
        note = fields.text(said.note.strip(), messages.NOTE_LENGTH)
        if tag or note:
            found.append(DealReason(ticket, tag, note))
    return found


def _gives_reasons(written: bytes) -> bool:
    return b'"tag"' in written or b'"note"' in written


def read_deals(raw: Sequence[msgspec.Raw], clock: Clock) -> Read[tuple[Deal, ...]]:
    """Read deals one by one, field by field."""

    def one(item: messages.Deal) -> tuple[Deal, ...]:
        if item.close_price is None and item.close_time is None:
            return (_deal(item, clock),)
        return _closed_order(item, clock)

    return _read(raw, messages.Deal, one)


def read_positions(raw: Sequence[msgspec.Raw], clock: Clock) -> Read[OpenPosition]:
    return _read(raw, messages.Position, lambda item: _position(item, clock))


def read_bars(raw: Sequence[msgspec.Raw], clock: Clock) -> Read[Bar]:
    """Read bars; one whose time is not after the last good one's is bad."""
    last: Bar | None = None

    def one(item: messages.Candle) -> Bar:
        nonlocal last
        bar = _bar(item, clock)
        if last is not None and bar.opened_at <= last.opened_at:
            raise fields.FieldRefused("time", "expected a time after the bar before it")
        last = bar
        return bar

    return _read(raw, messages.Candle, one)


def _read(raw: Sequence[msgspec.Raw], kind: type[Wire], one: Callable[[Wire], Item]) -> Read[Item]:
    good: list[tuple[int, Item]] = []
    bad: list[BadItem] = []
    for index, item in enumerate(raw):
        try:
            good.append((index, one(msgspec.json.decode(item, type=kind))))
        except (msgspec.DecodeError, fields.FieldRefused, RecursionError) as error:
            bad.append(_set_aside(index, item, item_fault(error)))
        except Exception:  # noqa: BLE001 - one item that we stumble over must not hold up all others
            _log.exception("an item could not be read: %.500r", bytes(item))
            bad.append(_set_aside(index, item, "The hub stumbled over it, and will try again.", is_ours=True))
    return Read(good, bad)


def _set_aside(index: int, item: msgspec.Raw, detail: str, *, is_ours: bool = False) -> BadItem:
    return BadItem(index, _ticket_of(item), bytes(item).decode("utf-8", "replace"), detail, is_ours)


def _ticket_of(item: msgspec.Raw) -> int | None:
    try:
        found = msgspec.json.decode(item, type=_Ticketed).ticket
        return None if found is None else fields.ticket("ticket", found)
    except (msgspec.DecodeError, fields.FieldRefused, RecursionError):
        return None


def _deal(item: messages.Deal, clock: Clock) -> Deal:
    kind = _kind(item)
    is_trade = kind in (BUY, SELL)
    ticket = fields.ticket("ticket", item.ticket)
    order_id = fields.link("orderId", item.order_id)
    entry = fields.code("entryType", item.entry_type or IN, high=_HIGHEST_ENTRY) if is_trade else None
    return Deal(
        ticket=ticket,
        position_id=_position_id(item, ticket, order_id, entry) if is_trade else None,
        order_id=order_id,
        symbol=fields.symbol("symbol", item.symbol) if is_trade or item.symbol else "",
        kind=kind,
        entry=entry,
        volume=_volume(item) if is_trade else fields.count("volume", item.volume) or ZERO,
        price=_price(item) if is_trade else None,
        executed_at=_executed_at(item, clock),
        profit=fields.money("profit", item.profit),
        commission=fields.money("commission", item.commission),
        swap=fields.money("swap", item.swap),
        fee=fields.money("fee", item.fee),
        magic=fields.magic("magic", item.magic),
        reason=None if item.reason is None else fields.code("reason", item.reason, high=_HIGHEST_REASON),
        stop_loss=fields.level("stopLoss", item.stop_loss),
        take_profit=fields.level("takeProfit", item.take_profit),
        comment=fields.text(item.comment),
    )


def _closed_order(item: messages.Deal, clock: Clock) -> tuple[Deal, ...]:
    """Make a closed MT4 order the two deals that it stands for, the same two each time.

    The entry has the order's ticket N, its opening and its commission; the exit has
    ticket -N, which no broker gives, and the close, profit and swap. Both belong to
    one position, N. An order that was reported while it was open already has its entry.
    """
    if item.close_price is None or item.close_time is None:
        raise fields.FieldRefused("closePrice", "a closed order has both closePrice and closeTime")
    whole = _deal(item, clock)
    if whole.kind not in (BUY, SELL):
        raise fields.FieldRefused("type", "only BUY and SELL orders close")
    closed_at = fields.instant("closeTime", item.close_time, clock)
    if closed_at < whole.executed_at:
        raise fields.FieldRefused("closeTime", "expected a time after openTime")
    mark = next((code for word, code in _STOP_MARKS.items() if word in whole.comment), None)
    # The same position as when the order was reported open.
    position_id = _position_id(item, whole.ticket, whole.order_id, IN)
    entry = msgspec.structs.replace(
        whole, position_id=position_id, entry=IN, profit=ZERO, swap=ZERO, fee=ZERO, reason=None
    )
    leaving = msgspec.structs.replace(
        whole,
        ticket=-whole.ticket,
        position_id=position_id,
        kind=SELL if whole.kind == BUY else BUY,
        entry=OUT,
        price=fields.price("closePrice", item.close_price),
        executed_at=closed_at,
        commission=ZERO,
        reason=whole.reason if whole.reason is not None else mark,
    )
    return entry, leaving


def _kind(item: messages.Deal) -> int:
    if item.type is not None:
        kind = _KINDS.get(item.type.upper())
        if kind is None:
            raise fields.FieldRefused("type", "expected BUY or SELL, or dealType for anything else")
        return kind
    if item.deal_type is None:
        raise fields.FieldRefused("type", "is missing, and so is dealType")
    return fields.code("dealType", item.deal_type, high=_HIGHEST_KIND)


def _position_id(item: messages.Deal, ticket: int, order_id: int | None, entry: int | None) -> int:
    """A position has the ticket of the order that opened it; where nothing is said a deal stands alone."""
    said = fields.link("positionId", item.position_id)
    if said is not None:
        return said
    return order_id if entry == IN and order_id is not None else ticket


def _volume(item: messages.Deal) -> Decimal:
    if item.comment.startswith(_HEDGED):
        # The smaller of two orders that close each other is closed with no volume at all.
        return fields.count("volume", item.volume) or ZERO
    return fields.volume("volume", item.volume)


def _price(item: messages.Deal) -> Decimal:
    return fields.price("openPrice", item.open_price if item.open_price is not None else item.price)


def _executed_at(item: messages.Deal, clock: Clock) -> datetime:
    if item.time_msc is not None:
        msc = fields.ticket("timeMsc", item.time_msc)
        return fields.instant("timeMsc", msc / 1000, clock)
    said = item.open_time if item.open_time is not None else item.time
    return fields.instant("openTime", said, clock)


def _position(item: messages.Position, clock: Clock) -> OpenPosition:
    return OpenPosition(
        ticket=fields.ticket("ticket", item.ticket),
        symbol=fields.symbol("symbol", item.symbol),
        side="buy" if item.type == "BUY" else "sell",
        volume=fields.volume("volume", item.volume),
        open_price=fields.price("openPrice", item.open_price),
        current_price=fields.price("currentPrice", item.current_price),
        profit=fields.money("profit", item.profit),
        swap=fields.money("swap", item.swap),
        stop_loss=fields.level("stopLoss", item.stop_loss),
        take_profit=fields.level("takeProfit", item.take_profit),
        magic=fields.magic("magic", item.magic),
        comment=fields.text(item.comment),
        opened_at=fields.instant("openTime", item.open_time, clock),
    )


def _bar(item: messages.Candle, clock: Clock) -> Bar:
    bar = Bar(
        opened_at=fields.instant("time", item.time, clock),
        open=fields.price("open", item.open),
        high=fields.price("high", item.high),
        low=fields.price("low", item.low),
        close=fields.price("close", item.close),
        volume=fields.count("volume", item.volume),
    )
    if bar.high < bar.low:
        raise fields.FieldRefused("high", f"{bar.high} is below the low, {bar.low}")
    return bar
