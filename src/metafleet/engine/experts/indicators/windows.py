"""Figures of the last `period` values, put together from halves.

A window of 16 is two of 8, each of them two of 4, and so on; a window of 20 is one of 4 and the one of 16
before it. So a figure takes about log2(period) operations a bar, in one order that is given by the period
alone. That is what makes it the same bit for bit over arrays and bar by bar, in whatever chunks it is
computed, and whatever came before the window; a running sum that adds the new value and takes the oldest
away is quicker and is none of that. Partial figures are means: equal values have exactly that mean, and a
deviation of exactly 0. A nan among the values makes nan of the windows that hold it and of no other.

Source of the joining of deviations: Chan, Golub and LeVeque 1979, "Updating Formulae and a Pairwise
Algorithm for Computing Sample Variances".
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from metafleet.engine.experts.indicators.contract import NAN, PIECE

if TYPE_CHECKING:
    from metafleet.engine.experts.indicators.contract import Array

Feed: TypeAlias = Callable[[float], float]
"""Takes the next value, returns the figure of the window that ends with it; nan until that is full."""

Figures: TypeAlias = tuple[Any, ...]
"""Of a window: its mean and one more figure. Floats, or arrays of them."""

Factors: TypeAlias = tuple[float, ...]


class Fold(NamedTuple):
    """How figures are joined. `factors`: of the older and the newer window's size. `join`: the figures of
    the older and of the newer window with these factors; of floats and of arrays alike."""

    factors: Callable[[int, int], Factors]
    join: Callable[[Figures, Figures, Factors], Figures]


class _Piece(NamedTuple):
    """A part of the window. size: its values, a power of two; after: how many newer values follow it."""

    size: int
    after: int


def _pieces(period: int) -> list[_Piece]:
    """Return the parts of a window, newest and smallest first."""
    sizes = [1 << bit for bit in range(period.bit_length()) if period >> bit & 1]
    return [_Piece(size, period & (size - 1)) for size in sizes]


# Means by themselves. They are most of what is used, and are written out for their speed.


def mean_feed(period: int) -> Feed:
    """Return the incremental mean of the last `period` values."""
    # What is done to a value, in this order: doublings, whose share is 0, and the joining of pieces.
    moves: list[tuple[deque[float], Callable[[float], None], float]] = []
    reached, before_newest = 1, 0
    for piece in _pieces(period):
        for size in _powers(reached, piece.size):
            wait = deque([NAN] * size, maxlen=size)
            moves.append((wait, wait.append, 0.0))
        reached = piece.size
        if piece.after:
            delay = _delay(piece, NAN)
            moves.append((delay, delay.append, piece.size / (piece.size + piece.after)))
        else:
            before_newest = len(moves)
    first, rest = tuple(moves[:before_newest]), tuple(moves[before_newest:])

    def feed(value: float) -> float:
        for wait, append, _ in first:
            older = wait[0]
            append(value)
            value = (older + value) * 0.5
        mean = value
        for wait, append, share in rest:
            older = wait[0]
            append(value)
            if share:
                mean += (older - mean) * share
            else:
                value = (older + value) * 0.5
        return mean

    return feed


def means_of(values: Array, period: int) -> Array:
    """Return the mean of each `period` values, shape (n,)."""

    def work(part: tuple[Array, ...]) -> tuple[Array]:
        count = len(part[0]) - period + 1
        halves, reached = part[0], 1
        mean = halves[:0]
        for piece in _pieces(period):
            for size in _powers(reached, piece.size):
                halves = (halves[:-size] + halves[size:]) * 0.5
            reached = piece.size
            at = period - piece.after - piece.size
            own = halves[at : at + count]
            share = piece.size / (piece.size + piece.after)
            mean = mean + (own - mean) * share if piece.after else own
        return (mean,)

    return by_chunks((values,), period, work, 1)[0]


# Means with a second figure.


def figures_feed(fold: Fold, period: int) -> Callable[[float, float], Figures]:
    """Return what takes the figures of one value and returns those of the last `period` values."""
    join, nothing = fold.join, (NAN, NAN)
    stages: list[tuple[list[tuple[deque[Figures], Factors]], deque[Figures], Factors]] = []
    reached = 1
    for piece in _pieces(period):
        waits = [
            (deque([nothing] * size, maxlen=size), fold.factors(size, size))
            for size in _powers(reached, piece.size)
        ]
        factors = fold.factors(piece.size, piece.after) if piece.after else ()
        stages.append((waits, _delay(piece, nothing), factors))
        reached = piece.size
    first_waits, rest = stages[0][0], stages[1:]

    def feed(mean: float, other: float) -> Figures:
        figures: Figures = (mean, other)
        for wait, factors in first_waits:
            older = wait[0]
            wait.append(figures)
            figures = join(older, figures, factors)
        whole = figures
        for waits, delay, factors_of_piece in rest:
            for wait, factors in waits:
                older = wait[0]
                wait.append(figures)
                figures = join(older, figures, factors)
            older = delay[0]
            delay.append(figures)
            whole = join(older, whole, factors_of_piece)
        return whole

    return feed


def figures_of(fold: Fold, values: tuple[Array, Array], period: int) -> tuple[Array, Array]:
    """Return the figures of each `period` values, two arrays of shape (n,)."""

    def work(parts: tuple[Array, ...]) -> Figures:
        count = len(parts[0]) - period + 1
        halves: Figures = (parts[0], parts[1])
        reached = 1
        whole: Figures = ()
        for piece in _pieces(period):
            for size in _powers(reached, piece.size):
                older = (halves[0][:-size], halves[1][:-size])
                newer = (halves[0][size:], halves[1][size:])
                halves = fold.join(older, newer, fold.factors(size, size))
            reached = piece.size
            at = period - piece.after - piece.size
            own = (halves[0][at : at + count], halves[1][at : at + count])
            whole = fold.join(own, whole, fold.factors(piece.size, piece.after)) if piece.after else own
        return whole

    mean, other = by_chunks(values, period, work, 2)
    return mean, other


def _spread_factors(older: int, newer: int) -> Factors:
    return older / (older + newer), older * newer / (older + newer)


def _join_spread(older: Figures, newer: Figures, factors: Factors) -> Figures:
    apart = older[0] - newer[0]
    return newer[0] + apart * factors[0], older[1] + newer[1] + apart * apart * factors[1]


SPREAD: Final = Fold(_spread_factors, _join_spread)
"""The mean, and the sum of the squared distances from it. Of one value: itself and 0."""


def _ramp_factors(older: int, newer: int) -> Factors:
    size = older + newer
    weights = size * (size + 1) / 2
    return older / size, newer * (newer + 1) / 2 / weights, older * newer / weights


def _join_ramp(older: Figures, newer: Figures, factors: Factors) -> Figures:
    mean, ramp = newer
    behind = older[1]
    return (
        mean + (older[0] - mean) * factors[0],
        behind + ((ramp - behind) * factors[1] + (mean - behind) * factors[2]),
    )


RAMP: Final = Fold(_ramp_factors, _join_ramp)
"""The mean, and the mean with weights 1 for the oldest value, 2, 3 and so on. Of one value: itself, twice."""


# Extremes. The highest of two windows that overlap is the highest of both, so that halves need not fit.


def highest_feed(period: int) -> Feed:
    """Return the incremental highest of the last `period` values: a queue of those still to be beaten."""
    values: deque[float] = deque()
    places: deque[int] = deque()
    place = -period

    def feed(value: float) -> float:
        nonlocal place
        place += 1
        while values and values[-1] <= value:
            values.pop()
            places.pop()
        values.append(value)
        places.append(place)
        if places[0] <= place - period:
            values.popleft()
            places.popleft()
        return NAN if place < 0 else values[0]

    return feed


def lowest_feed(period: int) -> Feed:
    """Return the incremental lowest of the last `period` values."""
    values: deque[float] = deque()
    places: deque[int] = deque()
    place = -period

    def feed(value: float) -> float:
        nonlocal place
        place += 1
        while values and values[-1] >= value:
            values.pop()
            places.pop()
        values.append(value)
        places.append(place)
        if places[0] <= place - period:
            values.popleft()
            places.popleft()
        return NAN if place < 0 else values[0]

    return feed


def highest_of(values: Array, period: int) -> Array:
    """Return the highest of each `period` values, shape (n,)."""
    import numpy as np

    return _extremes_of(values, period, np.maximum)


def lowest_of(values: Array, period: int) -> Array:
    """Return the lowest of each `period` values, shape (n,)."""
    import numpy as np

    return _extremes_of(values, period, np.minimum)


def _extremes_of(values: Array, period: int, pick: Callable[[Array, Array], Array]) -> Array:
    largest = 1 << (period.bit_length() - 1)

    def work(parts: tuple[Array, ...]) -> tuple[Array]:
        halves = parts[0]
        for size in _powers(1, largest):
            halves = pick(halves[:-size], halves[size:])
        return (pick(halves[: len(parts[0]) - period + 1], halves[period - largest :]),)

    return by_chunks((values,), period, work, 1)[0]


# What all of them use.


def by_chunks(
    values: tuple[Array, ...],
    period: int,
    work: Callable[[tuple[Array, ...]], tuple[Array, ...]],
    lines: int,
) -> tuple[Array, ...]:
    """Return what `work` makes of these arrays, nan for the first period - 1 places.

    work: gets a stretch of m values of each and returns m - period + 1 values a line.
    """
    import numpy as np

    length = len(values[0])
    made = tuple(np.empty(length) for _ in range(lines))
    for line in made:
        line[: period - 1] = NAN
    # A piece of `by_pieces` with what it needs in front is one chunk.
    chunk = max(PIECE, 4 * period) + period
    for start in range(period - 1, length, chunk):
        stop = min(start + chunk, length)
        parts = work(tuple(column[start - period + 1 : stop] for column in values))
        for line, part in zip(made, parts, strict=True):
            line[start:stop] = part
    return made


def _powers(reached: int, wanted: int) -> list[int]:
    """Return the sizes that are doubled on the way from windows of `reached` to those of `wanted`."""
    return [1 << bit for bit in range(reached.bit_length() - 1, wanted.bit_length() - 1)]


def _delay(piece: _Piece, nothing: Any) -> deque[Any]:
    """Return the queue whose first is what was put in `piece.after` values ago."""
    return deque([nothing] * piece.after, maxlen=piece.after)
