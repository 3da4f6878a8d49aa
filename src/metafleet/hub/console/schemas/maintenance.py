"""Maintenance windows."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from metafleet.hub.console.schemas.base import Form, Instant, Record, Text
from metafleet.hub.console.schemas.incidents import Scope


class MaintenanceForm(Form):
    """`scopeId` is left out with the scope of the whole desk, `startsAt` for now."""

    scope: Scope = "tenant"
    scope_id: UUID | None = None
    starts_at: Instant | None = None
    ends_at: Instant
    reason: Text = Field("", max_length=200)


class MaintenanceWindow(Record):
    """A time in which nobody is told of what happens. Rules judge and act all the same."""

    id: UUID
    scope: Scope
    scope_id: UUID | None
    scope_label: str
    reason: str
    starts_at: datetime
    ends_at: datetime
    state: Literal["planned", "on", "over"]
    created_by: str
    created_at: datetime
