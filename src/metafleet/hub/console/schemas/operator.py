"""The operator's screens: what waits, hosts, scaling, costs. Costs are in USD."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from metafleet.hub.console.schemas.base import Form, PlanCode, Record, Text

HostState = Literal["active", "draining", "lost", "gone"]
Provider = Literal["simulated", "aws"]
Reason = Annotated[Text, Field(max_length=300)]
HostCount = Annotated[int, Field(ge=0, le=1000)]


class Waiting(Record):
    """How many wait, and how long the oldest has, in seconds."""

    count: int
    oldest_s: float | None


class FailedStart(Record):
    """An EA that should run and does not."""

    instance_id: UUID
    tenant: str
    name: str
    account: str
    host: str
    reason: str
    crash_count: int
    next_attempt_at: datetime | None
    failed_at: datetime


class HostTotals(Record):
    """Hosts by state. `running`: EAs that live on them; `room`: how many of the usual size still fit."""

    active: int
    draining: int
    lost: int
    running: int
    room: int


class Backups(Record):
    """How the installation's backups stand. `verified_of`: when the newest that was verified was complete;
    `followed_at`: until when the copy has every commit; `bytes`: of backups and log together."""

    place: str
    newest_at: datetime | None
    verified_of: datetime | None
    verified_at: datetime | None
    followed_at: datetime | None
    kept: int
    bytes: int
    problem: str
    seen_at: datetime
    is_too_old: bool


class OperatorOverview(Record):
    """The installation at a glance. `states`: instances by state, all tenants."""

    states: dict[str, int]
    due: Waiting
    held: Waiting
    stuck: int
    commands: Waiting
    dropped_commands: int
    failed_total: int
    failed: list[FailedStart]
    hosts: HostTotals
    usd_per_day: float
    usd_per_account_day: float | None
    backups: Backups | None


class Host(Record):
    """A machine. `filled`: share of what EAs may use that is planned for; `room`: EAs that still fit."""

    id: UUID
    name: str
    driver: str
    group: str
    state: HostState
    state_reason: str
    cpu: float
    memory_mb: int
    cpu_percent: float | None
    memory_used_mb: float | None
    versions: dict[str, str]
    usd_per_hour: float
    seen_at: datetime | None
    drained_at: datetime | None
    eas: int
    room: int
    filled: float


class Need(Record):
    """What an EA is planned with: cores and MB."""

    cpu: float
    memory_mb: float


class HostList(Record):
    """Hosts by name, and the mean of what the living EAs are planned with."""

    hosts: list[Host]
    typical: Need


class DrainForm(Form):
    reason: Reason = ""


class EvacuateForm(Form):
    """`even_with_positions`: also move EAs that hold positions; their broker-side stops stay."""

    even_with_positions: bool = False


class Evacuation(Record):
    """`waiting`: EAs that hold positions; `homeless`: EAs for which no other host has room."""

    moved: int
    waiting: list[str]
    homeless: int


class RuleForm(Form):
    """How many hosts: ceil(active EAs / perHost) + buffer, within the bounds."""

    per_host: int = Field(default=50, ge=1, le=10_000)
    buffer: HostCount = 1
    minimum: HostCount = 5
    maximum: HostCount = 50
    weekend_minimum: HostCount | None = None
    is_dry_run: bool = False


class GroupForm(RuleForm):
    """`settings`: the provider's own; for aws {asg, region, usdPerHour}."""

    name: Annotated[Text, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    provider: Provider = "simulated"
    asg: Annotated[Text, Field(max_length=255)] = ""
    region: Annotated[Text, Field(max_length=40, pattern=r"^[a-z0-9-]*$")] = ""
    usd_per_hour: float = Field(default=0.10, ge=0, le=1000)
    driver: Literal["process", "docker", "ecs"] = "docker"


class ScalingDecision(Record):
    """What was decided and why; `hosts` before and `wanted` after."""

    id: UUID
    group_id: UUID
    group: str
    at: datetime
    action: str
    active: int
    hosts: int
    wanted: int
    reason: str
    error: str


class ScalingGroup(Record):
    """A group and what its rule asks for now. `hosts` by state."""

    id: UUID
    name: str
    provider: Provider
    per_host: int
    buffer: int
    minimum: int
    maximum: int
    weekend_minimum: int | None
    is_dry_run: bool
    due_at: datetime | None
    hosts: int
    draining: int
    wanted: int
    reason: str


class Scaling(Record):
    """Groups and newest decisions. `active`: EAs of all tenants that need a place."""

    active: int
    are_markets_closed: bool
    groups: list[ScalingGroup]
    decisions: list[ScalingDecision]


class TenantCost(Record):
    tenant_id: UUID
    tenant: str
    plan: PlanCode
    accounts: int
    eas: int
    usd_per_day: float
    usd_per_account_day: float | None
    price_per_account_day: float | None


class OwnCosts(Record):
    """What the plan costs a customer, in USD, for each account with an active EA and day."""

    accounts: int
    usd_per_account_day: float | None


class Costs(Record):
    """What the hosts cost now, shared among tenants by what their EAs may use."""

    usd_per_hour: float
    usd_per_day: float
    accounts: int
    eas: int
    usd_per_account_day: float | None
    tenants: list[TenantCost]


class TaskKind(Record):
    """How often a task of this name ended within the last 24 hours; `done` are those that did not fail."""

    name: str
    done: int
    failed: int


class TaskDone(Record):
    """A task that a worker took. `outcome`: what it returned, or the error that ended it."""

    task_id: str
    name: str
    is_failed: bool
    status: str
    outcome: str
    arguments: dict[str, Any]
    worker: str
    traceback: str
    done_at: datetime


class Tasks(Record):
    """What the workers did. `newest`: failures first."""

    kinds: list[TaskKind]
    newest: list[TaskDone]
    keep_days: int
    keep_failed_days: int
