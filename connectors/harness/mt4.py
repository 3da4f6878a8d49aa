"""MetaTrader 4 to an EA: one pool of orders and its history, with prices of our paper market.

A partial close ends the ticket with what was closed of it ("to #new") and begins a new one with the rest
("from #old"), at the old price and time, as MetaTrader 4 does. Times are the server's, whole seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from connectors.harness.machine import Machine, MqlError
from connectors.harness.mt5 import Facts, Mt5Terminal
from metafleet.engine.broker.records import COMMENT_LENGTH
from metafleet.engine.mt5.configuration import Configuration

BUY, SELL, BALANCE = 0, 1, 6
_SELECT_BY_TICKET, _HISTORY = 1, 1
_NO_CONNECTION, _BAD_VOLUME, _NO_TICKET, _NO_TRADE = 6, 131, 4108, 4109
_PERIODS: Final = {60: 16_385, 240: 16_388, 1_440: 16_408, 10_080: 32_769, 43_200: 49_153}
_LOT: Final = 100_000
_QUIET_S: Final = 120
_COMMISSION: Final = 7.0
"""USD a lot, there and back, as MetaTrader 4 charges it: at the opening."""


@dataclass(frozen=True, slots=True)
class Order:
    ticket: int
    symbol: str
    type: int
    lots: float
    open_price: float
    open_time: int
    close_price: float = 0.0
    close_time: int = 0
    stop_loss: float = 0.0
    take_profit: float = 0.0
    profit: float = 0.0
    swap: float = 0.0
    commission: float = 0.0
    comment: str = ""
    magic: int = 0


class Mt4Terminal:
    """Answers what an EA asks; `open`, `close`, `deposit` are a trader's own hands."""

    def __init__(self, machine: Machine, configuration: Configuration | None = None) -> None:
        self._machine = machine
        self._market = Mt5Terminal(machine, configuration)
        self.pool: dict[int, Order] = {}
        self.history: list[Order] = []
        self.connected, self.trading_allowed = True, True
        self.moments: dict[int, int] = {}
        self._next = 70_000_001
        self._selected: Order | None = None
        machine.last_tick_s = self._last_tick_s
        self.deposit(10_000.0)

    def answer(self, name: str, arguments: list[str]) -> list[object] | None:
        """Return the answer to a question of MQL4's trade and market functions. Raises MqlError."""
        handler = getattr(self, f"on_{name}", None)
        if handler is None:
            return self._market.answer(name, arguments)
        found = handler(*arguments)
        return found if isinstance(found, list) else [found]

    # A trader's own hands

    def deposit(self, amount: float) -> None:
        """Put money in, or take it out where it is less than nothing."""
        now_s = self._now_s()
        self.moments[self._next + 1] = self._machine.now_msc() // 1000
        self.history.append(
            Order(self._ticket(), "", BALANCE, 0.0, 0.0, now_s, 0.0, now_s, profit=amount, comment="Deposit")
        )

    def open(self, symbol: str, kind: int, lots: float, *, comment: str = "", magic: int = 0) -> Order:
        made = Order(
            self._ticket(),
            symbol,
            kind,
            round(lots, 2),
            self._price(symbol, kind == BUY),
            self._now_s(),
            commission=-round(_COMMISSION * lots, 2),
            comment=comment[:COMMENT_LENGTH],
            magic=magic,
        )
        self.pool[made.ticket] = made
        self.moments[made.ticket] = self._machine.now_msc() // 1000
        return made

    def close(self, ticket: int, lots: float | None = None) -> Order:
        """Close an order or a part of it; return what went to the history."""
        held = self.pool.pop(ticket)
        closed = held.lots if lots is None else round(min(lots, held.lots), 2)
        left = round(held.lots - closed, 2)
        price = self._price(held.symbol, held.type == SELL)
        apart = price - held.open_price if held.type == BUY else held.open_price - price
        share = closed / held.lots
        after = self._ticket() if left > 0 else 0
        done = replace(
            held,
            lots=closed,
            close_price=price,
            close_time=self._now_s(),
            profit=round(apart * closed * _LOT, 2),
            commission=round(held.commission * share, 2),
            comment=f"to #{after}" if after else held.comment,
        )
        self.history.append(done)
        self.moments[-ticket] = self._machine.now_msc() // 1000
        if after:
            self.moments[after] = self.moments[ticket]
            self.pool[after] = replace(
                held,
                ticket=after,
                lots=left,
                commission=round(held.commission - done.commission, 2),
                comment=f"from #{ticket}",
            )
        return done

    def close_by(self, ticket: int, other: int) -> None:
        """Close two opposite orders by each other: the smaller one's lots, at its opening price."""
        large, small = sorted((self.pool[ticket], self.pool[other]), key=lambda one: -one.lots)
        self.close(large.ticket, small.lots)
        self.history[-1] = replace(
            self.history[-1],
            close_price=small.open_price,
            profit=round((small.open_price - large.open_price) * (1 - 2 * large.type) * small.lots * _LOT, 2),
        )
        self.close(small.ticket)
        self.history[-1] = replace(
            self.history[-1],
            lots=0.0,
            close_price=small.open_price,
            profit=0.0,
            comment=f"close hedge by #{large.ticket}",
        )

    def times(self) -> dict[int, int]:
        """When what facts() names happened: seconds UTC."""
        return {ticket: self.moments[ticket] for ticket in self.facts()}

    def facts(self) -> Facts:
        """The history as the journal keeps it: of a closed order its entry, and its exit under -ticket."""
        found: Facts = {}
        for one in self.history:
            if one.type == BALANCE:
                found[one.ticket] = (0.0, one.profit, 0.0, 0.0)
            else:
                found[one.ticket] = (one.lots, 0.0, one.commission, 0.0)
                found[-one.ticket] = (one.lots, one.profit, 0.0, one.swap)
        return found

    # What an EA asks

    def on_AccountInfo(self, name: str) -> object:  # noqa: N802 - named as MQL's, all of these
        balance = sum(one.profit + one.swap + one.commission for one in self.history)
        figures = {
            "ACCOUNT_BALANCE": balance,
            "ACCOUNT_EQUITY": balance + sum(map(self._floating, self.pool.values())),
            "ACCOUNT_PROFIT": sum(map(self._floating, self.pool.values())),
            "ACCOUNT_MARGIN": 0.0,
            "ACCOUNT_MARGIN_FREE": balance,
            "ACCOUNT_MARGIN_LEVEL": 0.0,
        }
        return round(figures[name], 2) if name in figures else self._market.on_AccountInfo(name)

    def on_TerminalInfo(self, name: str) -> object:  # noqa: N802
        return int(self.connected) if name == "TERMINAL_CONNECTED" else self._market.on_TerminalInfo(name)

    def on_MQLInfo(self, name: str) -> object:  # noqa: N802
        return int(self.trading_allowed) if name == "MQL_TRADE_ALLOWED" else 0

    def on_CopyRatesRange(self, symbol: str, period: str, begin: str, end: str) -> object:  # noqa: N802
        minutes = int(period)
        return self._market.on_CopyRatesRange(symbol, str(_PERIODS.get(minutes, minutes)), begin, end)

    def on_OrdersTotal(self) -> object:  # noqa: N802
        return len(self.pool)

    def on_OrdersHistoryTotal(self) -> object:  # noqa: N802
        return len(self.history)

    def on_OrderSelect(self, index: str, select: str, pool: str) -> object:  # noqa: N802
        held = list(self.pool.values())
        if int(select) == _SELECT_BY_TICKET:
            found = [one for one in (*held, *self.history) if one.ticket == int(index)]
        else:
            rows = self.history if int(pool) == _HISTORY else held
            found = rows[int(index) : int(index) + 1]
        if not found:
            raise MqlError(_NO_TICKET)
        self._selected = found[0]
        return 1

    def on_OrderGet(self, name: str) -> object:  # noqa: N802
        one = self._selected
        if one is None:
            raise MqlError(4105)
        if one.ticket in self.pool and name == "profit":
            return round(self._floating(one), 2)
        if one.ticket in self.pool and name == "close_price":
            return self._price(one.symbol, one.type == SELL)
        value: object = getattr(one, name)
        return value

    def on_OrderSend(self, *fields: str) -> object:  # noqa: N802
        symbol, kind, lots, _, _, stop, target, comment, magic = fields
        self._may_trade()
        if float(lots) < 0.01:
            raise MqlError(_BAD_VOLUME)
        made = self.open(symbol, int(kind), float(lots), comment=comment, magic=int(magic))
        self.pool[made.ticket] = replace(made, stop_loss=float(stop), take_profit=float(target))
        return made.ticket

    def on_OrderClose(self, ticket: str, lots: str, *_: str) -> object:  # noqa: N802
        self._may_trade()
        if int(ticket) not in self.pool:
            raise MqlError(_NO_TICKET)
        self.close(int(ticket), float(lots))
        return 1

    def on_OrderModify(self, ticket: str, _: str, stop: str, target: str) -> object:  # noqa: N802
        self._may_trade()
        held = self.pool.get(int(ticket))
        if held is None:
            raise MqlError(_NO_TICKET)
        self.pool[held.ticket] = replace(held, stop_loss=float(stop), take_profit=float(target))
        return 1

    def _may_trade(self) -> None:
        if not self.connected:
            raise MqlError(_NO_CONNECTION)
        if not self.trading_allowed:
            raise MqlError(_NO_TRADE)

    def _floating(self, one: Order) -> float:
        price = self._price(one.symbol, one.type == SELL)
        apart = price - one.open_price if one.type == BUY else one.open_price - price
        return apart * one.lots * _LOT + one.commission

    def _price(self, symbol: str, is_ask: bool) -> float:
        tick = self._market.api.symbol_info_tick(symbol)
        if tick is None:
            raise MqlError(4106)
        return float(tick.ask if is_ask else tick.bid)

    def _last_tick_s(self) -> int:
        """The server's clock as the last tick left it: it stands still while the market is closed."""
        tick = self._market.api.symbol_info_tick("EURUSD")
        now_s = self._now_s()
        return now_s if tick is None or now_s - tick.time < _QUIET_S else int(tick.time)

    def _now_s(self) -> int:
        return self._machine.now_msc() // 1000 + self._machine.server_offset_s()

    def _ticket(self) -> int:
        self._next += 1
        return self._next
