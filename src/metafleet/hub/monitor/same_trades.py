"""Accounts that trade the same, or against each other: entries that stand close together. Pure."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Final, TypeAlias
from uuid import UUID

from metafleet.hub.journal.entries import Entry

Pair: TypeAlias = tuple[UUID, UUID]
MOST_PAIRED: Final = 30
"""Accounts of one cluster: of more the pairs would be thousands, and the cluster itself says it."""
_ROUNDING: Final = 1e-9
_BUY: Final = "buy"


@dataclass(frozen=True, slots=True)
class Cluster:
    """Entries of two accounts or more into one symbol, the first one first."""

    symbol: str
    entries: tuple[Entry, ...]

    @property
    def accounts(self) -> frozenset[UUID]:
        return frozenset(entry.account_id for entry in self.entries)

    @property
    def span_s(self) -> float:
        """Seconds between the first entry and the last."""
        return (self.entries[-1].at - self.entries[0].at).total_seconds()

    @property
    def is_opposite(self) -> bool:
        """Whether one account bought what another sold: a hedge across accounts."""
        return len({entry.side for entry in self.entries}) > 1

    @property
    def is_open(self) -> bool:
        return any(entry.exited_at is None for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Company:
    """Two accounts that are found in the same clusters. opposite: how often one against the other."""

    accounts: Pair
    together: int
    opposite: int


def clusters(
    entries: Iterable[Entry], *, window_s: float, volume_ratio: float | None = None
) -> list[Cluster]:
    """Return the clusters, the newest first; each entry is in one at most.

    window_s: seconds that a cluster spans at most; entries that follow each other for longer are parted
    where they stand furthest apart. volume_ratio: how many times the smallest volume of a cluster the
    largest may be, 1 or more; None for any. The order of the entries changes nothing.
    """
    by_symbol: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_symbol[entry.symbol].append(entry)
    widest = math.inf if volume_ratio is None else math.log(volume_ratio) + _ROUNDING
    found = [
        Cluster(symbol, tuple(sorted(alike)))
        for symbol, own in by_symbol.items()
        for near in _parted(own, lambda entry: entry.at.timestamp(), window_s)
        for alike in _parted(near, lambda entry: math.log(entry.volume), widest)
        if len({entry.account_id for entry in alike}) > 1
    ]
    return sorted(found, key=lambda one: (one.entries[0].at, one.symbol, one.entries), reverse=True)


def companies(found: Iterable[Cluster]) -> list[Company]:
    """Return which accounts are how often together, the most often first."""
    together: Counter[Pair] = Counter()
    opposite: Counter[Pair] = Counter()
    for cluster in found:
        if len(cluster.accounts) > MOST_PAIRED:
            continue
        bought = {entry.account_id for entry in cluster.entries if entry.side == _BUY}
        sold = {entry.account_id for entry in cluster.entries if entry.side != _BUY}
        for one, other in combinations(sorted(cluster.accounts), 2):
            together[one, other] += 1
            if (one in bought and other in sold) or (one in sold and other in bought):
                opposite[one, other] += 1
    return sorted(
        (Company(pair, times, opposite[pair]) for pair, times in together.items()),
        key=lambda one: (-one.together, -one.opposite, one.accounts),
    )


def _parted(
    entries: Sequence[Entry], value: Callable[[Entry], float], widest: float
) -> Iterator[list[Entry]]:
    """Yield the entries in parts whose values span `widest` at most."""
    ordered = sorted(entries, key=lambda entry: (value(entry), entry))
    values = [value(entry) for entry in ordered]
    waiting = [(0, len(ordered))]
    while waiting:
        start, end = waiting.pop()
        if values[end - 1] - values[start] <= widest:
            yield ordered[start:end]
            continue
        cuts = _cuts(values, start, end, widest)
        waiting += pairwise([start, *cuts, end])


def _cuts(values: Sequence[float], start: int, end: int, widest: float) -> list[int]:
    """Return where to part them: at every gap that no part may have, else at the widest one.

    Of gaps that are equally wide it is the one nearest to the middle.
    """
    gaps = [(values[at] - values[at - 1], at) for at in range(start + 1, end)]
    wide = [at for gap, at in gaps if gap > widest]
    middle = (start + end) / 2
    return wide or [max(gaps, key=lambda one: (one[0], -abs(one[1] - middle)))[1]]
