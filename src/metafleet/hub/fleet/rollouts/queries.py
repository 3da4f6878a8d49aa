"""Rollouts as a screen shows them, over all tenants; nothing here writes. Each opens its own scopes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet

from metafleet.hub.fleet.models import (
    EAInstance,
    EAPerformance,
    Resolution,
    Rollout,
    RolloutDecision,
    RolloutMember,
    RolloutState,
    Terminal,
)
from metafleet.hub.fleet.rollouts import observing
from metafleet.hub.identity.models import Tenant
from metafleet.hub.kernel.errors import NotFound
from metafleet.hub.kernel.tenancy import operator_scope

MOST_POINTS: Final = 80
CURVES_FOR: Final = 50
"""Members whose curve is told: the first that were chosen, the canaries among them."""
DECISIONS_SHOWN: Final = 500
_UNDER_WAY: Final = (RolloutState.CANARY, RolloutState.PROMOTING, RolloutState.RETURNING)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many EAs a rollout has chosen, and what became of them. proved_at: when the last canary was
    first seen at work with the new version, once all are."""

    chosen: int = 0
    moved: int = 0
    skipped: int = 0
    back: int = 0
    left: int = 0
    proved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MemberSeen:
    """A member as it is now. curve: (when, what the EA has made since its move), oldest first."""

    member: RolloutMember
    tenant: str
    crashes: int
    loss_percent: float | None
    heartbeat_at: datetime | None
    curve: Sequence[tuple[datetime, Decimal]] = field(default_factory=list)


def newest(limit: int) -> list[tuple[Rollout, Counts]]:
    """Return the newest rollouts with their counts, in three queries."""
    rows = list(_rollouts().order_by("-created_at")[:limit])
    found = _counts(rows)
    return [(row, found.get(row.id, Counts())) for row in rows]


def find(rollout_id: UUID) -> tuple[Rollout, Counts]:
    """Raises NotFound."""
    row = _rollouts().filter(id=rollout_id).first()
    if row is None:
        raise NotFound("rollout")
    return row, _counts([row]).get(row.id, Counts())


def members(rollout: Rollout, now: datetime) -> list[MemberSeen]:
    """Return every member, in the order in which they were chosen."""
    rows = observing.members_of(rollout)
    crashes, curves = observing.crashes_of(rows), _curves(rows[:CURVES_FOR], now)
    with operator_scope():
        names = dict(Tenant.objects.filter(id__in={row.tenant_id for row in rows}).values_list("id", "name"))
        terminals = Terminal.objects.filter(instance_id__in=[row.instance_id for row in rows])
        heard = dict(terminals.values_list("instance_id", "heartbeat_at"))
    return [
        MemberSeen(
            member=row,
            tenant=names.get(row.tenant_id, ""),
            crashes=crashes[row.id],
            loss_percent=observing.loss_percent(row),
            heartbeat_at=heard.get(row.instance_id),
            curve=curves.get(row.id, []),
        )
        for row in rows
    ]


def decisions(rollout: Rollout) -> list[RolloutDecision]:
    """Return the newest decisions, newest first."""
    return list(rollout.decisions.order_by("-created_at")[:DECISIONS_SHOWN])


def upgrade_of(instance: EAInstance) -> RolloutMember | None:
    """Return the EA's part in a rollout that has moved it and is not over, in its tenant's scope; or None."""
    return (
        RolloutMember.objects.filter(
            instance=instance, moved_at__isnull=False, moved_back_at=None, rollout__state__in=_UNDER_WAY
        )
        .select_related("rollout__to_version", "before_version")
        .first()
    )


def _rollouts() -> QuerySet[Rollout]:
    return Rollout.objects.select_related("template", "from_version", "to_version")


def _counts(rows: Collection[Rollout]) -> dict[UUID, Counts]:
    with operator_scope():
        grouped = (
            RolloutMember.objects.filter(rollout__in=rows)
            .values("rollout_id")
            .annotate(
                chosen=Count("id"),
                moved=Count("id", filter=Q(moved_at__isnull=False)),
                skipped=Count("id", filter=~Q(skip_reason="")),
                back=Count("id", filter=Q(moved_back_at__isnull=False)),
                unproved=Count("id", filter=Q(is_canary=True, skip_reason="", proved_at=None)),
                proved_at=Max("proved_at", filter=Q(is_canary=True)),
            )
        )
        told = {row["rollout_id"]: row for row in grouped}
        left = {row.id: _left(row) for row in rows if row.ended_at is None}
    return {row.id: _count(told.get(row.id, {}), left.get(row.id, 0)) for row in rows}


def _count(found: Mapping[str, Any], left: int) -> Counts:
    return Counts(
        chosen=found.get("chosen", 0),
        moved=found.get("moved", 0),
        skipped=found.get("skipped", 0),
        back=found.get("back", 0),
        left=left,
        proved_at=None if found.get("unproved") else found.get("proved_at"),
    )


def _left(rollout: Rollout) -> int:
    older = EAInstance.objects.filter(
        template_id=rollout.template_id,
        deleted_at=None,
        version__published_at__lt=rollout.to_version.published_at,
    )
    chosen = RolloutMember.objects.filter(rollout=rollout).values("instance_id")
    return older.exclude(version_id=rollout.to_version_id).exclude(id__in=chosen).count()


def _curves(rows: Collection[RolloutMember], now: datetime) -> dict[UUID, list[tuple[datetime, Decimal]]]:
    moved = {row.instance_id: row for row in rows if row.moved_at is not None}
    if not moved:
        return {}
    since = min(row.moved_at for row in moved.values() if row.moved_at is not None)
    found: defaultdict[UUID, list[tuple[datetime, Decimal]]] = defaultdict(list)
    with operator_scope():
        points = EAPerformance.objects.filter(
            instance_id__in=moved, resolution=_resolution(now - since), at__gte=since, profit__isnull=False
        ).order_by("at")
        for instance_id, at, profit in points.values_list("instance_id", "at", "profit"):
            row = moved[instance_id]
            end = row.moved_back_at or now
            if profit is not None and row.moved_at is not None and row.moved_at <= at <= end:
                found[row.id].append((at, profit - (row.profit_at_move or Decimal(0))))
    return {member_id: _thinned(curve) for member_id, curve in found.items()}


def _resolution(span: timedelta) -> Resolution:
    if span < timedelta(hours=2):
        return Resolution.RAW
    return Resolution.MINUTE if span < timedelta(days=3) else Resolution.HOUR


def _thinned(curve: list[tuple[datetime, Decimal]]) -> list[tuple[datetime, Decimal]]:
    """Return at most so many points, evenly, the last among them."""
    every = max(1, -(-len(curve) // (MOST_POINTS - 1)))
    return [*curve[:-1:every], curve[-1]]
