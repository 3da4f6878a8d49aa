"""Signals that were served: what was said of a bar, and what became of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from metafleet.hub.console.schemas.base import Record

Side = Literal["buy", "sell", "none"]
OutcomeState = Literal["waiting", "known", "unknown"]


class SignalOutcome(Record):
    """What became of it, by its model's own label. `result`: which barrier came first, "" while waiting.

    `isHit`: whether the side was right, before costs; of "none", whether what it leaned to was.
    `returnBps`: from `entry` to `exit` in its direction, after costs, in basis points; null for "none".
    `reason`: why nothing is known. `dueAt`: when it is looked at next.
    """

    state: OutcomeState
    result: Literal["", "upper", "lower", "both", "expiry"]
    is_hit: bool | None
    entry: float | None
    exit: float | None
    return_bps: float | None
    ended_at: datetime | None
    reason: str
    due_at: datetime | None


class Signal(Record):
    """What a model said. `barTime`, `validUntil`: the market's time; `issuedAt`: the hub's.

    `probability`: that the price goes up, whatever the side. `size`: a hint, 0 to 1.
    `inputsHash`: SHA-256 of the features that it saw.
    """

    id: UUID
    model_id: UUID
    model: str
    version_id: UUID
    model_version: int
    account_id: UUID
    terminal_id: UUID
    server: str
    symbol: str
    timeframe: str
    bar_time: datetime
    side: Side
    probability: float
    size: float
    inputs_hash: str
    is_shadow: bool
    valid_until: datetime
    issued_at: datetime
    outcome: SignalOutcome


class SignalFeature(Record):
    """One feature as the model saw it."""

    name: str
    value: float


class SignalDetail(Signal):
    features: list[SignalFeature]


class SignalPage(Record):
    items: list[Signal]
    total: int
    page: int
    page_size: int


class SignalScore(Record):
    """What signals were worth. `judged`: with a side and a known outcome; `hitRatio` of these, with Wilson's
    95 % interval; `meanReturnBps`, `sumReturnBps`: of these, after costs. null where none is judged."""

    model: str
    symbol: str
    timeframe: str
    signals: int
    buys: int
    sells: int
    waiting: int
    unknown: int
    judged: int
    hits: int
    hit_ratio: float | None
    hit_low: float | None
    hit_high: float | None
    mean_return_bps: float | None
    sum_return_bps: float | None
