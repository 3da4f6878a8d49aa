"""Channels that people are told through, and what went through them."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from metafleet.hub.console.schemas.base import Form, Record, Text

Severity = Literal["info", "warning", "critical"]


def _without_offset(at: time) -> time:
    if at.tzinfo is not None:
        raise PydanticCustomError("offset", "Leave out the offset: the channel has a time zone.")
    return at


ClockTime = Annotated[time, AfterValidator(_without_offset)]
"""What a clock shows, as 22:00."""


class ChannelField(Record):
    """One thing that a kind of channel asks for. What is secret is written and never shown again."""

    name: str
    title: str
    description: str
    is_secret: bool
    is_made: bool
    """Left empty at the first time, the hub makes one."""


class ChannelKind(Record):
    kind: str
    title: str
    note: str
    fields: list[ChannelField]


class ChannelForm(Form):
    """`settings` are the kind's. Quiet hours: what is below critical waits until they end."""

    name: Text = Field(min_length=1, max_length=60)
    settings: dict[str, str] = Field(default_factory=dict, max_length=10)
    min_severity: Severity = "info"
    is_for_escalation: bool = False
    quiet_from: ClockTime | None = None
    quiet_to: ClockTime | None = None
    timezone: Text = Field("UTC", max_length=64)


class NewChannelForm(ChannelForm):
    kind: Text = Field(max_length=20)


class Delivery(Record):
    """A message that is to go (`queued`), went, or failed for good. Its id goes with it."""

    id: UUID
    channel_id: UUID
    purpose: Literal["alert", "test", "notice", "report"]
    title: str
    severity: Severity
    state: Literal["queued", "sent", "failed"]
    attempt: int
    created_at: datetime
    due_at: datetime | None
    sent_at: datetime | None
    reply: str
    error: str


class Channel(Record):
    """`settings` are those that are not secret. `disabledReason` says why it was switched off."""

    id: UUID
    kind: str
    kind_title: str
    name: str
    settings: dict[str, str]
    min_severity: Severity
    is_for_escalation: bool
    quiet_from: time | None
    quiet_to: time | None
    timezone: str
    is_enabled: bool
    disabled_reason: str
    created_by: str
    created_at: datetime
    last: Delivery | None


class NewChannel(Channel):
    """`made` are secrets that the hub made for it. They are said this once."""

    made: dict[str, str]
