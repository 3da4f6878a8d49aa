"""An EA's live results leave the range of its own history.

The mean of its last trades is held against means of as many trades that are drawn from all before them
(a bootstrap; Efron, 1979): below the lowest percentile, that luck alone no longer explains it.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from random import Random
from statistics import fmean
from typing import ClassVar, Final

from metafleet.hub.monitor.models import Severity
from metafleet.hub.monitor.rules.contract import Judges, Kind, Reading, ResultsLook
from metafleet.hub.monitor.rules.readings import money

DRAWS: Final = 1_000
_SEED: Final = 7
MOST: Final = 500
"""Trades of history that are drawn from, the newest."""


class ResultsRange(Kind, frozen=True):
    """last: how many trades are judged. percentile: of what its history would give."""

    slug: ClassVar[str] = "results_range"
    title: ClassVar[str] = "Results out of range"
    help: ClassVar[str] = "An EA's last trades are worse than nearly all that its own history would give."
    judges: ClassVar[Judges] = "results"
    severity: ClassVar[Severity] = Severity.WARNING

    last: int = 20
    percentile: float = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 5 <= self.last <= 200:
            raise ValueError("last: expected a number of trades from 5 to 200")
        if not 0.1 <= self.percentile <= 25:
            raise ValueError("percentile: expected a number from 0.1 to 25")

    def read(self, look: ResultsLook, now: datetime) -> Reading | None:  # noqa: ARG002 - by trades
        history, recent = look.results[: -self.last][-MOST:], look.results[-self.last :]
        if len(history) < 2 * self.last:
            return None
        mean = fmean(recent)
        low, middle = bounds(tuple(history), self.last, self.percentile)
        fallen, room = middle - mean, middle - low
        text = (
            f"The last {self.last} trades made {money(mean, look.currency)} each; its own history makes less "
            f"than {money(low, look.currency)} in {self.percentile:g} % of such runs."
        )
        return Reading(
            value=mean,
            limit=low,
            unit="money",
            percent=max(0.0, fallen / room * 100) if room > 0 else 0.0,
            is_beyond=mean < low,
            is_clear=mean >= low + room / 2,
            text=text,
        )


@lru_cache(maxsize=4_096)
def bounds(history: tuple[float, ...], size: int, percentile: float) -> tuple[float, float]:
    """Return the percentile and the median of means of `size` trades drawn from history, with replacement.

    The same history gives the same bounds: the draws are seeded.
    """
    draw = Random(_SEED).choices
    means = sorted(fmean(draw(history, k=size)) for _ in range(DRAWS))
    return means[int(DRAWS * percentile / 100)], means[DRAWS // 2]
