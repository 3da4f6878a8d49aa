"""How EAs stand, for the rollouts of the fleet below; and the sweep that brings it to them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, F, Sum

from metafleet.hub.fleet.rollouts import watching
from metafleet.hub.fleet.rollouts.books import Key, Standing
from metafleet.hub.fleet.truths import MISSED_LATE
from metafleet.hub.journal.models import Position, Trade

_ZERO = Decimal(0)


def standings(tenant_id: UUID, keys: Collection[Key]) -> dict[Key, Standing]:
    """Return what each of these EAs (account, magic) made and has open, in two queries, in the tenant's
    scope; one without a trade or position has no entry."""
    chosen = {"account_id__in": {account for account, _ in keys}, "magic__in": {magic for _, magic in keys}}
    trades = Trade.objects.filter(tenant_id=tenant_id, **chosen).values("account_id", "magic").order_by()
    made = {
        (row["account_id"], row["magic"]): row["total"] for row in trades.annotate(total=Sum("net_profit"))
    }
    held = Position.objects.filter(tenant_id=tenant_id, **chosen).values("account_id", "magic").order_by()
    open_now = {
        (row["account_id"], row["magic"]): row
        for row in held.annotate(
            floating=Sum(F("profit") + F("swap")), positions=Count("ticket"), lots=Sum("volume")
        )
    }
    return {
        key: _standing(made.get(key), open_now.get(key) or {})
        for key in keys
        if key in made or key in open_now
    }


def _standing(made: Decimal | None, held: Mapping[str, Any]) -> Standing:
    return Standing(
        profit=(made or _ZERO) + (held.get("floating") or _ZERO),
        positions=held.get("positions", 0),
        lots=held.get("lots") or _ZERO,
    )


def watch_rollouts(*, now: datetime) -> int:
    """Look at every rollout that is due; return how many. Not inside another scope."""
    late_after = timedelta(seconds=MISSED_LATE * float(settings.HEARTBEAT_INTERVAL_S))
    return watching.watch_due(books=standings, late_after=late_after, now=now)
