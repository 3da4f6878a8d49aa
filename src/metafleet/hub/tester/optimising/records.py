"""What of an optimisation is kept as JSON. Typed where it is read."""

from __future__ import annotations

import msgspec

from metafleet.engine.experts.inputs import InputValue
from metafleet.engine.tester.optimising.searches import Method
from metafleet.engine.tester.optimising.windows import USUAL_RATIO, Manner


class Range(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An input that is searched over: by its ends and the step between, or by its values.

    begin, end, step: numbers as they were typed, so that 0.1 stays 0.1. No values and no ends: all that the
    input itself says that it may be.
    """

    name: str
    begin: str = ""
    end: str = ""
    step: str = ""
    values: list[str] = []

    @property
    def text(self) -> str:
        """As `space_of` reads it."""
        if self.values:
            return f"{self.name}={','.join(self.values)}"
        if not self.begin:
            return self.name
        return f"{self.name}={self.begin}:{self.end}" + (f":{self.step}" if self.step else "")


class Search(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How it is searched. tries: at most so many, None for the usual. windows: of the walk-forward, or 0."""

    ranges: list[Range]
    method: Method = "genetic"
    tries: int | None = None
    seed: int = 0
    criterion: str = "net_profit"
    fewest_trades: int = 1
    windows: int = 0
    manner: Manner = "rolling"
    ratio: int = USUAL_RATIO


class Best(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The best so far, or of all. inputs: all of them. forward: its figures in the forward period."""

    inputs: dict[str, InputValue]
    value: float | None
    figures: dict[str, float | None]
    forward_value: float | None = None
    forward: dict[str, float | None] | None = None
