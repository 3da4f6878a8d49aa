"""What the models of all folds were worth on bars that they had not seen: figures by day, with intervals."""

from __future__ import annotations

import math
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.brain import splits
from metafleet.brain.evidence import bootstrap
from metafleet.brain.evidence.trades import Trades, sides_of, traded
from metafleet.brain.model.card import Estimate, Metric
from metafleet.brain.training.importance import losses
from metafleet.brain.training.jobs import Done
from metafleet.brain.training.samples import Samples
from metafleet.engine.tester.optimising import luck

DAY_S: Final = 86_400
_LEAST_BLOCK: Final = 5
"""Days drawn together at the least: a week."""

Column = NDArray[np.float64]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What one way said of the unseen samples, and what came of it; shape (samples,), daily ones (days,).

    known: the loss of knowing only how often prices rose in training. daily: net results of the trades left
    that day; counts: how many.
    """

    probabilities: Column
    losses: Column
    trades: Trades
    daily: Column
    counts: Column
    hits: Column
    gross: Column


class Unseen(msgspec.Struct, frozen=True, kw_only=True):
    """All tests, one after the other. places: of their samples, by window, then symbol, then time.

    folds: the number of each one's window; days: the place of its day in `first_s` (when each day begins).
    """

    places: NDArray[np.int64]
    folds: NDArray[np.int64]
    days: NDArray[np.int64]
    first_s: NDArray[np.int64]
    flat_losses: Column
    model: Told
    baseline: Told
    draws: bootstrap.Weights
    confidence: float

    def by_day(self, values: NDArray[Any]) -> Column:
        """Return the sum of each day; values: shape (samples,)."""
        return bootstrap.by_day(self.days, values, len(self.first_s))


class Basis(msgspec.Struct, frozen=True, kw_only=True):
    """What an assessment is of: the windows, and each one's models, baselines and shares of rises."""

    windows: list[splits.Window]
    models: list[Done]
    baselines: list[Done]
    shares: list[Done]


def assess(samples: Samples, basis: Basis, *, confidence: float, horizon_s: int, seed: int) -> Unseen:
    """Return what the models of all windows were worth on their tests."""
    masks = [np.flatnonzero(window.tests(samples.opens_s)) for window in basis.windows]
    places = np.concatenate(masks)
    folds = np.repeat([window.number for window in basis.windows], [len(mask) for mask in masks])
    left = samples.chances.left_s[places]
    first_s = np.unique(np.concatenate((samples.opens_s[places], left)) // DAY_S) * DAY_S
    block = max(_LEAST_BLOCK, math.ceil(2 * horizon_s / DAY_S))
    flat = np.concatenate([done.probabilities for done in basis.shares])
    return Unseen(
        places=places,
        folds=folds,
        days=np.searchsorted(first_s, samples.opens_s[places] // DAY_S * DAY_S),
        first_s=first_s,
        flat_losses=losses(flat, samples.rose[places]),
        model=_told(samples, places, masks, basis.models, first_s),
        baseline=_told(samples, places, masks, basis.baselines, first_s),
        draws=bootstrap.day_weights(len(first_s), block, seed),
        confidence=confidence,
    )


def _told(
    samples: Samples,
    places: NDArray[np.int64],
    masks: list[NDArray[np.int64]],
    done: list[Done],
    first_s: NDArray[np.int64],
) -> Told:
    probabilities = np.concatenate([one.probabilities for one in done])
    thresholds = np.repeat([one.fitted.threshold for one in done], [len(mask) for mask in masks])
    # Trades follow each other symbol by symbol through all tests, as they would have been made.
    order = np.argsort(places, kind="stable")
    sides = sides_of(probabilities, thresholds)[order]
    made = traded(samples.chances.some(places[order]), sides)
    days = np.searchsorted(first_s, made.left_s // DAY_S * DAY_S)
    trades = Trades(
        places=order[made.places], sides=made.sides, net=made.net, gross=made.gross, left_s=made.left_s
    )
    count = len(first_s)
    return Told(
        probabilities=probabilities,
        losses=losses(probabilities, samples.rose[places]),
        trades=trades,
        daily=bootstrap.by_day(days, made.net, count),
        counts=bootstrap.by_day(days, np.ones(len(days)), count),
        hits=bootstrap.by_day(days, made.net > 0, count),
        gross=bootstrap.by_day(days, made.gross, count),
    )


def metrics(samples: Samples, unseen: Unseen) -> tuple[Metric, ...]:
    """Return the figures of a card, the model's beside the baseline's."""
    rose = samples.rose[unseen.places]
    return (
        _metric("net_mean", "Net result a trade", "bps", unseen, _net_mean),
        _metric("gross_mean", "The same before costs", "bps", unseen, _gross_mean),
        _metric("sharpe", "Sharpe ratio a year, after costs", "", unseen, _sharpe),
        _metric("hit_ratio", "Trades that earned", "share", unseen, _hits),
        _metric("trades", "Trades", "count", unseen, lambda _, told: Estimate(value=float(len(told.trades)))),
        _metric("net_total", "Net result of all trades", "bps", unseen, _net_total),
        _metric("drawdown", "Deepest fall of it", "bps", unseen, _drawdown),
        _metric("log_loss", "Log loss", "nats", unseen, lambda own, told: _mean(own, told.losses)),
        _metric("log_loss_gain", "Log loss saved", "nats/1000", unseen, _gain),
        _metric(
            "brier", "Brier score", "", unseen, lambda own, told: _mean(own, (told.probabilities - rose) ** 2)
        ),
        _metric(
            "auc",
            "Area under the curve",
            "",
            unseen,
            lambda own, told: bootstrap.auc(told.probabilities, rose, own.days, own.draws, own.confidence),
        ),
    )


def difference(unseen: Unseen) -> Estimate:
    """Return what the model made a day more than the baseline, in basis points."""
    apart = unseen.model.daily - unseen.baseline.daily
    return bootstrap.ratio(apart, np.ones(len(apart)), unseen.draws, unseen.confidence)


def deflated(unseen: Unseen, trials: int) -> float | None:
    """Return the probability that more than the luck of so many trials is behind the daily results.

    None for fewer days than that can be said of. The variance among the trials' Sharpe ratios is that of
    chance, 1 / days, and no less: two trials alone would say nothing of it.
    """
    moments = luck.moments_of(unseen.model.daily.tolist())
    if moments is None or moments.count < luck.FEWEST_PERIODS or moments.deviation <= 0:
        return None
    noise = luck.expected_maximum(trials, 1 / moments.count)
    return luck.probabilistic_sharpe(
        moments.sharpe,
        periods=moments.count,
        skewness=moments.skewness,
        kurtosis=moments.kurtosis,
        benchmark=noise,
    )


def _metric(name: str, title: str, unit: str, unseen: Unseen, of: Any) -> Metric:
    return Metric(
        name=name,
        title=title,
        unit=unit,
        model=of(unseen, unseen.model),
        baseline=of(unseen, unseen.baseline),
    )


def _net_mean(own: Unseen, told: Told) -> Estimate:
    return bootstrap.ratio(told.daily, told.counts, own.draws, own.confidence)


def _gross_mean(own: Unseen, told: Told) -> Estimate:
    return bootstrap.ratio(told.gross, told.counts, own.draws, own.confidence)


def _hits(own: Unseen, told: Told) -> Estimate:
    return bootstrap.ratio(told.hits, told.counts, own.draws, own.confidence)


def _sharpe(own: Unseen, told: Told) -> Estimate:
    if not len(told.trades):
        return Estimate(value=None)
    return bootstrap.sharpe(told.daily, own.draws, own.confidence)


def _net_total(own: Unseen, told: Told) -> Estimate:
    return bootstrap.estimate(float(told.daily.sum()), own.draws @ told.daily, own.confidence)


def _drawdown(_: Unseen, told: Told) -> Estimate:
    sums = np.concatenate(([0.0], np.cumsum(told.daily)))
    return Estimate(value=float((np.maximum.accumulate(sums) - sums).max()))


def _gain(own: Unseen, told: Told) -> Estimate:
    return _mean(own, 1e3 * (own.flat_losses - told.losses))


def _mean(own: Unseen, values: Column) -> Estimate:
    return bootstrap.ratio(own.by_day(values), own.by_day(np.ones(len(values))), own.draws, own.confidence)
