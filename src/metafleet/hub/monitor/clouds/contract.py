"""What a cloud offers to the monitor: ports, each with verbs that are safe to repeat.

Each raises AmazonError, whose `permanent` says whether trying again may help.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Protocol, TypeAlias
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Reading:
    """How a running EA does. profit: of its trades and open positions, in the account's currency;
    trades: closed so far."""

    instance_id: UUID
    at: datetime
    profit: Decimal
    trades: int


class Metrics(Protocol):
    def put(self, readings: Sequence[Reading]) -> int:
        """Send them; return how many calls it took."""


@dataclass(frozen=True, slots=True)
class LossAlarm:
    """Rings while the EA's profit is below minus `loss`. topic: ARN that is told; "" for none."""

    instance_id: UUID
    loss: Decimal
    topic: str = ""


class Alarms(Protocol):
    def kept(self) -> Mapping[str, LossAlarm | None]:
        """Return this installation's alarms by name; None for one that somebody has changed."""

    def name(self, instance_id: UUID) -> str: ...

    def keep(self, alarm: LossAlarm) -> None:
        """Make it, or make it what it should be."""

    def remove(self, names: Collection[str]) -> None:
        """One that is gone already is no error."""


Item: TypeAlias = Mapping[str, str | int | Decimal]
"""Attributes by name. Those of the key are `account` and, of trades, `position`: texts."""


class Tables(Protocol):
    """The mirrored tables: PHASES and GROUPS by account, TRADES by account and position."""

    def ids(self) -> Mapping[str, str]:
        """Return what names each table: one that was made anew has another. A missing one is permanent."""

    def create(self) -> Sequence[str]:
        """Make those that are missing, and wait until they work; return which."""

    def write(self, table: str, *, puts: Sequence[Item], gone: Sequence[Item]) -> None:
        """Put whole items, and delete by key. No key may be twice in one call."""

    def positions(self, account: str) -> Collection[str]:
        """Return which of the account's trades are there."""


PHASES: Final = "mt5_phases"
GROUPS: Final = "mt5_vs_groups"
TRADES: Final = "mt5_trade_cache"


@dataclass(frozen=True, slots=True)
class Message:
    """One delivery of a message. id: the same at every delivery; receipt: of this one."""

    id: str
    body: str
    sent_at: datetime
    receipt: str


class Queue(Protocol):
    """A queue of messages that sets aside, by itself, what was taken too often and never done with."""

    @property
    def name(self) -> str: ...

    def has_dead_letters(self) -> bool:
        """Whether there is a place for what is set aside."""

    def receive(self) -> Sequence[Message]:
        """Take some; they are nobody else's for a while. Empty where there is none just now."""

    def delete(self, message: Message) -> None:
        """It is done with. Safe to repeat."""

    def give_back(self, message: Message) -> None:
        """Let it be taken again at once."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. id: the same at every try. detail: JSON of a few kilobytes."""

    id: UUID
    kind: str
    at: datetime
    detail: Mapping[str, Any]


class Events(Protocol):
    def put(self, events: Sequence[Event]) -> Mapping[UUID, str]:
        """Tell them; return why of those that were not taken."""


@dataclass(frozen=True, slots=True)
class Line:
    at: datetime
    text: str


class Logs(Protocol):
    """A log for each tenant, with a stream for each of its EAs."""

    def put(self, tenant_id: UUID, instance_id: UUID, lines: Sequence[Line]) -> None:
        """Append them to the stream, oldest first. What is too old for it is left out."""

    def tail(self, tenant_id: UUID, instance_id: UUID, most: int) -> Sequence[str]:
        """Return the stream's last lines, oldest first; none where there is no such stream."""
