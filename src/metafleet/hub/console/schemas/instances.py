"""EA instances, their proof and their orders."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from metafleet.hub.console.schemas.base import (
    DesiredState,
    Form,
    InstanceState,
    Instant,
    ProblemItem,
    Record,
    Telemetry,
    Text,
)
from metafleet.hub.console.schemas.people import Allowance
from metafleet.hub.console.schemas.rollouts import Upgrade


class DeployForm(Form):
    template_id: UUID
    account_id: UUID
    symbol: Text = Field(max_length=32)
    name: Text = Field("", max_length=60)
    inputs: dict[str, Any] = Field(default_factory=dict)


class DeployReview(Record):
    """What a deploy would do. `problems` is empty when it would be accepted."""

    problems: list[ProblemItem]
    inputs: dict[str, Any]
    instances: Allowance
    active: Allowance
    cpu: float
    memory_mb: int


PauseMode = Literal["hold", "tighten", "flatten", "freeze"]


class PauseForm(Form):
    """How to pause. `until`: when it ends by itself; null: when somebody resumes it."""

    mode: PauseMode = "hold"
    reason: Text = Field(default="", max_length=300)
    until: Instant | None = None


class Pause(Record):
    """A pause that is wanted. `by`: an address, or what of the platform has paused it."""

    mode: PauseMode
    by: str
    by_person: bool
    reason: str
    until: datetime | None


class StopForm(Form):
    close_positions: bool = False


class ConfigureForm(Form):
    inputs: dict[str, Any]


class Instance(Record):
    """An EA on an account and symbol. Money in `currency`; `heartbeat_age_s` is null before the first."""

    id: UUID
    name: str
    template_slug: str
    template_name: str
    version: str
    is_version_withdrawn: bool
    account_id: UUID
    account_label: str
    symbol: str
    currency: str
    magic: int
    desired_state: DesiredState
    state: InstanceState
    status_text: str
    last_error: str
    next_attempt_at: datetime | None
    pause: Pause | None
    generation: int
    equity: float | None
    day_profit: float
    total_profit: float
    floating_profit: float
    open_positions: int
    trade_count: int
    telemetry: Telemetry
    heartbeat_at: datetime | None
    heartbeat_age_s: float | None
    created_at: datetime


class FleetWindow(Record):
    """Rows of the fleet's list from `offset` on. `total`: how many the filter leaves of the `existing`."""

    items: list[Instance]
    offset: int
    total: int
    existing: int


class Receipt(Record):
    """Proof of a deployment: what the runner itself reported in its first heartbeat."""

    run_id: UUID
    generation: int
    login: int
    server: str
    symbol: str
    expert: str
    version: str
    content_hash: str
    driver: str
    host: str
    pid: int | None
    limits: str
    deployed_at: datetime
    started_at: datetime
    first_tick_at: datetime | None
    first_heartbeat_at: datetime
    algo_trading_allowed: bool | None = None
    signed_by: str | None = Field(None, description="the id of the signing key; null: not signed")


class ReceiptCheck(Form):
    """A receipt as it was downloaded."""

    receipt: dict[str, Any]


class ReceiptVerdict(Record):
    """Whether this installation signed the receipt as it is, and why not."""

    is_genuine: bool
    key_id: str | None
    detail: str


class Run(Record):
    id: UUID
    generation: int
    state: str
    version: str | None = Field(description="what it ran; null: it began before that was written down")
    driver: str
    host: str
    started_at: datetime | None
    first_heartbeat_at: datetime | None
    ended_at: datetime | None
    end_reason: str
    is_crash: bool = Field(description="it ended by itself, unasked")
    has_receipt: bool
    cpu_percent: float | None
    memory_mb: float | None


class InstanceDetail(Instance):
    """`timeframe`: of the bars that it trades by, its input where it has one.

    `changelog`: what is new in its version. `upgrade`: a rollout that has moved it and is not over.
    """

    timeframe: str
    changelog: str
    upgrade: Upgrade | None
    inputs: dict[str, Any]
    input_schema: dict[str, Any]
    receipt: Receipt | None
    runs: list[Run]


class Position(Record):
    ticket: int
    symbol: str
    side: Literal["buy", "sell"]
    volume: float
    open_price: float
    current_price: float
    profit: float
    swap: float
    stop_loss: float | None
    take_profit: float | None
    magic: int | None
    comment: str
    opened_at: datetime


class LogTail(Record):
    """The last lines of the runner's log. `next_offset` asks for what came after."""

    lines: list[str]
    next_offset: int
