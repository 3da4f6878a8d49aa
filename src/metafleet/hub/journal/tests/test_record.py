"""Recording: whatever the order, the batches, the repeats and the writers, the same trades."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from random import Random
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metafleet.hub.journal.folding import BUY, SELL, Deal
from metafleet.hub.journal.tests import reference
from metafleet.hub.journal.tests.histories import histories
from metafleet.hub.journal.tests.ledger import Ledger, Place, batch
from metafleet.hub.journal.tests.reference import Item

FEW = settings(
    max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def parted(items: Sequence[Item], random: Random) -> list[list[Deal]]:
    """The items in any order, some of them again, in batches of any size."""
    shuffled = [*items, *random.choices(items, k=len(items) // 3)] if items else []
    random.shuffle(shuffled)
    batches = []
    while shuffled:
        size = random.randint(1, 6)
        batches.append([deal for item in shuffled[:size] for deal in item])
        del shuffled[:size]
    return batches


@FEW
@given(items=histories, random=st.randoms(use_true_random=False))
def test_any_order_and_any_batches_make_the_trades_of_the_reference(
    ledger: Ledger, items: list[Item], random: Random
) -> None:
    place = ledger.place()
    for part in parted(items, random):
        ledger.record(place, part)
    assert ledger.trades(place) == reference.trades(items)
