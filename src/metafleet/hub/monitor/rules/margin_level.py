"""Equity in percent of the margin that is used: near 100 % the broker closes positions by itself."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from metafleet.hub.monitor.models import Severity
from metafleet.hub.monitor.rules.contract import AccountLook, Kind, Reading

_CLEAR = 1.1


class MarginLevel(Kind, frozen=True):
    """below: percent, as MetaTrader shows the margin level."""

    slug: ClassVar[str] = "margin_level"
    title: ClassVar[str] = "Margin level"
    help: ClassVar[str] = "Equity is down to so many percent of the margin in use."
    severity: ClassVar[Severity] = Severity.CRITICAL

    below: float = 150

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.below <= 100_000:
            raise ValueError("below: expected a percentage above 0")

    def read(self, look: AccountLook, now: datetime) -> Reading | None:  # noqa: ARG002 - as it was seen
        if look.margin <= 0:
            # Nothing is open: there is no level, and what there was is over.
            return Reading(0, self.below, "percent", 0, False, True, "Nothing is open.")
        level = look.equity / look.margin * 100
        return Reading(
            value=level,
            limit=self.below,
            unit="percent",
            percent=min(100.0, self.below / level * 100) if level > 0 else 100.0,
            is_beyond=level <= self.below,
            is_clear=level > self.below * _CLEAR,
            text=f"Margin level {level:,.0f} %: equity {look.equity:,.2f}, margin {look.margin:,.2f}.",
        )
