"""What declaring is worth: one EA by its on_bar, by wake, by what it declares, and with 400 pairs of inputs.

The crossing of two averages over 100,000 M1 bars of a made-up market, one thread. Processor time, the best of
some rounds, interleaved; the ratios are of one run, so that a busy machine changes them little.

`python -m benchmarks kernel`
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

import numpy as np

from metafleet.engine.experts import Bar, Declaration, Expert, Input, Past
from metafleet.engine.experts.indicators import SMA
from metafleet.engine.market.arrays import RATES, Array
from metafleet.engine.market.supplies import KeptSupply
from metafleet.engine.market.symbols import SYMBOLS
from metafleet.engine.market.timeframes import M1
from metafleet.engine.tester import Test
from metafleet.engine.tester.declared import compiling
from metafleet.engine.tester.declared.many import run_many
from metafleet.engine.tester.run import run_test

BARS: Final = 100_000
ROUNDS: Final = 5
MONDAY_S: Final = 1_704_672_000
PAIRS: Final = [{"fast": fast, "slow": slow} for fast in range(5, 105, 5) for slow in range(110, 310, 10)]


class Crossing(Expert):
    slug, name, symbols = "benchmark-crossing", "Crossing", ("EURUSD",)
    fast: int = Input(50, ge=2, le=400)
    slow: int = Input(200, ge=3, le=800)
    is_waking: bool = Input(False)

    def on_start(self) -> None:
        self._crossed = self.chart.crossing(self.chart.add(SMA(self.fast)), self.chart.add(SMA(self.slow)))
        if self.is_waking:
            self.wake(self._crossed)

    def on_bar(self, _bar: Bar) -> None:
        if side := self._crossed[-1]:
            for held in self.positions:
                self.close(held)
            (self.buy if side > 0 else self.sell)(0.1)

    def declare(self, past: Past) -> Declaration:
        crossed = past.values(self._crossed)
        return Declaration(entries=crossed, volume=0.1, exits=crossed != 0)


def bars() -> Array:
    chance = np.random.default_rng(1)
    rates = np.zeros(BARS, RATES)
    rates["time"] = MONDAY_S + 60 * np.arange(BARS)
    rates["open"] = (1.1 + np.cumsum(chance.normal(0, 0.00006, BARS))).round(5)
    rates["close"] = (rates["open"] + chance.normal(0, 0.0001, BARS)).round(5)
    reach = np.abs(chance.normal(0, 0.00005, (2, BARS)))
    rates["high"] = (np.maximum(rates["open"], rates["close"]) + reach[0]).round(5)
    rates["low"] = (np.minimum(rates["open"], rates["close"]) - reach[1]).round(5)
    rates["spread"] = 2
    return rates


def main() -> int:
    if not compiling.is_there():
        print("NOT MEASURED: numba is not installed: pip install 'metafleet[fast]'")
        return 0
    supplies = {"EURUSD": KeptSupply(SYMBOLS["EURUSD"], bars(), M1)}

    def test(*, is_waking: bool = False) -> Test:
        return Test(
            symbol="EURUSD",
            from_s=MONDAY_S,
            deposit=Decimal(1_000_000),
            inputs={"is_waking": is_waking},
        )

    ways: Mapping[str, Callable[[], object]] = {
        "on_bar at each bar": lambda: run_test(Crossing, test(), supplies, kernel_cache=None),
        "on_bar where it wakes": lambda: run_test(
            Crossing, test(is_waking=True), supplies, kernel_cache=None
        ),
        "declared": lambda: run_test(Crossing, test(), supplies),
    }
    # The first time compiles, and compares with on_bar.
    declared = run_test(Crossing, test(), supplies)
    assert declared.notes[0].startswith("Run by what the EA declares")
    assert list(declared.deals) == list(run_test(Crossing, test(), supplies, kernel_cache=None).deals)
    best = {name: float("inf") for name in ways}
    for _ in range(ROUNDS):
        for name, run in ways.items():
            best[name] = min(best[name], _took(run))
    print(f"{BARS:,} bars, {len(declared.deals) // 2:,} trades; processor time, best of {ROUNDS}")
    for name, seconds in best.items():
        print(f"{name:24} {1000 * seconds:9.2f} ms {best['on_bar at each bar'] / seconds:8.1f} ×")
    many = _took(lambda: run_many(Crossing, test(), supplies, PAIRS))
    each = many / len(PAIRS)
    name, ratio = f"{len(PAIRS)} pairs of inputs", best["on_bar at each bar"] / each
    print(f"{name:24} {1000 * each:9.2f} ms {ratio:8.1f} × each; three of them compared with on_bar")
    return 0


def _took(run: Callable[[], object]) -> float:
    began_s = time.process_time()
    run()
    return time.process_time() - began_s


if __name__ == "__main__":
    sys.exit(main())
