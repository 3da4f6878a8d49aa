"""Clusters of same trades: as a table by hand, and what holds of all of them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metafleet.hub.journal.entries import Entry
from metafleet.hub.monitor import same_trades
from metafleet.hub.monitor.same_trades import Cluster
from tests.cast import NOW


def entry(account: int, at_s: float, position: int = 1, **others: Any) -> Entry:
    facts: dict[str, Any] = {"symbol": "EURUSD", "side": "buy", "volume": Decimal("0.1"), "price": None}
    at = NOW + timedelta(seconds=at_s)
    return Entry(at=at, account_id=UUID(int=account), position_id=position, part=0, **(facts | others))


def accounts(found: list[Cluster]) -> list[list[int]]:
    return [[one.account_id.int for one in cluster.entries] for cluster in found]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([0, 60], [[1, 2]]),
        ([0, 61], []),
        ([0, 59, 61], [[2, 3]]),  # parted where they stand furthest apart
        ([0, 1, 300, 301], [[3, 4], [1, 2]]),
        ([0, 40, 80, 120], [[3, 4], [1, 2]]),  # as far apart all: in the middle
    ],
)
def test_a_cluster_spans_the_window_at_most(times: list[float], expected: list[list[int]]) -> None:
    found = same_trades.clusters([entry(n, at) for n, at in enumerate(times, start=1)], window_s=60)
    assert accounts(found) == expected


def test_one_account_alone_is_no_cluster() -> None:
    assert same_trades.clusters([entry(1, 0, 1), entry(1, 1, 2)], window_s=60) == []
    assert same_trades.clusters([entry(1, 0), entry(2, 1, symbol="XAUUSD")], window_s=60) == []


def test_buying_what_another_sells_is_opposite() -> None:
    (found,) = same_trades.clusters([entry(1, 0), entry(2, 3, side="sell")], window_s=60)
    assert (found.is_opposite, found.span_s, found.is_open) == (True, 3, True)
    (alike,) = same_trades.clusters([entry(1, 0, exited_at=NOW), entry(2, 3, exited_at=NOW)], window_s=60)
    assert (alike.is_opposite, alike.is_open) == (False, False)


def test_volumes_of_another_size_are_parted_when_asked() -> None:
    entered = [entry(n, 0, volume=Decimal(volume)) for n, volume in enumerate(("0.1", "0.2", "5", "9"), 1)]
    assert accounts(same_trades.clusters(entered, window_s=60)) == [[1, 2, 3, 4]]
    parted = same_trades.clusters(entered, window_s=60, volume_ratio=2)
    assert sorted(accounts(parted)) == [[1, 2], [3, 4]]
    assert same_trades.clusters(entered, window_s=60, volume_ratio=1) == []


def test_who_is_often_together_comes_first() -> None:
    entered = [
        entry(1, 0, 1),
        entry(2, 1, 1),
        entry(1, 900, 2),
        entry(2, 901, 2, side="sell"),
        entry(3, 2, 1),
    ]
    found = same_trades.companies(same_trades.clusters(entered, window_s=60))
    assert [([one.int for one in row.accounts], row.together, row.opposite) for row in found] == [
        ([1, 2], 2, 1),
        ([1, 3], 1, 0),
        ([2, 3], 1, 0),
    ]


ENTRIES = st.lists(
    st.builds(
        entry,
        account=st.integers(1, 4),
        at_s=st.integers(0, 300),
        position=st.integers(1, 10_000),
        side=st.sampled_from(["buy", "sell"]),
        symbol=st.sampled_from(["EURUSD", "XAUUSD"]),
        volume=st.decimals("0.01", "10", places=2),
    ),
    max_size=40,
    unique_by=lambda one: (one.account_id, one.position_id),
)


@given(
    entries=ENTRIES, mixed=st.randoms(), window=st.integers(1, 120), ratio=st.sampled_from([None, 1.0, 3.0])
)
def test_whatever_their_order_the_clusters_are_the_same(
    entries: list[Entry], mixed: Any, window: int, ratio: float | None
) -> None:
    shuffled = entries.copy()
    mixed.shuffle(shuffled)
    found = same_trades.clusters(entries, window_s=window, volume_ratio=ratio)
    assert same_trades.clusters(shuffled, window_s=window, volume_ratio=ratio) == found
    taken = [one for cluster in found for one in cluster.entries]
    assert len(taken) == len(set(taken))
    for cluster in found:
        volumes = [one.volume for one in cluster.entries]
        assert cluster.span_s <= window
        assert len(cluster.accounts) >= 2
        assert {one.symbol for one in cluster.entries} == {cluster.symbol}
        assert ratio is None or max(volumes) <= min(volumes) * Decimal(str(ratio + 1e-6))


@given(gap=st.integers(0, 60), before=st.integers(61, 500), after=st.integers(61, 500))
def test_two_that_nobody_else_is_near_are_always_found(gap: int, before: int, after: int) -> None:
    entered = [entry(3, -before), entry(1, 0), entry(2, gap), entry(4, gap + after)]
    assert accounts(same_trades.clusters(entered, window_s=60)) == [[1, 2]]
