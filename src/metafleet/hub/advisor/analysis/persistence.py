"""The Hurst exponent of returns, with how far it is to be believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEAST: Final = 200
"""Returns; of fewer the interval would be as wide as what is possible."""
_SPANS: Final = (1, 2, 4, 8, 16)
"""Bars over which changes are compared."""
_BLOCKS: Final = 10
_T_95: Final = 2.262
"""Student's, of nine degrees of freedom, both sides together 5 %."""


@dataclass(frozen=True, slots=True)
class Hurst:
    """0.5 is a random walk; more, changes go on; less, they turn back. low, high: of 95 %. bars: returns
    seen.

    An interval that holds 0.5 says that nothing is known of either.
    """

    value: float
    low: float
    high: float
    bars: int


def hurst(closes: Floats) -> Hurst | None:
    """Return the exponent of closes, oldest first, all > 0; None of fewer than LEAST changes.

    How the variance of changes grows with the bars that they are over: its slope in logarithms is 2 H. The
    variances are unbiased for overlapping changes. The interval is by a jackknife over ten blocks: what the
    estimate would have been without each of them.
    Source: aggregated variance; Lo and MacKinlay, "Stock Market Prices Do Not Follow Random Walks" (1988),
    for the correction; Künsch (1989) for the jackknife over blocks.
    """
    returns = np.diff(np.log(closes))
    if len(returns) < LEAST or not np.any(returns):
        return None
    value = _slope(*_sums([returns]))
    blocks = np.array_split(returns, _BLOCKS)
    parts = [_sums([block]) for block in blocks]
    total, counts = sum(part[0] for part in parts), sum(part[1] for part in parts)
    without = np.array([_slope(total - part[0], counts - part[1]) for part in parts])
    spread = _T_95 * float(np.sqrt((_BLOCKS - 1) / _BLOCKS * np.sum((without - without.mean()) ** 2)))
    return Hurst(value, value - spread, value + spread, len(returns))


def _sums(blocks: list[Floats]) -> tuple[Floats, Floats]:
    """Return, for each span, the sum of squared changes over it and how many those are worth."""
    squares, counts = np.zeros(len(_SPANS)), np.zeros(len(_SPANS))
    for block in blocks:
        walk = np.concatenate(([0.0], np.cumsum(block - block.mean())))
        for place, span in enumerate(_SPANS):
            changes = walk[span:] - walk[:-span]
            squares[place] += float(changes @ changes)
            counts[place] += (len(block) - span + 1) * (1.0 - span / len(block))
    return squares, counts


def _slope(squares: Floats, counts: Floats) -> float:
    variances = np.maximum(squares, 1e-300) / counts
    return float(np.polyfit(np.log(_SPANS), np.log(variances), 1)[0]) / 2.0
