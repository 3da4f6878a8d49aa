"""The ordinary deal, read in one look: every check is made while its JSON is parsed.

A deal that does not look like this may be good all the same, or bad; `items` reads it again
then, field by field, and knows what to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from metafleet.engine.statements.folding import BUY, IN, SELL
from metafleet.hub.journal.fields import COMMENT, MONEY_BELOW, PRICE_BELOW, SYMBOL
from metafleet.wire.scalars import BIGINT_HIGH, BIGINT_LOW, Clock, to_utc

_LEAST: Final = 1e-8
"""What is smaller is nothing, to the 8 decimals that are kept."""

_Ticket = Annotated[int, Meta(ge=1, le=BIGINT_HIGH)]
_Link = Annotated[int, Meta(ge=0, le=BIGINT_HIGH)]
_Amount = Annotated[float, Meta(ge=_LEAST, lt=PRICE_BELOW)]
_Level = Annotated[float, Meta(ge=0, lt=PRICE_BELOW)]
_Money = Annotated[float, Meta(gt=-MONEY_BELOW, lt=MONEY_BELOW)] | Annotated[str, Meta(max_length=21)]
"""As text it is looked at afterwards, all of it at once (`_are_amounts`)."""
_Seconds = Annotated[int, Meta(ge=1, lt=10**10)]
_Milliseconds = Annotated[int, Meta(ge=10**12, lt=10**13)]

_are_amounts_in_lines: Final = re.compile(r"(?:-?[0-9]{1,11}(?:\.[0-9]{1,8})?\n)*").fullmatch

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class _Plain(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """A deal of a trade that has neither closed yet nor anything odd about it."""

    ticket: _Ticket
    symbol: Annotated[str, Meta(min_length=1, max_length=SYMBOL)]
    type: Literal["BUY", "SELL"]
    volume: _Amount
    open_price: _Amount | None = None
    price: _Amount | None = None
    open_time: _Seconds | None = None
    time: _Seconds | None = None
    time_msc: _Milliseconds | None = None
    commission: _Money = 0
    swap: _Money = 0
    fee: _Money = 0
    profit: _Money = 0
    comment: Annotated[str, Meta(max_length=COMMENT)] = ""
    position_id: _Link | None = None
    order_id: _Link | None = None
    magic: Annotated[int, Meta(ge=BIGINT_LOW, le=BIGINT_HIGH)] | None = None
    entry_type: Annotated[int, Meta(ge=0, le=3)] | None = None
    reason: Annotated[int, Meta(ge=0, le=99)] | None = None
    stop_loss: _Level | None = None
    take_profit: _Level | None = None
    # Nobody asks for these, but they must be what they should be.
    deal_type: int | None = None
    contract_size: float | str | None = None
    # A closed order is read field by field.
    close_price: None = None
    close_time: None = None


class Row(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A `folding.Deal` whose numbers are as they came; the database reads them. What is none is left out."""

    ticket: int
    position_id: int
    symbol: str
    kind: int
    entry: int
    volume: float
    price: float
    executed_at: datetime
    order_id: int | None = None
    profit: float | str = 0
    commission: float | str = 0
    swap: float | str = 0
    fee: float | str = 0
    magic: int | None = None
    reason: int | None = None
    stop_loss: float | None = None
    take_profit: float | None = None
    comment: str = ""


_decode: Final = msgspec.json.Decoder(_Plain).decode
_decode_all: Final = msgspec.json.Decoder(list[_Plain]).decode


def read_all(items: Sequence[msgspec.Raw], clock: Clock) -> list[Row | None]:
    """Return the deals, None for each that takes a closer look."""
    found: Sequence[_Plain | None]
    try:
        found = _decode_all(b"[%b]" % b",".join(items))
    except (msgspec.DecodeError, RecursionError):
        found = [_plain(item) for item in items]
    known = [said for said in found if said is not None]
    odd = {symbol for symbol in {said.symbol for said in known} if not _is_symbol(symbol)}
    if not _are_amounts(known):
        found = [said if said and _are_amounts([said]) else None for said in found]
    return [None if said is None or said.symbol in odd else _row(said, clock) for said in found]


def _plain(item: msgspec.Raw) -> _Plain | None:
    try:
        return _decode(item)
    except (msgspec.DecodeError, RecursionError):
        return None


def _are_amounts(deals: Iterable[_Plain]) -> bool:
    """Whether all money that came as text is numbers: one look at a text of lines, not one at each."""
    texts = [
        money
        for said in deals
        for money in (said.profit, said.commission, said.swap, said.fee)
        if money.__class__ is str
    ]
    lines = "".join([f"{text}\n" for text in texts])
    # A text that brings an end of the line with it would be two.
    return lines.count("\n") == len(texts) and _are_amounts_in_lines(lines) is not None


def _is_symbol(symbol: str) -> bool:
    return symbol.isascii() and symbol.isprintable() and " " not in symbol


def _row(said: _Plain, clock: Clock) -> Row | None:
    seconds: float | None = said.open_time if said.open_time is not None else said.time
    if said.time_msc is not None:
        seconds = said.time_msc / 1000
    price = said.open_price if said.open_price is not None else said.price
    if seconds is None or price is None or "\x00" in said.comment:
        return None
    entry = said.entry_type or IN
    order_id = said.order_id or None
    # MetaTrader says 0 for none.
    stop, goal = said.stop_loss, said.take_profit
    return Row(
        said.ticket,
        said.position_id or (order_id if entry == IN and order_id is not None else said.ticket),
        said.symbol,
        BUY if said.type == "BUY" else SELL,
        entry,
        said.volume,
        price,
        _EPOCH + timedelta(0, seconds - clock) if isinstance(clock, int) else to_utc(seconds, clock),
        order_id,
        said.profit,
        said.commission,
        said.swap,
        said.fee,
        said.magic,
        said.reason,
        stop if stop and stop >= _LEAST else None,
        goal if goal and goal >= _LEAST else None,
        said.comment,
    )
