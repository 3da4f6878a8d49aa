"""The EAs on offer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from metafleet.hub.console.schemas.base import PlanCode, Record


class TemplateVersion(Record):
    id: UUID
    version: str
    content_hash: str
    changelog: str
    input_schema: dict[str, Any]


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
