"""Prop firms' programmes, and the accounts that are in them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from metafleet.engine.programmes.terms import DailyBasis, OnBreach, TotalKind
from metafleet.hub.console.schemas.base import Form, Record, Text
from metafleet.hub.console.schemas.board import Drawdown


class ProgrammePhase(Form):
    """Percentages are of the phase's first balance; null: there is none such.

    `dailyBasis`: what a day's loss is counted from. `totalKind`: static, below the first balance;
    trailing, below the highest equity; trailing_eod, below the highest balance that a day ended with.
    `totalLocks`: a trailing limit rises no higher than the first balance. `consistencyPercent`: the most
    of all profit that the best day may have made. `onBreach`: what is done when a limit is reached.
    """

    name: Text
    target_percent: float | None = None
    daily_loss_percent: float | None = None
    daily_basis: DailyBasis = "balance"
    total_loss_percent: float | None = None
    total_kind: TotalKind = "static"
    total_locks: bool = False
    min_days: int = 0
    consistency_percent: float | None = None
    on_breach: OnBreach = "flatten"


class ProgrammeTerms(Form):
    """`timezone` (IANA) and `dayStarts` (as 17:00) say when a day begins, summer and winter."""

    firm: Text
    name: Text
    timezone: Text
    day_starts: Text = "00:00"
    phases: list[ProgrammePhase] = Field(max_length=20)


class ShippedProgramme(Record):
    """Terms as firms of a kind commonly publish them, to be copied."""

    key: str
    terms: ProgrammeTerms


class PhaseCount(Record):
    phase: str
    accounts: int


class Programme(Record):
    """`origin`: the shipped one that it was taken from, "" for none. `phases`: where its accounts are."""

    id: UUID
    origin: str
    terms: ProgrammeTerms
    accounts: int
    phases: list[PhaseCount]
    created_at: datetime
    updated_at: datetime


class NewProgrammeForm(Form):
    """`terms`: left out, those of the shipped programme that `origin` names."""

    origin: Text = Field("", max_length=60)
    terms: ProgrammeTerms | None = None


class ProgrammeForm(Form):
    terms: ProgrammeTerms


class ProgrammeMember(Record):
    """An account in a programme. `near`: of its loss limits the one that is nearest to its breach, null
    while the judge has not looked. `brokenAt`: since when a limit is broken, null while all hold."""

    account_id: UUID
    label: str
    login: int
    currency: str
    phase: str
    phase_since: datetime | None
    equity: float | None
    near: Drawdown | None
    broken_at: datetime | None
    is_passed: bool


class ProgrammeMembers(Record):
    """The broken and then the nearest first, 500 at most; `total`: of all."""

    total: int
    items: list[ProgrammeMember]


class AssignForm(Form):
    """`phase` begins now for all of them. `initialBalance`: what the firm counts from, null for the
    balance of this moment."""

    account_ids: list[UUID] = Field(min_length=1, max_length=10_000)
    phase: Text = Field(min_length=1, max_length=20)
    initial_balance: float | None = Field(None, gt=0, le=1_000_000_000, allow_inf_nan=False)


class TakeOutForm(Form):
    account_ids: list[UUID] = Field(min_length=1, max_length=10_000)
