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
    experts: list[str]
    restarts: int
    observed_at: datetime


class Machine(Record):
    """A machine as it said last. `late` after 45 seconds of silence, `offline` after two minutes;
    `revoked` until one of its terminals is paired anew.

    `name`: what it calls itself. `clock_skew_ms`: its clock ahead of the hub's.
    """

    id: UUID
    label: str
    name: str
    system: str
    version: str
    state: Literal["online", "late", "offline", "revoked"]
    heartbeat_at: datetime | None
    cpu_percent: float | None
    memory_mb: int | None
    memory_used_mb: int | None
    disk_mb: int | None
    disk_free_mb: int | None
    clock_skew_ms: int | None
    started_at: datetime | None
    terminals: list[MachineTerminal]


class LogLine(Record):
    """A line of a terminal's log. `at`: its machine's local time, as it is written there."""

    at: str
    file: str
    text: str
    is_error: bool


class WatchedTerminal(MachineTerminal):
    """With the newest lines of its logs, oldest first."""

    log_lines: list[LogLine]


class MachineSample(Record):
    """Five minutes from `at` on: the highest of processor and memory, and what was left on disk."""

    at: datetime
    cpu_percent: float | None
    memory_used_mb: int | None
    disk_free_mb: int | None


class MachineDetail(Machine):
    """`samples`: of the last 48 hours, oldest first."""

    terminals: list[WatchedTerminal]  # type: ignore[assignment]  # more of the same
    samples: list[MachineSample]


class NewMachineForm(Form):
    """A machine that is to be watched, and the accounts that are signed in on it."""

    label: Text = Field(min_length=1, max_length=60)
    account_ids: list[UUID] = Field(min_length=1, max_length=32)


class ReadyTerminal(Record):
    """A terminal that waits for an agent with this code."""

    terminal_id: UUID
    account_id: UUID
    pairing_code: str


class NewMachine(Record):
    """What its agent needs: `settings` is its file, with the pairing codes in it."""

    gateway_url: str
    expires_at: datetime
    terminals: list[ReadyTerminal]
    settings: str


class MachineForm(Form):
    """Name a machine."""

    label: Text = Field(min_length=1, max_length=60)
