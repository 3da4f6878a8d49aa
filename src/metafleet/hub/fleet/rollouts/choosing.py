"""Which EAs go first, and how many follow at a time: pure, so that the same fleet gives the same canaries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

MOST_IN_A_WAVE: Final = 50


@dataclass(frozen=True, slots=True)
class Candidate:
    """An EA that may go first. rank: 0 runs, 1 should run and does not, 2 is paused.

    lots: what it has open; equity: of its account, in the account's own currency.
    """

    instance_id: UUID
    tenant_id: UUID
    rank: int
    lots: Decimal
    equity: Decimal | None
    created_at: datetime


def canaries(
    candidates: Iterable[Candidate], count: int, taken: Mapping[UUID, int] | None = None
) -> list[Candidate]:
    """Return the `count` that go first.

    taken: how many of each tenant's are canaries already. The rule, in this order: one that runs
    before one that should and before one that is paused; a tenant's first before anybody's second;
    flat ones, then the fewest lots open; the smallest equity (amounts as they stand, currencies are not
    converted); the oldest.
    """
    seen: Counter[tuple[int, UUID]] = Counter()
    ordered = []
    for one in sorted(candidates, key=_order):
        turn = seen[one.rank, one.tenant_id] + (taken or {}).get(one.tenant_id, 0)
        seen[one.rank, one.tenant_id] += 1
        ordered.append((one.rank, turn, *_order(one), one))
    return [found[-1] for found in sorted(ordered, key=lambda found: found[:-1])[:count]]


def wave_size(moved: int) -> int:
    """Return how many follow at once: as many as have moved so far, so that each wave doubles them."""
    return min(max(1, moved), MOST_IN_A_WAVE)


def _order(one: Candidate) -> tuple[Decimal, bool, Decimal, datetime, str]:
    return one.lots, one.equity is None, one.equity or Decimal(0), one.created_at, str(one.instance_id)
