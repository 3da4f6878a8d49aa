"""Items that could not be recorded grow in number."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from metafleet.hub.monitor.models import Severity
from metafleet.hub.monitor.rules.contract import Judges, Kind, Reading, TenantLook
from metafleet.hub.monitor.rules.readings import used


class FailedItems(Kind, frozen=True):
    """above: so many new ones within `window_s` seconds."""

    slug: ClassVar[str] = "failed_items"
    title: ClassVar[str] = "Failed items"
    help: ClassVar[str] = "So many deals or positions could not be recorded within the window."
    judges: ClassVar[Judges] = "tenant"
    severity: ClassVar[Severity] = Severity.WARNING

    above: int = 10
    window_s: float = 3600

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= self.above <= 100_000:
            raise ValueError("above: expected a number of items from 1 to 100000")
        if not 60 <= self.window_s <= 24 * 3600:
            raise ValueError("windowS: expected seconds from 60 to 86400")

    def read(self, look: TenantLook, now: datetime) -> Reading | None:
        since = now - timedelta(seconds=self.window_s)
        count = sum(at > since for at in look.failed_at)
        text = (
            f"{count} items could not be recorded within {self.window_s / 60:.0f} minutes: see Failed items."
        )
        return used(count, self.above, "items", text)
