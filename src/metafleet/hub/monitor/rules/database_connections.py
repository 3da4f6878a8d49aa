"""The database's connections run out."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from metafleet.hub.monitor.models import Severity
from metafleet.hub.monitor.rules.contract import Judges, Kind, PlatformLook, Reading
from metafleet.hub.monitor.rules.readings import used


class DatabaseConnections(Kind, frozen=True):
    """above: percent of the connections that the database takes. An operator's rule."""

    slug: ClassVar[str] = "database_connections"
    title: ClassVar[str] = "Database connections"
    help: ClassVar[str] = "So many percent of the connections that the database takes are used."
    judges: ClassVar[Judges] = "platform"
    severity: ClassVar[Severity] = Severity.CRITICAL

    above: float = 80
    for_s: float = 30

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.above <= 100:
            raise ValueError("above: expected a percentage above 0, at most 100")

    def read(self, look: PlatformLook, now: datetime) -> Reading | None:  # noqa: ARG002 - as it was seen
        percent = look.connections / look.most_connections * 100
        text = (
            f"{look.connections} of {look.most_connections} database connections are used ({percent:.0f} %)."
        )
        return used(percent, self.above, "percent", text)
