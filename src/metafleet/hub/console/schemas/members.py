"""The people of a desk, invitations, and support access."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from metafleet.hub.console.schemas.base import Form, Record, Role, Text


class Member(Record):
    user_id: UUID
    email: str
    role: Role
    since: datetime
    is_you: bool


class Invitation(Record):
    id: UUID
    email: str
    role: Role
    invited_by: str
    created_at: datetime
    expires_at: datetime
    is_over: bool


class People(Record):
    """Who belongs to the desk, the first member first, and who is invited."""

    members: list[Member]
    invitations: list[Invitation]


class InviteForm(Form):
    email: Text = Field(max_length=254)
    role: Role


class NewInvitation(Record):
    """`url` is told this once, where this server sends no mail; null where the link was sent."""

    invitation: Invitation
    url: str | None


class RoleForm(Form):
    role: Role


class OfferedPlace(Record):
    """What a link offers, to whoever has it."""

    desk: str
    role: Role
    invited_by: str
    email: str
    expires_at: datetime


class Desk(Record):
    tenant_id: UUID
    name: str
    role: Role
    is_current: bool


class DeskForm(Form):
    tenant_id: UUID


class SupportAccess(Record):
    """`state`: asked, granted or over. `operator` null: whoever helps."""

    id: UUID
    operator: str | None
    reason: str
    may_act: bool
    state: Literal["asked", "granted", "over"]
    created_at: datetime
    granted_at: datetime | None
    granted_by: str
    expires_at: datetime
    ended_at: datetime | None
    ended_by: str


class GrantForm(Form):
    hours: Literal[1, 4, 24, 72]
    may_act: bool = False


class AskForm(Form):
    reason: Text = Field(min_length=3, max_length=300)
