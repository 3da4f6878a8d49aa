"""Questions about optimisations. Nothing here writes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import Count, Q, QuerySet

from metafleet.engine.tester.optimising.job import Outcome
from metafleet.engine.tester.optimising.luck import Luck, luck_of
from metafleet.hub.kernel.errors import NotFound
from metafleet.hub.tester.models import UNDER_WAY, Optimisation, Try, TryBatch

_DUE: Final = "SELECT tenant_id, optimisation_id FROM tester_optimisations_due(%s, %s)"
_BATCHES_DUE: Final = "SELECT tenant_id, batch_id FROM tester_batches_due(%s, %s)"
_AT_ONCE: Final = 1_000
"""Keys of one question."""


def optimisations(*, tenant_id: UUID) -> QuerySet[Optimisation]:
    """Return the tenant's optimisations, the newest first, without their reports."""
    return (
        Optimisation.objects.filter(tenant_id=tenant_id)
        .select_related("version__template", "instance")
        .defer("report", "version__source", "version__input_schema")
        .order_by("-created_at", "id")
    )


def find(*, tenant_id: UUID, optimisation_id: UUID) -> Optimisation:
    """Raises NotFound."""
    row = optimisations(tenant_id=tenant_id).filter(id=optimisation_id).first()
    if row is None:
        raise NotFound("optimisation")
    return row


def kept(*, tenant_id: UUID) -> int:
    return Optimisation.objects.filter(tenant_id=tenant_id).count()


def under_way(*, tenant_id: UUID) -> int:
    return Optimisation.objects.filter(tenant_id=tenant_id, state__in=UNDER_WAY).count()


def tries_kept(*, tenant_id: UUID) -> int:
    return Try.objects.filter(tenant_id=tenant_id).count()


def open_batches(row: Optimisation) -> int:
    """Return how many batches are being made or wait for it."""
    return TryBatch.objects.filter(tenant_id=row.tenant_id, optimisation_id=row.id).count()


def outcomes_of(*, tenant_id: UUID, optimisation_id: UUID) -> dict[str, Outcome]:
    """Return what is known of its own tries, failed ones included, by key."""
    rows = Try.objects.filter(tenant_id=tenant_id, optimisation_id=optimisation_id)
    return _by_key(rows)


def outcomes_by(*, tenant_id: UUID, keys: Collection[str]) -> dict[str, Outcome]:
    """Return which of these have been made for whatever optimisation. What failed there may do well here."""
    found: dict[str, Outcome] = {}
    for some in (list(keys)[at : at + _AT_ONCE] for at in range(0, len(keys), _AT_ONCE)):
        found |= _by_key(Try.objects.filter(tenant_id=tenant_id, key__in=some, is_done=True))
    return found


def _by_key(rows: QuerySet[Try]) -> dict[str, Outcome]:
    return {
        key: msgspec.json.decode(bytes(outcome), type=Outcome)
        for key, outcome in rows.values_list("key", "outcome").iterator(chunk_size=2_000)
    }


def best_so_far(row: Optimisation, most: int) -> list[Outcome]:
    """Return the best of its own tries over the searched time, the best first."""
    rows = _searched(row).filter(score__isnull=False).order_by("-score", "created_at", "id")
    return [
        msgspec.json.decode(bytes(one), type=Outcome) for one in rows.values_list("outcome", flat=True)[:most]
    ]


def luck_so_far(row: Optimisation, best: Outcome | None) -> Luck:
    """Return how likely the best of its own tries is luck."""
    made = _searched(row).aggregate(done=Count("id", filter=Q(is_done=True)))["done"]
    sharpes = _searched(row).filter(sharpe_day__isnull=False).values_list("sharpe_day", flat=True)
    return luck_of(
        None if best is None else best.returns, [one for one in sharpes if one is not None], tried=made
    )


def _searched(row: Optimisation) -> QuerySet[Try]:
    return Try.objects.filter(tenant_id=row.tenant_id, optimisation_id=row.id, is_search=True)


def due(*, now: datetime, most: int) -> list[tuple[UUID, UUID]]:
    """Return (tenant, optimisation) of those that can go on, over all tenants."""
    return _asked(_DUE, now, most)


def batches_due(*, now: datetime, most: int) -> list[tuple[UUID, UUID]]:
    """Return (tenant, batch) of what waits for a worker, over all tenants."""
    return _asked(_BATCHES_DUE, now, most)


def _asked(question: str, now: datetime, most: int) -> list[tuple[UUID, UUID]]:
    with connection.cursor() as cursor:
        cursor.execute(question, [now, most])
        return list(cursor.fetchall())
