"""Which EAs go first."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from metafleet.hub.fleet.rollouts.choosing import Candidate, canaries, wave_size

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ALICE, BOB = UUID(int=1), UUID(int=2)


def one(
    number: int, tenant: UUID = ALICE, rank: int = 0, lots: str = "0", equity: str | None = "1000"
) -> Candidate:
    born = NOW + timedelta(minutes=number)
    worth = None if equity is None else Decimal(equity)
    return Candidate(UUID(int=number), tenant, rank, Decimal(lots), worth, born)


def order(*found: Candidate, count: int = 9) -> list[int]:
    return [chosen.instance_id.int for chosen in canaries(found, count)]


def test_flat_ones_go_first_then_the_fewest_lots_then_the_smallest_equity() -> None:
    found = (
        one(1, lots="2"),
        one(2, lots="0.1"),
        one(3, equity="9000"),
        one(4, equity="50"),
        one(5, equity=None),
    )
    assert order(*found) == [4, 3, 5, 2, 1]


def test_what_runs_goes_before_what_should_and_before_what_is_paused() -> None:
    assert order(one(1, rank=2), one(2, rank=1), one(3, rank=0, lots="5")) == [3, 2, 1]


def test_a_tenants_first_goes_before_anybodys_second() -> None:
    assert order(one(1), one(2), one(3, BOB, equity="99999"), count=2) == [1, 3]
    taken = {ALICE: 1}
    assert [c.instance_id.int for c in canaries([one(2), one(3, BOB, lots="7")], 1, taken)] == [3]


def test_the_same_fleet_gives_the_same_canaries_in_whatever_order_it_is_told() -> None:
    found = [one(n, (ALICE, BOB)[n % 2], n % 3, str(n % 4), str(n % 5)) for n in range(30)]
    expected = order(*found, count=7)
    for seed in range(20):
        random.Random(seed).shuffle(found)
        assert order(*found, count=7) == expected


def test_each_wave_doubles_those_that_moved_up_to_fifty() -> None:
    assert [wave_size(moved) for moved in (0, 1, 2, 7, 50, 400)] == [1, 1, 2, 7, 50, 50]
