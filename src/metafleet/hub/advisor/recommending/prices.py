"""Which bars evidence is made of: the operator's file, else the record of this market, else the sample."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from metafleet.engine.market.arrays import RATES, Array
from metafleet.engine.market.history import aggregated
from metafleet.engine.market.supplies import open_supplies
from metafleet.engine.market.symbols import SYMBOLS
from metafleet.engine.market.timeframes import BY_NAME, DAY_S, PERIODS_S
from metafleet.engine.tester.jobs import open_supplied
from metafleet.hub.advisor.recommending.records import Origin, Source
from metafleet.hub.market import record
from metafleet.hub.tester import market_data
from metafleet.hub.tester.models import MarketFile

TIMEFRAME: Final = "M15"
YEAR_S: Final = 364 * DAY_S
WARM_UP_S: Final = 14 * DAY_S
"""A thousand bars of M15, weekends in it."""

FEWEST_FILE_S: Final = 120 * DAY_S
"""A shorter file is passed over for the record."""

FEWEST_BARS: Final = 96
"""To test on: a day."""

_WEEK_S: Final = 7 * DAY_S
_SUNDAY_S: Final = 3 * DAY_S
"""1970-01-04."""


@dataclass(frozen=True, slots=True)
class Prices:
    """A symbol's closed bars of TIMEFRAME, a year and the warm-up before it at most."""

    symbol: str
    source: Source
    name: str
    rates: Array = field(repr=False)

    @property
    def end_s(self) -> int:
        """When the newest whole week was over: evidence ends there, so that it changes once a week."""
        last_s = int(self.rates["time"][-1]) + PERIODS_S[BY_NAME[TIMEFRAME]]
        return (last_s - _SUNDAY_S) // _WEEK_S * _WEEK_S + _SUNDAY_S

    @property
    def begin_s(self) -> int:
        """From when on EAs are tested: after the warm-up, a year before the end at most.

        Of few bars a third warms up.
        """
        begin_s = int(self.rates["time"][0])
        warm_up_s = min(WARM_UP_S, (int(self.rates["time"][-1]) - begin_s) // 3)
        first_s = -(-(begin_s + warm_up_s) // DAY_S) * DAY_S
        return max(first_s, self.end_s - YEAR_S)

    @property
    def is_enough(self) -> bool:
        """Whether anything can be tested on them."""
        if len(self.rates) < 2 or self.begin_s >= self.end_s:
            return False
        begin, end = np.searchsorted(self.rates["time"], (self.begin_s, self.end_s))
        return int(end - begin) >= FEWEST_BARS

    def until(self, to_s: int) -> Array:
        """Return the bars that opened before then."""
        return self.rates[: int(np.searchsorted(self.rates["time"], to_s))]

    def digest(self, from_s: int, to_s: int) -> str:
        """Return a hash of the bars of a stretch and of those that warm up for it."""
        begin, end = np.searchsorted(self.rates["time"], (from_s - WARM_UP_S, to_s))
        return hashlib.sha256(np.ascontiguousarray(self.rates[begin:end]).tobytes()).hexdigest()

    def origin(self, from_s: int, to_s: int) -> Origin:
        """Return where the bars of a stretch come from."""
        return Origin(source=self.source, name=self.name, from_s=from_s, to_s=to_s)


def prices_of(symbol: str) -> Prices | None:
    """Return the best bars that there are of a symbol; None where nothing is long enough to warm up."""
    for found in (_of_file(symbol), recorded(symbol), _of_sample(symbol)):
        if found is not None and found.is_enough:
            return found
    return None


def recorded(symbol: str, *, span: tuple[int, int] | None = None) -> Prices | None:
    """Return what is recorded of this installation's market: a year of it, or the span."""
    here = [one for one in record.symbols() if one.symbol == symbol]
    if not here:
        return None
    market = max(here, key=lambda one: one.until_s)
    span = span or (market.until_s - YEAR_S - WARM_UP_S - _WEEK_S, market.until_s)
    rates = record.bars(market.server, symbol, TIMEFRAME, span=(max(0, span[0]), span[1]))
    return Prices(symbol, "record", market.server, rates) if len(rates) else None


def _of_file(symbol: str) -> Prices | None:
    longest = PERIODS_S[BY_NAME[TIMEFRAME]]
    files = [
        row
        for row in MarketFile.objects.filter(symbol=symbol, kind="bars", error="").order_by("-to_s", "name")
        if PERIODS_S[BY_NAME[row.timeframe]] <= longest and row.to_s - row.from_s >= FEWEST_FILE_S
    ]
    for row in files:
        try:
            data = market_data.find(source="file", symbol=symbol, name=row.name)
            supplies = open_supplied(
                [one for one in market_data.supplied(data, "USD") if one.symbol == symbol]
            )
        except market_data.DataGone:
            continue
        supply = supplies[symbol]
        end_s = (supply.last_s or 0) + PERIODS_S[supply.timeframe]
        rates = supply.between(end_s - YEAR_S - WARM_UP_S - _WEEK_S, end_s)
        return Prices(symbol, "file", row.name, _longer(rates, supply.timeframe))
    return None


@cache
def _sample() -> dict[str, Array]:
    with tempfile.TemporaryDirectory(prefix="metafleet-sample-") as folder:
        supplies = open_supplies("sample", SYMBOLS, cache=Path(folder))
        return {
            name: _longer(np.array(one.between(0, 1 << 40)), one.timeframe) for name, one in supplies.items()
        }


def _of_sample(symbol: str) -> Prices | None:
    rates = _sample().get(symbol)
    return None if rates is None else Prices(symbol, "sample", "sample", rates)


def _longer(rates: Array, timeframe: int) -> Array:
    wanted = BY_NAME[TIMEFRAME]
    return np.ascontiguousarray(rates if timeframe == wanted else aggregated(rates, wanted), RATES)
