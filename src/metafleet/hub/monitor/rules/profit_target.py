"""A profit that was aimed at is made."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from metafleet.hub.monitor.models import Severity
from metafleet.hub.monitor.rules.contract import AccountLook, Kind, Reading
from metafleet.hub.monitor.rules.readings import money, used


class ProfitTarget(Kind, frozen=True):
    """target: in account currency or percent. counts: closed profit alone, or with what is open."""

    slug: ClassVar[str] = "profit_target"
    title: ClassVar[str] = "Profit target"
    help: ClassVar[str] = "The day's or the phase's profit has reached what was aimed at."
    severity: ClassVar[Severity] = Severity.INFO

    target: float = 1000
    unit: Literal["money", "percent"] = "money"
    of: Literal["day", "phase"] = "phase"
    counts: Literal["equity", "balance"] = "equity"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.target <= 1e9:
            raise ValueError("target: expected the profit as a number above 0")

    def read(self, look: AccountLook, now: datetime) -> Reading | None:  # noqa: ARG002 - by the marks' clock
        marks = look.marks
        if marks is None:
            return None
        if self.of == "phase":
            start = float(marks.first_balance)
        else:
            start = float(marks.day_equity if self.counts == "equity" else marks.day_balance)
        made = (look.equity if self.counts == "equity" else look.balance) - start
        text = f"Made {money(made, look.currency)} of {self.of_target(look.currency)}."
        if self.unit == "money":
            return used(made, self.target, "money", text)
        return used(made / start * 100, self.target, "percent", text) if start > 0 else None

    def of_target(self, currency: str) -> str:
        """Return the target as people read it."""
        return money(self.target, currency) if self.unit == "money" else f"{self.target:g} %"
