"""The operator's list of EA instances."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from metafleet.hub.console.schemas.base import DesiredState, InstanceState, Record


class FleetInstance(Record):
    """An EA instance of any customer. `reason`: what it last said of why it fails or waits.

    `host`, `driver`, CPU (percent of a core) and memory are of the run of its current generation, empty
    or null without one.
    """

    id: UUID
    name: str
    tenant_id: UUID
    tenant: str
    login: int
    server: str
    symbol: str
    template: str
    version: str
    state: InstanceState
    desired_state: DesiredState
    reason: str
    generation: int
    crash_count: int
    host: str
    driver: str
    cpu_percent: float | None
    memory_mb: float | None
    heartbeat_at: datetime | None
    next_attempt_at: datetime | None
    due_at: datetime | None
    lease_until: datetime | None
    updated_at: datetime


class FleetInstancePage(Record):
    """What changed last comes first."""

    items: list[FleetInstance]
    total: int
    page: int
    page_size: int
