"""A customer's machine runs out of processor, memory or disk."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from metafleet.hub.monitor.models import Severity
from metafleet.hub.monitor.rules.contract import HostLook, Judges, Kind, Reading
from metafleet.hub.monitor.rules.readings import used

_WORDS = {"cpu": "Processor", "memory": "Memory", "disk": "Disk"}


class HostLoad(Kind, frozen=True):
    """of: what is used. above: percent."""

    slug: ClassVar[str] = "host_load"
    title: ClassVar[str] = "Machine's load"
    help: ClassVar[str] = "Processor, memory or disk of a machine is used to so many percent."
    judges: ClassVar[Judges] = "host"
    severity: ClassVar[Severity] = Severity.WARNING

    of: Literal["cpu", "memory", "disk"] = "cpu"
    above: float = 80
    for_s: float = 60

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.above <= 100:
            raise ValueError("above: expected a percentage above 0, at most 100")

    def read(self, look: HostLook, now: datetime) -> Reading | None:  # noqa: ARG002 - as it was seen
        value = {"cpu": look.cpu_percent, "memory": look.memory_percent, "disk": look.disk_percent}[self.of]
        if value is None:
            return None
        return used(value, self.above, "percent", f"{_WORDS[self.of]} of {look.label}: {value:.0f} % used.")
