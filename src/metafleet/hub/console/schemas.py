"""What the console API takes and gives.

JSON names are camelCase. Money, prices and volumes leave as JSON numbers (the
database keeps decimals); instants are ISO-8601 UTC.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, SecretStr, StringConstraints
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

InstanceState = Literal["deploying", "running", "paused", "stopping", "stopped", "error"]
DesiredState = Literal["running", "paused", "stopped"]
Telemetry = Literal["fresh", "late", "stale", "none"]
PlanCode = Literal["bronze", "gold", "platinum"]
Role = Literal["owner", "trader", "viewer"]


def _without_control_characters(text: str) -> str:
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise PydanticCustomError("control_character", "Leave out control characters, like line ends.")
    return text


Text = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_without_control_characters)]
"""One line that somebody typed. PostgreSQL takes no NUL, and no list or file shows the others well."""

Instant = Annotated[
    AwareDatetime, Field(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))
]
"""An instant to compare with: in UTC, where the database has it, one at the calendar's end overflows."""


class Record(Schema):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, from_attributes=True)


class Form(Record):
    """A request body: unknown fields are refused, so that a typo is not silently ignored."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class ProblemItem(Record):
    """One fault; `pointer` is a JSON pointer into the request body, as `/inputs/fastPeriod`."""

    pointer: str
    detail: str


class Problem(Record):
    """RFC 9457 problem details; `detail` is a sentence for people, with the way out."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str
    errors: list[ProblemItem] = Field(default_factory=list)


# People


class SignUpForm(Form):
    email: Text = Field(max_length=254)
    password: SecretStr = Field(max_length=256)
    tenant_name: Text = Field(min_length=1, max_length=80)


class SignInForm(Form):
    email: Text = Field(max_length=254)
    password: SecretStr = Field(max_length=256)


class Allowance(Record):
    """How much of one limit of the plan is used."""

    limit: int
    used: int


class Plan(Record):
    code: PlanCode
    name: str
    price_usd_per_month: int
    instance_limit: int
    active_limit: int


class Me(Record):
    """Who is signed in, for whom, and what the plan still allows."""

    email: str
    role: Role
    tenant_id: UUID
    tenant_name: str
    plan: Plan
    instances: Allowance
    active: Allowance


class SessionInfo(Record):
    """`me` is null for a visitor; asking also sets the CSRF cookie. The demo fields fill its sign-in form."""

    me: Me | None
    demo_email: str | None = None
    demo_password: str | None = None


# Accounts


class Account(Record):
    """A trading account and the last that its terminals said of it. Money in `currency`."""

    id: UUID
    label: str
    platform: Literal["paper", "mt5", "mt4"]
    login: int
    server: str
    currency: str
    leverage: int | None
    margin_mode: Literal["hedging", "netting"] | None
    balance: float | None
    equity: float | None
    margin: float | None
    free_margin: float | None
    day_profit: float
    open_positions: int
    telemetry: Telemetry
    heartbeat_at: datetime | None
    instance_count: int
    created_at: datetime


class OpenAccountForm(Form):
    """Ask the paper broker for a new account."""

    label: Text = Field(min_length=1, max_length=60)
    deposit: float = Field(ge=100, le=1_000_000, allow_inf_nan=False)
    leverage: int = Field(100, ge=1, le=500)


class ConnectAccountForm(Form):
    """Connect a paper account that exists already; its password goes sealed into the vault."""

    label: Text = Field(min_length=1, max_length=60)
    login: int = Field(ge=1, le=2**63 - 1)
    password: SecretStr = Field(min_length=1, max_length=128)
    server: Text = Field(min_length=1, max_length=64)


class AccountPatch(Form):
    label: Text = Field(min_length=1, max_length=60)


class EquityPoint(Record):
    at: datetime
    balance: float
    equity: float


class Candle(Record):
    """`time` is the bar's open, epoch seconds UTC, as charts want it."""

    time: int
    open: float
    high: float
    low: float
    close: float


class Symbol(Record):
    """What is traded at the paper broker. `point` is the last digit's worth, volumes in lots."""

    name: str
    description: str
    digits: int
    point: float
    contract_size: float
    volume_min: float
    volume_max: float
    volume_step: float


# Catalogue


class TemplateVersion(Record):
    id: UUID
    version: str
    content_hash: str
    changelog: str
    input_schema: dict[str, Any]


class Template(Record):
    """An EA of the catalogue. `allowed` is false where the plan does not reach it."""

    id: UUID
    slug: str
    name: str
    summary: str
    description: str
    risk_note: str
    category: str
    timeframe: str
    symbols: list[str]
    cpu: float
    memory_mb: int
    required_plan: PlanCode
    allowed: bool
    version: TemplateVersion


# Instances


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


class Run(Record):
    id: UUID
    generation: int
    state: str
    started_at: datetime | None
    ended_at: datetime | None
    end_reason: str
    cpu_percent: float | None
    memory_mb: float | None


class InstanceDetail(Instance):
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


class Command(Record):
    id: UUID
    type: str
    state: Literal["queued", "leased", "done", "failed", "dead"]
    requested_by: str
    error: str
    created_at: datetime
    finished_at: datetime | None


# Journal


class Trade(Record):
    """One position id, folded from its deals. Money in `currency`; `net_profit` has the costs in it."""

    id: UUID
    account_id: UUID
    account_label: str
    instance_id: UUID | None
    instance_name: str | None
    position_id: int
    symbol: str
    side: Literal["buy", "sell"]
    state: Literal["open", "closed", "orphan"]
    volume: float
    entry_price: float | None
    exit_price: float | None
    entered_at: datetime | None
    exited_at: datetime | None
    duration_s: float | None
    profit: float
    commission: float
    swap: float
    fee: float
    net_profit: float
    exit_reason: str
    currency: str
    comment: str


class TradeTotals(Record):
    """Over all trades that the filter matches, not only the page."""

    currency: str
    trades: int
    open: int
    wins: int
    losses: int
    profit: float
    commission: float
    swap: float
    fee: float
    net_profit: float
    win_rate: float | None
    profit_factor: float | None
    average_win: float | None
    average_loss: float | None
    best: float | None
    worst: float | None


class TradePage(Record):
    items: list[Trade]
    total: int
    page: int
    page_size: int
    totals: list[TradeTotals]


class DayResult(Record):
    day: str
    net_profit: float
    trades: int


# Overview


class Overview(Record):
    """The first screen in one reply: totals by currency, the curve of the last days, live."""

    currency: str
    balance: float
    equity: float
    day_profit: float
    open_positions: int
    running: int
    paused: int
    failing: int
    days: list[DayResult]


class AuditEntry(Record):
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
