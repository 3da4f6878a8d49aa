"""Trading accounts and what trades on them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field, SecretStr

from metafleet.hub.console.schemas.base import Form, Record, Telemetry, Text


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
