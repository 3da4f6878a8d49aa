"""A customer's machine has not been heard of."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from metafleet.hub.monitor.models import Severity
from metafleet.hub.monitor.rules.contract import HostLook, Judges, Kind, Reading
from metafleet.hub.monitor.rules.readings import silence


class MachineLate(Kind, frozen=True):
    """after_s: seconds of silence."""

    slug: ClassVar[str] = "machine_late"
    title: ClassVar[str] = "Machine late"
    help: ClassVar[str] = "The agent of a machine has been silent for so long."
    judges: ClassVar[Judges] = "host"
    severity: ClassVar[Severity] = Severity.CRITICAL

    after_s: float = 120

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 10 <= self.after_s <= 7 * 24 * 3600:
            raise ValueError("afterS: expected seconds from 10 to 604800")

    def read(self, look: HostLook, now: datetime) -> Reading | None:
        return silence(look.heard_at, self.after_s, now)
