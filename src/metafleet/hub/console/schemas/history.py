"""What was recorded of EAs and terminals."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from metafleet.hub.console.schemas.base import Record
from metafleet.hub.console.schemas.instances import Run


class PerformanceSample(Record):
    """Money in account currency; `trades`: closed so far; `cpu_percent` of one core."""

    at: datetime
    balance: float | None
    equity: float | None
    profit: float | None
    trades: int
    cpu_percent: float | None
    memory_mb: float | None


class Performance(Record):
    resolution: Literal["raw", "minute", "hour"]
    samples: list[PerformanceSample]


class TradingSession(Record):
    """A terminal's connected time; `ended_at` is null while it goes on."""

    id: UUID
    terminal: str
    instance_id: UUID | None
    started_at: datetime
    last_heartbeat_at: datetime
    ended_at: datetime | None
    end_reason: str
    seconds: float


class TradingSessionPage(Record):
    items: list[TradingSession]
    total: int
    page: int
    page_size: int


class RunPage(Record):
    items: list[Run]
    total: int
    page: int
    page_size: int


class ConnectedTime(Record):
    """The newest sessions, newest first. `connected_s`: any terminal was connected; overlaps count once."""

    since: datetime
    until: datetime
    connected_s: float
    sessions: list[TradingSession]
