"""The MetaTrader 4 statement, plain or detailed, of any build.

One table; rows are told by what they hold: a ticket, an opening time, a type, and a closing time
or none. The columns are named by the head row, which stands in English everywhere: builds of 2006
number their rows and have a column for comments, later ones put the comment into a tool tip and,
in detailed statements, into a row of its own, and have taxes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import msgspec

from metafleet.engine.statements.folding import ZERO, Deal
from metafleet.hub.journal.imports import printed
from metafleet.hub.journal.imports.documents import Document
from metafleet.hub.journal.imports.errors import NotAHistory
from metafleet.hub.journal.imports.history import Format, History, Said, Unreadable
from metafleet.hub.journal.imports.orders import Deriver, Operation, Order, operation_deal, order_deals
from metafleet.hub.journal.imports.sections import aligned
from metafleet.hub.journal.imports.tables import Row
from metafleet.hub.journal.imports.values import CLOCK_BACK, BadCell, Conventions, is_ticket, is_time, ticket
from metafleet.hub.journal.imports.words import BALANCE, OPERATIONS, SIDES, operation_of

_NAMES: Final = {
    "ticket": "ticket", "open time": "opened", "type": "type", "size": "volume", "volume": "volume",
    "lots": "volume", "item": "symbol", "symbol": "symbol", "price": "price", "s / l": "stop_loss",
    "s/l": "stop_loss", "t / p": "take_profit", "t/p": "take_profit", "close time": "closed",
    "commission": "commission", "commis": "commission", "taxes": "fee", "r/o swap": "swap", "swap": "swap",
    "profit": "profit", "trade p/l": "profit", "comment": "comment", "market price": "market",
}  # fmt: skip
_NEEDED: Final = {"ticket", "opened", "type", "volume", "symbol", "price"}
_PENDING: Final = re.compile(r"(buy|sell) (limit|stop)", re.IGNORECASE)
_MAGIC: Final = re.compile(r"#(\d{1,18})(?: |$)")
_LOGIN: Final = re.compile(r"(?:account|a/c no)\s*[:：]\s*(\d{1,19})", re.IGNORECASE)
_SAID: Final = re.compile(r"(name|currency)\s*[:：]\s*(\S.*)", re.IGNORECASE)
_ARCHIVED: Final = "profit"
"""The symbol of the row into which a broker sums up trades that it archived."""
_FIGURES: Final = {
    "deposit/withdrawal": ("deposits",), "credit facility": ("credit",),
    "closed trade p/l": ("closed_profit",), "balance": ("balance",),
    "gross profit": ("gross_profit",), "gross loss": ("gross_loss",),
    "total net profit": ("net_profit",), "profit factor": ("profit_factor",),
    "expected payoff": ("expected_payoff",), "absolute drawdown": ("drawdown_absolute",),
    "maximal drawdown": ("drawdown_maximal", "drawdown_maximal_percent"),
    "relative drawdown": ("drawdown_relative_percent", "drawdown_relative"),
    "total trades": ("trades",), "short positions (won %)": ("short_trades", "short_won_percent"),
    "long positions (won %)": ("long_trades", "long_won_percent"),
    "profit trades (% of total)": ("profit_trades", "profit_trades_percent"),
    "loss trades (% of total)": ("loss_trades", "loss_trades_percent"),
    "largest profit trade": ("largest_profit",), "largest loss trade": ("largest_loss",),
    "average profit trade": ("average_profit",), "average loss trade": ("average_loss",),
    "maximum consecutive wins ($)": ("most_wins", "most_wins_money"),
    "maximum consecutive losses ($)": ("most_losses", "most_losses_money"),
    "maximal consecutive profit (count)": ("best_run", "best_run_count"),
    "maximal consecutive loss (count)": ("worst_run", "worst_run_count"),
    "average consecutive wins": ("average_wins",), "average consecutive losses": ("average_losses",),
}  # fmt: skip


def is_statement(document: Document) -> bool:
    """Tell a MetaTrader 4 statement by the head of its first table."""
    return document.kind in {"html", "xlsx", "csv"} and any(_roles(row) for row in document.rows[:60])


def read_statement(document: Document) -> History:
    """Read a statement. Raises NotAHistory for one without a single row."""
    conventions = Conventions.of(text for row in document.rows[:5000] for text in row.texts)
    history = _Reader(conventions).read(document.rows)
    if not history.deals and not history.unreadable and not history.cancelled_orders:
        raise NotAHistory(
            "The statement holds no transactions. In the terminal right-click the account history, choose "
            "All History, and save the detailed report again."
        )
    return history


class _Reader:
    """Reads one statement, row after row under the head that stands above it."""

    def __init__(self, conventions: Conventions) -> None:
        self._conventions = conventions
        self._deriver = Deriver()
        self._head = Row(0, [], [])
        self._roles: dict[str, int] = {}
        self._pending: Order | None = None
        self._found: dict[int, Deal] = {}
        self._history = History(platform="mt4")
        self._archived = 0

    def read(self, rows: Sequence[Row]) -> History:
        for row in rows:
            if roles := _roles(row):
                self._head, self._roles = row, roles
            elif self._roles and is_ticket(self._cell(row, "ticket")) and is_time(self._cell(row, "opened")):
                self._take_row(row)
            elif self._roles:
                self._take_comment(row)
        self._flush()
        history = self._history
        history.deals = list(self._found.values())
        history.said = _said(rows)
        history.printed = _printed(rows, self._conventions)
        history.start_balance = _start_balance(history.printed)
        if self._archived:
            history.notes.append(
                f"{self._archived} rows sum up trades that the broker archived: each counts as one trade, "
                "without prices."
            )
        return history

    def _cell(self, row: Row, role: str) -> str:
        place = self._roles.get(role)
        return "" if place is None else aligned(self._head, row, place)

    def _take_row(self, row: Row) -> None:
        self._flush()
        word = self._cell(row, "type").lower()
        try:
            if _PENDING.match(word):
                self._history.cancelled_orders += bool(self._cell(row, "closed"))
            elif word in SIDES:
                self._pending = self._order(row, SIDES[word])
            elif word in OPERATIONS:
                self._keep(operation_deal(self._operation(row, OPERATIONS[word]), self._deriver))
            else:
                raise BadCell(f"expected buy, sell or balance, found {word[:30]!r}")
        except BadCell as error:
            self._history.unreadable.append(Unreadable(f"row {row.number}", str(error)))

    def _order(self, row: Row, side: int) -> Order:
        said = self._conventions
        closed = self._cell(row, "closed")
        magic, comment = _comment(row.title or self._cell(row, "comment"))
        symbol = self._cell(row, "symbol")
        self._archived += symbol == _ARCHIVED
        opened_at = said.time(self._cell(row, "opened"))
        closed_at = said.time(closed) if closed else None
        if closed_at is not None and closed_at < opened_at - CLOCK_BACK:
            raise BadCell("closed before it opened")
        return Order(
            ticket=ticket(self._cell(row, "ticket")),
            symbol=symbol.upper(),
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
            magic=magic,
            comment=comment,
        )

    def _operation(self, row: Row, kind: int) -> Operation:
        """Its amount is the last cell; what stands between is the comment, over all columns."""
        filled = row.filled()
        comment = row.title or (filled[-2] if len(filled) > 4 else "")
        return Operation(
            ticket=ticket(self._cell(row, "ticket")),
            kind=operation_of(comment) if kind == BALANCE else kind,
            at=self._conventions.time(self._cell(row, "opened")),
            amount=self._conventions.money(filled[-1]),
            comment=comment,
        )

    def _take_comment(self, row: Row) -> None:
        """Detailed statements repeat the comment in a row below; old ones have it only there."""
        filled = row.filled()
        is_comment = len(filled) == 1 and len(row.texts) > 1 and not row.texts[0]
        if self._pending is not None and is_comment and not self._pending.comment:
            magic, comment = _comment(filled[0])
            order = self._pending
            self._pending = msgspec.structs.replace(
                order, magic=order.magic if magic is None else magic, comment=comment
            )
        self._flush()

    def _flush(self) -> None:
        order, self._pending = self._pending, None
        if order is None:
            return
        self._history.open_positions += order.closed_at is None
        for deal in order_deals(order):
            self._keep(deal)

    def _keep(self, deal: Deal) -> None:
        self._found.setdefault(deal.ticket, deal)


def _roles(row: Row) -> dict[str, int]:
    """Return which column is what, where this row is a table's head; else {}."""
    if len(row.texts) < 8:
        return {}
    roles: dict[str, int] = {}
    for place, text in enumerate(row.texts):
        if name := _NAMES.get(text.lower().rstrip(".:"), ""):
            roles.setdefault(f"{name}2" if name in roles else name, place)
    return roles if roles.keys() >= _NEEDED else {}


def _comment(text: str) -> tuple[int | None, str]:
    """Split "#16384 My order[tp]" into the magic number and the comment."""
    found = _MAGIC.match(text)
    return (int(found[1]), text[found.end() :].strip()) if found else (None, text)


def _said(rows: Sequence[Row]) -> Said:
    login: int | None = None
    told: dict[str, str] = {}
    for row in rows[:20]:
        for text in row.texts:
            if found := _LOGIN.search(text):
                login = int(found[1])
            elif found := _SAID.match(text):
                told.setdefault(found[1].lower(), found[2].strip())
    return Said(login, "", told.get("currency", "")[:8].upper(), told.get("name", "")[:100])


def _printed(rows: Sequence[Row], conventions: Conventions) -> dict[str, Decimal]:
    figures: dict[str, Decimal] = {}
    for row in rows:
        filled = row.filled()
        # "Largest | profit trade: | 224.73 | loss trade: | -225.58": the first word goes with both.
        begin = f"{filled[0]} " if len(filled) == 5 and not filled[0].endswith((":", "：")) else ""
        for label, value in printed.pairs(row):
            names = _FIGURES.get(begin.lower() + label.lower(), ())
            for name, figure in zip(names, printed.both(conventions, value), strict=False):
                if figure is not None:
                    figures.setdefault(name, figure)
    return {
        name: -value if name == "gross_loss" and value > ZERO else value for name, value in figures.items()
    }


def _start_balance(printed_: dict[str, Decimal]) -> Decimal | None:
    """A statement of a part of the history ends with more than its rows make."""
    parts = [printed_.get(name) for name in ("balance", "deposits", "closed_profit")]
    if any(part is None for part in parts):
        return None
    end, deposits, made = (part or ZERO for part in parts)
    return (end - deposits - made) or None


FORMAT: Final = Format("mt4-statement", "MetaTrader 4 statement", is_statement, read_statement)
