"""An account's terminal has not been heard of."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from metafleet.hub.monitor.models import Severity
from metafleet.hub.monitor.rules.contract import AccountLook, Kind, Reading


class HeartbeatLate(Kind, frozen=True):
    """after_s: seconds of silence."""

    slug: ClassVar[str] = "heartbeat_late"
    title: ClassVar[str] = "Heartbeat late"
    help: ClassVar[str] = "The account's terminal has been silent for so long."
    severity: ClassVar[Severity] = Severity.WARNING

    after_s: float = 120

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 10 <= self.after_s <= 7 * 24 * 3600:
            raise ValueError("afterS: expected seconds from 10 to 604800")

    def read(self, look: AccountLook, now: datetime) -> Reading | None:
        if look.heard_at is None:
            return None
        silent = max(0.0, (now - look.heard_at).total_seconds())
        return Reading(
            value=silent,
            limit=self.after_s,
            unit="seconds",
            percent=silent / self.after_s * 100,
            is_beyond=silent >= self.after_s,
            is_clear=silent < self.after_s,
            text=f"Silent for {silent:,.0f} s; last heard {look.heard_at:%Y-%m-%d %H:%M:%S} UTC.",
        )
