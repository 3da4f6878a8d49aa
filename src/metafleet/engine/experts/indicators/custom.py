"""An indicator by a function of one's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from metafleet.engine.experts.indicators.contract import (
    NAN,
    Columns,
    Indicator,
    IndicatorMisdeclared,
    Stepper,
    by_pieces,
    piece_begin,
    require_period,
)

if TYPE_CHECKING:
    from metafleet.engine.experts.indicators.contract import Array

Function: TypeAlias = Callable[[Columns], "Array | tuple[Array, ...]"]

SAMPLES: Final = 24
"""Bars at which `over` looks whether the function keeps its word; each costs a call over `look_back` bars."""


class FunctionRefused(ValueError):
    """The function does not give what an indicator needs; the text says what was expected and found."""


@dataclass(frozen=True, slots=True)
class Custom(Indicator):
    """What a function of one's own makes of the columns: function(columns), from bar look_back - 1 on.

    function: gets Columns of n bars, n >= look_back, and returns an array of n values, or a tuple of one for
    each of `lines`. Its value at a bar must depend on that bar and the look_back - 1 before it, and on no
    other: live it is called over the last `look_back` bars and its last value is taken. Sums that run on
    (numpy.cumsum and what is made of it) depend on all the past in their last bits, as do averages that
    carry on; means over numpy.lib.stride_tricks.sliding_window_view do not. `over` looks at some bars
    whether it is so and raises FunctionRefused where a value differs in any bit. A long
    history is given to it in pieces. Declare it with a function that has a name: two lambdas are never the
    same series. It needs NumPy, live too.
    """

    function: Function
    look_back: int
    lines: tuple[str, ...] = ("value",)

    def __post_init__(self) -> None:
        require_period(self, "look_back", self.look_back)
        if not callable(self.function):
            raise IndicatorMisdeclared(f"Custom: function is {self.function!r}; it must be a function")
        if not self.lines or not all(isinstance(line, str) for line in self.lines):
            raise IndicatorMisdeclared(f"Custom: lines is {self.lines!r}; it must be a tuple of names")

    @property
    def warm_up(self) -> int:
        return self.look_back - 1

    def over(self, columns: Columns) -> tuple[Array, ...]:
        """Return the function's lines, as Indicator.over. Raises FunctionRefused."""
        import numpy as np

        length, first = columns.bars, self.warm_up
        if length < self.look_back:
            return tuple(np.full(length, NAN) for _ in self.lines)
        made = by_pieces(columns, first, self._called)
        for place in sorted({first + (length - 1 - first) * part // SAMPLES for part in range(SAMPLES + 1)}):
            self._look_at(columns, made, place)
        for line in made:
            line[:first] = NAN
        return made

    def begin(self) -> Stepper:
        """Return a stepper. Its steps raise FunctionRefused."""
        import numpy as np

        look_back, is_single = self.look_back, len(self.lines) == 1
        nothing = NAN if is_single else (NAN,) * len(self.lines)
        # Twice as long as what is looked at, so that it is moved to the front only once in look_back bars.
        kept = np.empty((5, 2 * look_back))
        end = 0

        def step(
            open_: float, high: float, low: float, close: float, volume: float
        ) -> float | tuple[float, ...]:
            nonlocal end
            if end == 2 * look_back:
                kept[:, : look_back - 1] = kept[:, look_back + 1 :]
                end = look_back - 1
            kept[:, end] = open_, high, low, close, volume
            end += 1
            if end < look_back:
                return nothing
            lines = self._called(Columns(*kept[:, end - look_back : end]))
            return float(lines[0][-1]) if is_single else tuple(float(line[-1]) for line in lines)

        return Stepper(step)

    def _called(self, columns: Columns) -> tuple[Array, ...]:
        import numpy as np

        returned = self.function(columns)
        lines = returned if isinstance(returned, tuple) else (returned,)
        if len(lines) != len(self.lines):
            raise FunctionRefused(
                f"{self._name} returned {len(lines)} arrays; its lines are {', '.join(self.lines)}"
            )
        made = tuple(np.asarray(line, dtype=np.float64) for line in lines)
        for name, line in zip(self.lines, made, strict=True):
            if line.shape != columns.close.shape:
                raise FunctionRefused(
                    f"{self._name} returned an array of shape {line.shape} for {name}; expected "
                    f"{columns.close.shape}, a value for each bar"
                )
        return made

    def _look_at(self, columns: Columns, made: tuple[Array, ...], place: int) -> None:
        """Raise FunctionRefused where the value at this bar needs more than the last `look_back` bars."""
        alone = self._called(columns.cut(place - self.warm_up, place + 1))
        for number, name in enumerate(self.lines):
            value, own = float(made[number][place]), float(alone[number][-1])
            if value == own or (value != value and own != own):  # noqa: PLR0124 - nan is as good as nan
                continue
            known = self._called(columns.cut(piece_begin(place, self.warm_up), place + 1))
            needs = "an older past" if float(known[number][-1]) == value else "the future"
            raise FunctionRefused(
                f"{self._name} depends on {needs}: its {name} at bar {place} is {value!r} over the whole "
                f"history and {own!r} over the last {self.look_back} bars alone"
            )

    @property
    def _name(self) -> str:
        return f"Custom function {getattr(self.function, '__name__', repr(self.function))}"
