"""What is wrong with market data, row by row: what to know before trusting a test on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.engine.market.arrays import Array
from metafleet.engine.market.files.layouts import SERVER
from metafleet.engine.market.files.opening import MarketFileRefused
from metafleet.engine.market.files.reading import MarketData
from metafleet.engine.market.servertime import SERVER_ZONE, Zone
from metafleet.engine.market.sessions import trading_seconds
from metafleet.engine.market.symbolfile import known_symbols
from metafleet.engine.market.symbols import SymbolSpec
from metafleet.engine.market.timeframes import NAMES, timeframe_of

Fault = Literal[
    "unreadable",
    "back_step",
    "duplicate",
    "contradiction",
    "ohlc",
    "price",
    "scale",
    "spike",
    "gap",
    "periods",
]

ERRORS: Final[tuple[Fault, ...]] = (
    "unreadable", "back_step", "contradiction", "ohlc", "price", "scale", "periods",
)  # fmt: skip
"""What makes a file unusable. A gap or a spike may be how the market was, and of equal rows one is taken."""

WORDS: Final[dict[Fault, str]] = {
    "unreadable": "cannot be read",
    "back_step": "goes back in time",
    "duplicate": "is there twice, the same",
    "contradiction": "has the time of another row and differs from it",
    "ohlc": "contradicts itself: high and low do not hold open and close, or ask is below bid",
    "price": "has a price that is zero, below zero or no number",
    "scale": "is many times its neighbours, as if a decimal point were lost",
    "spike": "stands far out of its neighbours and back",
    "gap": "comes after a hole in trading hours",
    "periods": "is where bars of another length begin",
}

_ADVICE: Final = "; `metafleet market check` names all that is wrong, and can repair some of it"

LEAST_GAP_S: Final = 3_600
"""A hole of less trading time than this is usual: a minute without a tick has no bar."""

_SCALE: Final = 5.0
_SPIKE: Final = 0.03
"""The least that a spike stands out, as a share of the price."""
_SPIKE_MOVES: Final = 40.0
"""How many usual moves of a bar a spike stands out at least."""
_SPIKE_RANGES: Final = 5.0
"""And how many usual ranges, from low to high or from bid to ask."""

_BLOCK: Final = 24
"""Bars of which it is said how long they are."""

_LEAST_BLOCKS: Final = 2
_REGULAR: Final = 0.7
"""The share of steps that are the same in a block of bars of one length; weekends are the others."""


class Finding(msgspec.Struct, frozen=True):
    """One fault.

    line: where; the first is 1, and of a binary file it is the row's number. time: the row's, by the file's
    clock. until_line: the last line that it is true of, 0 where it is one.
    """

    kind: Fault
    line: int
    time: str
    detail: str
    until_line: int = 0


class Stretch(NamedTuple):
    """Rows from one place to before the other that are bars of length_s seconds."""

    begin: int
    end: int
    length_s: int


class Report(msgspec.Struct, frozen=True):
    """What a file holds and what is wrong with it. first, last: times by the file's own clock."""

    path: str
    format: str
    kind: str
    symbol: str | None
    zone: str
    timeframe: str
    rows: int
    first: str
    last: str
    digits: int
    counts: dict[str, int]
    findings: list[Finding]

    @property
    def is_sound(self) -> bool:
        """Whether nothing was found that makes rows unusable."""
        return not any(self.counts.get(kind) for kind in ERRORS)


def check(
    data: MarketData,
    *,
    zone: str = SERVER_ZONE,
    least_gap_s: int = LEAST_GAP_S,
    symbols: Mapping[str, SymbolSpec] | None = None,
) -> Report:
    """Look at all rows of a file. zone: of the server by whose clock the symbol trades.

    symbols: whose trading hours are known; None for those that ship. Of others no gap is found.
    """
    spec = (known_symbols() if symbols is None else symbols).get(data.symbol or "")
    findings = sorted(_findings(data, spec, zone, least_gap_s), key=lambda one: one.line)
    counts = Counter(finding.kind for finding in findings)
    times = _times_msc(data)
    return Report(
        path=str(data.path),
        format=data.format,
        kind=data.kind,
        symbol=data.symbol,
        zone=data.zone,
        timeframe=_named(data.period_s) if data.kind == "bars" else "",
        rows=len(data.rows),
        first=_shown(int(times.min()), data) if len(times) else "",
        last=_shown(int(times.max()), data) if len(times) else "",
        digits=data.digits,
        counts={kind: counts[kind] for kind in WORDS if counts[kind]},
        findings=findings,
    )


def _findings(data: MarketData, spec: SymbolSpec | None, zone: str, least_gap_s: int) -> Iterator[Finding]:
    for fault in data.faults:
        yield Finding("unreadable", fault.line, "", f"{fault.field}: {fault.why}")
    if not len(data.rows):
        return
    bad = np.zeros(len(data.rows), bool)
    yield from _order(data)
    yield from _prices(data, bad)
    yield from _outliers(data, bad)
    others = list(_periods(data))
    yield from others
    if spec is not None:
        for gap in _gaps(data, spec, zone, least_gap_s):
            # Of bars of another length, what lies between them is no hole.
            if not any(other.line <= gap.line <= other.until_line + 1 for other in others):
                yield gap


def _order(data: MarketData) -> Iterator[Finding]:
    """Rows that are earlier than one before, and bars that are there twice."""
    times = _times_msc(data)
    newest = np.maximum.accumulate(times)
    back = np.flatnonzero(times[1:] < newest[:-1]) + 1
    same, equal = repeats(data.rows, data.kind)
    for place in np.setdiff1d(back, np.flatnonzero(same)).tolist():
        yield _at(data, place, "back_step", f"after {_shown(int(newest[place - 1]), data)}")
    for place in np.flatnonzero(same).tolist():
        if equal[place]:
            yield _at(data, place, "duplicate", "the same as a row before")
        else:
            yield _at(data, place, "contradiction", "another row before has this time")


def repeats(rows: Array, kind: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Say of each row whether one before it has its time, and whether it is equal to the first of those.

    Of ticks, which may share a millisecond, only equal ones count.
    """
    if not len(rows):
        return np.zeros(0, bool), np.zeros(0, bool)
    time = rows["time"] if kind == "bars" else rows["time_msc"]
    order = np.argsort(time, kind="stable")
    ordered = time[order]
    first = np.concatenate(([True], ordered[1:] != ordered[:-1]))
    begins = np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    same, equal = np.zeros(len(rows), bool), np.zeros(len(rows), bool)
    same[order] = ~first
    later, earlier = order[~first], order[begins[~first]]
    names = [name for name in rows.dtype.names or () if name != "flags"]
    equal[later] = np.all([rows[name][later] == rows[name][earlier] for name in names], axis=0)
    return (same, equal) if kind == "bars" else (equal, equal)


def unusable(rows: Array, kind: str) -> NDArray[np.bool_]:
    """Say of each row whether its own prices cannot be: not above zero, or against each other."""
    names = ("open", "high", "low", "close") if kind == "bars" else ("bid", "ask")
    wrong: NDArray[np.bool_] = _contradicts(rows, kind)
    for name in names:
        wrong |= ~(rows[name] > 0) | ~np.isfinite(rows[name])
    return wrong


def _contradicts(rows: Array, kind: str) -> NDArray[np.bool_]:
    if kind == "ticks":
        against: NDArray[np.bool_] = rows["ask"] < rows["bid"]
        return against
    ends = np.stack([rows["open"], rows["close"]])
    held: NDArray[np.bool_] = (rows["high"] >= ends.max(axis=0)) & (rows["low"] <= ends.min(axis=0))
    return ~held


def _prices(data: MarketData, bad: NDArray[np.bool_]) -> Iterator[Finding]:
    names = ("open", "high", "low", "close") if data.kind == "bars" else ("bid", "ask")
    for name in names:
        values = data.rows[name]
        wrong = ~(values > 0) | ~np.isfinite(values)
        bad |= wrong
        for place in np.flatnonzero(wrong).tolist():
            yield _at(data, place, "price", f"{name} is {values[place]:g}")
    against = _contradicts(data.rows, data.kind) & ~bad
    for place in np.flatnonzero(against).tolist():
        row = data.rows[place]
        yield _at(data, place, "ohlc", ", ".join(f"{name} {row[name]:g}" for name in names))


def scaled(rows: Array, kind: str) -> NDArray[np.float64]:
    """Return by how many times each row's farthest price is off the median of all around it; 1 for none."""
    names = ("open", "high", "low", "close") if kind == "bars" else ("bid", "ask")
    middle = _medians(rows[names[-1]])
    ratios = np.stack([rows[name] / middle for name in names])
    farthest = np.abs(np.log(np.where(ratios > 0, ratios, 1.0))).argmax(axis=0)
    chosen: NDArray[np.float64] = ratios[farthest, np.arange(len(rows))]
    return np.where((chosen > _SCALE) | ((chosen < 1 / _SCALE) & (chosen > 0)), chosen, 1.0)


def _medians(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each value the median of the thousand around it, block by block."""
    size = 1_000
    medians = [np.median(values[at : at + size]) for at in range(0, len(values), size)]
    around = [float(np.median(medians[max(0, at - 1) : at + 2])) for at in range(len(medians))]
    spread = np.repeat(np.array(around), size)[: len(values)]
    return np.where(spread > 0, spread, 1.0)


def _outliers(data: MarketData, bad: NDArray[np.bool_]) -> Iterator[Finding]:
    ratios = scaled(data.rows, data.kind)
    far = (ratios != 1.0) & ~bad
    for place in np.flatnonzero(far).tolist():
        yield _at(data, place, "scale", f"about {ratios[place]:.4g} times the prices around it")
    names = ("high", "low") if data.kind == "bars" else ("bid", "ask")
    closes = data.rows["close" if data.kind == "bars" else "bid"].copy()
    closes[bad | far] = _medians(closes)[bad | far]
    if len(closes) < 5:
        return
    padded = np.pad(closes, 2, mode="edge")
    middle = np.median(np.stack([padded[at : at + len(closes)] for at in range(5)]), axis=0)
    usual = float(np.median(np.abs(np.diff(closes)) / closes[1:]))
    ranges = float(np.median((data.rows[names[0]] - data.rows[names[1]]) / middle))
    limit = max(_SPIKE, _SPIKE_MOVES * usual, _SPIKE_RANGES * abs(ranges))
    apart = np.max([np.abs(data.rows[name] / middle - 1) for name in names], axis=0)
    for place in np.flatnonzero((apart > limit) & ~bad & ~far).tolist():
        yield _at(data, place, "spike", f"{100 * apart[place]:.1f} % from the five rows around it")


def stretches(data: MarketData) -> list[Stretch]:
    """Return stretches of bars which are as regular as the file's, by another step."""
    steps = np.diff(data.rows["time"])
    count = len(steps) // _BLOCK
    if data.kind == "ticks" or count < _LEAST_BLOCKS:
        return []
    period_s, grouped = data.period_s, steps[: count * _BLOCK].reshape(count, _BLOCK)
    usual = np.median(grouped, axis=1)
    # A quiet night has minutes without a bar, but no regular ones.
    regular = (grouped == usual[:, None]).mean(axis=1) >= _REGULAR
    other = regular & (usual > 0) & ((usual >= 2 * period_s) | (usual <= period_s / 2))
    edges = np.flatnonzero(np.diff(np.concatenate(([False], other, [False])).astype(int)))
    found = []
    for begin, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if end - begin >= _LEAST_BLOCKS:
            length_s = int(np.median(usual[begin:end]))
            # The border lies within the next block: where steps are the file's own again.
            last = end * _BLOCK
            while last < len(steps) and steps[last] >= length_s > period_s:
                last += 1
            found.append(Stretch(begin * _BLOCK, last + 1, length_s))
    return found


def _periods(data: MarketData) -> Iterator[Finding]:
    for stretch in stretches(data):
        words = f"bars of {_named(stretch.length_s)} in a file of {_named(data.period_s)}"
        yield _at(data, stretch.begin, "periods", words, until_line=int(data.lines[stretch.end - 1]))


def _gaps(data: MarketData, spec: SymbolSpec, zone: str, least_gap_s: int) -> Iterator[Finding]:
    times = np.sort(_times_msc(data) // 1000)
    order = np.argsort(_times_msc(data), kind="stable")
    length_s = data.period_s
    server = times if data.zone == SERVER else Zone(zone).walls_s(Zone(data.zone).utcs_s(times))
    missing = trading_seconds(spec, server[:-1] + length_s, server[1:])
    least_s = max(least_gap_s, length_s)
    for place in np.flatnonzero(missing >= least_s).tolist():
        row = int(order[place + 1])
        since = _shown(int(times[place]) * 1000, data)
        yield _at(data, row, "gap", f"{_lasting(int(missing[place]))} of trading are missing since {since}")


def _at(data: MarketData, place: int, kind: Fault, detail: str, until_line: int = 0) -> Finding:
    time = _shown(int(_times_msc(data)[place]), data)
    return Finding(kind, int(data.lines[place]), time, detail, until_line)


def _times_msc(data: MarketData) -> NDArray[np.int64]:
    times: NDArray[np.int64] = data.rows["time_msc"] if data.kind == "ticks" else data.rows["time"] * 1000
    return times


def _shown(time_msc: int, data: MarketData) -> str:
    unit = "ms" if data.kind == "ticks" else "s"
    return str(np.datetime64(time_msc, "ms").astype(f"datetime64[{unit}]"))


def _named(period_s: int) -> str:
    timeframe = timeframe_of(period_s)
    return _lasting(period_s) if timeframe is None else NAMES[timeframe]


def _lasting(seconds: int) -> str:
    if seconds >= 2 * 86_400:
        return f"{seconds / 86_400:.1f} days"
    return f"{seconds / 3_600:.1f} hours" if seconds >= 7_200 else f"{seconds // 60} minutes"


def refuse_unsound(data: MarketData) -> None:
    """Raise MarketFileRefused for the first row that makes a file unusable: file, line, field."""
    if data.faults:
        fault = data.faults[0]
        raise MarketFileRefused(f"{data.path}, line {fault.line}, {fault.field}: {fault.why}{_ADVICE}")
    if not len(data.rows):
        raise MarketFileRefused(f"{data.path}: has no {data.kind}")
    worst = (one for one in check(data).findings if one.kind in ERRORS)
    first = next(worst, None)
    if first is not None:
        raise MarketFileRefused(
            f"{data.path}, line {first.line}, {first.time}: {WORDS[first.kind]} ({first.detail}){_ADVICE}"
        )
