"""Who is signed in."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field, SecretStr

from metafleet.hub.console.schemas.base import Form, PlanCode, Record, Role, Text
from metafleet.hub.identity.rights import Right


class SignUpForm(Form):
    email: Text = Field(max_length=254)
    password: SecretStr = Field(max_length=256)
    tenant_name: Text = Field(min_length=1, max_length=80)


class SignInForm(Form):
    email: Text = Field(max_length=254)
    password: SecretStr = Field(max_length=256)


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


class SessionInfo(Record):
    """`me` is null for a visitor; asking also sets the CSRF cookie. The demo fields fill its sign-in form."""

    me: Me | None
    demo_email: str | None = None
    demo_password: str | None = None
