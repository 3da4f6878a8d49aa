"""Where tasks run: the cluster, its capacity, and the names of what a task needs there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

WINDOWS_PLATFORMS = frozenset({"mt4", "mt5"})
"""Whose terminals are Windows programs."""


@dataclass(frozen=True, slots=True)
class Place:
    """`capacity_provider`: "" for the cluster's EC2 machines as they are. `execution_role`: an ARN that
    may write the logs. `task_role`: an ARN that may read and delete the tickets, and nothing else.
    `windows_…`: for accounts whose terminal is a Windows program; "" where none can run here."""

    cluster: str
    region: str
    image: str
    capacity_provider: str
    execution_role: str
    log_group: str
    task_role: str = ""
    windows_image: str = ""
    windows_capacity_provider: str = ""
    windows_family: str = "WINDOWS_SERVER_2022_CORE"

    def tickets(self, instance_id: UUID) -> str:
        """Return the folder of Parameter Store in which this instance's starts find their tickets."""
        return f"/metafleet/starts/{instance_id}"

    def where(self, platform: str = "paper") -> dict[str, Any]:
        """Spread over zones, so that losing one costs few; within them fill machines: few are paid."""
        provider = self.capacity_provider
        if platform in WINDOWS_PLATFORMS:
            provider = self.windows_capacity_provider
        capacity: dict[str, Any] = {"launchType": "EC2"}
        if provider:
            capacity = {"capacityProviderStrategy": [{"capacityProvider": provider, "weight": 1}]}
        return {
            "cluster": self.cluster,
            "placementStrategy": [
                {"type": "spread", "field": "attribute:ecs.availability-zone"},
                {"type": "binpack", "field": "memory"},
            ],
        } | capacity
