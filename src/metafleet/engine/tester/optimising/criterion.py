"""By what tests are compared: one figure, or a formula over figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from metafleet.engine.tester.optimising.formula import Formula, FormulaRefused
from metafleet.engine.tester.optimising.measuring import FIGURES

USUAL: Final = "net_profit"

FEWEST_TRADES: Final = 1
"""What never trades is not compared, unless somebody says so."""


class Worth(NamedTuple):
    """value: of the criterion, as it is shown. score: the same, more being better. None: cannot be said."""

    value: float | None
    score: float | None


class Criterion:
    """What is looked for. A figure alone is looked for in its better direction: of drawdowns, less."""

    def __init__(self, text: str = USUAL, *, fewest_trades: int = FEWEST_TRADES) -> None:
        """fewest_trades: a test with fewer has no score. Raises FormulaRefused."""
        self.text = text.strip()
        self.fewest_trades = fewest_trades
        if not self.text:
            raise FormulaRefused("a criterion names a figure, as net_profit", "", 0)
        self._formula = Formula(self.text, FIGURES.keys())
        self.title = FIGURES[self.text].title if self.text in FIGURES else self.text
        self.is_less_better = self.text in FIGURES and FIGURES[self.text].better == "less"

    def of(self, figures: Mapping[str, float | None]) -> Worth:
        """Return what a test with these figures is worth."""
        value = self._formula.value(figures)
        if value is None or (figures.get("trades") or 0) < self.fewest_trades:
            return Worth(value, None)
        return Worth(value, -value if self.is_less_better else value)
