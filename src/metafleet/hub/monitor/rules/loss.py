"""A loss of the day, or of the phase, in money or percent, with what is open."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from metafleet.hub.monitor.models import Severity
from metafleet.hub.monitor.rules.contract import AccountLook, Kind, Reading
from metafleet.hub.monitor.rules.readings import money, used


class Loss(Kind, frozen=True):
    """limit: the loss as a positive number. unit: account currency, or percent of where it is counted from.

    of: the broker's day, or all since the phase began.
    """

    slug: ClassVar[str] = "loss"
    title: ClassVar[str] = "Loss"
    help: ClassVar[str] = "Equity has fallen by so much since the day's start, or since the phase began."
    severity: ClassVar[Severity] = Severity.CRITICAL
    has_stages: ClassVar[bool] = True

    limit: float = 1000
    unit: Literal["money", "percent"] = "money"
    of: Literal["day", "phase"] = "day"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.limit <= 1e9:
            raise ValueError("limit: expected the loss as a number above 0")

    def read(self, look: AccountLook, now: datetime) -> Reading | None:  # noqa: ARG002 - by the marks' clock
        if look.marks is None:
            return None
        start = float(look.marks.day_equity if self.of == "day" else look.marks.first_balance)
        lost = start - look.equity
        since = "the day's start" if self.of == "day" else "the phase began"
        text = f"Equity {money(look.equity, look.currency)}, down {money(lost, look.currency)} since {since}."
        if self.unit == "money":
            return used(lost, self.limit, "money", text)
        return used(lost / start * 100, self.limit, "percent", text) if start > 0 else None
