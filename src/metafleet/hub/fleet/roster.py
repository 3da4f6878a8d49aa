"""The operator's list of EA instances, over all tenants. Nothing here writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from metafleet.hub.fleet.models import EAInstance, Run
from metafleet.hub.identity.models import Tenant
from metafleet.hub.kernel.tenancy import operator_scope

Waits = Literal["due", "held", "stuck"]
"""due: its look is late. held: a worker has it. stuck: its worker let the lease run out."""

MOST_TENANTS: Final = 200
"""Tenants whose names are looked at for a text; a text that more of them have says little."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which instances. host and driver: of the current generation's run. text: part of the EA's name,
    the customer's, the symbol, the host, or the account's login."""

    state: str = ""
    host: str = ""
    driver: str = ""
    tenant_id: UUID | None = None
    waits: Waits | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """An instance, its customer's name, and the run of its current generation, if it has one."""

    instance: EAInstance
    tenant: str
    run: Run | None


def roster(*, wanted: Wanted, first: int, most: int, now: datetime) -> tuple[list[Line], int]:
    """Return the lines from `first` on, what changed last before the others, and how many there are.

    Opens an operator's scope of its own; four queries, whatever the fleet, five with a text.
    """
    with operator_scope():
        found = _matching(wanted, now)
        rows = list(
            found.select_related("account", "template", "version", "host", "terminal")
            .defer("version__source", "version__review")
            .order_by("-updated_at", "-id")[first : first + most]
        )
        of_generation = Q()
        for row in rows:
            of_generation |= Q(instance_id=row.id, generation=row.generation)
        runs = {run.instance_id: run for run in Run.objects.filter(of_generation)} if rows else {}
        names = dict(Tenant.objects.filter(id__in={row.tenant_id for row in rows}).values_list("id", "name"))
        lines = [Line(row, names.get(row.tenant_id, ""), runs.get(row.id)) for row in rows]
        return lines, found.count()


def waiting(waits: Waits, now: datetime) -> Q:
    """Return which instances wait so; a removed one that is still to be stopped is among them."""
    if waits == "due":
        return Q(reconcile_due_at__lte=now) & (Q(lease_until=None) | Q(lease_until__lte=now))
    return Q(lease_until__gt=now) if waits == "held" else Q(lease_until__lte=now)


def _matching(wanted: Wanted, now: datetime) -> QuerySet[EAInstance]:
    found = EAInstance.objects.all()
    found = found.filter(waiting(wanted.waits, now)) if wanted.waits else found.filter(deleted_at=None)
    if wanted.tenant_id:
        found = found.filter(tenant_id=wanted.tenant_id)
    if wanted.state:
        found = found.filter(state=wanted.state)
    if wanted.host:
        found = found.filter(_run(host=wanted.host))
    if wanted.driver:
        found = found.filter(_run(driver=wanted.driver))
    return found.filter(_says(wanted.text)) if wanted.text else found


def _run(**facts: str) -> Exists:
    """That the run of the current generation is so."""
    current = Run.objects.filter(instance=OuterRef("pk"), generation=OuterRef("generation"))
    return Exists(current.filter(**facts))


def _says(text: str) -> Q:
    named = Tenant.objects.filter(name__icontains=text).values_list("id", flat=True)[:MOST_TENANTS]
    return (
        Q(name__icontains=text)
        | Q(symbol__icontains=text)
        | Q(_run(host__icontains=text))
        | Q(tenant_id__in=list(named))
        | (Q(account__login=int(text)) if text.isdecimal() and len(text) < 19 else Q())
    )
