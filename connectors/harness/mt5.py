"""MetaTrader 5 to an EA: account, market, orders, deals and positions of our paper terminal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from connectors.harness.machine import Machine, MqlError
from connectors.harness.models import Models
from metafleet.engine.broker.ledger import Ledger
from metafleet.engine.broker.records import OrderResult
from metafleet.engine.broker.requests import TradeRequest
from metafleet.engine.market.servertime import Zone
from metafleet.engine.mt5.configuration import Configuration
from metafleet.engine.mt5.local import Paper
from metafleet.engine.mt5.terminal import Terminal

NOTHING_SELECTED, NO_POSITION, NO_DEAL, NO_SYMBOL, NO_HISTORY = 4753, 4753, 4755, 4301, 4401
DEAL_ADDED: Final = 6
_FOR_EVER: Final = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
_LONG_AGO: Final = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_REQUEST: Final = (
    *("action", "magic", "order", "symbol", "volume", "price", "sl", "tp", "deviation"),
    *("type", "type_filling", "type_time", "comment", "position", "position_by"),
)
_TEXTS: Final = {"symbol", "comment"}
_NUMBERS: Final = {"volume", "price", "sl", "tp"}


Facts = dict[int, tuple[float, ...]]


class MachineClock:
    """The paper market's now is the machine's."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def now_msc(self) -> int:
        return self._machine.now_msc()


class _Paper5(Terminal):
    """The package's functions, and the order that an EA sends: the package alone refuses a long comment."""

    def send(self, request: TradeRequest) -> OrderResult:
        return self._connected().send(request)


class Mt5Terminal:
    """Answers what an EA asks; `api` is the same terminal in a trader's own hands.

    connected, trading_allowed: the line to the broker, the AutoTrading button.
    """

    def __init__(self, machine: Machine, configuration: Configuration | None = None) -> None:
        self.configuration = configuration or Configuration()
        self._paper = Paper(self.configuration, MachineClock(machine))
        self.api = _Paper5(self._paper.open)
        if not self.api.initialize():
            raise RuntimeError(f"the paper terminal does not begin: {self.api.last_error()}")
        self._zone = zone = Zone(self.configuration.market.time_zone)
        machine.server_offset_s = lambda: zone.wall_s(machine.now_msc() // 1000) - machine.now_msc() // 1000
        self.chart, self.connected, self.trading_allowed = "EURUSD", True, True
        self.models = Models()
        self._position: Any = None
        self._order: Any = None
        self._deals: list[Any] = []
        self._orders: list[Any] = []

    def answer(self, name: str, arguments: list[str]) -> list[object] | None:
        """Return the answer to a question of MQL5's trade and market functions. Raises MqlError."""
        handler = getattr(self, f"on_{name}", None)
        if handler is None:
            return self.models.answer(name, arguments)
        found = handler(*arguments)
        return found if isinstance(found, list) else [found]

    def deals(self) -> list[Any]:
        """All deals of the account, oldest first: the history that a journal must equal."""
        return sorted(self.api.history_deals_get(_LONG_AGO, _FOR_EVER) or (), key=lambda deal: deal.ticket)

    def deposit(self, amount: float) -> None:
        """Put money in, or take it out where it is less than nothing."""
        self._paper.advance()
        ledger = self._ledger()
        ledger.deposit(Decimal(str(amount)), self._paper.market.quotes.now_msc)

    def times(self) -> dict[int, int]:
        """When each deal was made: seconds UTC."""
        return {deal.ticket: self._zone.utc_s(deal.time_msc // 1000) for deal in self._ledger().deals}

    def _ledger(self) -> Ledger:
        return self._paper.accounts[self.api.account_info().login].ledger  # type: ignore[union-attr]

    def facts(self) -> Facts:
        """What a journal must hold: volume, profit, commission and swap of each deal by its ticket."""
        return {
            deal.ticket: tuple(
                round(value, 2) for value in (deal.volume, deal.profit, deal.commission, deal.swap)
            )
            for deal in self.deals()
        }

    # Account and market

    def on_AccountInfo(self, name: str) -> object:  # noqa: N802 - named as MQL's, all of these
        return _property(self.api.account_info(), name, "ACCOUNT_")

    def on_TerminalInfo(self, name: str) -> object:  # noqa: N802
        if name == "TERMINAL_CONNECTED":
            return int(self.connected)
        if name == "TERMINAL_TRADE_ALLOWED":
            return int(self.trading_allowed)
        if name == "TERMINAL_DISK_SPACE":
            return 50_000
        if name == "TERMINAL_MEMORY_USED":
            return 200
        return _property(self.api.terminal_info(), name, "TERMINAL_")

    def on_MQLInfo(self, name: str) -> object:  # noqa: N802
        return int(self.trading_allowed) if name == "MQL_TRADE_ALLOWED" else 0

    def on_Symbol(self) -> object:  # noqa: N802
        return self.chart

    def on_SymbolsTotal(self, selected: str) -> object:  # noqa: ARG002, N802 - all are in Market Watch here
        return self.api.symbols_total()

    def on_SymbolName(self, index: str, selected: str) -> object:  # noqa: ARG002, N802
        return _at(self.api.symbols_get() or (), int(index), NO_SYMBOL).name

    def on_SymbolSelect(self, symbol: str, is_on: str) -> object:  # noqa: N802
        if not self.api.symbol_select(symbol, is_on == "1"):
            raise MqlError(NO_SYMBOL)
        return 1

    def on_SymbolInfo(self, symbol: str, name: str) -> object:  # noqa: N802
        return _property(self.api.symbol_info(symbol), name, "SYMBOL_", NO_SYMBOL)

    def on_SymbolInfoTick(self, symbol: str) -> object:  # noqa: N802
        tick = self.api.symbol_info_tick(symbol)
        if tick is None:
            raise MqlError(NO_SYMBOL)
        return [tick.time, tick.bid, tick.ask, tick.last, tick.time_msc]

    def on_CopyRatesFromPos(self, symbol: str, timeframe: str, start: str, count: str) -> object:  # noqa: N802
        return _bars(self.api.copy_rates_from_pos(symbol, int(timeframe) or 1, int(start), int(count)))

    def on_CopyRatesRange(self, symbol: str, timeframe: str, begin: str, end: str) -> object:  # noqa: N802
        return _bars(self.api.copy_rates_range(symbol, int(timeframe) or 1, int(begin), int(end)))

    # Positions and orders that wait

    def on_PositionsTotal(self) -> object:  # noqa: N802
        return self.api.positions_total()

    def on_PositionGetTicket(self, index: str) -> object:  # noqa: N802
        self._position = _at(self.api.positions_get() or (), int(index), NO_POSITION)
        return self._position.ticket

    def on_PositionSelectByTicket(self, ticket: str) -> object:  # noqa: N802
        self._position = _at(self.api.positions_get(ticket=int(ticket)) or (), 0, NO_POSITION)
        return 1

    def on_PositionGet(self, name: str) -> object:  # noqa: N802
        return _property(self._position, name, "POSITION_")

    def on_OrdersTotal(self) -> object:  # noqa: N802
        return self.api.orders_total()

    def on_OrderGetTicket(self, index: str) -> object:  # noqa: N802
        self._order = _at(self.api.orders_get() or (), int(index), NOTHING_SELECTED)
        return self._order.ticket

    def on_OrderGet(self, name: str) -> object:  # noqa: N802
        return _property(self._order, name, "ORDER_")

    # History

    def on_HistorySelect(self, begin: str, end: str) -> object:  # noqa: N802
        span = (_moment(begin), _moment(end))
        self._deals = list(self.api.history_deals_get(*span) or ())
        self._orders = list(self.api.history_orders_get(*span) or ())
        return 1

    def on_HistorySelectByPosition(self, position: str) -> object:  # noqa: N802
        self._deals = list(self.api.history_deals_get(position=int(position)) or ())
        self._orders = list(self.api.history_orders_get(position=int(position)) or ())
        return 1

    def on_HistoryDealsTotal(self) -> object:  # noqa: N802
        return len(self._deals)

    def on_HistoryOrdersTotal(self) -> object:  # noqa: N802
        return len(self._orders)

    def on_HistoryDealGetTicket(self, index: str) -> object:  # noqa: N802
        return _at(self._deals, int(index), NO_DEAL).ticket

    def on_HistoryOrderGetTicket(self, index: str) -> object:  # noqa: N802
        return _at(self._orders, int(index), NO_DEAL).ticket

    def on_HistoryDealGet(self, ticket: str, name: str) -> object:  # noqa: N802
        return _property(_with_ticket(self._deals, int(ticket)), name, "DEAL_")

    def on_HistoryOrderGet(self, ticket: str, name: str) -> object:  # noqa: N802
        return _property(_with_ticket(self._orders, int(ticket)), name, "ORDER_")

    # Orders

    def on_OrderSend(self, *fields: str) -> object:  # noqa: N802
        if not self.connected:
            return [10031, 0, 0, 0.0, 0.0, "No connection"]
        if not self.trading_allowed:
            return [10027, 0, 0, 0.0, 0.0, "AutoTrading disabled by client"]
        request: dict[str, Any] = {
            name: value if name in _TEXTS else float(value) if name in _NUMBERS else int(value)
            for name, value in zip(_REQUEST, fields, strict=True)
        }
        done = self.api.send(TradeRequest(**request))
        return [done.retcode, done.deal, done.order, done.volume, done.price, done.comment]


def _property(of: Any, name: str, prefix: str, missing: int = NOTHING_SELECTED) -> object:
    if of is None:
        raise MqlError(missing)
    # The package has no levels of deals; MQL5 has, and 0 where there are none.
    value = getattr(of, name.removeprefix(prefix).lower(), 0.0)
    return int(value) if isinstance(value, bool) else value


def _at(rows: Sequence[Any], index: int, missing: int) -> Any:
    if not 0 <= index < len(rows):
        raise MqlError(missing)
    return rows[index]


def _with_ticket(rows: Sequence[Any], ticket: int) -> Any:
    return _at([row for row in rows if row.ticket == ticket], 0, NO_DEAL)


def _bars(rates: Any) -> list[object]:
    if rates is None or len(rates) == 0:
        raise MqlError(NO_HISTORY)
    return [value.item() for bar in rates for value in bar]


def _moment(seconds: str) -> dt.datetime:
    return dt.datetime.fromtimestamp(min(int(seconds), 4_000_000_000), dt.UTC)
