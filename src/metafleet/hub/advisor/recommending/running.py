"""What a tenant runs: its EAs' daily results, lived or tested, and the symbols that its accounts trade."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from metafleet.engine.market.servertime import SERVER_ZONE, Zone
from metafleet.engine.market.symbols import SYMBOLS
from metafleet.hub.advisor.recommending.judged import Judged
from metafleet.hub.fleet import queries as fleet
from metafleet.hub.fleet.models import DesiredState, EAInstance, Platform
from metafleet.hub.journal.models import Trade

MOST: Final = 50
"""EAs that are looked at, the newest first."""


@dataclass(frozen=True, slots=True)
class Runs:
    """One EA that is wanted to run. live, tested: net by day since 1970 of the server's clock."""

    instance_id: UUID
    name: str
    live: Mapping[int, float]
    tested: Mapping[int, float]


def runs(*, tenant_id: UUID, known: Judged) -> list[Runs]:
    """Return what the tenant runs or has paused. In the tenant's scope."""
    rows = (
        EAInstance.objects.filter(tenant_id=tenant_id)
        .exclude(desired_state=DesiredState.STOPPED)
        .select_related("template")
        .order_by("-created_at")[:MOST]
    )
    tested = {(one.slug, one.symbol): one for one in known.candidates}
    made = []
    for row in rows:
        candidate = tested.get((row.template.slug, row.symbol))
        days = candidate.days_with(row.inputs) if candidate else None
        made.append(Runs(row.id, row.name, _lived(row), days or {}))
    return made


def _lived(row: EAInstance) -> dict[int, float]:
    zone = Zone(SERVER_ZONE)
    made: dict[int, float] = {}
    closed = Trade.objects.filter(
        tenant_id=row.tenant_id, account_id=row.account_id, magic=row.magic, exited_at__isnull=False
    )
    for exited, net in closed.values_list("exited_at", "net_profit"):
        if exited is None:
            continue  # asked for
        day = zone.wall_s(int(exited.timestamp())) // 86_400
        made[day] = made.get(day, 0.0) + float(net)
    return made


def symbols(*, tenant_id: UUID) -> set[str]:
    """Return the symbols that the tenant's accounts trade; an empty set where nobody can say.

    A paper account trades all of the paper market.
    """
    accounts = list(fleet.accounts(tenant_id=tenant_id))
    if any(one.platform == Platform.PAPER for one in accounts):
        return set(SYMBOLS)
    seen = EAInstance.objects.filter(tenant_id=tenant_id).values_list("symbol", flat=True).distinct()
    traded = Trade.objects.filter(tenant_id=tenant_id).values_list("symbol", flat=True).distinct()
    return {*seen, *traded} & set(SYMBOLS)
