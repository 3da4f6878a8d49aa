"""What a person does in a terminal, beside the connector: the same on both platforms."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, Protocol

from connectors.harness.mt4 import Mt4Terminal
from connectors.harness.mt5 import Mt5Terminal

_DEAL, _CLOSE_BY = 1, 10


@dataclass(frozen=True, slots=True)
class Held:
    ticket: int
    symbol: str
    is_buy: bool
    lots: float


class Hands(Protocol):
    """Opens and closes; `close` without lots closes all of a position."""

    def open(self, symbol: str, *, is_buy: bool, lots: float, comment: str = "") -> int: ...

    def close(self, held: Held, lots: float | None = None) -> None: ...

    def close_by(self, one: Held, other: Held) -> None: ...

    def held(self) -> list[Held]: ...

    def deposit(self, amount: float) -> None: ...


def hands_on(terminal: Mt4Terminal | Mt5Terminal) -> Hands:
    return _Hands4(terminal) if isinstance(terminal, Mt4Terminal) else _Hands5(terminal)


class _Hands5:
    def __init__(self, terminal: Mt5Terminal) -> None:
        self._terminal = terminal

    def open(self, symbol: str, *, is_buy: bool, lots: float, comment: str = "") -> int:
        return int(self._send(symbol=symbol, type=int(not is_buy), volume=lots, comment=comment).order)

    def close(self, held: Held, lots: float | None = None) -> None:
        volume = held.lots if lots is None else lots
        self._send(symbol=held.symbol, type=int(held.is_buy), volume=volume, position=held.ticket)

    def close_by(self, one: Held, other: Held) -> None:
        self._send(action=_CLOSE_BY, symbol=one.symbol, type=0, position=one.ticket, position_by=other.ticket)

    def held(self) -> list[Held]:
        rows = self._terminal.api.positions_get() or ()
        return [Held(one.ticket, one.symbol, one.type == 0, one.volume) for one in rows]

    def deposit(self, amount: float) -> None:
        self._terminal.deposit(amount)

    def _send(self, **fields: Any) -> Any:
        request: dict[str, Any] = {"action": _DEAL, **fields}
        tick = self._terminal.api.symbol_info_tick(request["symbol"])
        assert tick is not None
        if request["action"] == _DEAL:
            request["price"] = tick.bid if request["type"] else tick.ask
        done = self._terminal.api.order_send(request)
        assert done is not None, self._terminal.api.last_error()
        assert done.retcode == 10_009, done
        return done


class _Hands4:
    def __init__(self, terminal: Mt4Terminal) -> None:
        self._terminal = terminal

    def open(self, symbol: str, *, is_buy: bool, lots: float, comment: str = "") -> int:
        return self._terminal.open(symbol, int(not is_buy), lots, comment=comment).ticket

    def close(self, held: Held, lots: float | None = None) -> None:
        self._terminal.close(held.ticket, lots)

    def close_by(self, one: Held, other: Held) -> None:
        self._terminal.close_by(one.ticket, other.ticket)

    def held(self) -> list[Held]:
        return [Held(one.ticket, one.symbol, one.type == 0, one.lots) for one in self._terminal.pool.values()]

    def deposit(self, amount: float) -> None:
        self._terminal.deposit(amount)


def trade(hands: Hands, chance: random.Random) -> str:
    """Do what a person may do on a day; return its name."""
    held = hands.held()
    pair = _opposite(held)
    what = chance.choice(("open", "open", "open", "part", "part", "all", "close by", "money"))
    if what == "money":
        hands.deposit(chance.choice((2_500.0, -100.0, 0.01)))
    elif what == "close by" and pair:
        hands.close_by(*pair)
    elif what == "part" and held and (one := chance.choice(held)).lots >= 0.02:
        hands.close(one, round(one.lots / 2, 2))
    elif what == "all" and held:
        hands.close(chance.choice(held))
    else:
        what = "open"
        # Now and then more than is held on the other side: in a netting account that turns it round.
        lots = round(chance.uniform(0.1, 0.5), 2)
        hands.open(chance.choice(("EURUSD", "GBPUSD")), is_buy=chance.random() < 0.5, lots=lots)
    return what


def _opposite(held: list[Held]) -> tuple[Held, Held] | None:
    pairs = (
        (one, other)
        for one in held
        for other in held
        if one.symbol == other.symbol and one.is_buy and not other.is_buy
    )
    return next(pairs, None)
