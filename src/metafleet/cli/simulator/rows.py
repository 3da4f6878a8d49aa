"""The rows of a simulation in the installation's database: made in bulk, and taken away again."""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

from metafleet.cli.simulator.plan import Plan, habits
from metafleet.cli.simulator.terminal import Place

if TYPE_CHECKING:
    from django.db.models import Model

TENANT: Final = "Simulation"
EMAIL: Final = "simulation@example.com"
"""Who looks at a simulation that has machines."""
LOSS: Final = 1000
"""In a day, in the accounts' currency: the rule over losing accounts."""
_FIRST_LOGIN: Final = 90_000_000
_ON_A_SERVER: Final = 100
"""Accounts that share a server, and with it the candles of its symbols."""
_AT_ONCE: Final = 2_000
_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Rows:
    """The simulation's tenant and where each terminal stands in it. `password`: of `EMAIL`, or ""."""

    tenant_id: UUID
    places: Sequence[Place]
    password: str = field(default="", repr=False)


def make(plan: Plan, now: datetime) -> Rows:
    """Insert tenant, accounts and terminals, and issue their tokens with the installation's key."""
    from metafleet.hub.fleet import tokens
    from metafleet.hub.fleet.models import Terminal, TradingAccount
    from metafleet.hub.kernel.tenancy import tenant_scope

    tenant_id, password = _desk(plan)
    accounts, terminals, places = [], [], []
    for index in range(plan.terminals):
        account_id, terminal_id, manner = uuid4(), uuid4(), habits(index, plan)
        server = f"Simulated-{index // _ON_A_SERVER}"
        accounts.append(
            TradingAccount(
                id=account_id,
                tenant_id=tenant_id,
                label=f"Simulated {index:0{len(str(plan.terminals - 1))}d}",
                platform=manner.platform,
                login=_FIRST_LOGIN + index,
                server=server,
                currency="USD",
                utc_offset_s=manner.account_offset_s,
                server_timezone=manner.zone,
            )
        )
        terminals.append(
            Terminal(
                id=terminal_id,
                tenant_id=tenant_id,
                account_id=account_id,
                platform=manner.platform,
                label=machine_label(plan.host_of(index)) if plan.hosts else f"Simulated {index}",
                enrolled_at=now,
            )
        )
        # A token past half of its life is renewed with the first heartbeat.
        issued_at = now - timedelta(days=_old_days()) if manner.is_old_token else now
        token = tokens.issue(terminal_id=terminal_id, version=1, now=issued_at)
        place = Place(index, str(terminal_id), str(account_id), _FIRST_LOGIN + index, server, token)
        places.append(place)
    with tenant_scope(tenant_id):
        TradingAccount.objects.bulk_create(accounts, batch_size=_AT_ONCE)
        Terminal.objects.bulk_create(terminals, batch_size=_AT_ONCE)
        _make_rules(plan, tenant_id)
    _tell_the_planner()
    return Rows(tenant_id, places, password)


def _tell_the_planner() -> None:
    """As after any load in bulk: plans from when there were few rows read all of them, for up to a minute."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE fleet_tradingaccount, fleet_terminal")


def machine_label(host: int) -> str:
    return f"VPS {host + 1:02d}"


def _desk(plan: Plan) -> tuple[UUID, str]:
    """Make the tenant; where there are machines to look at, with somebody who may. Return their password."""
    from metafleet.hub.billing import operations as billing
    from metafleet.hub.billing.plans import PlanCode
    from metafleet.hub.identity import operations as identity
    from metafleet.hub.identity.models import Tenant
    from metafleet.hub.kernel.secrets import Secret
    from metafleet.hub.kernel.tenancy import tenant_scope

    password = secrets.token_urlsafe(12) if plan.hosts else ""
    if plan.hosts:
        tenant_id = identity.sign_up(email=EMAIL, password=Secret(password), tenant_name=TENANT).tenant_id
    else:
        tenant_id = uuid4()
        with tenant_scope(tenant_id):
            Tenant.objects.create(id=tenant_id, name=TENANT)
    with tenant_scope(tenant_id):
        billing.start_plan(tenant_id=tenant_id, plan=PlanCode.PLATINUM)
    return tenant_id, password


def _make_rules(plan: Plan, tenant_id: UUID) -> None:
    from metafleet.hub.monitor.models import Rule, Severity

    made = {"tenant_id": tenant_id, "actions": ["notify"], "created_by": "system:simulation"}
    if plan.losing:
        Rule.objects.create(
            **made,
            kind="loss",
            name=f"Loss of the day beyond {LOSS:,}",
            params={"limit": LOSS},
            severity=Severity.CRITICAL,
        )
    if plan.hosts:
        Rule.objects.create(**made, kind="host_load", name="Processor above 80 %", params={"above": 80})


def incidents(tenant_id: UUID) -> dict[str, int]:
    """Return how many incidents rules have opened, by a figure's name."""
    from django.db.models import Count

    from metafleet.hub.kernel.tenancy import tenant_scope
    from metafleet.hub.monitor.models import Incident

    with tenant_scope(tenant_id):
        found = Incident.objects.values_list("kind").annotate(Count("id"))
        return {f"incidents of {kind}": number for kind, number in found}


def remove(tenant_id: UUID) -> int:
    """Take everything of the tenant away; return how many rows that were.

    As the database's owner, because nobody else may delete what is written once. Again where
    the installation's own tasks have written for the tenant meanwhile, or the server was restarted.
    """
    from django.db import DatabaseError, connections

    for left in reversed(range(_TRIES)):
        # The connection may be older than the server.
        connections["owner"].close()
        try:
            return _remove(tenant_id)
        except DatabaseError:
            if not left:
                raise
    return 0


def _remove(tenant_id: UUID) -> int:
    from django.db import connections, transaction

    from metafleet.hub.identity.models import Tenant, User

    removed = 0
    with transaction.atomic(using="owner"):
        with connections["owner"].cursor() as cursor:
            cursor.execute("SET LOCAL metafleet.audit_retention = 'on'")
        for model in _private_models():
            removed += model._base_manager.using("owner").filter(tenant_id=tenant_id)._raw_delete("owner")
        removed += Tenant.objects.using("owner").filter(id=tenant_id)._raw_delete("owner")
        removed += User.objects.using("owner").filter(email=EMAIL).delete()[0]
    return removed


def abandoned() -> list[UUID]:
    """Return the tenants that earlier simulations left behind."""
    from metafleet.hub.identity.models import Tenant

    return list(Tenant.objects.using("owner").filter(name=TENANT).values_list("id", flat=True))


def _private_models() -> Iterator[type[Model]]:
    """Every model with a tenant, those that point at others before those that they point at."""
    from django.apps import apps

    left = {model for model in apps.get_models() if any(f.name == "tenant" for f in model._meta.fields)}
    while left:
        free = [model for model in left if not any(model in _targets(other) - {other} for other in left)]
        yield from free
        left -= set(free)


def _targets(model: type[Model]) -> set[Any]:
    return {field.related_model for field in model._meta.fields if field.related_model is not None}


def _old_days() -> float:
    from django.conf import settings

    return settings.TERMINAL_TOKEN_DAYS * random.uniform(0.6, 0.9)
