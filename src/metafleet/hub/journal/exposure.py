"""What is open over all accounts of a tenant, and the watch over a kill switch until nothing is."""

from __future__ import annotations

import logging
from datetime import datetime
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Final
from uuid import UUID

from django.db.models import Count, F, Max, Q, Sum

from metafleet.hub.fleet import kill_switch
from metafleet.hub.fleet.kill_switch import Lots
from metafleet.hub.fleet.models import KillSwitch
from metafleet.hub.journal.models import Deal, Position
from metafleet.hub.kernel.tenancy import tenant_scope

WATCH_AT_MOST: Final = 100
_EXITS: Final = (1, 2, 3)
"""Deals that close something: out, in/out, out by (MetaTrader's DEAL_ENTRY)."""

_log = logging.getLogger(__name__)


def lots(*, tenant_id: UUID) -> list[Lots]:
    """Return what is open by the newest snapshots, added up by account, EA, symbol and side."""
    added = (
        Position.objects.filter(tenant_id=tenant_id)
        .values("account_id", "magic", "symbol", "side")
        .annotate(positions=Count("ticket"), lots=Sum("volume"), floating=Sum(F("profit") + F("swap")))
        .order_by("account_id", "symbol", "side", "magic")
    )
    return [
        Lots(
            account_id=row["account_id"],
            magic=row["magic"],
            symbol=row["symbol"],
            side=row["side"],
            positions=row["positions"],
            volume=row["lots"],
            floating=row["floating"],
        )
        for row in added
    ]


def newest_prices(*, tenant_id: UUID) -> list[tuple[str, Decimal, datetime]]:
    """Return (symbol, price, when it was heard) of what is open, the newest of each symbol."""
    found = Position.objects.filter(tenant_id=tenant_id).order_by("symbol", "-updated_at", "account_id")
    return list(found.distinct("symbol").values_list("symbol", "current_price", "updated_at"))


def watch(*, now: datetime) -> int:
    """Look at every use of the kill switch that is due; return how many. One that fails holds up no other."""
    due = kill_switch.due(now=now, limit=WATCH_AT_MOST)
    for tenant_id, switch_id in due:
        try:
            with tenant_scope(tenant_id):
                row = KillSwitch.objects.filter(id=switch_id).first()
                if row is not None:
                    kill_switch.look(
                        switch_id=switch_id,
                        lots=lots(tenant_id=tenant_id),
                        closed_at=_closed_at(row),
                        now=now,
                    )
        except Exception:  # noqa: BLE001 - whatever it stumbles over is that use's alone
            _log.exception("the kill switch %s could not be looked at", switch_id)
    return len(due)


def _closed_at(row: KillSwitch) -> dict[UUID, datetime]:
    """Return when the hub heard of each account's last closing deal in the use's scope."""
    counted = [
        Q(account_id=account_id) if magics is None else Q(account_id=account_id, magic__in=magics)
        for account_id, magics in kill_switch.scope(row).items()
    ]
    if not counted:
        return {}
    found = (
        Deal.objects.filter(
            reduce(or_, counted),
            tenant_id=row.tenant_id,
            entry__in=_EXITS,
            created_at__gt=kill_switch.used_at(row),
        )
        .values("account_id")
        .annotate(last=Max("created_at"))
        .order_by()
    )
    return {entry["account_id"]: entry["last"] for entry in found}
