"""Three separate truths about an account: may it trade, can what is shown be trusted, is its broker there.

Each is a pure function of what the account's terminals said and when. They are kept apart
because one says nothing of the others: a terminal may report every second that it has lost
its broker, and silence is no proof that trading has stopped.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

Telemetry = Literal["fresh", "late", "stale", "none"]
TradingState = Literal["allowed", "forbidden", "paused", "unknown"]
LinkState = Literal["linked", "lost", "unknown"]

MISSED_LATE: Final = 3
"""Heartbeats missed until a terminal counts as offline (terminal protocol, "heartbeat")."""
MISSED_STALE: Final = 12
"""Heartbeats missed until what it said last is history."""
VERSION_1_INTERVAL_S: Final = 30.0
"""Version-1 EAs beat by their own setting, whose default this is, and do not read `nextHeartbeat`."""


@dataclass(frozen=True, slots=True)
class Voice:
    """What one terminal said last. `interval_s`: how often it is to beat.

    `linked_at`: its last heartbeat that was signed in to the broker.
    """

    heartbeat_at: datetime | None
    linked_at: datetime | None = None
    trade_allowed: bool | None = None
    interval_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Link:
    """`at`: when the broker was last seen there."""

    state: LinkState
    at: datetime | None


def telemetry(heard_at: datetime | None, now: datetime, interval_s: float) -> Telemetry:
    """Say how far what is shown can be trusted, by the age of the last heartbeat."""
    if heard_at is None:
        return "none"
    missed = (now - heard_at).total_seconds() / interval_s
    return "fresh" if missed <= MISSED_LATE else "late" if missed <= MISSED_STALE else "stale"


def is_online(voice: Voice, now: datetime) -> bool:
    """Whether the terminal is there to take an order now."""
    return telemetry(voice.heartbeat_at, now, voice.interval_s) == "fresh"


def account_telemetry(voices: Collection[Voice], now: datetime) -> tuple[Telemetry, datetime | None]:
    """Return the trust in the account's figures and the newest heartbeat: its best terminal's."""
    newest = max((v for v in voices if v.heartbeat_at), key=_heard_at, default=None)
    if newest is None:
        return "none", None
    return telemetry(newest.heartbeat_at, now, newest.interval_s), newest.heartbeat_at


def trading(voices: Collection[Voice], wanted: Collection[str], now: datetime) -> TradingState:
    """Say whether the account may trade.

    wanted: the desired state of each of its EAs that is not stopped. A terminal that is heard
    and says no forbids it for all; a person who has paused every EA pauses it.
    """
    said = {voice.trade_allowed for voice in voices if is_trusted(voice, now)}
    if False in said:
        return "forbidden"
    if wanted and set(wanted) == {"paused"}:
        return "paused"
    return "allowed" if True in said else "unknown"


def broker_link(voices: Collection[Voice], now: datetime) -> Link:
    """Say whether a terminal that is heard is signed in to the broker.

    One that is suffices; heartbeats that come without the account's figures mean that it is lost.
    """
    heard = [voice for voice in voices if is_trusted(voice, now)]
    last_at = max((voice.linked_at for voice in voices if voice.linked_at), default=None)
    if any(voice.linked_at and voice.linked_at >= _heard_at(voice) for voice in heard):
        return Link("linked", last_at)
    return Link("lost" if heard else "unknown", last_at)


def is_trusted(voice: Voice, now: datetime) -> bool:
    """Whether what it said last still counts: it is heard, if late."""
    return telemetry(voice.heartbeat_at, now, voice.interval_s) in {"fresh", "late"}


def _heard_at(voice: Voice) -> datetime:
    if voice.heartbeat_at is None:
        raise ValueError("a terminal that was never heard has no last heartbeat")
    return voice.heartbeat_at
