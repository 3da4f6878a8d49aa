"""What a model is of: symbols, bars, features, what it was taught to foresee, and when it speaks."""

from __future__ import annotations

import math
from typing import Literal

import msgspec

Kind = Literal["lightgbm", "linear"]
LabelKind = Literal["triple_barrier", "forward_return"]


class LabelSpec(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What a bar is labelled with.

    horizon_bars: bars from the entry, at the open of the bar after the labelled one, to the vertical barrier.
    upper, lower: the other two barriers' distances from the entry, in volatilities: the standard deviation of
    one bar's log return over the newest volatility_bars, times the square root of horizon_bars. A forward
    return looks at the vertical one only.
    """

    kind: LabelKind = "triple_barrier"
    horizon_bars: int = 24
    upper: float = 1.0
    lower: float = 1.0
    volatility_bars: int = 100

    def __post_init__(self) -> None:
        if not 1 <= self.horizon_bars <= 10_000:
            raise ValueError(f"horizon_bars: {self.horizon_bars} is not from 1 to 10,000")
        if not 2 <= self.volatility_bars <= 10_000:
            raise ValueError(f"volatility_bars: {self.volatility_bars} is not from 2 to 10,000")
        for name in ("upper", "lower"):
            if not 0.01 <= getattr(self, name) <= 100:
                raise ValueError(f"{name}: {getattr(self, name)} is not from 0.01 to 100 volatilities")


class Calibration(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """How a raw score becomes a probability: 1 / (1 + exp(-(slope * score + intercept)))."""

    slope: float = 1.0
    intercept: float = 0.0

    def __post_init__(self) -> None:
        if not math.isfinite(self.slope) or not math.isfinite(self.intercept) or self.slope < 0:
            raise ValueError(f"calibration: {self.slope}, {self.intercept} are no slope >= 0 and intercept")


class ModelSpec(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What a model is of.

    timeframe: MetaTrader's name, as "H1". features: the columns of its matrix, in order. beside: symbols
    whose bars its features need besides the symbol's own. threshold: it says buy at and above this
    probability, sell at and below 1 - threshold; over 0.5 and up to 1, and 1 says next to nothing. full_at:
    the probability, at least the threshold, from which the size is 1.
    """

    name: str
    symbols: tuple[str, ...]
    timeframe: str
    kind: Kind
    features: tuple[str, ...]
    label: LabelSpec
    threshold: float
    full_at: float
    calibration: Calibration
    beside: tuple[str, ...] = ()
    version: Literal[1] = 1

    def __post_init__(self) -> None:
        if not self.features or len(set(self.features)) != len(self.features):
            raise ValueError("features: expected at least one, and none twice")
        if not self.symbols:
            raise ValueError("symbols: expected at least one")
        if not 0.5 < self.threshold <= self.full_at <= 1:
            raise ValueError(
                f"expected 0.5 < threshold <= fullAt <= 1, found {self.threshold} and {self.full_at}"
            )

    @property
    def horizon_bars(self) -> int:
        """For how many bars what it says is meant."""
        return self.label.horizon_bars
