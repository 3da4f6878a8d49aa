"""What features cost: of a long history at once, of one market's newest bar, and of many markets together.

Prices are made up: a walk on a grid of points. Processor time, the least of a few: what other programs take
of the machine is none of the features'. Aim: 40 features of 60,000 bars well below a second, and a bar of a
served market in a millisecond when several are asked about at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metafleet.brain import features
from metafleet.engine.market.arrays import RATES
from metafleet.engine.market.symbols import EURUSD

BARS: Final = 60_000
MARKETS: Final = 48
"""Eight symbols on six timeframes."""
TIMES: Final = 5


def main() -> None:
    rates = _made_up()
    alone = [name for name in features.names() if not features.about(name).needs]
    for names in (alone[:40], alone, list(features.names())):
        spent = _least_s(lambda: features.matrix(names, rates, spec=EURUSD))  # noqa: B023 - called at once
        print(f"  {len(names)} features of {BARS:,} bars: {1e3 * spent:.0f} ms, aim below 1,000")
    one = _least_s(lambda: features.newest(alone, rates, spec=EURUSD))
    depth = features.look_back(alone)
    print(f"  {len(alone)} features of a newest bar, {depth} looked back over: {1e3 * one:.2f} ms")
    parts = [rates[begin : begin + depth] for begin in range(0, 100 * MARKETS, 100)]
    many = _least_s(lambda: features.newest_of(alone, parts, specs=[EURUSD] * MARKETS)) / MARKETS
    print(f"  the same of {MARKETS} markets together: {1e3 * many:.2f} ms each, aim 1")
    print("met" if spent < 1 and many < 1e-3 else "MISSED")


def _least_s(work: Callable[[], Any]) -> float:
    times = []
    for _ in range(TIMES):
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return min(times)


def _made_up() -> NDArray[Any]:
    chance = np.random.default_rng(1)
    made = np.zeros(BARS, RATES)
    made["time"] = 1_600_000_000 // 3600 * 3600 + 3600 * np.arange(BARS)
    made["close"] = np.round(1.1 + np.cumsum(chance.integers(-20, 21, BARS)) * 1e-6, 5)
    made["open"] = np.concatenate((made["close"][:1], made["close"][:-1]))
    made["high"] = np.maximum(made["open"], made["close"]) + chance.integers(0, 9, BARS) * 1e-5
    made["low"] = np.minimum(made["open"], made["close"]) - chance.integers(0, 9, BARS) * 1e-5
    made["spread"] = chance.integers(1, 20, BARS)
    return made


if __name__ == "__main__":
    main()
