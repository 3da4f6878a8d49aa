"""The tables of a MetaTrader 5 report, told apart by what stands in their columns.

A report is translated into the terminal's language, its columns grew over the years (fees, costs),
and only its shapes are the same everywhere: positions have two times, orders have two times and
a volume "asked / done", deals have one time and a direction, what is open has one time and none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, Literal

import msgspec

from metafleet.hub.journal.imports.tables import Row
from metafleet.hub.journal.imports.values import is_number, is_ticket, is_time

Kind = Literal["positions", "orders", "deals", "working", "open", "snapshot"]

_FEWEST_COLUMNS: Final = 9
_SAMPLE: Final = 50
_ASKED_AND_DONE: Final = re.compile(r"\S+ ?/ ?\S+")
_NAMES: Final = {
    "time": "time", "open time": "time", "deal": "ticket", "order": "order", "position": "ticket",
    "symbol": "symbol", "type": "type", "direction": "direction", "volume": "volume", "price": "price",
    "s / l": "stop_loss", "s/l": "stop_loss", "t / p": "take_profit", "t/p": "take_profit",
    "commission": "commission", "fee": "fee", "swap": "swap", "profit": "profit", "balance": "balance",
    "comment": "comment", "state": "state", "cost": "cost", "market price": "market",
}  # fmt: skip
_NEEDED: Final = {
    "deals": {"time", "ticket", "symbol", "type", "direction", "volume", "price", "order", "profit"},
    "positions": {"time", "ticket", "symbol", "type", "volume", "price", "time2", "price2", "profit"},
    "orders": {"time", "ticket", "symbol", "type", "volume"},
}
_FRONT: Final = {
    "deals": ("time", "ticket", "symbol", "type", "direction", "volume", "price", "order"),
    "positions": (
        "time", "ticket", "symbol", "type", "volume", "price", "stop_loss", "take_profit",
        "time2", "price2", "commission",
    ),
    "orders": (
        "time", "ticket", "symbol", "type", "volume", "price", "stop_loss", "take_profit", "time2", "state",
    ),
}  # fmt: skip
_BACK: Final = {
    "deals": ("commission", "fee", "swap", "profit", "balance", "comment"),
    "positions": ("swap", "profit"),
    "orders": ("comment",),
}
_BEFORE_FEES: Final = 14
"""Columns of the deals' table since it has a fee."""


class Section(msgspec.Struct):
    """One table: its head, its rows, and which column plays which role."""

    kind: Kind
    header: Row
    rows: list[Row]
    roles: dict[str, int] = {}

    def cell(self, row: Row, role: str) -> str:
        """Return what the row has in the column of this role; "" where there is no such column."""
        place = self.roles.get(role)
        return "" if place is None else aligned(self.header, row, place)


def aligned(header: Row, row: Row, place: int) -> str:
    """Return the row's cell below the header's cell number `place`."""
    if row.columns == header.columns or len(row.texts) == len(header.texts) == row.columns[-1] + 1:
        return row.texts[place]
    first = header.columns[place]
    end = header.columns[place + 1] if place + 1 < len(header.columns) else first + 100
    return row.between(first, end)


def sections(rows: Sequence[Row]) -> Iterator[Section]:
    """Yield the tables of a report in its order, those that are no table of MetaTrader's left out."""
    index = 0
    while index < len(rows):
        header = rows[index]
        index += 1
        if not _is_header(header):
            continue
        body: list[Row] = []
        while index < len(rows) and _is_body(rows[index]):
            body.append(rows[index])
            index += 1
        if body and (kind := _kind(header, body[:_SAMPLE])):
            yield Section(kind, header, body, _roles(kind, header))


def _is_header(row: Row) -> bool:
    filled = row.filled()
    return len(filled) >= _FEWEST_COLUMNS and not any(is_number(cell) or is_time(cell) for cell in filled)


def _is_body(row: Row) -> bool:
    """A row of totals has nothing in its first column; a title or a line of figures has few cells."""
    return len(row.filled()) >= 5 and bool(row.texts[0]) and row.columns[0] == 0 and not _is_header(row)


def _kind(header: Row, rows: Sequence[Row]) -> Kind | None:
    votes = Counter(kind for row in rows if (kind := _kind_of_row(header, row)) is not None)
    return votes.most_common(1)[0][0] if votes else None


def _kind_of_row(header: Row, row: Row) -> Kind | None:
    cells = [aligned(header, row, place) for place in range(min(len(header.texts), 10))]
    times = [place for place, cell in enumerate(cells) if is_time(cell)]
    if (
        not times
        or not any(is_ticket(cell) for cell in cells[:3])
        or not any(_is_word(cell) for cell in cells[:5])
    ):
        return None
    if times[0] > 0:
        return "snapshot"
    asked = any(_ASKED_AND_DONE.fullmatch(cell) and is_number(cell[:1]) for cell in cells[4:6])
    if len(times) > 1:
        return "orders" if asked else "positions"
    if asked:
        return "working"
    is_operation = not cells[2] and not cells[4] and bool(cells[3])
    is_deal = bool(cells[4]) and not is_number(cells[4])
    return "deals" if is_deal or is_operation else "open"


def _is_word(cell: str) -> bool:
    return bool(cell) and not is_number(cell) and not is_time(cell) and ":" not in cell


def _roles(kind: Kind, header: Row) -> dict[str, int]:
    if kind not in _NEEDED:
        return {}
    named = _named(kind, header)
    return named if _NEEDED[kind] <= named.keys() else _placed(kind, len(header.texts))


def _named(kind: Kind, header: Row) -> dict[str, int]:
    """Roles by the English head; the second time and price of a row are when and where it closed."""
    roles: dict[str, int] = {}
    for place, text in enumerate(header.texts):
        name = _NAMES.get(text.lower(), "")
        if kind == "orders" and name == "order":
            name = "ticket"
        if name in roles:
            name += "2"
        if name:
            roles.setdefault(name, place)
    return roles


def _placed(kind: Kind, count: int) -> dict[str, int]:
    """Roles by place: the first columns never moved, the last ones count from the end."""
    roles = {role: place for place, role in enumerate(_FRONT[kind]) if place < count}
    back = list(_BACK[kind])
    if kind == "deals" and count < _BEFORE_FEES:
        back.remove("fee")
    for offset, role in enumerate(reversed(back), 1):
        if count - offset not in roles.values():
            roles[role] = count - offset
    return roles
