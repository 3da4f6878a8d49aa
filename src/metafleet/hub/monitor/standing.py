"""How a rule stands for a subject, carried on by each reading. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from metafleet.hub.monitor.rules.contract import Kind, Reading

Change = Literal["none", "warned", "fired", "cleared"]
_STAGE_ROOM: Final = 10
"""Percent that a value must fall below a stage before reaching it again is news."""


@dataclass(frozen=True, slots=True)
class Standing:
    """since: since when what would change it has been so; None while nothing would.

    stage: the highest stage that people were warned of, while it has not fallen well below it.
    """

    is_firing: bool = False
    since: datetime | None = None
    stage: int = 0


WELL: Final = Standing()


def advance(standing: Standing, kind: Kind, reading: Reading, now: datetime) -> tuple[Standing, Change]:
    """Return how it stands after a reading, and what of that is news."""
    if standing.is_firing:
        return _firing(standing, kind, reading, now)
    if reading.is_beyond:
        since = standing.since or now
        if (now - since).total_seconds() >= kind.for_s:
            return Standing(is_firing=True, since=None, stage=100), "fired"
        return replace(standing, since=since), "none"
    stage = reading.stage
    if kind.has_stages and stage > standing.stage:
        return Standing(stage=stage), "warned"
    is_back = reading.percent < standing.stage - _STAGE_ROOM
    return Standing(stage=stage if is_back else standing.stage), "none"


def _firing(standing: Standing, kind: Kind, reading: Reading, now: datetime) -> tuple[Standing, Change]:
    if not reading.is_clear:
        return replace(standing, since=None), "none"
    since = standing.since or now
    if (now - since).total_seconds() < kind.clear_for_s:
        return replace(standing, since=since), "none"
    return Standing(stage=reading.stage if kind.has_stages else 0), "cleared"
