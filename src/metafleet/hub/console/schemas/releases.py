"""EA releases: uploaded versions, their review, and who runs what."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from metafleet.hub.console.schemas.base import Form, Record

VersionState = Literal["draft", "in_review", "approved", "refused", "released", "withdrawn"]


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise PydanticCustomError("nul", "Leave out NUL characters.")
    return text


Words = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_without_nul)]
"""What somebody wrote on several lines."""


class Finding(Record):
    """What a static check found. `line` from 1; 0 is the whole file."""

    severity: Literal["error", "warning"]
    line: int
    rule: str
    detail: str


class EADeclared(Record):
    """What the class says of itself once it is loaded, in the sandbox."""

    name: str
    category: str
    summary: str
    description: str
    risk_note: str
    timeframe: str
    symbols: list[str]
    cpu: float
    memory_mb: int


class EquityDot(Record):
    """Unix seconds of the market, and account currency."""

    time: int
    equity: float


class TrialFigures(Record):
    """How a trial went. `wallS`, `cpuS`, `memoryMb` and `ticksPerS` were measured from outside; the
    rest the EA's own process told."""

    symbol: str
    bars: int
    ticks: int
    deals: int
    trades: int
    net_profit: float
    currency: str
    from_s: int
    to_s: int
    equity: list[EquityDot]
    log: list[str]
    wall_s: float
    cpu_s: float
    memory_mb: float
    ticks_per_s: float
    limits: str


class Trial(Record):
    """The dry run in the sandbox. `progress` from 0 to 1; `error` is "" unless it failed."""

    progress: float
    error: str
    is_done: bool
    figures: TrialFigures | None


class EAVersion(Record):
    """A version of an EA. `instances`: of all customers, those that are not removed; `active`: of them,
    those that are wanted to run or are paused."""

    id: UUID
    slug: str
    name: str
    version: str
    state: VersionState
    is_uploaded: bool
    content_hash: str
    changelog: str
    uploaded_by: str
    reviewed_by: str
    reviewed_at: datetime | None
    decision: str
    published_at: datetime | None
    created_at: datetime
    errors: int
    warnings: int
    trial_progress: float | None
    instances: int
    active: int


class EATemplateVersions(Record):
    """An EA with all its versions, newest first. `isShipped`: the product brings it along."""

    id: UUID
    slug: str
    name: str
    is_shipped: bool
    versions: list[EAVersion]


class EAReleases(Record):
    """`isolationGap`: why uploaded EAs could not be run here, in a sentence; "" where they can."""

    templates: list[EATemplateVersions]
    isolation_gap: str


class EAVersionDetail(EAVersion):
    """A version with what there is to read before one decides. `source` is "" for one that ships."""

    source: str
    findings: list[Finding]
    declared: EADeclared | None
    trial: Trial | None
    input_schema: dict[str, Any]


class ApproveForm(Form):
    note: Words = Field(default="", max_length=500)


class ReasonForm(Form):
    reason: Words = Field(min_length=1, max_length=500)
