"""The record of who did what, and whether it is whole."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from metafleet.hub.console.schemas.base import Instant, Record, Text


class AuditEntry(Record):
    """Who did what to what, when and from where. `changes`: {field: [before, after]}.

    `sequence` is its place in the chain, `hash` (SHA-256, hex) what the next entry holds of it; both are
    null for the moment between a deed and its commit.
    """

    id: UUID
    sequence: int | None
    at: datetime
    actor: str
    action: str
    subject: str
    subject_id: UUID | None
    detail: dict[str, Any]
    changes: dict[str, Any]
    origin: dict[str, Any]
    hash: str | None


class AuditChoices(Record):
    """What the filters offer: whoever and whatever is in the record."""

    people: list[str]
    actions: list[str]


class AuditTrouble(Record):
    kind: Literal["changed", "missing", "moved", "cut", "unlinked", "checkpoint"]
    sequence: int
    detail: str


class Checkpoint(Record):
    """How far the chain was, signed (Ed25519) over the document without `signature`."""

    tenant: str
    sequence: int
    hash: str
    at: str
    signature: dict[str, Any]


class AuditVerdict(Record):
    """Whether every entry is as it was written, in its place, none missing.

    `first` is above 1 where retention has taken older ones; `checkpoints` counts those that agree.
    """

    is_whole: bool
    entries: int
    first: int
    last: int
    hash: str
    checkpoints: int
    troubles: list[AuditTrouble]
    checkpoint: Checkpoint | None


class AuditChosen(Record):
    """Which entries; what is left out means any. `q` is looked for in subject, action, person and detail."""

    actor: Text = Field("", max_length=254)
    action: Text = Field("", max_length=64)
    subject: UUID | None = None
    since: Instant | None = Field(None, alias="from")
    until: Instant | None = Field(None, alias="to")
    q: Text = Field("", max_length=100)
