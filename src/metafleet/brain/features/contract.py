"""What a feature is, and the bars that it is made of."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Final, Literal, TypeAlias, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from metafleet.engine.market.symbols import SymbolSpec

Column: TypeAlias = NDArray[np.float64]
"""One value a bar, shape (n,), oldest first."""

Made = TypeVar("Made")

Need = Literal["beside", "calendar"]
"""What a feature looks at beside the symbol's own bars."""

Beside: TypeAlias = Mapping[str, NDArray[Any]]
"""Bars (RATES) of other symbols and of the same timeframe, by their names."""

CALENDAR: Final = np.dtype([("time", "<i8"), ("currency", "<U3"), ("weight", "<i1")])
"""A scheduled event. time: seconds of the server's clock, as of bars. currency: whom it concerns, or "All".
weight: 1 low, 2 medium, 3 high. In any order."""


class UnknownFeature(KeyError):
    """There is no feature of this name."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclasses.dataclass(frozen=True, slots=True)
class Feature:
    """A named function of bars.

    look_back: closed bars that it looks at, the newest included; before there are so many it is nan, and
    after that always a finite number. formula, source: what it is and where it is from; bar 0 is the newest.
    compute: of the bars, float64, one value a bar; what it says of the first look_back - 1 is not looked at.
    mql: the same as an expression of MQL5, of `rates` (oldest first) at the place `at`.
    """

    name: str
    family: str
    unit: str
    look_back: int
    formula: str
    source: str
    compute: Callable[[Bars], Column]
    mql: str
    needs: tuple[Need, ...] = ()

    @property
    def help(self) -> str:
        """The formula and its source, for people."""
        return f"{self.formula} Source: {self.source}."


EVERY: Final = slice(None)


class Bars:
    """Closed bars by columns, and what features make of them on the way, each once.

    rates: RATES, oldest first. points: of each bar, where they are not all of the spec's symbol. rows: the
    bars that are asked about, so that what is dear need not be said of others.
    time: seconds of the server's clock. spread: price units.
    """

    def __init__(
        self,
        rates: NDArray[Any],
        spec: SymbolSpec,
        beside: Beside | None = None,
        calendar: NDArray[Any] | None = None,
        points: NDArray[np.float64] | None = None,
        rows: slice = EVERY,
    ) -> None:
        self.spec = spec
        self.rows = rows
        self.beside: Beside = beside or {}
        self.calendar = np.empty(0, CALENDAR) if calendar is None else calendar
        self.time = np.ascontiguousarray(rates["time"])
        self.open, self.high, self.low, self.close = (
            np.ascontiguousarray(rates[name]) for name in ("open", "high", "low", "close")
        )
        self.spread: Column = rates["spread"] * (spec.point if points is None else points)
        self._made: dict[Hashable, Any] = {}

    def __len__(self) -> int:
        return len(self.time)

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what `make` made when it was first asked for by this key."""
        if key not in self._made:
            self._made[key] = make()
        return cast(Made, self._made[key])
