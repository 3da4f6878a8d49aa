"""Which regime a market is in: a hidden Markov model of its last day or so, looked at without any look-ahead.

Each bar shows two things of the bars up to it: the signed efficiency ratio (how much of the way went in one
direction, -1 to 1) and the logarithm of the realised volatility against what is usual. Five Gaussian states
are fitted to them; what a state is called follows from where its mean came to lie, and states of one name
count together. A fit is of the bars before a fixed boundary of the calendar alone and serves the bars after
it; probabilities are filtered (by the bars up to then), never smoothed. Pure: bars in, words out.

Source: Hamilton, "A New Approach to the Economic Analysis of Nonstationary Time Series and the Business
Cycle" (1989) for the filter; hmmlearn's GaussianHMM fits by expectation maximisation.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metafleet.engine.market.arrays import Array
from metafleet.engine.market.timeframes import DAY_S, HOUR_S, WEEK_S

Floats = NDArray[np.float64]

NAMES: Final = ("calm", "ranging", "trending up", "trending down", "turbulent")
UNKNOWN: Final = ""
"""Before there are enough bars for a first fit."""

LOOK_BACK: Final = 20
"""Bars that a bar's two numbers are of."""
TRAINED_ON: Final = 1_500
"""Bars before a boundary that a fit sees at most: a fit takes 80 ms."""
LEAST_TRAINED_ON: Final = 240
_FORGETS: Final = 400
_SEED: Final = 7
_ROUNDS: Final = 25
_LEAST_VARIANCE: Final = 1e-3

TRENDING: Final = 0.25
"""A state's mean efficiency from which on it is a trend. Of a random walk, |efficiency| over 20 bars is
about 0.2."""
TURBULENT: Final = 0.40
"""A state's mean log volatility against the usual one: half as much again."""
CALM: Final = -0.25
"""A quarter less than usual."""

_BEGIN_MEANS: Final = ((0.0, -0.4), (0.0, 0.0), (0.35, 0.0), (-0.35, 0.0), (0.0, 0.5))
"""Where the states begin, in the order of NAMES: so that a fit does not hang on a draw."""
_STAYS: Final = 0.96

logging.getLogger("hmmlearn").setLevel(logging.ERROR)  # it warns where the rounds did not suffice


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted model. means, variances: (states, 2). usual: log volatility that counts as 0. names: of
    states."""

    start: Floats
    moves: Floats
    means: Floats
    variances: Floats
    usual: float
    names: tuple[str, ...]
    bars: int


@dataclass(frozen=True, slots=True)
class Regimes:
    """probabilities: (n, 5), in the order of NAMES, nan where nothing is known. fitted_at: when, by the bars'
    clock, the fit that serves a bar was made, 0 where none does. trained_on: bars that it saw."""

    probabilities: Floats
    fitted_at: NDArray[np.int64]
    trained_on: NDArray[np.int64]

    @property
    def labels(self) -> NDArray[np.str_]:
        """The most probable name of each bar; UNKNOWN where nothing is known."""
        known = ~np.isnan(self.probabilities[:, 0])
        best = np.where(known, np.nan_to_num(self.probabilities).argmax(axis=1), -1)
        return np.array([*NAMES, UNKNOWN])[best]


def regimes(rates: Array) -> NDArray[np.str_]:
    """Return the name of each bar's regime, shape (n,): one of NAMES, or UNKNOWN.

    rates: RATES of one timeframe, oldest first, closed. A bar's name hangs on no later bar.
    """
    return filtered(rates).labels


def filtered(rates: Array) -> Regimes:
    """Return each bar's probabilities of the regimes, by the bars up to it. rates: as of `regimes`.

    The same bars give the same, whatever is before them, once TRAINED_ON and LOOK_BACK bars are.
    """
    n = len(rates)
    probabilities = np.full((n, len(NAMES)), np.nan)
    fitted_at, trained_on = np.zeros(n, np.int64), np.zeros(n, np.int64)
    seen = observations(rates)
    for place, end in pairwise([*_boundaries(rates["time"]), n]):
        begin = max(LOOK_BACK, place - TRAINED_ON)
        if place - begin < LEAST_TRAINED_ON or place == end:
            continue
        fit = fitted(seen[begin:place])
        # The filter begins within what the fit saw: it has forgotten where by the first bar that counts.
        early = max(begin, place - _FORGETS)
        probabilities[place:end] = _named(fit, _filter(fit, seen[early:end])[place - early :])
        fitted_at[place:end], trained_on[place:end] = rates["time"][place], fit.bars
    return Regimes(probabilities, fitted_at, trained_on)


def refit_every_s(period_s: int) -> int:
    """Return how long a fit serves: two weeks, of bars longer than an hour four."""
    return 2 * WEEK_S if period_s <= HOUR_S else 4 * WEEK_S


def observations(rates: Array) -> Floats:
    """Return (n, 2): signed efficiency and log of realised volatility over LOOK_BACK bars, nan before
    them."""
    close = rates["close"].astype(np.float64)
    n, k = len(close), LOOK_BACK
    seen = np.full((n, 2), np.nan)
    if n <= k:
        return seen
    windows = np.lib.stride_tricks.sliding_window_view
    ways = windows(np.abs(np.diff(close)), k).sum(axis=1)
    squares = windows(np.diff(np.log(close)) ** 2, k).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        seen[k:, 0] = np.where(ways > 0, (close[k:] - close[:-k]) / ways, 0.0)
    # A market that stands still has no volatility to take the logarithm of: a thousandth of a point's is
    # little.
    seen[k:, 1] = np.log(np.sqrt(squares / k) + 1e-9)
    return seen


def fitted(seen: Floats) -> Fit:
    """Fit the model to observations, (n, 2), oldest first. The same give the same; the newest few are
    kept."""
    return _fitted(np.ascontiguousarray(seen).tobytes())


@lru_cache(maxsize=512)
def _fitted(packed: bytes) -> Fit:
    from hmmlearn.hmm import GaussianHMM  # loads SciPy and scikit-learn: the first fit pays

    seen = np.frombuffer(packed, np.float64).reshape(-1, 2).copy()
    usual = float(np.median(seen[:, 1]))
    seen[:, 1] -= usual
    states = len(_BEGIN_MEANS)
    model: Any = GaussianHMM(
        states,
        covariance_type="diag",
        min_covar=_LEAST_VARIANCE,
        n_iter=_ROUNDS,
        tol=1e-2,
        init_params="",
        random_state=_SEED,
    )
    moves = np.full((states, states), (1.0 - _STAYS) / (states - 1))
    np.fill_diagonal(moves, _STAYS)
    model.startprob_, model.transmat_ = np.full(states, 1.0 / states), moves
    model.means_, model.covars_ = np.array(_BEGIN_MEANS), np.full((states, 2), 0.05)
    model.fit(seen)
    means = np.asarray(model.means_)
    return Fit(
        start=np.asarray(model.startprob_),
        moves=np.asarray(model.transmat_),
        means=means,
        variances=np.maximum(np.diagonal(model.covars_, axis1=1, axis2=2), _LEAST_VARIANCE),
        usual=usual,
        names=tuple(name_of(float(drift), float(loud)) for drift, loud in means),
        bars=len(seen),
    )


def name_of(efficiency: float, log_volatility: float) -> str:
    """Return what a state is called whose mean is here; log_volatility: against the usual."""
    if log_volatility >= TURBULENT:
        return "turbulent"
    if efficiency >= TRENDING:
        return "trending up"
    if efficiency <= -TRENDING:
        return "trending down"
    return "calm" if log_volatility <= CALM else "ranging"


def _filter(fit: Fit, seen: Floats) -> Floats:
    """Return P(state | observations up to then), (n, states): Hamilton's filter."""
    apart = seen[:, None, :] - np.array([0.0, fit.usual]) - fit.means
    logs = -0.5 * (apart**2 / fit.variances + np.log(2.0 * np.pi * fit.variances)).sum(axis=2)
    likely = np.exp(logs - logs.max(axis=1, keepdims=True))
    found: Floats = np.empty_like(likely)
    now: Floats = fit.start
    for place, here in enumerate(likely):
        weights = (now if place == 0 else now @ fit.moves) * here
        total = weights.sum()
        # Where an outlier fits no state at all, what was before it is no worse a guess.
        if total > 0.0:
            now = weights / total
        found[place] = now
    return found


def _named(fit: Fit, states: Floats) -> Floats:
    """Add up the states of one name: (n, 5)."""
    one_of = np.array([[name == known for known in NAMES] for name in fit.names], np.float64)
    named: Floats = states @ one_of
    return named


def _boundaries(times: NDArray[np.int64]) -> list[int]:
    """Return the places of the first bars after each boundary of the calendar."""
    if len(times) < 2:
        return []
    period_s = int(np.median(np.diff(times[-200:])))
    # From a Monday on: 1970-01-05.
    spans = (times - 4 * DAY_S) // refit_every_s(period_s)
    return [int(place) + 1 for place in np.flatnonzero(spans[1:] != spans[:-1])]
