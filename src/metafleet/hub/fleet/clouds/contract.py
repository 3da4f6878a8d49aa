"""What every cloud promises: three verbs, each safe to repeat, and one error type."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol


class CloudError(Exception):
    """The cloud could not do it. `permanent`: trying again will not help."""

    def __init__(self, detail: str, *, permanent: bool) -> None:
        super().__init__(detail)
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class CloudHost:
    """A machine of the group. `name`: what it calls itself when it registers."""

    provider_id: str
    name: str
    cpu: float
    memory_mb: int
    usd_per_hour: Decimal
    is_ready: bool


class Cloud(Protocol):
    settings: dict[str, Any]
    """The group's own; a cloud that keeps its state there has changed it after a verb."""

    def hosts(self) -> list[CloudHost]:
        """Return the group's machines, those that are being made with `is_ready` false."""

    def resize(self, count: int) -> None:
        """Have at least this many machines, in all. Never removes one."""

    def remove(self, provider_ids: Collection[str]) -> None:
        """End these machines and want so many fewer. One that is gone already is no error."""
