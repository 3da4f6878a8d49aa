"""The package MetaTrader5 as far as the agent may go: whatever else is called fails the test."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any, TypeVar

SERVER_AHEAD_S = 3 * 3600

Said = TypeVar("Said")


class Mt5Package:
    """One terminal, signed in by its owner. `calls`: everything that was called, in order."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.calls: list[str] = []
        self.login = 5_123_456
        self.deals: list[SimpleNamespace] = []
        self.positions: list[SimpleNamespace] = []
        self.is_up = True
        self.ticked_s = time.time()
        self._is_attached = False

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # the import machinery's own questions
            raise AttributeError(name)
        raise AssertionError(f"MetaTrader5.{name} must not be used")

    def login_as(self, login: int) -> None:
        """The owner signs the terminal in elsewhere."""
        self.login = login

    def initialize(self, *arguments: Any, **named: Any) -> bool:
        self.calls.append("initialize")
        assert arguments == ()
        assert named == {"path": self.path}
        self._is_attached = self.is_up
        return self.is_up

    def last_error(self) -> tuple[int, str]:
        return -10004, "No IPC connection"

    def terminal_info(self) -> SimpleNamespace | None:
        data = "/nowhere"
        said = SimpleNamespace(
            connected=True, trade_allowed=False, ping_last=42_500, build=5200, data_path=data
        )
        return self._answer("terminal_info", said)

    def account_info(self) -> SimpleNamespace | None:
        money = {"balance": 1000.0, "equity": 990.5, "margin": 50.0, "margin_free": 940.5}
        rest = {"margin_level": 1981.0, "profit": -9.5, "margin_mode": 2, "trade_allowed": True}
        who = {"login": self.login, "server": "Broker-Demo", "currency": "USD", "leverage": 100}
        return self._answer("account_info", SimpleNamespace(**who, **money, **rest, trade_expert=True))

    def positions_get(self) -> tuple[SimpleNamespace, ...] | None:
        return self._answer("positions_get", tuple(self.positions))

    def history_deals_get(self, from_s: int, to_s: int) -> tuple[SimpleNamespace, ...] | None:
        assert 0 <= from_s < to_s < 2**31
        return self._answer("history_deals_get", tuple(d for d in self.deals if from_s <= d.time < to_s))

    def symbol_info(self, name: str) -> SimpleNamespace | None:
        return SimpleNamespace(trade_contract_size=100_000.0) if name == "EURUSD" else None

    def symbol_info_tick(self, name: str) -> SimpleNamespace | None:
        return (
            SimpleNamespace(time_msc=int((self.ticked_s + SERVER_AHEAD_S) * 1000))
            if name == "EURUSD"
            else None
        )

    def trade(self, ticket: int, *, ago_s: int = 60, entry: int = 0, kind: int = 0) -> None:
        """Let a deal be made so long ago."""
        at_s = int(time.time()) + SERVER_AHEAD_S - ago_s
        money = {"commission": -0.07, "swap": 0.0, "fee": 0.0, "profit": 0.0}
        what = {"ticket": ticket, "order": ticket, "position_id": ticket, "type": kind, "entry": entry}
        when = {"time": at_s, "time_msc": at_s * 1000 + 250}
        rest = {"symbol": "EURUSD", "volume": 0.1, "price": 1.085, "magic": 7, "comment": "", "reason": 3}
        self.deals.append(SimpleNamespace(**what, **when, **rest, **money))

    def hold(self, ticket: int) -> None:
        """Let a position be open."""
        levels = {"price_open": 1.085, "price_current": 1.086, "sl": 0.0, "tp": 1.09}
        what = {"ticket": ticket, "symbol": "EURUSD", "type": 1, "volume": 0.1, "time_msc": 1_700_000_000_000}
        rest = {"profit": -9.5, "swap": 0.0, "magic": 7, "comment": ""}
        self.positions.append(SimpleNamespace(**what, **levels, **rest))

    def _answer(self, name: str, said: Said) -> Said | None:
        self.calls.append(name)
        self._is_attached = self._is_attached and self.is_up
        return said if self._is_attached else None
