"""What the journal knows of EAs, as rollouts ask for it: the journal lies above, so callers bring it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

Key = tuple[UUID, int]
"""(account, magic): names one EA's trades."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How one EA stands. profit: all that it ever made, open positions included, in account currency;
    positions and lots: what it has open."""

    profit: Decimal = Decimal(0)
    positions: int = 0
    lots: Decimal = Decimal(0)


Books = Callable[[UUID, Collection[Key]], Mapping[Key, Standing]]
"""(tenant, keys) → standings, in the tenant's scope; a key that is missing has no trade."""
