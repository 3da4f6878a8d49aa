"""The payloads of the commands that a runner serves, decoded once."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeVar

import msgspec

from metafleet.runner import clock
from metafleet.runner.pause_rules import Mode
from metafleet.wire import messages

MILLISECONDS_FROM: Final = 1e12
"""A time from here on counts milliseconds (terminal protocol, times and numbers)."""


class PayloadRefused(Exception):
    """A payload is not what its command wants; the message names the field."""


class Payload(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a command brings."""


class Nothing(Payload, frozen=True, kw_only=True):
    """RESUME and PING bring nothing that is looked at."""


class Pause(Payload, frozen=True, kw_only=True):
    mode: Mode = "hold"


class Stop(Payload, frozen=True, kw_only=True):
    close_positions: bool = False


class CloseAll(Payload, frozen=True, kw_only=True):
    """Which positions of the account: all, or those of a magic number, a symbol, or both."""

    magic: int | None = None
    symbol: str | None = None


class GuardTold(Payload, frozen=True, kw_only=True):
    """The limits to enforce from now on; None: none."""

    guard: messages.Guard | None = None


class Configure(Payload, frozen=True, kw_only=True):
    """Inputs to change; the others stay."""

    config: dict[str, Any]


class SyncTrades(Payload, frozen=True, kw_only=True):
    """`from_`: from which market time on; None for all."""

    from_: int | float | str | None = msgspec.field(default=None, name="from")


class Open(Payload, frozen=True, kw_only=True):
    symbol: str
    side: Literal["buy", "sell", "BUY", "SELL"]
    volume: float
    stop_loss: float | None = None
    take_profit: float | None = None
    deviation: int = 0
    magic: int = 0
    comment: str = ""


class Modify(Payload, frozen=True, kw_only=True):
    """A level that is left out stays; None or 0 removes it."""

    ticket: int
    stop_loss: float | msgspec.UnsetType | None = msgspec.UNSET
    take_profit: float | msgspec.UnsetType | None = msgspec.UNSET


class Close(Payload, frozen=True, kw_only=True):
    """`volume`: lots, None for the whole position."""

    ticket: int
    volume: float | None = None


class FetchCandles(Payload, frozen=True, kw_only=True):
    """`from_`, `to`: the first and last instant wanted."""

    symbol: str
    timeframe: str = "1m"
    from_: int | float | str = msgspec.field(name="from")
    to: int | float | str
    trade_id: str | None = None


Body = TypeVar("Body", bound=Payload)


def read(payload: dict[str, Any], kind: type[Body]) -> Body:
    """Return the payload as its type; numbers may be text. Raises PayloadRefused."""
    try:
        return msgspec.convert(payload, type=kind, strict=False)
    except msgspec.ValidationError as fault:
        raise PayloadRefused(str(fault)) from fault


def epoch_msc(time: int | float | str, field: str) -> int:
    """Read a time of the protocol: epoch seconds or milliseconds, or ISO-8601. Raises PayloadRefused."""
    try:
        number = float(time)
    except ValueError:
        try:
            return int(clock.epoch_s(str(time)) * 1000)
        except ValueError as fault:
            raise PayloadRefused(f"{field}: expected epoch seconds or ISO-8601, found {time!r}") from fault
    if not 0 <= number < 1e15:
        raise PayloadRefused(f"{field}: {time!r} is no time")
    return int(number if number >= MILLISECONDS_FROM else number * 1000)
