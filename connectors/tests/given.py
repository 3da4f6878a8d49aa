"""A terminal whose books a test writes down, line by line: for the headers that speak to one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from connectors.harness.machine import MqlError

Row = dict[str, Any]
Bar = tuple[int, float, float, float, float, int, int, int]
_SELECT_BY_TICKET, _HISTORY = "1", "1"
_NO_TICKET, _NO_HISTORY, _NO_SYMBOL, _NO_POSITION = 4108, 4401, 4301, 4753

EURUSD: Final[Row] = {
    "SYMBOL_DIGITS": 5, "SYMBOL_SPREAD": 10, "SYMBOL_FILLING_MODE": 3, "SYMBOL_BID": 1.1,
    "SYMBOL_ASK": 1.1002, "SYMBOL_TRADE_TICK_VALUE": 1.0, "SYMBOL_TRADE_TICK_SIZE": 0.00001,
    "SYMBOL_VOLUME_MIN": 0.01,
    "SYMBOL_VOLUME_MAX": 50.0, "SYMBOL_VOLUME_STEP": 0.01,
}  # fmt: skip
DONE: Final = [10_009, 501, 601, 0.1, 1.1002, "done"]


def bar(time: int, close: float = 1.1, width: float = 0.001) -> Bar:
    """Return an hour, or what else a test takes it for, that opened where it closed."""
    return (time, close, close + width, close - width, close, 100, 8, 0)


@dataclass
class Given:
    """What account, market and books hold. Rows have MQL's names: MetaTrader 4's are those of its orders.

    sent: every order's fields, as it was sent. answers: what OrderSend gives, one after the other, DONE after
    them; an MqlError is raised. has_history: HistorySelect finds it. bars: (symbol, timeframe)
    to bars, oldest first; the last is still forming.
    """

    account: Row = field(
        default_factory=lambda: {"ACCOUNT_LOGIN": 5_001_234, "ACCOUNT_SERVER": "Broker-Demo"}
    )
    terminal: Row = field(default_factory=lambda: {"TERMINAL_CONNECTED": 1, "TERMINAL_TRADE_ALLOWED": 1})
    program: Row = field(default_factory=lambda: {"MQL_TRADE_ALLOWED": 1})
    symbols: dict[str, Row] = field(default_factory=lambda: {"EURUSD": EURUSD})
    positions: list[Row] = field(default_factory=list)
    orders: list[Row] = field(default_factory=list)
    deals: list[Row] = field(default_factory=list)
    history: list[Row] = field(default_factory=list)
    bars: dict[tuple[str, int], list[Bar]] = field(default_factory=dict)
    sent: list[list[str]] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)
    has_history: bool = True
    selections: list[tuple[int, int]] = field(default_factory=list)
    runs: Callable[[list[float]], list[float]] | None = None
    models: int = 0
    _row: Row = field(default_factory=dict)

    def answer(self, name: str, arguments: list[str]) -> list[object] | None:
        """Return the answer's fields. Raises MqlError."""
        handler = getattr(self, f"on_{name}", None)
        if handler is None:
            return None
        found = handler(*arguments)
        return found if isinstance(found, list) else [found]

    # Account and market

    def on_AccountInfo(self, name: str) -> object:  # noqa: N802 - named as MQL's, all of these
        return self.account.get(name, 0)

    def on_TerminalInfo(self, name: str) -> object:  # noqa: N802
        return self.terminal.get(name, 0)

    def on_MQLInfo(self, name: str) -> object:  # noqa: N802
        return self.program.get(name, 0)

    def on_SymbolsTotal(self, selected: str) -> object:  # noqa: N802
        return len(self.symbols) if selected == "0" else 0

    def on_SymbolName(self, index: str, _: str) -> object:  # noqa: N802
        return list(self.symbols)[int(index)]

    def on_SymbolSelect(self, symbol: str, _: str) -> object:  # noqa: N802
        return self._of(symbol) and 1

    def on_SymbolInfo(self, symbol: str, name: str) -> object:  # noqa: N802
        return self._of(symbol).get(name, 0)

    def on_SymbolInfoTick(self, symbol: str) -> object:  # noqa: N802
        known = self._of(symbol)
        return [1, known["SYMBOL_BID"], known["SYMBOL_ASK"], 0.0, 1_000]

    def _of(self, symbol: str) -> Row:
        if symbol not in self.symbols:
            raise MqlError(_NO_SYMBOL)
        return self.symbols[symbol]

    def on_CopyRatesFromPos(self, symbol: str, frame: str, start: str, count: str) -> object:  # noqa: N802
        known = self._bars(symbol, frame)
        end = len(known) - int(start)
        return _flat(known[max(0, end - int(count)) : end])

    def on_CopyRatesRange(self, symbol: str, timeframe: str, begin: str, end: str) -> object:  # noqa: N802
        return _flat(one for one in self._bars(symbol, timeframe) if int(begin) <= one[0] <= int(end))

    def _bars(self, symbol: str, timeframe: str) -> list[Bar]:
        if (symbol, int(timeframe)) not in self.bars:
            raise MqlError(_NO_HISTORY)
        return self.bars[symbol, int(timeframe)]

    # MetaTrader 5: positions, orders that wait, deals

    def on_PositionsTotal(self) -> object:  # noqa: N802
        return len(self.positions)

    def on_PositionGetTicket(self, index: str) -> object:  # noqa: N802
        self._row = self.positions[int(index)]
        return self._row["POSITION_TICKET"]

    def on_PositionSelectByTicket(self, ticket: str) -> object:  # noqa: N802
        self._row = _found(self.positions, "POSITION_TICKET", ticket, _NO_POSITION)
        return 1

    def on_PositionGet(self, name: str) -> object:  # noqa: N802
        return _of_row(self._row, name)

    def on_OrderGetTicket(self, index: str) -> object:  # noqa: N802
        self._row = self.orders[int(index)]
        return self._row["ORDER_TICKET"]

    def on_HistorySelect(self, begin: str, end: str) -> object:  # noqa: N802
        self.selections.append((int(begin), int(end)))
        if not self.has_history:
            raise MqlError(_NO_HISTORY)
        return 1

    def on_HistoryDealsTotal(self) -> object:  # noqa: N802
        return len(self._selected())

    def on_HistoryDealGetTicket(self, index: str) -> object:  # noqa: N802
        return self._selected()[int(index)]["DEAL_TICKET"]

    def on_HistoryDealGet(self, ticket: str, name: str) -> object:  # noqa: N802
        return _of_row(_found(self.deals, "DEAL_TICKET", ticket, _NO_TICKET), name)

    def _selected(self) -> list[Row]:
        begin, end = self.selections[-1]
        return [one for one in self.deals if begin <= one.get("DEAL_TIME", 0) <= end]

    # MetaTrader 4: one pool, and its history

    def on_OrdersTotal(self) -> object:  # noqa: N802
        return len(self.orders)

    def on_OrdersHistoryTotal(self) -> object:  # noqa: N802
        return len(self.history)

    def on_OrderSelect(self, index: str, by: str, pool: str) -> object:  # noqa: N802
        if by == _SELECT_BY_TICKET:
            self._row = _found([*self.orders, *self.history], "ticket", index, _NO_TICKET)
            return 1
        rows = self.history if pool == _HISTORY else self.orders
        self._row = rows[int(index)]
        if self._row.get("is_gone"):
            raise MqlError(_NO_TICKET)
        return 1

    def on_OrderGet(self, name: str) -> object:  # noqa: N802
        return _of_row(self._row, name)

    # Orders

    def on_OrderSend(self, *fields: str) -> object:  # noqa: N802
        self.sent.append(["send", *map(_short, fields)])
        return self._answer(DONE if len(fields) > 9 else 601)

    def on_OrderClose(self, *fields: str) -> object:  # noqa: N802
        self.sent.append(["close", *map(_short, fields)])
        return self._answer(1)

    def on_OrderModify(self, *fields: str) -> object:  # noqa: N802
        self.sent.append(["modify", *map(_short, fields)])
        return self._answer(1)

    def _answer(self, otherwise: object) -> object:
        answer = self.answers.pop(0) if self.answers else otherwise
        if isinstance(answer, MqlError):
            raise answer
        return answer

    # Models

    def on_OnnxCreateFromBuffer(self, _: str, flags: str) -> object:  # noqa: N802
        self.models += 1
        return self._answer(self.models)

    def on_OnnxRelease(self, _: str) -> object:  # noqa: N802
        self.models -= 1
        return 1

    def on_OnnxRun(self, _: str, size: str, numbers: str) -> object:  # noqa: N802
        if self.runs is None or size != "1":
            raise MqlError(5_803)
        return self.runs([float(one) for one in numbers.split()])


def _short(text: str) -> str:
    """Write a number as a person does: 1.1 for 1.1000000000000001."""
    return f"{float(text):.10g}" if re.fullmatch(r"-?[0-9]+\.[0-9]+", text) else text


def _flat(bars: Iterable[Bar]) -> list[object]:
    return [value for one in bars for value in one]


def _of_row(row: Row, name: str) -> object:
    is_text = name.endswith(("SYMBOL", "COMMENT", "symbol", "comment"))
    return row.get(name, "" if is_text else 0)


def _found(rows: list[Row], key: str, ticket: str, missing: int) -> Row:
    for row in rows:
        if row[key] == int(ticket):
            return row
    raise MqlError(missing)
