"""Incidents: what was seen, what the system did, what people said, who was told."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from metafleet.hub.console.schemas.base import Form, Instant, Record, Text
from metafleet.hub.console.schemas.channels import Delivery, Severity

Scope = Literal["tenant", "group", "account", "instance", "host"]
State = Literal["open", "acknowledged", "resolved"]
EventKind = Literal["opened", "worse", "acted", "acknowledged", "snoozed", "escalated", "noted", "resolved"]


class Incident(Record):
    """Something that a person may have to know of, once while it lasts.

    `detail` are the figures, as {value, limit, unit}. `said` is the newest line of its timeline, `done`
    the newest that says what the system did about it. `isMuted`: nobody is told of it.
    """

    id: UUID
    kind: str
    rule_id: UUID | None
    subject: Scope
    subject_id: UUID | None
    subject_label: str
    account_id: UUID | None
    severity: Severity
    state: State
    title: str
    detail: dict[str, Any]
    said: str
    done: str | None
    is_muted: bool
    opened_at: datetime
    last_seen_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str
    snoozed_until: datetime | None
    escalation: int
    resolved_at: datetime | None
    resolved_by: str


class IncidentEvent(Record):
    """One line of the timeline. `actor`: a person, or "system:" and what did it."""

    id: UUID
    kind: EventKind
    text: str
    actor: str
    at: datetime
    detail: dict[str, Any]


class AccountEvent(IncidentEvent):
    """A line of one of an account's incidents."""

    incident_id: UUID
    title: str
    severity: Severity
    state: State


class IncidentDelivery(Delivery):
    """What was told of one event through one channel."""

    channel_name: str
    event: EventKind


class IncidentDetail(Incident):
    events: list[IncidentEvent]
    deliveries: list[IncidentDelivery]


class IncidentCounts(Record):
    """How many last; `critical` of those that are open. `kinds`: what the filter offers.

    `isJudged`: the judge is at work; while it is not, nothing new opens and no rule acts.
    """

    open: int
    acknowledged: int
    critical: int
    kinds: list[str]
    is_judged: bool


class IncidentChosen(Record):
    """Which incidents; what is left out means any. `state` "current": all but what is resolved.

    `q`: words that are all found in title, subject or kind.
    """

    state: Literal["", "current", "open", "acknowledged", "resolved"] = ""
    severity: Severity | Literal[""] = ""
    kind: Text = Field("", max_length=40)
    account: UUID | None = None
    rule: UUID | None = None
    since: Instant | None = Field(None, alias="from")
    until: Instant | None = Field(None, alias="to")
    q: Text = Field("", max_length=100)


class SnoozeForm(Form):
    """Nobody is told of it until then."""

    until: Instant


class IncidentWordForm(Form):
    """What a person says about it."""

    text: Text = Field("", max_length=500)


class IncidentsForm(Form):
    """What is to be done with several, and why."""

    ids: list[UUID] = Field(min_length=1, max_length=200)
    act: Literal["acknowledge", "resolve"]
    text: Text = Field("", max_length=500)


class IncidentsDone(Record):
    """How many were changed; the others were so already."""

    changed: int
