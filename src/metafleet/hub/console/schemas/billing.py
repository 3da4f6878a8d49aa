"""Plans: what is offered, what is paid for, and what a change does to EAs."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from metafleet.hub.console.schemas.base import Form, PlanCode, Record, Text

SubscriptionStatus = Literal["active", "past_due", "cancelled"]


class PausedByPlan(Record):
    """An EA that a plan has no place for: it keeps its positions and opens no new ones."""

    instance_id: UUID
    name: str
    reason: str


class MachineShare(Record):
    """What one EA of the template may use of a machine. cpu: cores."""

    template: str
    cpu: float
    memory_mb: int


class PlanOffer(Record):
    """A plan beside the others. `is_sold`: can be bought here. `pauses`: whom a change to it would pause.

    cpu, memory: the resource class as factors of what an EA's template asks for. `shares`: what that is
    for each template that the plan reaches.
    """

    code: PlanCode
    name: str
    price_usd_per_month: int
    instance_limit: int
    active_limit: int
    resource_class: str
    cpu_factor: float
    memory_factor: float
    shares: list[MachineShare]
    templates: list[str]
    is_sold: bool
    pauses: list[PausedByPlan]


class Billing(Record):
    """Which plan this desk is on and who decides it: `manual` is the operator.

    `can_manage`: the provider has a page for card, plan and cancellation. `cancels_at`: ordered already.
    """

    plan: PlanCode
    status: SubscriptionStatus
    provider: Literal["manual", "stripe"]
    is_charged: bool
    can_manage: bool
    period_ends_at: datetime | None
    cancels_at: datetime | None
    offers: list[PlanOffer]


class PurchaseForm(Form):
    plan: PlanCode


class Leave(Record):
    """Where the browser goes on, at the payment provider."""

    url: str


class PlanForm(Form):
    """An operator's word. `reason` is shown to the customer."""

    plan: PlanCode
    reason: Text = Field("", max_length=200)


class PlanChange(Record):
    """The plan that holds now, and the EAs that it paused, oldest first."""

    plan: PlanCode
    paused: list[PausedByPlan]


class Customer(Record):
    """A tenant as the operator sees it."""

    id: UUID
    name: str
    created_at: datetime
    plan: PlanCode
    status: SubscriptionStatus
    provider: Literal["manual", "stripe"]
    period_ends_at: datetime | None
    instances: int
    active: int
