"""Where a paper terminal's prices come from, symbol by symbol: files, the sample or the generator.

All times are by the server's clock. A supply gives a stretch of time at once, so that a year costs no more
memory than a day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from metafleet.engine.market.arrays import RATES, Array, count_before, empty
from metafleet.engine.market.files.opening import MarketFileRefused
from metafleet.engine.market.files.reading import symbol_in
from metafleet.engine.market.files.store import Opened, kept_once, open_kept
from metafleet.engine.market.generator import FIRST_WEEK, Generator, NoCharacter
from metafleet.engine.market.servertime import SERVER_ZONE, Zone
from metafleet.engine.market.sessions import DAY_S, WEEK_S, week_open_s
from metafleet.engine.market.sources import SAMPLE_FOLDER, SourceRefused, fineness
from metafleet.engine.market.symbols import SymbolSpec
from metafleet.engine.market.timeframes import M1

_ENDINGS: Final = (".csv", ".tsv", ".txt", ".prn", ".hst", ".bi5", ".npy")
_PACKED: Final = (".gz", ".bz2", ".xz", ".zip")

_WEEKS_KEPT: Final = 24
"""A month and the week that goes on, of a few symbols: 10 MB."""


class Supply(Protocol):
    """One symbol's bars or ticks. timeframe: of bars, 0 of ticks. last_s: None where there is no end."""

    spec: SymbolSpec
    timeframe: int
    first_s: int
    last_s: int | None

    def between(self, from_s: int, to_s: int) -> Array:
        """Return the rows from one time to before the other: RATES, of ticks TICKS."""


class KeptSupply:
    """An array: RATES of a timeframe, or TICKS."""

    def __init__(self, spec: SymbolSpec, rows: Array, timeframe: int) -> None:
        self.spec = spec
        self.timeframe = timeframe
        self.first_s = int(rows["time"][0])
        self.last_s: int | None = int(rows["time"][-1])
        self._rows = rows
        self._times = rows["time"]

    def between(self, from_s: int, to_s: int) -> Array:
        """Return the rows from one time to before the other, a view."""
        return self._rows[count_before(self._times, from_s) : count_before(self._times, to_s)]


class GeneratedSupply:
    """The generator's endless bars."""

    def __init__(self, spec: SymbolSpec, seed: int, zone: str = SERVER_ZONE) -> None:
        """Raises SourceRefused for a symbol that the generator cannot move."""
        try:
            Generator(spec, seed)
        except NoCharacter as error:
            raise SourceRefused(str(error)) from error
        self._seed = seed
        self._zone = Zone(zone)
        self.spec = spec
        self.timeframe = M1
        self.first_s = self._zone.wall_s(week_open_s(FIRST_WEEK))
        self.last_s: int | None = None
        self._week = lru_cache(maxsize=3)(self._made)

    def between(self, from_s: int, to_s: int) -> Array:
        """Return the bars from one time to before the other; weeks are made as they are needed."""
        first, last = (self._week_of(time_s) for time_s in (from_s, to_s))
        weeks = [self._week(week) for week in range(max(FIRST_WEEK, first), last + 1)]
        if not weeks:
            return empty(RATES)
        rows: Array = weeks[0] if len(weeks) == 1 else np.concatenate(weeks)
        return rows[count_before(rows["time"], from_s) : count_before(rows["time"], to_s)]

    def _week_of(self, server_s: int) -> int:
        utc_s = self._zone.utc_s(server_s)
        week = (utc_s - 3 * DAY_S) // WEEK_S
        return week if week_open_s(week) <= utc_s else week - 1

    def _made(self, week: int) -> Array:
        return _week(self.spec, self._seed, self._zone.text, week)


@lru_cache(maxsize=_WEEKS_KEPT)
def _week(spec: SymbolSpec, seed: int, zone: str, week: int) -> Array:
    """Make a week's bars. Terminals of one process that begin at the same time share them."""
    bars = Generator(spec, seed).week(week)
    rows: Array = np.array(
        [(b.time_s, b.open, b.high, b.low, b.close, b.tick_volume, b.spread, 0) for b in bars], RATES
    )
    rows["time"] = Zone(zone).walls_s(rows["time"])
    newest = np.maximum.accumulate(rows["time"])
    # Where a clock shows an hour twice, its bars are those of the first time.
    return rows[np.concatenate(([True], rows["time"][1:] > newest[:-1]))]


def open_supplies(
    source: str,
    symbols: Mapping[str, SymbolSpec],
    *,
    cache: Path,
    seed: int = 0,
    zone: str = SERVER_ZONE,
    wants_ticks: bool = False,
) -> dict[str, Supply]:
    """Return the supplies that a source has of these symbols, by name, in their order.

    source: "generator", "sample", or the path of a file or a folder of files of any known format. Of several
    files of a symbol the finest is taken, ticks only if they are wanted. Text is read once and kept in the
    cache folder. Raises SourceRefused and MarketFileRefused.
    """
    if source == "generator":
        return {name: GeneratedSupply(spec, seed, zone) for name, spec in symbols.items()}
    path = SAMPLE_FOLDER if source == "sample" else Path(source)
    if not path.exists():
        raise SourceRefused(f"the market source {source!r} is none of generator, sample, a file or a folder")
    found: dict[str, list[Path]] = {}
    for file in sorted(path.iterdir()) if path.is_dir() else [path]:
        name = symbol_in(file, symbols) if is_market_file(file) else None
        if name in symbols:
            found.setdefault(str(name), []).append(file)
    if not found:
        known = ", ".join([*symbols][:6])
        raise SourceRefused(f"{path} has no file that is named after one of the symbols: {known}")
    chosen = {name: _finest(files, symbols[name], cache, zone, wants_ticks) for name, files in found.items()}
    missing = [name for name, opened in chosen.items() if opened is None]
    if missing:
        raise SourceRefused(f"{path} has no {'ticks' if wants_ticks else 'bars'} of {missing[0]}")
    return {
        name: KeptSupply(symbols[name], opened.rows, opened.about.timeframe)
        for name in symbols
        if (opened := chosen.get(name)) is not None
    }


def is_of_ticks(file: Path) -> bool:
    """Say whether a file's name speaks of ticks."""
    return "tick" in file.name.lower()


def is_market_file(path: Path) -> bool:
    """Say whether a file's name is that of market data."""
    name = path.name.lower()
    for packed in _PACKED:
        name = name.removesuffix(packed)
    return path.is_file() and (name.endswith(_ENDINGS) or path.name.lower().endswith(".zip"))


def _finest(
    files: Sequence[Path], spec: SymbolSpec, cache: Path, zone: str, wants_ticks: bool
) -> Opened | None:
    """Return the file that shows most: ticks where they are wanted, else the shortest bars by their names.

    What names do not say is looked up, so that no file is read only to see that another is better.
    """
    for file in sorted(files, key=lambda file: (is_of_ticks(file) != wants_ticks, fineness(file), file.name)):
        opened = _opened(file, spec, cache, zone)
        if (opened.about.kind == "ticks") == wants_ticks:
            return opened
    return None


def _opened(file: Path, spec: SymbolSpec, cache: Path, zone: str) -> Opened:
    if file.suffix != ".npy":
        return kept_once(file, cache, spec, zone=zone)
    opened = open_kept(file)
    if opened.about.zone != zone:
        raise MarketFileRefused(
            f"{file}: is by the clock of {opened.about.zone}, not {zone}; convert it again"
        )
    return opened
