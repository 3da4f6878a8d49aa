"""Trading accounts and what trades on them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, SecretStr, StringConstraints
from pydantic_core import PydanticCustomError

from metafleet.hub.console.schemas.base import Form, Record, Telemetry, Text


def _known_zone(name: str) -> str:
    if name and name not in available_timezones():
        raise PydanticCustomError(
            "timezone", "This is no IANA time zone. Write one like Europe/Athens, or leave it empty."
        )
    return name


Timezone = Annotated[Text, Field(max_length=64), AfterValidator(_known_zone)]
"""An IANA name, or empty."""

Currency = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Z]{3,8}$")]
"""An ISO 4217 code, or what a broker writes in its place, as USC for cents or USDT."""


class Trading(Record):
    """Whether the account may trade. `since` is null where nobody noted when it became so."""

    state: Literal["allowed", "forbidden", "paused", "unknown"]
    since: datetime | None


class BrokerLink(Record):
    """Whether a terminal that is heard is signed in to the broker; `at`: when one was last."""

    state: Literal["linked", "lost", "unknown"]
    at: datetime | None


class Account(Record):
    """A trading account and the last that its terminals said of it. Money in `currency`.

    `trading`, `telemetry` and `broker_link` are three truths of which none says anything of
    another. `own_terminal`: a customer's own terminal reports of it, and nobody gave us its
    password. `troubles`: kinds of refusals of its terminals in the last 24 hours.
    """

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
    server_timezone: str
    own_terminal: bool
    trading: Trading
    broker_link: BrokerLink
    troubles: int
    failed_items: int


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


class RegisterAccountForm(Form):
    """An account that the customer's own terminal will report of. No password is asked for.

    `server_timezone`: IANA name, for terminals that do not say their offset themselves; "" is UTC.
    """

    label: Text = Field(min_length=1, max_length=60)
    platform: Literal["mt5", "mt4"]
    login: int = Field(ge=1, le=2**63 - 1)
    server: Text = Field(min_length=1, max_length=64)
    currency: Currency = "USD"
    server_timezone: Timezone = ""


class AccountPatch(Form):
    """What is left out stays."""

    label: Text | None = Field(None, min_length=1, max_length=60)
    server_timezone: Timezone | None = None


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
