"""A terminal of either platform with a connector before a hub of a few lines: quick, and killed at will."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from connectors.harness.machine import Machine
from connectors.harness.mt4 import Mt4Terminal
from connectors.harness.mt5 import Mt5Terminal
from connectors.harness.running import Killed, Running
from connectors.tests.hands import Hands
from connectors.tests.hub import LEASE_S, URL, Asked, Hub

LASTING: Final = frozenset(("FileOpen", "FileWrite", "FileFlush", "WebRequest", "OrderSend", "OrderClose"))


@dataclass
class Desk:
    """A terminal with one account, and a hub that delivers a command again when its lease is over."""

    binary: Path
    machine: Machine
    terminal: Mt4Terminal | Mt5Terminal
    hub: Hub
    hands: Hands
    lives: list[Running] = field(default_factory=list)
    may_trade: bool = True

    def begin(self, kill_at: Callable[[list[str]], bool] | None = None) -> Running:
        inputs = {"InpAddress": URL, "InpPairingCode": "CODE", "InpMayTrade": self.may_trade}
        life = Running(self.binary, self.terminal, self.machine, inputs, kill_at=kill_at)
        self.lives.append(life)
        return life

    def live(self, seconds: float) -> None:
        with self.begin() as life:
            life.init()
            life.pass_time(seconds)

    def live_on(self) -> None:
        """Begin anew; live until the terminal has settled, and until the hub delivers again."""
        with self.begin() as life:
            life.init()
            life.pass_time(17)
            self.machine.advance_to(self.machine.now_msc() + LEASE_S * 1_000)
            life.pass_time(5)

    def is_killed(self, command: Asked, count: int) -> bool:
        """Live until it is killed before what lasts, counted from 0 since it has the command."""
        seen = 0

        def kill_at(asked: list[str]) -> bool:
            nonlocal seen
            seen += command.attempt > 0 and asked[-1] in LASTING
            return seen > count

        with self.begin(kill_at) as life:
            try:
                life.init()
                life.pass_time(8)
            except Killed:
                return True
        return False

    def check(self) -> None:
        """The hub has the terminal's deals, as they were."""
        if isinstance(self.terminal, Mt4Terminal):
            closed = {one.ticket: one for one in self.terminal.history}
            assert set(self.hub.deals) == set(closed)
            assert all(self.hub.deals[ticket]["profit"] == one.profit for ticket, one in closed.items())
        else:
            deals = {one.ticket: one for one in self.terminal.deals()}
            assert set(self.hub.deals) == set(deals)
            assert all(self.hub.deals[ticket]["volume"] == one.volume for ticket, one in deals.items())
