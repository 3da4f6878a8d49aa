"""The board of accounts, what people say of them, and the views that somebody keeps."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from metafleet.hub.console.schemas.base import Form, Record, Telemetry, Text
from metafleet.hub.console.schemas.instances import PauseMode


class Drawdown(Record):
    """The loss limit that is nearest to its breach. Money; `percent`: of the limit, that is used."""

    kind: Literal["daily_loss", "total_loss", "trailing"]
    limit: float
    used: float
    left: float
    percent: float
    is_breached: bool


class BoardRow(Record):
    """An account on the board. Money in `currency`; null where no terminal has said it.

    `day_profit`: what the deals since `day_began_at` realised, and what is open: the day of the account's
    programme or broker, the UTC day where neither is known. `total_profit`: all trades that the journal
    knows, and what is open. `programme`: its firm and name, "" for none. `drawdown`: null where no
    programme judges the account.
    """

    id: UUID
    label: str
    platform: Literal["paper", "mt5", "mt4"]
    login: int
    server: str
    currency: str
    balance: float | None
    equity: float | None
    day_profit: float
    day_began_at: datetime
    total_profit: float
    open_positions: int
    days_traded: int
    holder: str
    firm: str
    phase: str
    phase_since: datetime | None
    group: str
    initial_balance: float | None
    programme_id: UUID | None
    programme: str
    drawdown: Drawdown | None
    host: str
    telemetry: Telemetry
    heartbeat_at: datetime | None


class Board(Record):
    """`accounts`: how many there are, of which `rows` may be the first few only."""

    rows: list[BoardRow]
    accounts: int


class ProfileForm(Form):
    """What to set; what is not there is left as it is. `group`: its name, "" for none; a new name makes
    the group. `initialBalance`: null for the first balance that was seen."""

    phase: Text | None = Field(None, min_length=1, max_length=20)
    group: Text | None = Field(None, max_length=60)
    holder: Text | None = Field(None, max_length=60)
    firm: Text | None = Field(None, max_length=60)
    initial_balance: float | None = Field(None, gt=0, le=1_000_000_000, allow_inf_nan=False)


class BulkProfileForm(ProfileForm):
    """The same for many accounts at once: all of them, or none."""

    account_ids: list[UUID] = Field(min_length=1, max_length=10_000)


class BulkPauseForm(Form):
    """Pause what runs on these accounts. `mode`: as of one EA."""

    account_ids: list[UUID] = Field(min_length=1, max_length=500)
    mode: PauseMode = "hold"
    reason: Text = Field("", max_length=300)


class BulkResumeForm(Form):
    """Resume what is paused on these accounts; what was stopped stays so."""

    account_ids: list[UUID] = Field(min_length=1, max_length=500)


class BulkOutcome(Record):
    """What became of an account: `eas` were to be moved, `done` were; why the others were not."""

    account_id: UUID
    label: str
    eas: int
    done: int
    refused: list[str]


class BoardCurve(Record):
    """An account's equity of the last day, at even steps, the oldest first, in account currency."""

    account_id: UUID
    equity: list[float]


class BulkDone(Record):
    """How many accounts are so now."""

    accounts: int


class Profile(Record):
    """What people say of an account. `phase_since`: null since the account is known."""

    account_id: UUID
    holder: str
    firm: str
    phase: str
    phase_since: datetime | None
    group: str
    initial_balance: float | None


class ProfileChange(Record):
    """One change of a profile, by whom and when."""

    id: UUID
    field: Literal["phase", "group", "holder", "firm", "programme", "initial_balance"]
    before: str
    after: str
    actor: str
    at: datetime


_Word = Annotated[Text, Field(max_length=200)]


class BoardView(Record):
    """`query` is what the board's screen keeps in its address."""

    id: UUID
    name: str
    query: dict[str, Any]
    created_at: datetime


class BoardViewForm(Form):
    name: Text = Field(min_length=1, max_length=60)
    query: dict[Annotated[Text, Field(max_length=40)], _Word] = Field(default_factory=dict, max_length=30)
