"""What a version's review is kept as, and what a trial tells of an EA. Typed where it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from metafleet.engine.experts.review import Finding


class Declared(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the class says of itself, as the catalogue shows it. cpu: cores."""

    slug: Annotated[str, Meta(max_length=60)]
    name: Annotated[str, Meta(min_length=1, max_length=80)]
    version: Annotated[str, Meta(max_length=20)]
    category: Annotated[str, Meta(max_length=40)]
    summary: Annotated[str, Meta(max_length=200)]
    description: Annotated[str, Meta(max_length=4_000)]
    risk_note: Annotated[str, Meta(max_length=4_000)]
    timeframe: Annotated[str, Meta(max_length=4)]
    symbols: Annotated[list[Annotated[str, Meta(max_length=12)]], Meta(min_length=1, max_length=20)]
    cpu: Annotated[float, Meta(ge=0.01, le=4)]
    memory_mb: Annotated[int, Meta(ge=32, le=4_096)]


class TrialFigures(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How the trial went. What the sandbox measured from outside: seconds, memory; the rest the EA's
    own process told. equity: [Unix seconds, account currency], at most 200 points."""

    symbol: str = ""
    bars: int = 0
    ticks: int = 0
    deals: int = 0
    trades: int = 0
    net_profit: float = 0.0
    currency: str = "USD"
    from_s: int = 0
    to_s: int = 0
    equity: list[tuple[int, float]] = []
    log: list[str] = []
    wall_s: float = 0.0
    cpu_s: float = 0.0
    memory_mb: float = 0.0
    ticks_per_s: float = 0.0
    limits: str = ""


class Trial(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """progress: 0 to 1. error: why it failed, in a sentence; "" while it has not."""

    progress: float = 0.0
    error: str = ""
    is_done: bool = False
    figures: TrialFigures | None = None


class ReviewRecord(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Everything that is known of a version before a person decides."""

    findings: list[Finding] = []
    declared: Declared | None = None
    trial: Trial | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a trial ended. error: "" when all went well; schema: of the inputs, where it came so far."""

    error: str
    declared: Declared | None = None
    schema: Mapping[str, Any] = field(default_factory=dict)
    figures: TrialFigures | None = None


def read(stored: Any) -> ReviewRecord:
    """Return the record of a row; an empty one for a version that ships."""
    return ReviewRecord() if stored is None else msgspec.convert(stored, ReviewRecord)


def write(record: ReviewRecord) -> Any:
    return msgspec.to_builtins(record)
