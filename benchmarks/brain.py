"""What training finds where there is something, what it promotes where there is nothing, and how fast.

`python -m benchmarks brain` runs all of it, `python -m benchmarks.brain PART …` some:

walk     random walks, 100 seeds with usual costs: none should be promoted, and at most 5 % may
free     the same without any costs, where nothing but chance is to be beaten
restless random walks whose volatility comes in clusters, 100 seeds
edge     walks in which an edge was planted that a line cannot see, 20 seeds of each strength
speed    ten years of H1 of eight symbols, with one worker and with all cores

BRAIN_SEEDS says how many seeds instead.
"""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final

import msgspec
import numpy as np

from metafleet.brain.evidence import hit_ratio
from metafleet.brain.evidence.costs import CostTerms
from metafleet.brain.model.card import Card
from metafleet.brain.training import Study, train
from metafleet.brain.training.tests.markets import Edge, market
from metafleet.engine.market.symbolfile import known_symbols

SEEDS: Final = int(os.environ.get("BRAIN_SEEDS", "100"))
BARS: Final = 10_000
"""Of a walk: not quite two years of hours."""

YEARS_BARS: Final = 62_000
"""Ten years of hours."""

SYMBOLS: Final = ("EURUSD", "GBPUSD", "USDJPY", "AUDUSD", "USDCAD", "USDCHF", "EURJPY", "XAUUSD")
_NO_COSTS: Final = CostTerms(spread_points=0, commission=0.0, with_swaps=False)


class Asked(msgspec.Struct, frozen=True):
    """One market to study."""

    seed: int
    edge: Edge = "none"
    strength: float = 0.0
    is_free: bool = False
    is_restless: bool = False


def main(parts: list[str]) -> int:
    known = {"walk": _walk, "free": _free, "restless": _restless, "edge": _edge, "speed": _speed}
    for part in parts or known:
        if part not in known:
            print(f"There is no part {part!r}; there are {', '.join(known)}.", file=sys.stderr)
            return 2
        if not known[part]():
            return 1
    return 0


def study_of(asked: Asked) -> Card:
    """Return the card of one market's study, of all features, by the defaults of `metafleet brain train`."""
    bars = market(BARS, asked.seed, edge=asked.edge, strength=asked.strength, is_restless=asked.is_restless)
    costs = _NO_COSTS if asked.is_free else CostTerms()
    study = Study(
        name="made-up",
        bars={"EURUSD": bars},
        specs=known_symbols(),
        timeframe="H1",
        seed=asked.seed,
        costs=costs,
    )
    return train(study, workers=1).card


def _cards(asked: list[Asked]) -> list[Card]:
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        return list(pool.map(study_of, asked))


def _nothing_there(words: str, asked: list[Asked]) -> bool:
    cards = _cards(asked)
    promoted = [one.seed for one, card in zip(asked, cards, strict=True) if card.gate.promoted]
    share = hit_ratio(len(promoted), len(cards))
    failed = {
        check.name: sum(
            not one.passed for card in cards for one in card.gate.checks if one.name == check.name
        )
        for check in cards[0].gate.checks
    }
    traded = sum((card.metrics[4].model.value or 0) > 0 for card in cards)
    print(f"  {words}: {len(promoted)} of {len(cards)} promoted {promoted or ''}", flush=True)
    print(f"    at most {share.high:.1%} in truth (95 %); {traded} traded at all")
    print(f"    checks that failed: {', '.join(f'{name} {count}' for name, count in failed.items())}")
    return len(promoted) <= 0.05 * len(cards)


def _walk() -> bool:
    return _nothing_there("random walks, usual costs", [Asked(seed) for seed in range(SEEDS)])


def _free() -> bool:
    return _nothing_there("random walks, no costs", [Asked(seed, is_free=True) for seed in range(SEEDS)])


def _restless() -> bool:
    asked = [Asked(seed, is_restless=True) for seed in range(SEEDS)]
    return _nothing_there("random walks, volatility in clusters", asked)


def _edge() -> bool:
    found = 0
    seeds = max(1, SEEDS // 5)
    for strength in (0.05, 0.1, 0.15, 0.2, 0.3):
        cards = _cards([Asked(seed, "weekday", strength) for seed in range(seeds)])
        found = sum(card.gate.promoted for card in cards)
        net = [card.metrics[0].model.value for card in cards if card.metrics[0].model.value is not None]
        mean = f"{np.mean(net):+.1f} bps a trade" if net else "no trades"
        print(f"  edge of {strength:g} deviations a bar: found in {found} of {seeds}, {mean}", flush=True)
    return found >= 0.9 * seeds


def _speed() -> bool:
    symbols = known_symbols()
    bars = {name: market(YEARS_BARS, place) for place, name in enumerate(SYMBOLS)}
    study = Study(name="speed", bars=bars, specs=symbols, timeframe="H1")
    hashes = []
    for workers in (1, os.cpu_count() or 1):
        began_s, spent_s = time.monotonic(), time.process_time()
        hashes.append(train(study, workers=workers).model.content_hash)
        took_s, spent_s = time.monotonic() - began_s, time.process_time() - spent_s
        print(
            f"  {len(SYMBOLS)} symbols, {YEARS_BARS:,} bars each, {workers} workers: {took_s:.1f} s, "
            f"{spent_s:.1f} s of processors, {spent_s / took_s:.2f} busy",
            flush=True,
        )
    return len(set(hashes)) == 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
