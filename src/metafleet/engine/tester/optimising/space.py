"""Which inputs are tried: some of an EA's inputs, each with the values that it may take.

A place in the space is a *point*: for each dimension the place of its value. Searches think in points, and
know nothing of what they mean.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import product
from typing import Final

from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.inputs import (
    InputRefused,
    InputSpec,
    InputValue,
    check_value,
    declared_inputs,
    parse_by,
)

Point = tuple[int, ...]
"""For each dimension the place of the chosen value among its values."""

MOST_VALUES: Final = 10_000
"""Of one dimension: more is a slip of the step."""

COUNTED_AT_MOST: Final = 50_000
"""So many combinations are judged one by one before the start; of more, a share is judged."""

_SAMPLED: Final = 5_000


class SpaceRefused(ValueError):
    """This cannot be searched; the text is one sentence that says what to change."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """One input that is varied. is_number: its values ascend, so that some are neighbours."""

    name: str
    title: str
    unit: str
    values: tuple[InputValue, ...]
    is_number: bool


@dataclass(frozen=True, slots=True)
class Count:
    """How many combinations there are. refused: by the EA's own `check_inputs`; is_exact: all were judged."""

    combinations: int
    refused: int
    is_exact: bool

    @property
    def allowed(self) -> int:
        """How many may be tried."""
        return self.combinations - self.refused


Check = Callable[[Mapping[str, InputValue]], object]
"""Raises InputRefused for inputs that do not go together."""


class Space:
    """The dimensions of a search over one EA's inputs; every other input is fixed."""

    def __init__(
        self, dimensions: Sequence[Dimension], fixed: Mapping[str, InputValue], check: Check
    ) -> None:
        """fixed: all inputs of the EA; those of the dimensions are overwritten at each point.

        check: what the EA itself thinks of inputs.
        """
        self.dimensions = tuple(dimensions)
        self.fixed = dict(fixed)
        self._check = check
        self._count: Count | None = None

    @property
    def size(self) -> int:
        """How many combinations there are, those that the EA refuses included."""
        return math.prod(len(one.values) for one in self.dimensions)

    def inputs_at(self, point: Point) -> dict[str, InputValue]:
        """Return all inputs of the EA at a point."""
        return self.fixed | self.varied_at(point)

    def varied_at(self, point: Point) -> dict[str, InputValue]:
        """Return the inputs that are searched over, at a point."""
        return {one.name: one.values[at] for one, at in zip(self.dimensions, point, strict=True)}

    def is_allowed(self, point: Point) -> bool:
        """Say whether the EA takes these inputs together."""
        try:
            self._check(self.inputs_at(point))
        except InputRefused:
            return False
        return True

    def points(self) -> Iterator[Point]:
        """Yield all points, the last dimension fastest; refused ones too."""
        return product(*(range(len(one.values)) for one in self.dimensions))

    def random_point(self, chance: random.Random) -> Point:
        """Return any point, each as likely; maybe a refused one."""
        return tuple(chance.randrange(len(one.values)) for one in self.dimensions)

    def steps_from(self, point: Point) -> list[Point]:
        """Return the allowed points that lie one step of one number away."""
        found = []
        for place, one in enumerate(self.dimensions):
            for at in (point[place] - 1, point[place] + 1) if one.is_number else ():
                if 0 <= at < len(one.values):
                    found.append((*point[:place], at, *point[place + 1 :]))
        return [near for near in found if self.is_allowed(near)]

    def are_near(self, one: Point, other: Point) -> bool:
        """Say whether two points lie at most a step apart in every number, and agree in all else."""
        apart = [
            abs(a - b) if dimension.is_number else 2 * (a != b)
            for dimension, a, b in zip(self.dimensions, one, other, strict=True)
        ]
        return max(apart, default=0) == 1

    def count(self) -> Count:
        """Count the combinations, and those that the EA refuses: of a large space by a share, seeded."""
        if self._count is None:
            self._count = self._counted()
        return self._count

    def _counted(self) -> Count:
        size = self.size
        if size <= COUNTED_AT_MOST:
            return Count(size, sum(not self.is_allowed(point) for point in self.points()), True)
        chance = random.Random(size)
        refused = sum(not self.is_allowed(self.random_point(chance)) for _ in range(_SAMPLED))
        return Count(size, round(size * refused / _SAMPLED), refused == 0)


def space_of(
    expert: type[Expert], wanted: Sequence[str], inputs: Mapping[str, object] | None = None
) -> Space:
    """Return the space that was asked for.

    wanted: "period=5:50:5" (both ends included), "period=5:50" by the input's own step, "period" for its
    whole range, "mode=a,b", "is_loud" for both. inputs: what is fixed otherwise than by its default.
    Raises SpaceRefused and InputRefused.
    """
    return space_by(declared_inputs(expert), wanted, inputs, check=expert.check_inputs)


def space_by(
    specs: Mapping[str, InputSpec],
    wanted: Sequence[str],
    inputs: Mapping[str, object] | None = None,
    *,
    check: Check = lambda _: None,
) -> Space:
    """Return the space of an EA whose class is not at hand, by what its inputs are; otherwise as `space_of`.

    Without a check nothing is refused: what does not go together the EA itself says when it is tried.
    """
    dimensions = [_dimension(specs, text) for text in wanted]
    names = [one.name for one in dimensions]
    for name in names:
        if names.count(name) > 1:
            raise SpaceRefused(f"{name} is asked for twice; give all of its values in one place")
        if name in (inputs or {}):
            raise SpaceRefused(f"{name} cannot be both fixed and searched over")
    if not dimensions:
        raise SpaceRefused("there is nothing to search over; name an input and its range, as period=5:50:5")
    space = Space(dimensions, parse_by(specs, inputs or {}), check)
    if space.count().allowed == 0:
        raise SpaceRefused(f"the EA refuses every one of the {space.size} combinations")
    return space


def _dimension(specs: Mapping[str, InputSpec], text: str) -> Dimension:
    name, has_values, values = (part.strip() for part in text.partition("="))
    if name not in specs:
        parse_by(specs, {name: None})  # raises with a suggestion
    spec = specs[name]
    found = _values(spec, values) if has_values else _whole_range(spec)
    doubled = len(set(found)) < len(found)
    if doubled:
        raise SpaceRefused(f"{name}: a value is there twice")
    is_number = spec.type in {int, float} and len(found) > 1
    if is_number:
        found = sorted(found, key=float)
    return Dimension(name, spec.title, spec.unit, tuple(found), is_number)


def _values(spec: InputSpec, text: str) -> list[InputValue]:
    if ":" in text and spec.type in {int, float}:
        begin, end, *rest = text.split(":")
        if len(rest) > 1:
            raise SpaceRefused(f"{spec.name}: a range is FROM:TO:STEP; found {text}")
        step = _number(spec, rest[0]) if rest else _own_step(spec)
        return _range(spec, _number(spec, begin), _number(spec, end), step)
    return [check_value(spec, _read(spec, one.strip())) for one in text.split(",")]


def _range(spec: InputSpec, begin: Decimal, end: Decimal, step: Decimal) -> list[InputValue]:
    if step <= 0:
        raise SpaceRefused(f"{spec.name}: the step must be more than 0; found {step}")
    if end < begin:
        raise SpaceRefused(
            f"{spec.name}: the range goes from {begin} down to {end}; the lower end comes first"
        )
    count = int((end - begin) / step) + 1
    if count > MOST_VALUES:
        raise SpaceRefused(
            f"{spec.name}: {count} values are too many (at most {MOST_VALUES}); take a larger step"
        )
    # Decimals: 0.1 three times over is 0.3, and the same input in every file.
    return [check_value(spec, float(begin + place * step)) for place in range(count)]


def _whole_range(spec: InputSpec) -> list[InputValue]:
    if spec.choices:
        return list(spec.choices)
    if spec.type is bool:
        return [False, True]
    if spec.ge is None or spec.le is None or spec.type is str:
        raise SpaceRefused(f"{spec.name} has no range of its own; give one, as {_example(spec)}")
    return _range(spec, Decimal(str(spec.ge)), Decimal(str(spec.le)), _own_step(spec))


def _own_step(spec: InputSpec) -> Decimal:
    if spec.step is not None:
        return Decimal(str(spec.step))
    if spec.type is int:
        return Decimal(1)
    raise SpaceRefused(f"{spec.name} has no step of its own; give one, as {_example(spec)}")


def _example(spec: InputSpec) -> str:
    return f"{spec.name}=a,b" if spec.type is str else f"{spec.name}=1:10:1"


def _number(spec: InputSpec, text: str) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite():
        raise SpaceRefused(f"{spec.name}: {text.strip() or 'nothing'} is no number; a range is FROM:TO:STEP")
    return number


def _read(spec: InputSpec, text: str) -> object:
    if spec.type is bool:
        return {"true": True, "false": False, "1": True, "0": False}.get(text.lower(), text)
    if spec.type is str:
        return text
    return float(_number(spec, text))
