"""Which EAs are on a terminal's charts, as its journal tells it.

Neither MetaQuotes' package nor the terminal's files say so while it runs. The journal does, in the words of
the English interface: `Experts  expert NAME (SYMBOL,TIMEFRAME) loaded successfully`, and `removed`; a start
of the terminal (`Terminal  … started for …`) loads all of them anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

MOST: Final = 50
"""The gateway takes no more."""
_EXPERT: Final = re.compile(r"expert (.+) \(([^()]+,[^()]+)\) (loaded successfully|removed)").fullmatch


class ExpertList:
    """Hears the journal's lines in their order."""

    def __init__(self) -> None:
        self._charts: dict[tuple[str, str], None] = {}

    def hear(self, lines: Iterable[tuple[str, str]]) -> None:
        """Take lines as (who speaks, what is said)."""
        for source, said in lines:
            if source == "Terminal" and " started for " in said:
                self._charts.clear()
            elif source == "Experts" and (found := _EXPERT(said)) is not None:
                name, chart, what = found.groups()
                self._charts.pop((name, chart), None)
                if what != "removed":
                    self._charts[name, chart] = None

    def names(self) -> list[str]:
        """Return each EA as `NAME (SYMBOL,TIMEFRAME)`, by the alphabet, at most MOST."""
        return sorted(f"{name} ({chart})" for name, chart in self._charts)[:MOST]
