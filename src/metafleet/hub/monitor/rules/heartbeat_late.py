"""An account's terminal has not been heard of."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from metafleet.hub.monitor.models import Severity
from metafleet.hub.monitor.rules.contract import Judges, Kind, Reading, SilenceLook
from metafleet.hub.monitor.rules.readings import silence


class HeartbeatLate(Kind, frozen=True):
    """after_s: seconds of silence."""

    slug: ClassVar[str] = "heartbeat_late"
    title: ClassVar[str] = "Heartbeat late"
    help: ClassVar[str] = "The account's terminal has been silent for so long."
    judges: ClassVar[Judges] = "silence"
    severity: ClassVar[Severity] = Severity.WARNING

    after_s: float = 120

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 10 <= self.after_s <= 7 * 24 * 3600:
            raise ValueError("afterS: expected seconds from 10 to 604800")

    def read(self, look: SilenceLook, now: datetime) -> Reading | None:
        return silence(look.heard_at, self.after_s, now)
