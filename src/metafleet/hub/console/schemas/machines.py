"""Customers' own machines, and the terminals that their host agents see on them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from metafleet.hub.console.schemas.base import Form, Record, Text


class MachineTerminal(Record):
    """A terminal's program. `last_tick_at`: when its quotes last moved. `log_errors`: of its log, today."""

    terminal_id: UUID
    account_id: UUID
    account_label: str
    login: int
    server: str
    path: str
    process_state: Literal["running", "dead", "unknown"]
    is_connected: bool | None
    is_algo_trading: bool | None
    last_tick_at: datetime | None
    latency_ms: float | None
    log_errors: int
    last_log_error: str
    restarts: int
    observed_at: datetime


class Machine(Record):
    """A machine as it said last. `late` after 45 seconds of silence, `offline` after two minutes.

    `name`: what it calls itself. `clock_skew_ms`: its clock ahead of the hub's.
    """

    id: UUID
    label: str
    name: str
    system: str
    version: str
    state: Literal["online", "late", "offline"]
    heartbeat_at: datetime | None
    cpu_percent: float | None
    memory_mb: int | None
    memory_used_mb: int | None
    disk_mb: int | None
    disk_free_mb: int | None
    clock_skew_ms: int | None
    started_at: datetime | None
    terminals: list[MachineTerminal]


class MachineForm(Form):
    """Name a machine."""

    label: Text = Field(min_length=1, max_length=60)
