"""Where tasks run: the cluster, its capacity, and the names of what a task needs there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Place:
    """`capacity_provider`: "" for the cluster's EC2 machines as they are. `execution_role`: an ARN that
    may read the parameters and write the logs."""

    cluster: str
    region: str
    image: str
    capacity_provider: str
    execution_role: str
    log_group: str

    def parameter(self, instance_id: UUID) -> str:
        return f"/metafleet/starts/{instance_id}"

    def where(self) -> dict[str, Any]:
        """Spread over zones, so that losing one costs few; within them fill machines: few are paid."""
        capacity: dict[str, Any] = {"launchType": "EC2"}
        if self.capacity_provider:
            capacity = {
                "capacityProviderStrategy": [{"capacityProvider": self.capacity_provider, "weight": 1}]
            }
        return {
            "cluster": self.cluster,
            "placementStrategy": [
                {"type": "spread", "field": "attribute:ecs.availability-zone"},
                {"type": "binpack", "field": "memory"},
            ],
        } | capacity
