"""What shall be studied, all of it: the same study of the same bars makes the same model, byte by byte."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.brain import features
from metafleet.brain.evidence.costs import CostTerms
from metafleet.brain.learners.trees import TreeSettings
from metafleet.brain.model import LabelSpec
from metafleet.engine.market.arrays import RATES, Array
from metafleet.engine.market.symbols import SymbolSpec
from metafleet.engine.market.timeframes import BY_NAME, PERIODS_S

FOLDS: Final = 5
CONFIDENCE: Final = 0.95
FORM: Final = 1
"""Of training: another number means that the same study makes another model."""

_FEWEST_BARS: Final = 1_000


class StudyRefused(ValueError):
    """A study cannot be made; the text says what was expected and what was found."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Study:
    """What shall be studied.

    bars: RATES by symbol, closed bars of the timeframe, oldest first, by the server's clock. features: ()
    for all that need nothing beside a symbol's bars, and the calendar's where there is one. kind: what is
    trained; beside "lightgbm" stands the linear model, beside "linear" the share of rises. embargo_bars:
    None for the label's horizon. every: so many bars from one training sample to the next, None for a
    quarter of the horizon: nearer ones tell nearly the same. confidence: of all intervals, and what the
    gate asks for. trials_before: models that were tried on these bars before, of whatever settings; the
    evidence is deflated for them. beside: more symbols' bars for features that need some. calendar:
    features.CALENDAR.
    """

    name: str
    bars: Mapping[str, Array]
    specs: Mapping[str, SymbolSpec]
    timeframe: str
    label: LabelSpec = dataclasses.field(default_factory=LabelSpec)
    features: tuple[str, ...] = ()
    kind: Literal["lightgbm", "linear"] = "lightgbm"
    folds: int = FOLDS
    embargo_bars: int | None = None
    every: int | None = None
    seed: int = 0
    confidence: float = CONFIDENCE
    costs: CostTerms = dataclasses.field(default_factory=CostTerms)
    trials_before: int = 0
    trees: TreeSettings = dataclasses.field(default_factory=TreeSettings)
    beside: Mapping[str, Array] = dataclasses.field(default_factory=dict)
    calendar: NDArray[Any] | None = None

    def __post_init__(self) -> None:
        """Raises StudyRefused."""
        if self.timeframe not in BY_NAME:
            raise StudyRefused(f"{self.timeframe!r} is no timeframe; expected one such as M15, H1 or D1")
        if not self.bars:
            raise StudyRefused("there are no bars of any symbol")
        if not 0.5 < self.confidence < 1:
            raise StudyRefused(f"confidence: {self.confidence} is not over 0.5 and below 1, as 0.95")
        if not 2 <= self.folds <= 50:
            raise StudyRefused(f"folds: {self.folds} is not from 2 to 50")
        for name, rates in self.bars.items():
            _check(name, rates, self.specs)
        for name in self.features:
            if "calendar" in features.about(name).needs and self.calendar is None:
                raise StudyRefused(f"{name} looks at a calendar of events, and none is given")

    @property
    def period_s(self) -> int:
        """The length of a bar."""
        return PERIODS_S[BY_NAME[self.timeframe]]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the features, in order."""
        there = set() if self.calendar is None else {"calendar"}
        usual = (name for name in features.names() if set(features.about(name).needs) <= there)
        return self.features or tuple(usual)

    @property
    def embargo_s(self) -> int:
        """How long before a test nothing is trained on."""
        bars = self.label.horizon_bars if self.embargo_bars is None else self.embargo_bars
        return bars * self.period_s

    @property
    def stride(self) -> int:
        """So many bars from one training sample to the next."""
        return max(1, self.label.horizon_bars // 4) if self.every is None else max(1, self.every)

    def data_hash(self) -> str:
        """Return SHA-256 of the bars, the settings and the features' names, 64 hexadecimal digits."""
        told = hashlib.sha256()
        settings = {
            "form": FORM, "timeframe": self.timeframe, "label": self.label, "features": self.columns,
            "kind": self.kind, "folds": self.folds, "embargo": self.embargo_s, "stride": self.stride,
            "confidence": self.confidence, "costs": self.costs, "trees": self.trees,
            "trials": self.trials_before, "specs": {name: self.specs[name] for name in self.bars},
        }  # fmt: skip
        told.update(msgspec.json.encode(settings, order="deterministic"))
        for of in (self.bars, self.beside):
            for name in of:
                told.update(f"{name} {len(of[name])}".encode())
                told.update(np.ascontiguousarray(of[name]).tobytes())
        if self.calendar is not None:
            told.update(np.ascontiguousarray(self.calendar).tobytes())
        return told.hexdigest()


def _check(name: str, rates: Array, specs: Mapping[str, SymbolSpec]) -> None:
    if name not in specs:
        raise StudyRefused(f"{name}: its trading conditions are not known")
    if rates.dtype != RATES:
        raise StudyRefused(f"{name}: expected bars as RATES")
    if len(rates) < _FEWEST_BARS:
        raise StudyRefused(f"{name}: {len(rates):,} bars are too few; at least {_FEWEST_BARS:,} are needed")
    if (np.diff(rates["time"]) <= 0).any():
        raise StudyRefused(f"{name}: the bars' times do not go forward")
    if (rates["low"] <= 0).any():
        raise StudyRefused(f"{name}: a price is not over 0")
