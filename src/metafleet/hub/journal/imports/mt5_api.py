"""What the MetaTrader5 Python package gives: `history_deals_get` as JSON, CSV or Excel.

Also an archive or one JSON object with deals and, beside them, orders (for the stops), open
positions and the account (for its login and balance).
Source: MetaTrader5 5.0.6231, TradeDeal, TradeOrder, AccountInfo; enumerations of the MQL5 help.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from metafleet.engine.statements.folding import ZERO, Deal
from metafleet.hub.journal.imports.documents import Document
from metafleet.hub.journal.imports.errors import NotAHistory
from metafleet.hub.journal.imports.history import Format, History, Said, Unreadable
from metafleet.hub.journal.imports.tables import MOST_ROWS, Row
from metafleet.hub.journal.imports.values import BadCell, Conventions, epoch, ticket
from metafleet.hub.journal.imports.words import DIRECTIONS, OPERATIONS, SIDES

Record = Mapping[str, Any]

_DEAL: Final = {"ticket", "type", "entry", "profit"}
_ORDER: Final = {"ticket", "type", "time_setup"}
_POSITION: Final = {"ticket", "type", "price_open", "price_current", "identifier"}
_HIGHEST_CODE: Final = 99
_EXPORT: Final = "Export the deals: pd.DataFrame([d._asdict() for d in mt5.history_deals_get(start, end)])."


class _Dump(msgspec.Struct):
    """The lists that a dump may hold. None: there is none."""

    deals: list[Record] | None = None
    orders: list[Record] | None = None
    positions: list[Record] | None = None
    account: Record | None = None


def is_dump(document: Document) -> bool:
    """Tell a dump by the names of its columns or keys."""
    found = _dump(document)
    return any(part is not None for part in (found.deals, found.orders, found.positions))


def read_dump(document: Document) -> History:
    """Read a dump. Raises NotAHistory for one without deals."""
    dump = _dump(document)
    if dump.deals is None:
        what = "orders" if dump.orders is not None else "open positions"
        raise NotAHistory(f"The file holds {what} of the MetaTrader5 package, and no deals. {_EXPORT}")
    if len(dump.deals) > MOST_ROWS:
        raise NotAHistory(f"The file has more than {MOST_ROWS:,} deals. Export a shorter period.")
    return _Reader(dump).read()


def _dump(document: Document) -> _Dump:
    found = _Dump()
    for records in _lists(document):
        if not records:
            continue
        keys = records[0].keys()
        if keys >= _DEAL:
            found.deals = found.deals or records
        elif keys >= _ORDER:
            found.orders = records
        elif keys >= _POSITION:
            found.positions = records
        elif keys >= {"login", "balance", "currency"}:
            found.account = records[0]
    return found


def _lists(document: Document) -> Iterable[list[Record]]:
    """Yield every list of records in the document; one record alone is a list of one."""
    if document.kind == "zip":
        for part in document.parts.values():
            yield from _lists(part)
    elif document.kind == "json":
        yield from _json_lists(document.data)
    elif document.rows:
        yield _table(document.rows)


def _json_lists(data: Any) -> Iterable[list[Record]]:
    if isinstance(data, list):
        yield [record for record in data if isinstance(record, dict)]
    elif isinstance(data, dict):
        if _is_by_column(data):
            yield _by_row(data)
            return
        yield [data]
        for part in data.values():
            if isinstance(part, list):
                yield [record for record in part if isinstance(record, dict)]
            elif isinstance(part, dict):
                yield _by_row(part) if _is_by_column(part) else [part]


def _is_by_column(data: Mapping[str, Any]) -> bool:
    """pandas writes {"ticket": {"0": 1, "1": 2}, …} unless it is told otherwise."""
    return data.keys() >= {"ticket", "type"} and isinstance(data["ticket"], dict | list)


def _by_row(data: Mapping[str, Any]) -> list[Record]:
    columns = {
        name: list(column.values()) if isinstance(column, dict) else column
        for name, column in data.items()
        if isinstance(column, dict | list)
    }
    count = len(columns["ticket"])
    return [
        {name: column[index] for name, column in columns.items() if index < len(column)}
        for index in range(min(count, MOST_ROWS + 1))
    ]


def _table(rows: Sequence[Row]) -> list[Record]:
    """Rows under a head of names, as dictionaries of text."""
    head = rows[0]
    names = {
        column: text.strip().lower() for column, text in zip(head.columns, head.texts, strict=True) if text
    }
    if not {"ticket", "type"} <= set(names.values()):
        return []
    return [_record(names, row) for row in rows[1:]]


def _record(names: Mapping[int, str], row: Row) -> Record:
    found: dict[str, Any] = dict.fromkeys(names.values(), "")
    for column, text in zip(row.columns, row.texts, strict=True):
        if column in names:
            found[names[column]] = text
    return found


class _Reader:
    def __init__(self, dump: _Dump) -> None:
        self._dump = dump
        cells = (value for record in (dump.deals or ())[:2000] for value in record.values())
        self._conventions = Conventions.of(value for value in cells if isinstance(value, str))

    def read(self) -> History:
        history = History(platform="mt5", said=_said(self._dump.account))
        stops = self._stops()
        found: dict[int, Deal] = {}
        for number, record in enumerate(self._dump.deals or (), 1):
            try:
                deal = self._deal(record, stops)
            except BadCell as error:
                history.unreadable.append(Unreadable(f"deal {number}", str(error)))
            else:
                found.setdefault(deal.ticket, deal)
        history.deals = list(found.values())
        history.open_positions = len(self._dump.positions or ())
        history.cancelled_orders = sum(
            str(order.get("state", "")) in {"2", "2.0", "6", "6.0"} for order in self._dump.orders or ()
        )
        account = self._dump.account
        if account is not None and (balance := self._number(account, "balance")) is not None:
            history.printed["balance"] = balance
        return history

    def _deal(self, record: Record, stops: Mapping[int, dict[str, Decimal | None]]) -> Deal:
        kind = _code(record, "type", SIDES | OPERATIONS, "DEAL_TYPE_")
        is_trade = kind in (0, 1)
        number = ticket(as_text(record.get("ticket")))
        order_id = _link(record, "order")
        entry = _code(record, "entry", DIRECTIONS, "DEAL_ENTRY_") if is_trade else None
        position = _link(record, "position_id")
        if is_trade and position is None:
            position = order_id if entry == 0 and order_id else number
        return Deal(
            ticket=number,
            position_id=position if is_trade else None,
            order_id=order_id,
            symbol=as_text(record.get("symbol"))[:32] if is_trade else "",
            kind=kind,
            entry=entry,
            volume=self._conventions.volume(as_text(record.get("volume"))) if is_trade else ZERO,
            price=self._conventions.price(as_text(record.get("price"))) if is_trade else None,
            executed_at=self._time(record),
            profit=self._number(record, "profit") or ZERO,
            commission=self._number(record, "commission") or ZERO,
            swap=self._number(record, "swap") or ZERO,
            fee=self._number(record, "fee") or ZERO,
            magic=_whole(record, "magic") or None,
            reason=_reason(record),
            **(stops.get(order_id or 0, _NO_STOPS) if entry == 0 else _NO_STOPS),
            comment=as_text(record.get("comment"))[:255],
        )

    def _stops(self) -> dict[int, dict[str, Decimal | None]]:
        stops: dict[int, dict[str, Decimal | None]] = {}
        for order in self._dump.orders or ():
            try:
                stops[ticket(as_text(order.get("ticket")))] = {
                    "stop_loss": self._conventions.price(as_text(order.get("sl"))),
                    "take_profit": self._conventions.price(as_text(order.get("tp"))),
                }
            except BadCell:
                continue  # of orders nothing else is kept
        return stops

    def _number(self, record: Record, name: str) -> Decimal | None:
        return self._conventions.number(as_text(record.get(name)))

    def _time(self, record: Record) -> datetime:
        """Milliseconds where they are what they say; pandas may have made either column a date."""
        second = self._moment(as_text(record.get("time")))
        try:
            exact = self._moment(as_text(record.get("time_msc")))
        except BadCell:
            return second
        return exact if abs((exact - second).total_seconds()) < 1 else second

    def _moment(self, text: str) -> datetime:
        try:
            return epoch(Decimal(text))
        except InvalidOperation:
            return self._conventions.time(text)


_NO_STOPS: Final[dict[str, Decimal | None]] = {"stop_loss": None, "take_profit": None}


def _said(account: Record | None) -> Said:
    if account is None:
        return Said()
    return Said(
        _whole(account, "login") or None,
        as_text(account.get("server"))[:64],
        as_text(account.get("currency"))[:8],
        as_text(account.get("name"))[:100],
    )


def as_text(value: Any) -> str:
    """Return what a program wrote as a cell has it, "" for none."""
    if value is None or isinstance(value, bool | dict | list):
        return ""
    text = repr(value) if isinstance(value, float) else str(value)
    return "" if text in {"nan", "NaN", "NaT", "None", "inf", "-inf"} else text[:2000].replace("\x00", "")


def _whole(record: Record, name: str) -> int:
    """Return a count; 0 where there is none or it does not fit, as a magic number of 64 bits may."""
    text = as_text(record.get(name))
    try:
        found = int(Decimal(text)) if text else 0
    except (InvalidOperation, ValueError, OverflowError):
        raise BadCell(f"{name}: expected a whole number, found {text[:40]!r}") from None
    return found if abs(found) < 2**63 else 0


def _link(record: Record, name: str) -> int | None:
    found = _whole(record, name)
    return found if found > 0 else None


def _code(record: Record, name: str, words: Mapping[str, int], prefix: str) -> int:
    text = as_text(record.get(name)).strip()
    word = text.upper().removeprefix(prefix).replace("_", " ").lower()
    if word in words:
        return words[word]
    found = _whole(record, name) if text else -1
    if not 0 <= found <= _HIGHEST_CODE:
        raise BadCell(f"{name}: expected a code from 0 to {_HIGHEST_CODE}, found {text[:40]!r}")
    return found


def _reason(record: Record) -> int | None:
    try:
        found = _whole(record, "reason")
    except BadCell:
        return None
    return found if as_text(record.get("reason")) and 0 <= found <= _HIGHEST_CODE else None


FORMAT: Final = Format("mt5-api", "MetaTrader5 Python package", is_dump, read_dump)
