"""How an account stands by its programme: limits, goals, breach, and what a usual day's move costs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from metafleet.engine.programmes.terms import DailyBasis, OnBreach, TotalKind
from metafleet.engine.programmes.verdict import GoalKind, LimitKind
from metafleet.hub.console.schemas.base import Form, Record


class AccountLimit(Record):
    """A loss that must not be reached. Money in account currency; `floor`: the equity at which it is broken;
    `percent`: of the limit, that is used; `stage`: the highest of 50, 75, 90, 100 that was warned of."""

    kind: LimitKind
    limit: float
    used: float
    left: float
    floor: float
    percent: float
    is_breached: bool
    stage: int


class AccountGoal(Record):
    """`wanted` and `reached`: money of a target, days, or percent of all profit."""

    kind: GoalKind
    wanted: float
    reached: float
    is_met: bool


class AccountBreach(Record):
    """The first breach of the phase: it stands, whatever comes after it. `firedBy`: who saw it first, the
    server or the runner beside the terminal."""

    kind: LimitKind
    at: datetime
    equity: float
    floor: float
    limit: float
    used: float
    fired_by: Literal["server", "runner"]


class AccountDay(Record):
    """The day that the daily limit counts. `isToday`: false where it was last heard of in an older one."""

    date: date
    began_at: datetime
    balance: float
    equity: float
    low: float
    high: float
    is_today: bool


class DailyMove(Record):
    """`average`: mean true range of `days` days, in the symbol's price. `moneyPerLot`: what such a move
    costs for each lot, in account currency. The distance to a breach in lots is `left / moneyPerLot`. Null
    where candles, or the worth of a move, are not known. `isOpen`: there are positions in it."""

    symbol: str
    is_open: bool
    days: int
    average: float | None
    money_per_lot: float | None


class AccountLimits(Record):
    """`state`: judged; or why it is not: no_programme, no_such_phase (its programme has none of that name),
    not_looked_at (the judge has not seen the account since the phase began). `resetsAt`: when the next day
    begins by the programme's clock."""

    state: Literal["judged", "no_programme", "no_such_phase", "not_looked_at"]
    currency: str
    programme_id: UUID | None
    firm: str
    programme: str
    phase: str
    phases: list[str]
    since: datetime | None
    timezone: str
    day_starts: str
    daily_basis: DailyBasis | None
    total_kind: TotalKind | None
    on_breach: OnBreach | None
    resets_at: datetime | None
    first_balance: float | None
    initial_balance: float | None
    balance: float | None
    equity: float | None
    observed_at: datetime | None
    day: AccountDay | None
    limits: list[AccountLimit]
    goals: list[AccountGoal]
    is_passed: bool
    breach: AccountBreach | None
    moves: list[DailyMove]


class BeginForm(Form):
    """`initialBalance`: what the firm counts from, null for the balance of this moment."""

    initial_balance: float | None = Field(None, gt=0, le=1_000_000_000, allow_inf_nan=False)
