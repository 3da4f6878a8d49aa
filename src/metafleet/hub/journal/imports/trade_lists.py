"""CSV with one line for each trade: MQL5 signals, and the trading journal of FTMO.

Both name a column for the opening's time and price, and again for the closing's, in various
words. A signal tells no tickets at all; FTMO tells each position's, which on MetaTrader 4 is
the order's. What is derived where tickets are missing: see `orders`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from metafleet.engine.statements.folding import Deal
from metafleet.hub.journal.imports.documents import Document
from metafleet.hub.journal.imports.errors import NotAHistory
from metafleet.hub.journal.imports.history import Format, History, Unreadable
from metafleet.hub.journal.imports.orders import (
    Deriver,
    Operation,
    Order,
    derived_deals,
    operation_deal,
)
from metafleet.hub.journal.imports.tables import Row
from metafleet.hub.journal.imports.values import CLOCK_BACK, BadCell, Conventions, is_time, ticket
from metafleet.hub.journal.imports.words import BALANCE, OPERATIONS, SIDES, operation_of

_NAMES: Final = {
    "ticket": "ticket", "position": "ticket", "position id": "ticket", "id": "ticket",
    "time": "opened", "open": "opened", "opentime": "opened", "open time": "opened", "open date": "opened",
    "type": "type", "side": "type", "volume": "volume", "lots": "volume", "size": "volume",
    "symbol": "symbol", "item": "symbol", "price": "price", "openprice": "price", "open price": "price",
    "sl": "stop_loss", "s/l": "stop_loss", "s / l": "stop_loss", "stop loss": "stop_loss",
    "tp": "take_profit", "t/p": "take_profit", "t / p": "take_profit", "take profit": "take_profit",
    "close": "closed", "closetime": "closed", "close time": "closed", "close date": "closed",
    "closeprice": "price2", "close price": "price2", "commission": "commission", "commissions": "commission",
    "fee": "fee", "taxes": "fee", "swap": "swap", "swaps": "swap", "profit": "profit", "comment": "comment",
}  # fmt: skip
_AGAIN: Final = {"opened": "closed", "price": "price2"}
_NEEDED: Final = {"opened", "type", "volume", "symbol", "price", "closed", "price2", "profit"}
_CODES: Final = {"0": "buy", "1": "sell", "0.0": "buy", "1.0": "sell"}
"""As programs dump what MetaTrader calls a position's type."""
_UNPRICED: Final = "profit"
"""The symbol of the line into which a broker sums up trades that it archived."""


def is_signal(document: Document) -> bool:
    return document.kind in {"csv", "xlsx"} and "ticket" not in (found := _roles(document)) and bool(found)


def is_ftmo(document: Document) -> bool:
    return document.kind in {"csv", "xlsx"} and "ticket" in _roles(document)


def read_list(document: Document) -> History:
    """Read a list of trades. Raises NotAHistory for one without a line."""
    rows = document.rows[1:]
    if not any(row.filled() for row in rows):
        raise NotAHistory("The file has a head and no trades. Choose a longer period and export it again.")
    conventions = Conventions.of(text for row in rows[:5000] for text in row.texts)
    return _Reader(conventions, _roles(document)).read(rows)


class _Reader:
    def __init__(self, conventions: Conventions, roles: dict[str, int]) -> None:
        self._conventions = conventions
        self._roles = roles
        self._deriver = Deriver()
        self._history = History(platform="any")

    def read(self, rows: Sequence[Row]) -> History:
        history, found = self._history, dict[int, Deal]()
        archived = 0
        for row in rows:
            # A spacer, or a line that has nothing but a time.
            if not any(self._cell(row, role) for role in ("type", "volume", "symbol", "profit")):
                continue
            try:
                deals = self._row(row)
            except BadCell as error:
                history.unreadable.append(Unreadable(f"line {row.number}", str(error)))
                continue
            archived += self._cell(row, "symbol").lower() == _UNPRICED and bool(deals)
            found |= {deal.ticket: deal for deal in deals}
        history.deals = list(found.values())
        if archived:
            history.notes.append(
                f"{archived} lines sum up trades that the broker archived: each counts as one trade, "
                "without prices."
            )
        return history

    def _cell(self, row: Row, role: str) -> str:
        place = self._roles.get(role)
        return "" if place is None else row.between(place, place + 1)

    def _row(self, row: Row) -> Sequence[Deal]:
        word = self._cell(row, "type").lower()
        word = _CODES.get(word, word)
        if word in OPERATIONS:
            return [operation_deal(self._operation(row, OPERATIONS[word]), self._deriver)]
        if word in SIDES:
            order = self._order(row, SIDES[word])
            self._history.open_positions += order.closed_at is None
            return derived_deals(order, self._deriver)
        if word.startswith(("buy ", "sell ")):
            self._history.cancelled_orders += 1
            return []
        raise BadCell(f"expected buy, sell or balance, found {word[:30]!r}")

    def _operation(self, row: Row, kind: int) -> Operation:
        comment = self._cell(row, "comment")
        return Operation(
            ticket=None,
            kind=operation_of(comment) if kind == BALANCE else kind,
            at=self._conventions.time(self._cell(row, "opened")),
            amount=self._conventions.money(self._cell(row, "profit")),
            comment=comment,
        )

    def _order(self, row: Row, side: int) -> Order:
        said = self._conventions
        closed = self._cell(row, "closed")
        opened_at = said.time(self._cell(row, "opened"))
        closed_at = said.time(closed) if closed else None
        if closed_at is not None and closed_at < opened_at - CLOCK_BACK:
            raise BadCell("closed before it opened")
        number = self._cell(row, "ticket")
        return Order(
            ticket=ticket(number) if "ticket" in self._roles else None,
            symbol=self._cell(row, "symbol"),
            side=side,
            volume=said.volume(self._cell(row, "volume")),
            price=said.price(self._cell(row, "price")),
            opened_at=opened_at,
            close_price=said.price(self._cell(row, "price2")),
            closed_at=closed_at,
            commission=said.money(self._cell(row, "commission")),
            fee=said.money(self._cell(row, "fee")),
            swap=said.money(self._cell(row, "swap")),
            profit=said.money(self._cell(row, "profit")),
            stop_loss=said.price(self._cell(row, "stop_loss")),
            take_profit=said.price(self._cell(row, "take_profit")),
            magic=None,
            comment=self._cell(row, "comment"),
        )


def _roles(document: Document) -> dict[str, int]:
    """Return which column is what; {} where the first row is no head of a list of trades."""
    if not document.rows or is_time(document.rows[0].texts[0]):
        return {}
    roles: dict[str, int] = {}
    head = document.rows[0]
    for column, text in zip(head.columns, head.texts, strict=True):
        name = _NAMES.get(text.strip().lower(), "")
        if name in roles:
            name = _AGAIN.get(name, "")
        if name:
            roles.setdefault(name, column)
    return roles if roles.keys() >= _NEEDED else {}


def as_orders(history: History) -> History:
    """Give derived deals of positions the tickets N and -N, which they have on a MetaTrader 4 account."""
    deals = []
    for deal in history.deals:
        if deal.position_id is not None and deal.position_id > 0:
            ticket_ = deal.position_id if deal.entry == 0 else -deal.position_id
            deal = msgspec.structs.replace(deal, ticket=ticket_)  # noqa: PLW2901
        deals.append(deal)
    history.deals = deals
    return history


SIGNAL: Final = Format("mql5-signal", "MQL5 signal history (CSV)", is_signal, read_list)
FTMO: Final = Format("ftmo", "FTMO trading journal, or a list of positions", is_ftmo, read_list)
