"""The spread of an EA's symbol is far above its normal."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final

from metafleet.hub.monitor.models import Severity
from metafleet.hub.monitor.rules.contract import Judges, Kind, Reading, SpreadLook
from metafleet.hub.monitor.rules.readings import used

ENOUGH: Final = 60
"""Samples before anything counts as normal."""


class Spread(Kind, frozen=True):
    """factor: so many times its slow average. at_least: points below which no spread is wide."""

    slug: ClassVar[str] = "spread"
    title: ClassVar[str] = "Spread"
    help: ClassVar[str] = "The spread of an EA's symbol is so many times what it normally is."
    judges: ClassVar[Judges] = "spread"
    severity: ClassVar[Severity] = Severity.WARNING

    factor: float = 5
    at_least: float = 10
    for_s: float = 30

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 < self.factor <= 1000:
            raise ValueError("factor: expected a number above 1, at most 1000")
        if not 0 <= self.at_least <= 1e6:
            raise ValueError("atLeast: expected points from 0 to 1000000")

    def read(self, look: SpreadLook, now: datetime) -> Reading | None:  # noqa: ARG002 - as it was seen
        if look.samples < ENOUGH:
            return None
        limit = max(look.normal * self.factor, self.at_least)
        if limit <= 0:
            return None
        text = f"Spread of {look.symbol}: {look.points:g} points, normally {look.normal:.1f}."
        return used(look.points, limit, "points", text)
