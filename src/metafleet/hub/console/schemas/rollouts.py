"""Rollouts of EA versions, for operators; and what an EA's owner sees of one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from metafleet.hub.console.schemas.base import DesiredState, Form, InstanceState, ProblemItem, Record, Text

RolloutState = Literal["canary", "promoting", "promoted", "returning", "rolled_back", "stopped"]
Name = Annotated[Text, Field(min_length=1, max_length=60)]
Value = bool | int | float | Annotated[str, Field(max_length=500)]


class InputMigration(Form):
    """What becomes of the inputs of the version before."""

    renamed: dict[Name, Name] = Field(default_factory=dict, max_length=200)
    removed: list[Name] = Field(default_factory=list, max_length=200)
    set: dict[Name, Value] = Field(default_factory=dict, max_length=200)


class RolloutPreviewForm(Form):
    """`input_migration`: in place of the version's own; null: as it is."""

    version_id: UUID
    canaries: int = Field(default=1, ge=1, le=1000)
    input_migration: InputMigration | None = None


class RolloutForm(RolloutPreviewForm):
    """How to roll a version out. The limits: one more than they say is too much. `max_loss_percent`: of
    the account's equity when the EA was moved. `even_with_positions`: do not wait until an EA is flat."""

    watch_minutes: int = Field(default=60, ge=1, le=20_160)
    max_loss_percent: float = Field(default=5.0, gt=0, le=100)
    max_crashes: int = Field(default=2, ge=0, le=1000)
    max_late_heartbeats: int = Field(default=10, ge=0, le=100_000)
    even_with_positions: bool = False


class RolloutReasonForm(Form):
    reason: Annotated[Text, Field(max_length=300)] = ""


class RollBackForm(Form):
    """Every customer whose EA goes back is told this."""

    reason: Annotated[Text, Field(min_length=3, max_length=300)]


class AffectedEA(Record):
    """An EA that the rollout would move, or that it would leave for its `faults`.

    `can_return`: after a roll-back it runs again; else the code of its version is not here any more.
    """

    instance_id: UUID
    name: str
    tenant: str
    account_label: str
    symbol: str
    version: str
    state: InstanceState
    desired_state: DesiredState
    is_canary: bool
    fits: bool
    faults: list[ProblemItem]
    changes: list[str]
    positions: int
    equity: float | None
    currency: str
    can_return: bool


class RolloutPreview(Record):
    """What a rollout would meet now; `affected` holds at most 500 EAs, canaries first."""

    version_id: UUID
    version: str
    template_name: str
    total: int
    fitting: int
    input_migration: dict[str, Any]
    affected: list[AffectedEA]


class Rollout(Record):
    """A version on its way. `left`: EAs on older versions that were not chosen yet.

    `watched_until`: when the canaries' time is over, once all of them were seen at work.
    """

    id: UUID
    template_slug: str
    template_name: str
    from_version: str
    to_version: str
    to_version_id: UUID
    state: RolloutState
    canaries: int
    watch_minutes: int
    max_loss_percent: float
    max_crashes: int
    max_late_heartbeats: int
    even_with_positions: bool
    wave: int
    waiting: str
    reason: str
    started_by: str
    started_at: datetime
    proved_at: datetime | None
    watched_until: datetime | None
    ended_at: datetime | None
    chosen: int
    moved: int
    skipped: int
    back: int
    left: int


class ResultPoint(Record):
    """What an EA had made since its move, in account currency; `time` in seconds of UTC."""

    time: int
    result: float


class RolloutMember(Record):
    """An EA of a rollout: what it was, what it is, and how it does since. Money in `currency`."""

    id: UUID
    instance_id: UUID
    name: str
    tenant: str
    account_label: str
    symbol: str
    currency: str
    is_canary: bool
    wave: int
    before_version: str
    version: str
    before_inputs: dict[str, Any]
    inputs: dict[str, Any]
    state: InstanceState
    desired_state: DesiredState
    status_text: str
    moved_at: datetime | None
    proved_at: datetime | None
    moved_back_at: datetime | None
    skip_reason: str
    equity_at_move: float | None
    result: float | None
    loss_percent: float | None
    crashes: int
    late_heartbeats: int
    heartbeat_at: datetime | None
    curve: list[ResultPoint]


class RolloutDecision(Record):
    """What was decided, by whom and why; `figures`: what the decision went by."""

    id: UUID
    at: datetime
    actor: str
    action: str
    reason: str
    figures: dict[str, Any]


class RolloutDetail(Rollout):
    changelog: str
    input_migration: dict[str, Any]
    members: list[RolloutMember]
    decisions: list[RolloutDecision]


class Upgrade(Record):
    """A rollout that has given this EA another version and is not over. `is_at_work`: it was seen at work
    with it; `is_returning`: it goes back."""

    from_version: str
    to_version: str
    is_canary: bool
    is_at_work: bool
    is_returning: bool
    moved_at: datetime
