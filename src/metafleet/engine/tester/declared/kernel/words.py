"""The kernel's words: what it answers, where numbers are among those that it is given, and their types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from numba import from_dtype, njit
from numba import types as numba_types

from metafleet.engine.market.arrays import RATES

DONE: Final = 0
THIN: Final = 1
"""Money was so short that the broker might have refused, or stopped out: the ordinary loop has to say."""

ASKEW: Final = 2
BELOW: Final = 3
BETWEEN: Final = 4
UNEVEN: Final = 5
"""A bar does not begin where bars of its length do; a spread is below 0; a price lies between points; one
is beyond its bar's high and low."""

BY_EXPERT: Final = 3
BY_STOP: Final = 4
BY_TARGET: Final = 5
AT_END: Final = 2
AT_THIN: Final = 9
"""Why a position is left: DEAL_REASON, and where it would have to be looked at whether there is money."""

NO_LEVEL: Final = 1 << 40
REFUSED: Final = -1

MOST_POINTS: Final = 1_000_000_000
"""Prices, and sums of two of them, fit 32 bits."""

DAY_S: Final = 86_400


REVERSES, OPEN_ONLY, CLOSES, DEPOSIT, NUMERATOR, DENOMINATOR, IS_DIVIDED, LOWEST, HIGHEST = range(9)
TICK_MS, SIZED, LONGEST, TRAILS, MOST_ENTRIES, GAP, SILENT, OFF, COUNT = range(9, 18)
"""Places of `numbers`. SIZED: whether volumes follow from what is lost. TRAILS: 1, or 2 for at once, too.
Written: SILENT, how many entries are unmade; OFF, whether a price lay between points. COUNT: of them all."""

POINT_CENTS, KEEP_CENTS, FLOOR_CENTS, SCALE, UNIT, PERCENT, LOSS_PERCENT, TRAIL_STEP, LIMITS = range(9)
"""Places of `factors`; the first three and the four `LIMITS` as `costs.Costs` and `sized` have them."""

types: Any = numba_types
INT: Final[Any] = types.int64
FLOAT: Final[Any] = types.float64
FLAG: Final[Any] = types.boolean
WHOLE: Final[Any] = INT[::1]
FLOATS: Final[Any] = FLOAT[::1]
TABLE: Final[Any] = INT[:, ::1]
FLOAT_TABLE: Final[Any] = FLOAT[:, ::1]
BARS: Final[Any] = types.Array(from_dtype(RATES), 1, "A", readonly=True)
"""A file's bars: often mapped from the disk, and never to be written."""


def several(count: int, kind: Any = INT) -> Any:
    """Return the type of so many values of a kind."""
    return types.UniTuple(kind, count)


def compiled(gives: Any, *takes: Any) -> Callable[[Callable[..., Any]], Any]:
    """Compile for these types alone, when the module is imported; the first time on a machine takes long."""
    made: Callable[[Callable[..., Any]], Any] = njit(gives(*takes), cache=True, nogil=True)
    return made
