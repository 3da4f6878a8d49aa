"""What evidence for recommendations costs: a full refresh, a week of new bars, and the thinking after it.

Bars are made up: a year of M15 for eight symbols, each a random walk about its own price. EAs are those that
ship and can be judged by M15 (`evidence.trying.fits`), of which there are fewer than eight: what eight would
cost is said from what one run of these cost. Of each EA and symbol all of its 30 sets are run, or
ADVICE_SETS of them: fewer cost more each, because three are compared with on_bar and prices are laid out
once. Processor time of all processes, their start in it: what others take of the machine is not, and half
of it is what two idle cores would need.
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from metafleet.engine.experts.catalogue import EXPERTS
from metafleet.engine.market.arrays import RATES, Array
from metafleet.engine.tester.jobs import spec_of
from metafleet.hub.advisor.evidence import judging, trying, walking
from metafleet.hub.advisor.evidence.outcomes import Outcome
from metafleet.hub.advisor.evidence.regimes import Regimes
from metafleet.hub.advisor.evidence.sets import COUNT, input_sets
from metafleet.hub.advisor.evidence.trying import Work

SYMBOLS: Final = {
    "EURUSD": 1.1,
    "GBPUSD": 1.27,
    "USDJPY": 150.0,
    "XAUUSD": 2_000.0,
    "AUDUSD": 0.66,
    "NZDUSD": 0.61,
    "USDCAD": 1.36,
    "USDCHF": 0.88,
}
ALL_EAS: Final = 8
PROCESSES: Final = 2
DAY_S, MONDAY_S, M15_S = 86_400, 1_672_617_600, 900
WARM_UP_S, YEAR_S, WEEK_S = 14 * DAY_S, 364 * DAY_S, 7 * DAY_S


def main() -> None:
    """Print what was measured, and what follows for all."""
    sets = int(os.environ.get("ADVICE_SETS", str(COUNT)))
    slugs = [slug for slug, cls in EXPERTS.items() if not trying.fits(cls, "M15")]
    begin_s, end_s = MONDAY_S + WARM_UP_S, MONDAY_S + WARM_UP_S + YEAR_S
    with tempfile.TemporaryDirectory() as folder:
        rates = {name: _walk(name, price, end_s) for name, price in SYMBOLS.items()}
        paths = {name: trying.keep_rates(one, Path(folder) / f"{name}.npy") for name, one in rates.items()}
        print(f"{len(slugs)} EAs ({', '.join(slugs)}), {len(SYMBOLS)} symbols, {sets} of {COUNT} sets")
        whole = [work for slug in slugs for work in _works(slug, paths, begin_s, end_s, sets)]
        outcomes = _measured("full", whole, sets, len(slugs))
        week = [work for slug in slugs for work in _works(slug, paths, end_s - WEEK_S, end_s, sets)]
        _measured("week", week, sets, len(slugs))
        _judging(outcomes, rates, begin_s, end_s)


def _works(slug: str, paths: dict[str, str], from_s: int, to_s: int, sets: int) -> list[Work]:
    inputs = input_sets(EXPERTS[slug], COUNT)[:sets]
    return [
        Work(
            key=f"{slug} {symbol}",
            slug=slug,
            symbol=symbol,
            timeframe="M15",
            rates=path,
            from_s=from_s,
            to_s=to_s,
            places=list(range(len(inputs))),
            inputs=inputs,
        )
        for symbol, path in paths.items()
    ]


def _measured(name: str, works: Sequence[Work], sets: int, eas: int) -> dict[str, list[Outcome]]:
    """Run the work in PROCESSES, print what it cost, return what came of it by EA and symbol."""
    pieces = [piece for work in works for piece in trying.pieces_of(work)]
    found: dict[str, list[Outcome]] = {work.key: [] for work in works}

    def run() -> None:
        for done in trying.by_processes(pieces, PROCESSES):
            found[done.key] += trying.opened(done)

    wall_s, cpu_s = _timed(run)
    runs = len(works) * sets
    per_run = cpu_s / runs
    every = ALL_EAS * len(SYMBOLS) * COUNT
    print(
        f"  {name:5} {runs:5} runs: {wall_s:7.1f} s, {cpu_s:7.1f} s of processors, "
        f"{1000 * per_run:6.1f} ms each; "
        f"{ALL_EAS} EAs x {len(SYMBOLS)} symbols x {COUNT} sets on {PROCESSES} idle cores: "
        f"{per_run * every / PROCESSES:6.1f} s (the {eas} that there are: "
        f"{per_run * eas * len(SYMBOLS) * COUNT / PROCESSES:.1f} s)"
    )
    return found


def _judging(outcomes: dict[str, list[Outcome]], rates: dict[str, Array], begin_s: int, end_s: int) -> None:
    """Print what walking and judging all pairs costs; regimes are any, for what they say costs nothing."""
    held = {
        name: Regimes(one["time"].astype(np.int64), M15_S, ["calm"] * len(one)) for name, one in rates.items()
    }

    def run() -> None:
        for key, made in outcomes.items():
            whole = (made * COUNT)[:COUNT]
            walked = walking.walk(whole, begin_s, end_s)
            judging.judge(walked, whole, held[key.split()[1]], tried=COUNT * len(outcomes))

    wall_s, cpu_s = _timed(run)
    print(f"  judge {len(outcomes):5} pairs: {wall_s:7.2f} s, {cpu_s:7.2f} s of processors")


def _timed(run: Callable[[], object]) -> tuple[float, float]:
    before, began_s = _cpu_s(), time.perf_counter()
    run()
    return time.perf_counter() - began_s, _cpu_s() - before


def _cpu_s() -> float:
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def _walk(name: str, price: float, end_s: int) -> Array:
    chance = np.random.default_rng(sum(name.encode()))
    times = np.arange(MONDAY_S, end_s, M15_S)
    times = times[((times // DAY_S) + 3) % 7 < 5]
    closes = price * np.exp(chance.normal(0, 4e-4, len(times)).cumsum())
    opens = np.concatenate(([price], closes[:-1]))
    reach = np.abs(chance.normal(0, 2e-4, (2, len(times)))) * price
    spec, rows = spec_of(name), np.zeros(len(times), RATES)
    rows["time"], rows["tick_volume"], rows["spread"] = times, 100, 10
    rows["open"], rows["close"] = opens.round(spec.digits), closes.round(spec.digits)
    rows["high"] = (np.maximum(opens, closes) + reach[0]).round(spec.digits)
    rows["low"] = (np.minimum(opens, closes) - reach[1]).round(spec.digits)
    return rows


if __name__ == "__main__":
    main()
