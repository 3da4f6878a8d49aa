"""The MetaTrader 5 history report, HTML or Excel, of any build and language.

Deals are what counts: they carry tickets, so an import and the live feed of the account meet.
The tables of positions and orders say which position a deal belongs to, and its first stops.
Source: reports of builds from 2016 to 2025, hedging and netting; `sections` tells the tables apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Final

import msgspec

from metafleet.engine.statements.folding import IN, ZERO, Deal
from metafleet.hub.journal.imports import mt5_links, printed
from metafleet.hub.journal.imports.documents import Document
from metafleet.hub.journal.imports.errors import NotAHistory
from metafleet.hub.journal.imports.history import Format, History, Said, Unreadable
from metafleet.hub.journal.imports.mt5_links import Execution, Held
from metafleet.hub.journal.imports.orders import Deriver, Order, derived_deals
from metafleet.hub.journal.imports.sections import Kind, Section, sections
from metafleet.hub.journal.imports.tables import Row
from metafleet.hub.journal.imports.values import BadCell, Conventions, ticket
from metafleet.hub.journal.imports.words import CREDIT, DIRECTIONS, OPERATIONS, SIDES, reason_of

_ACCOUNT: Final = re.compile(r"(\d{0,19}) ?[(（]([A-Za-z]{3,8})\s*(?:[,，](.*))?[)）]")
_LEVERAGE: Final = re.compile(r"1\s*:\s*\d+")
_MODES: Final = {"demo", "real", "contest", "hedge", "hedging", "netting", "exchange"}
_TESTER: Final = re.compile(r"strategy tester", re.IGNORECASE)
_HISTORY: Final = "In the terminal open Toolbox, History, right-click, Report, and choose HTML or Open XML."


class _Account(msgspec.Struct):
    said: Said
    netting: bool | None


def is_report(document: Document) -> bool:
    """Tell a MetaTrader 5 report, history or not, by its tables."""
    return bool(document.rows) and (
        _is_tester(document)
        or _account(document.rows) is not None
        or any(section.kind != "working" for section in sections(document.rows))
    )


def read_report(document: Document) -> History:
    """Read a report. Raises NotAHistory for the tester's and for one of open positions."""
    rows = document.rows
    found = list(sections(rows))
    by_kind = {section.kind: section for section in found}
    account = _account(rows)
    if _is_tester(document) or (account is None and _counts_from_one(by_kind.get("deals"))):
        raise NotAHistory(
            "This is a report of the Strategy Tester, not of an account: its trades were never made. "
            + _HISTORY
        )
    if "deals" not in by_kind and "positions" not in by_kind:
        what = "without deals" if "orders" in by_kind or not found else "of open positions"
        raise NotAHistory(f"This is a MetaTrader 5 report {what}, and no account history. {_HISTORY}")
    conventions = Conventions.of(text for row in rows[:5000] for text in row.texts)
    return _Reader(conventions, by_kind, account or _Account(Said(), None)).read(rows)


class _Reader:
    """Reads one report. Rows that cannot be read are listed and left out."""

    def __init__(self, conventions: Conventions, by_kind: dict[Kind, Section], account: _Account) -> None:
        self._conventions = conventions
        self._sections = by_kind
        self._account = account
        self._unreadable: list[Unreadable] = []

    def read(self, rows: Sequence[Row]) -> History:
        deals = self._sections.get("deals")
        if deals is None:
            return self._from_positions()
        read = [found for row in deals.rows if (found := self._deal(deals, row)) is not None]
        if len(read) > 1 and read[0][0].executed_at > read[-1][0].executed_at:
            read.reverse()  # newest first, as somebody sorted it
        unique = list({deal.ticket: deal for deal, _ in read}.values())
        footer = [row for row in rows if row.number > deals.rows[-1].number]
        history = History(
            platform="mt5",
            said=self._account.said,
            deals=self._linked(unique),
            open_positions=len(self._sections["open"].rows) if "open" in self._sections else 0,
            cancelled_orders=self._cancelled(),
            printed=printed.results(footer, self._conventions),
            unreadable=self._unreadable,
        )
        self._balances(history, [(deal, balance) for deal, balance in read if balance is not None])
        if (end := self._end_balance(footer)) is not None:
            history.printed["balance"] = end
        return history

    def _from_positions(self) -> History:
        """Read a report of which only the positions are left; their deals' tickets nobody knows."""
        deriver = Deriver()
        deals: list[Deal] = []
        for section, row in self._rows("positions"):
            try:
                deals += derived_deals(self._order(section, row), deriver)
            except BadCell as error:
                self._unreadable.append(Unreadable(f"row {row.number}", str(error)))
        note = (
            "The report has no table of deals. Trades are taken from its positions; deposits are not in it."
        )
        return History(
            platform="mt5",
            said=self._account.said,
            deals=list({deal.ticket: deal for deal in deals}.values()),
            unreadable=self._unreadable,
            notes=[note],
        )

    def _order(self, section: Section, row: Row) -> Order:
        said, held = self._conventions, self._position(section, row)
        return Order(
            ticket=held.ticket,
            symbol=held.symbol[:32],
            side=held.side,
            volume=held.left,
            price=held.price or None,
            opened_at=held.opened_at,
            close_price=held.close_price or None,
            closed_at=held.closed_at,
            commission=said.money(section.cell(row, "commission")),
            fee=said.money(section.cell(row, "fee")),
            swap=said.money(section.cell(row, "swap")),
            profit=held.profit or ZERO,
            stop_loss=said.price(section.cell(row, "stop_loss")),
            take_profit=said.price(section.cell(row, "take_profit")),
            magic=None,
            comment=(row.hidden[0] if row.hidden else "")[:255],
        )

    def _deal(self, section: Section, row: Row) -> tuple[Deal, Decimal | None] | None:
        try:
            deal = self._read_deal(section, row)
            return deal, self._conventions.number(section.cell(row, "balance"))
        except BadCell as error:
            self._unreadable.append(Unreadable(f"row {row.number}", str(error)))
            return None

    def _read_deal(self, section: Section, row: Row) -> Deal:
        said = self._conventions
        symbol, comment = section.cell(row, "symbol"), section.cell(row, "comment")
        kind = _kind(section.cell(row, "type"), symbol)
        is_trade = kind in (0, 1)
        order = section.cell(row, "order")
        return Deal(
            ticket=ticket(section.cell(row, "ticket")),
            position_id=None,
            order_id=ticket(order) if order.strip("0") else None,
            symbol=symbol[:32],
            kind=kind,
            entry=_entry(section.cell(row, "direction")) if is_trade else None,
            volume=said.volume(section.cell(row, "volume")) if is_trade else ZERO,
            price=said.price(section.cell(row, "price")) if is_trade else None,
            executed_at=said.time(section.cell(row, "time")),
            profit=said.money(section.cell(row, "profit")),
            commission=said.money(section.cell(row, "commission")),
            swap=said.money(section.cell(row, "swap")),
            fee=said.money(section.cell(row, "fee")),
            magic=None,
            reason=reason_of(comment) if is_trade else None,
            stop_loss=None,
            take_profit=None,
            comment=comment[:255],
        )

    def _linked(self, deals: list[Deal]) -> list[Deal]:
        """Give every trading deal its position, and an opening one its order's stops."""
        executions = sorted((_execution(deal) for deal in deals if deal.kind in (0, 1)), key=_moment)
        table = list(self._table())
        netting = self._account.netting
        if netting is None:
            netting = mt5_links.is_netting(executions)
        links = (mt5_links.link_netting if netting else mt5_links.link_hedging)(executions, table)
        stops = self._stops()
        return [
            msgspec.structs.replace(
                deal,
                position_id=links[deal.ticket],
                **(stops.get(deal.order_id or 0, {}) if deal.entry == IN else {}),
            )
            if deal.ticket in links
            else deal
            for deal in deals
        ]

    def _rows(self, kind: Kind) -> Iterator[tuple[Section, Row]]:
        section = self._sections.get(kind)
        if section is not None:
            for row in section.rows:
                yield section, row

    def _table(self) -> Iterable[Held]:
        for section, row in self._rows("positions"):
            try:
                yield self._position(section, row)
            except BadCell as error:
                self._unreadable.append(Unreadable(f"row {row.number}", str(error)))

    def _position(self, section: Section, row: Row) -> Held:
        said = self._conventions
        return Held(
            ticket=ticket(section.cell(row, "ticket")),
            symbol=section.cell(row, "symbol"),
            side=_kind(section.cell(row, "type"), section.cell(row, "symbol")),
            price=said.price(section.cell(row, "price")) or ZERO,
            opened_at=said.time(section.cell(row, "time")),
            left=said.volume(section.cell(row, "volume")),
            closed_at=said.time(section.cell(row, "time2")),
            close_price=said.price(section.cell(row, "price2")) or ZERO,
            profit=said.money(section.cell(row, "profit")),
        )

    def _stops(self) -> dict[int, dict[str, Decimal | None]]:
        """Return each order's stops; what the order does not say, the position's row may."""
        stops: dict[int, dict[str, Decimal | None]] = {}
        for section, row in (*self._rows("positions"), *self._rows("orders")):
            try:
                levels = {
                    role: self._conventions.price(section.cell(row, role))
                    for role in ("stop_loss", "take_profit")
                }
                known = stops.setdefault(ticket(section.cell(row, "ticket")), {})
            except BadCell:
                continue  # of orders nothing else is kept
            known.update({role: level for role, level in levels.items() if level is not None})
        return stops

    def _cancelled(self) -> int:
        done = (section.cell(row, "volume").rpartition("/")[2] for section, row in self._rows("orders"))
        return sum(not part.strip(" 0.,") for part in done)

    def _balances(self, history: History, read: Sequence[tuple[Deal, Decimal]]) -> None:
        """Find the balance before the first row, and whether the rows follow from each other."""
        gaps, before = 0, None
        for deal, balance in read:
            made = ZERO if deal.kind == CREDIT else deal.profit + deal.commission + deal.swap + deal.fee
            if before is None:
                history.start_balance = (balance - made) or None
            elif abs(before + made - balance) > Decimal("0.011"):
                gaps += 1
            before = balance
        if gaps:
            history.notes.append(
                f"In {gaps} of {len(read)} rows the printed balance does not follow from the row before: "
                "deals may be missing from the file."
            )

    def _end_balance(self, footer: Sequence[Row]) -> Decimal | None:
        return printed.balance(footer, self._conventions)


def _is_tester(document: Document) -> bool:
    heads = (text for row in document.rows[:5] for text in row.texts[:2])
    return any(_TESTER.search(text) for text in (document.title, *heads))


def _counts_from_one(deals: Section | None) -> bool:
    """The tester numbers its deals from 1."""
    return deals is not None and deals.cell(deals.rows[0], "ticket") in {"1", "2"}


def _account(rows: Sequence[Row]) -> _Account | None:
    """Read the line that every report has: 5500995 (USD, FxPro-MT5, demo, Netting)."""
    for place, row in enumerate(rows[:30]):
        for text in row.texts:
            if found := _ACCOUNT.fullmatch(text):
                above = rows[place - 1].filled() if place else []
                return _account_said(found, above[-1] if len(above) == 2 else "")
    return None


def _account_said(found: re.Match[str], name: str) -> _Account:
    parts = [part.strip() for part in re.split("[,，]", found[3] or "") if part.strip()]
    modes = {part.lower() for part in parts}
    server = next((p for p in parts if p.lower() not in _MODES and not _LEVERAGE.fullmatch(p)), "")
    netting = True if modes & {"netting", "exchange"} else False if modes & {"hedge", "hedging"} else None
    login = int(found[1]) if found[1] else None
    return _Account(Said(login, server[:64], found[2].upper(), name[:100]), netting)


def _kind(word: str, symbol: str) -> int:
    name = word.strip().lower()
    if name in SIDES:
        return SIDES[name]
    if name in OPERATIONS:
        return OPERATIONS[name]
    if symbol:
        raise BadCell(f"expected buy or sell, found {word[:30]!r}")
    return OPERATIONS["balance"]


def _entry(word: str) -> int:
    found = DIRECTIONS.get(word.strip().lower())
    if found is None:
        raise BadCell(f"expected in, out, in/out or out by, found {word[:30]!r}")
    return found


def _execution(deal: Deal) -> Execution:
    return Execution(
        deal.ticket,
        deal.order_id or 0,
        deal.symbol,
        deal.kind,
        IN if deal.entry is None else deal.entry,
        deal.volume,
        deal.price or ZERO,
        deal.executed_at,
        deal.profit,
    )


def _moment(deal: Execution) -> tuple[object, int]:
    return deal.at, deal.ticket


FORMAT: Final = Format("mt5-report", "MetaTrader 5 history report", is_report, read_report)
