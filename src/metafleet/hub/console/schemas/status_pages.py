"""Public pages of how a fleet is: their links, and what they show."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from metafleet.hub.console.schemas.base import Form, Record, Text
from metafleet.hub.console.schemas.channels import Severity


class StatusPageForm(Form):
    """With `showsAccounts` incidents say which account they are about. Money is never shown."""

    title: Text = Field(min_length=1, max_length=80)
    shows_accounts: bool = False


class StatusPage(Record):
    id: UUID
    title: str
    shows_accounts: bool
    created_by: str
    created_at: datetime
    revoked_at: datetime | None


class NewStatusPage(StatusPage):
    """`url` holds the key. It is said this once: only its hash is kept."""

    url: str


class StatusIncident(Record):
    """`kind` is what was judged. `about` is null unless the page shows accounts."""

    kind: str
    severity: Severity
    about: str | None
    opened_at: datetime
    is_acknowledged: bool


class StatusDay(Record):
    """A UTC day, with the gravest incident that was open in it."""

    day: date
    worst: Severity | None


class PublicStatus(Record):
    title: str
    state: Literal["operational", "degraded", "incident"]
    eas: int
    running: int
    failing: int
    incidents: list[StatusIncident]
    days: list[StatusDay]
    at: datetime
