"""A study's bars as samples: features, what became of them, and what a trade would have made."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.brain import features
from metafleet.brain.evidence.costs import Costs, costs_of
from metafleet.brain.evidence.trades import Chances
from metafleet.brain.labels import outcomes, uniqueness
from metafleet.brain.model.scorers import Matrix
from metafleet.brain.training.study import Study, StudyRefused
from metafleet.engine.market.arrays import Array

Column = NDArray[np.float64]
Times = NDArray[np.int64]


class Samples(msgspec.Struct, frozen=True, kw_only=True):
    """Every bar whose features are whole and whose outcome is known, by symbol, and by time within one.

    rows: float32, shape (n, features). opens_s: when the bars open; ends_s: when the last bar opens that the
    label looks at. rose: the label. is_taught: whether it is one of those that are trained on. chances: what
    trades would have made. names, costs: of the symbols, by their numbers.
    """

    rows: Matrix
    opens_s: Times
    ends_s: Times
    rose: NDArray[np.bool_]
    is_taught: NDArray[np.bool_]
    chances: Chances
    names: tuple[str, ...]
    costs: tuple[Costs, ...]

    def weights(self, places: NDArray[np.int64]) -> Column:
        """Return the uniqueness of these samples among each other, symbol by symbol."""
        made = np.empty(len(places))
        of = self.chances.symbols[places]
        for symbol in np.unique(of):
            mine = of == symbol
            entries, exits = self.chances.bars[places[mine]] + 1, self.chances.exits[places[mine]]
            made[mine] = uniqueness(entries, exits)
        return made

    def content_hash(self) -> str:
        """Return what tells these samples from others."""
        told = hashlib.sha256()
        for part in (self.rows, self.opens_s, self.ends_s, self.rose, self.chances.buys, self.chances.sells):
            told.update(np.ascontiguousarray(part).data)
        return told.hexdigest()


def samples_of(study: Study) -> Samples:
    """Return a study's samples. Raises StudyRefused where no bar has any."""
    dollars = _dollars(study.bars)
    parts = [_of_symbol(study, number, name, dollars) for number, name in enumerate(study.bars)]
    if not sum(len(rows) for rows, *_ in parts):
        raise StudyRefused("no bar has all of its features and a known outcome; take more bars")
    rows, opens, ends, rose, taught, chances, costs = zip(*parts, strict=True)
    return Samples(
        rows=np.concatenate(rows),
        opens_s=np.concatenate(opens),
        ends_s=np.concatenate(ends),
        rose=np.concatenate(rose),
        is_taught=np.concatenate(taught),
        chances=Chances(
            **{
                name: np.concatenate([getattr(part, name) for part in chances])
                for name in Chances.__struct_fields__
            }
        ),
        names=tuple(study.bars),
        costs=costs,
    )


_Part = tuple[Matrix, Times, Times, NDArray[np.bool_], NDArray[np.bool_], Chances, Costs]


def _of_symbol(study: Study, number: int, name: str, dollars: Mapping[str, float]) -> _Part:
    rates, spec = study.bars[name], study.specs[name]
    beside = {other: bars for other, bars in (*study.bars.items(), *study.beside.items()) if other != name}
    rows = features.matrix(study.columns, rates, spec=spec, beside=beside, calendar=study.calendar)
    became = outcomes(rates, study.label)
    costs = costs_of(rates, spec, study.costs, dollars)
    bars = np.flatnonzero(became.known & np.isfinite(rows).all(axis=1))
    times, exits = rates["time"].astype(np.int64), became.exits[bars]
    paid = costs.spread[bars + 1] + costs.commission
    nights = costs.nights_between(times[bars + 1], times[exits])
    chances = Chances(
        symbols=np.full(len(bars), number, np.int16),
        bars=bars,
        exits=exits,
        buys=became.buys[bars] - paid + nights * costs.swap_long,
        sells=became.sells[bars] - paid + nights * costs.swap_short,
        gross_buys=became.buys[bars],
        gross_sells=became.sells[bars],
        left_s=times[exits],
    )
    taught = bars % study.stride == 0
    return rows[bars], times[bars], times[exits], became.rose[bars], taught, chances, costs


def _dollars(bars: Mapping[str, Array]) -> dict[str, float]:
    """Return the mean worth of currencies in US dollars, as far as the bars know it."""
    made = {"USD": 1.0}
    for name, rates in bars.items():
        price = float(rates["close"].mean())
        if name[3:6] == "USD":
            made[name[:3]] = price
        elif name[:3] == "USD":
            made[name[3:6]] = 1 / price
    return made
