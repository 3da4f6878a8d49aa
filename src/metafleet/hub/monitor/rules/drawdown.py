"""Drawdown on live equity: from the phase's first balance, or trailing its highest equity."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from metafleet.hub.monitor.models import Severity
from metafleet.hub.monitor.rules.contract import AccountLook, Kind, Reading
from metafleet.hub.monitor.rules.readings import money, used


class Drawdown(Kind, frozen=True):
    """limit: in account currency, or in percent of what it is counted from, which `below` names."""

    slug: ClassVar[str] = "drawdown"
    title: ClassVar[str] = "Drawdown"
    help: ClassVar[str] = "Equity is so far below the first balance, or below the highest equity so far."
    severity: ClassVar[Severity] = Severity.CRITICAL
    has_stages: ClassVar[bool] = True

    limit: float = 10
    unit: Literal["money", "percent"] = "percent"
    below: Literal["first_balance", "peak_equity"] = "peak_equity"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.limit <= 1e9:
            raise ValueError("limit: expected the drawdown as a number above 0")

    def read(self, look: AccountLook, now: datetime) -> Reading | None:  # noqa: ARG002 - by the marks' clock
        if look.marks is None:
            return None
        is_trailing = self.below == "peak_equity"
        height = float(look.marks.peak_equity if is_trailing else look.marks.first_balance)
        if height <= 0:
            return None
        fallen = height - look.equity
        word = "highest equity" if is_trailing else "first balance"
        text = (
            f"Equity {money(look.equity, look.currency)}, {money(fallen, look.currency)} "
            f"({fallen / height:.2%}) below the {word}."
        )
        if self.unit == "money":
            return used(fallen, self.limit, "money", text)
        return used(fallen / height * 100, self.limit, "percent", text)
