"""The EAs on offer."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from metafleet.hub.console.schemas.base import PlanCode, Record


class TemplateVersion(Record):
    """`isUploaded`: its code was uploaded and reviewed, and does not ship with the product."""

    id: UUID
    version: str
    content_hash: str
    changelog: str
    input_schema: dict[str, Any]
    is_uploaded: bool
    published_at: datetime | None


class ReleasedVersion(Record):
    """A version that is or was on offer. Customers read its changelog."""

    id: UUID
    version: str
    content_hash: str
    changelog: str
    published_at: datetime | None
    is_uploaded: bool
    state: Literal["released", "withdrawn"]


class Template(Record):
    """An EA of the catalogue. `allowed` is false where the plan does not reach it."""

    id: UUID
    slug: str
    name: str
    summary: str
    description: str
    risk_note: str
    category: str
    timeframe: str
    symbols: list[str]
    cpu: float
    memory_mb: int
    required_plan: PlanCode
    allowed: bool
    version: TemplateVersion
