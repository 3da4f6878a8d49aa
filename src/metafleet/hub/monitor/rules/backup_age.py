"""No backup that was proved to restore is young enough."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from metafleet.hub.monitor.models import Severity
from metafleet.hub.monitor.rules.contract import Judges, Kind, PlatformLook, Reading
from metafleet.hub.monitor.rules.readings import used

_HOUR_S = 3600


class BackupAge(Kind, frozen=True):
    """after_h: hours since the newest verified backup was complete. An operator's rule."""

    slug: ClassVar[str] = "backup_age"
    title: ClassVar[str] = "Backup too old"
    help: ClassVar[str] = "The newest backup of the installation that was verified is so many hours old."
    judges: ClassVar[Judges] = "platform"
    severity: ClassVar[Severity] = Severity.CRITICAL

    after_h: float = 48

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.after_h <= 24 * 365:
            raise ValueError("afterH: expected hours above 0, at most a year")

    def read(self, look: PlatformLook, now: datetime) -> Reading | None:
        limit_s = self.after_h * _HOUR_S
        if look.verified_of is None:
            return used(limit_s, limit_s, "seconds", "No backup of the installation was ever verified.")
        age_s = max(0.0, (now - look.verified_of).total_seconds())
        text = (
            f"The newest verified backup is {age_s / _HOUR_S:,.1f} hours old; "
            f"it is of {look.verified_of:%Y-%m-%d %H:%M} UTC."
        )
        return used(age_s, limit_s, "seconds", text)
