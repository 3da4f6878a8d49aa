"""Who is signed in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from metafleet.hub.console.schemas.base import Form, PlanCode, Record, Role, Text
from metafleet.hub.identity.rights import Right


class ProviderForm(Form):
    """What for somebody goes to the provider, and, signing in, which path of ours they wanted."""

    process: Literal["login", "connect"]
    next: Annotated[Text, StringConstraints(pattern=r"^/([^/\\]|$)")] = Field(default="/", max_length=500)


class ProviderPage(Record):
    """Where the browser goes next."""

    url: str


class SignIn(Record):
    """One try to sign in: from which address, by what device as it calls itself, by which means."""

    at: datetime
    is_success: bool
    address: str
    device: str
    by: str


class Allowance(Record):
    """How much of one limit of the plan is used."""

    limit: int
    used: int


class Plan(Record):
    code: PlanCode
    name: str
    price_usd_per_month: int
    instance_limit: int
    active_limit: int


class SupportNow(Record):
    """That support may look into this desk, until when; `isYou`: and that you are the one who does."""

    operator: str | None
    may_act: bool
    expires_at: datetime
    is_you: bool


class Me(Record):
    """Who is signed in, for whom, what they may do, and what the plan still allows."""

    email: str
    is_operator: bool
    rights: list[Right]
    role: Role
    tenant_id: UUID
    tenant_name: str
    plan: Plan
    instances: Allowance
    active: Allowance
    support: SupportNow | None = None


class SessionInfo(Record):
    """`me` is null for a visitor; asking also sets the CSRF cookie. The demo fields fill its sign-in form.

    sends_mail: whether there is a mail server; without one mails are files in the data folder.
    """

    me: Me | None
    sends_mail: bool
    provider_name: str | None
    demo_email: str | None = None
    demo_password: str | None = None
