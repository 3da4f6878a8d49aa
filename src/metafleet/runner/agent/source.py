"""What the agent needs of a terminal: the one interface that paper and MetaTrader both have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from metafleet.wire import messages


class SourceLost(Exception):
    """The terminal does not answer now; the text says why. It may pass."""


class Facts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How a terminal is. `latency_ms`: to its broker. `last_tick_at`: epoch seconds UTC, of this machine."""

    is_connected: bool
    is_algo_trading: bool | None = None
    latency_ms: float | None = None
    last_tick_at: float | None = None
    utc_offset_s: int | None = None
    build: int | None = None
    logs: Sequence[str] = ()
    """Folders of its log files."""


class Source(Protocol):
    """A terminal that somebody else has signed in. Nothing here signs in or out, or trades.

    Every method but `is_running` and `close` raises SourceLost.
    """

    @property
    def platform(self) -> Literal["mt5", "paper"]:
        """As the protocol names it."""

    def is_running(self) -> bool:
        """Whether there is a process of it; without one nothing else is asked."""

    def start(self) -> None:
        """Start its process, as a double click would; it comes up with the account that it remembers."""

    def facts(self) -> Facts: ...

    def account(self) -> messages.AccountInfo:
        """With login and server, always."""

    def positions(self) -> list[messages.Position]: ...

    def deals_after(self, ticket: int) -> list[messages.Deal]:
        """Every deal of the account with a higher ticket, in the order of tickets."""

    def close(self) -> None:
        """Let go of the terminal, which runs on."""
