"""A card out of what a study found."""

from __future__ import annotations

import hashlib
import importlib.metadata
import sys
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from metafleet.brain.evidence import bootstrap, drift
from metafleet.brain.features import about
from metafleet.brain.labels import in_words
from metafleet.brain.model.card import (
    CalendarUsed,
    CalibrationPoint,
    Card,
    CostsAssumed,
    DataUsed,
    Distribution,
    EquityPoint,
    Estimate,
    Fold,
    Gate,
    Importance,
    Metric,
    SymbolResult,
)
from metafleet.brain.training.assessing import Basis, Told, Unseen
from metafleet.brain.training.fitting import INNER_BLOCKS, SHARES
from metafleet.brain.training.importance import chosen, groups
from metafleet.brain.training.samples import Samples
from metafleet.brain.training.study import Study, StudyRefused

_POINTS: Final = 400
_BINS: Final = 10
_LIBRARIES: Final = ("lightgbm", "scikit-learn", "numpy")

BASELINES: Final = {"lightgbm": "the linear baseline", "linear": "doing nothing"}
"""By the kind of model."""


def folds_of(samples: Samples, basis: Basis, unseen: Unseen, embargo_s: int) -> tuple[Fold, ...]:
    """Return each step of the walk forward."""
    return tuple(_fold(samples, basis, unseen, place, embargo_s) for place in range(len(basis.windows)))


def _fold(samples: Samples, basis: Basis, unseen: Unseen, place: int, embargo_s: int) -> Fold:
    window, done = basis.windows[place], basis.models[place]
    mine = unseen.folds == window.number
    rose = samples.rose[unseen.places[mine]]
    told = [_of_fold(one, mine) for one in (unseen.model, unseen.baseline)]
    taught = samples.is_taught & (samples.ends_s < window.begin_s - embargo_s)
    area = bootstrap.auc(
        unseen.model.probabilities[mine], rose, np.zeros(len(rose), np.int64), np.ones((1, 1)), 0.95
    )
    return Fold(
        number=window.number,
        train_begin=iso(int(samples.opens_s[taught].min())),
        train_end=iso(int(samples.ends_s[taught].max())),
        test_begin=iso(window.begin_s),
        test_end=iso(int(samples.opens_s[unseen.places[mine]].max())),
        train_samples=done.taught,
        purged=done.purged,
        embargoed=done.embargoed,
        test_samples=int(mine.sum()),
        trees=done.fitted.rounds,
        threshold=done.fitted.threshold,
        log_loss=float(unseen.model.losses[mine].mean()),
        auc=area.value,
        trades=told[0][0],
        net_mean_bps=told[0][1],
        baseline_trades=told[1][0],
        baseline_net_mean_bps=told[1][1],
    )


def _of_fold(told: Told, mine: NDArray[np.bool_]) -> tuple[int, float | None]:
    net = told.trades.net[mine[told.trades.places]]
    return len(net), float(net.mean()) if len(net) else None


def card_of(
    study: Study,
    samples: Samples,
    basis: Basis,
    unseen: Unseen,
    *,
    metrics: tuple[Metric, ...],
    folds: tuple[Fold, ...],
    gate: Gate,
    trials: int,
) -> Card:
    """Return the card."""
    taught = np.flatnonzero(samples.is_taught)
    weights = samples.weights(taught)
    overlap = len(taught) / float(weights.sum()) * study.stride
    importance, by_group = _importances(study, samples, basis, unseen)
    return Card(
        name=study.name,
        seed=study.seed,
        confidence=study.confidence,
        data_hash=study.data_hash(),
        begin=iso(int(samples.opens_s.min())),
        end=iso(int(samples.ends_s.max())),
        data=tuple(_data(name, rates) for name, rates in study.bars.items()),
        label=in_words(study.label),
        features=study.columns,
        samples=len(taught),
        effective_samples=float(weights.sum()),
        trials=trials,
        looked_at=_looked_at(study, samples),
        costs=tuple(_costs(study, samples, place) for place in range(len(samples.names))),
        folds=folds,
        metrics=metrics,
        by_symbol=tuple(_by_symbol(samples, unseen, place) for place in range(len(samples.names))),
        calibration=_calibration(samples, unseen, overlap),
        importance=importance,
        group_importance=by_group,
        equity=_equity(unseen),
        gate=gate,
        reference=_reference(study, samples, taught, unseen),
        notes=_notes(samples),
        made_with=versions(),
        calendar=_calendar_used(study),
    )


def _calendar_used(study: Study) -> CalendarUsed | None:
    if study.calendar is None or not any("calendar" in about(name).needs for name in study.columns):
        return None
    if not len(study.calendar):
        raise StudyRefused("the calendar has no event of low, medium or high impact")
    times = study.calendar["time"]
    return CalendarUsed(
        events=len(times),
        begin=iso(int(times.min())),
        end=iso(int(times.max())),
        sha256=hashlib.sha256(np.ascontiguousarray(study.calendar).tobytes()).hexdigest(),
    )


def versions() -> dict[str, str]:
    """Return what makes the same bytes again, by name."""
    made = {name: importlib.metadata.version(name) for name in ("metafleet", *_LIBRARIES)}
    return made | {"python": f"{sys.version_info.major}.{sys.version_info.minor}"}


def iso(time_s: int) -> str:
    """Return a time of the server's clock as text, without a zone."""
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _data(name: str, rates: Any) -> DataUsed:
    return DataUsed(
        symbol=name,
        bars=len(rates),
        begin=iso(int(rates["time"][0])),
        end=iso(int(rates["time"][-1])),
        sha256=hashlib.sha256(np.ascontiguousarray(rates).tobytes()).hexdigest(),
    )


def _costs(study: Study, samples: Samples, place: int) -> CostsAssumed:
    name, costs = samples.names[place], samples.costs[place]
    rates, terms = study.bars[name], study.costs
    points = float(rates["spread"].mean()) if terms.spread_points is None else float(terms.spread_points)
    return CostsAssumed(
        symbol=name,
        spread_points=points,
        spread_bps=float(costs.spread.mean()),
        commission_bps=costs.commission,
        swap_long_bps=costs.swap_long,
        swap_short_bps=costs.swap_short,
        source="the bars" if terms.spread_points is None else "as was said",
    )


def _looked_at(study: Study, samples: Samples) -> tuple[str, ...]:
    trees = study.trees
    ways = {
        "lightgbm": f"LightGBM: up to {trees.rounds} trees of {trees.num_leaves} leaves, as many as were "
        "best within training; beside it logistic regression on the same features",
        "linear": "Logistic regression on standardised features, clipped at 5 deviations",
    }
    return (
        f"{sum(map(len, study.bars.values())):,} bars of {study.timeframe} of {', '.join(samples.names)}",
        f"{len(study.columns)} features, of which each looks at closed bars only",
        f"The label: {in_words(study.label)}",
        ways[study.kind],
        f"One bar of {study.stride} was trained on, and every bar of a test asked",
        f"{study.folds} tests one after the other; {study.embargo_s // study.period_s} bars of embargo",
        f"{len(SHARES)} thresholds, chosen by {INNER_BLOCKS} blocks within each training part",
    )


def _notes(samples: Samples) -> tuple[str, ...]:
    own = [note for costs in samples.costs for note in costs.notes]
    return (
        "Entries are at the open of the bar after the signal, and barriers are of bid prices; the spread of "
        "that bar is paid once, for both sides.",
        "Where one bar touched both barriers, both sides are said to have lost.",
        "A symbol has one position at a time; a signal meanwhile is passed over. Each trade is of one unit.",
        "No slippage is charged, and swaps are today's, of all years.",
        *own,
    )


def _by_symbol(samples: Samples, unseen: Unseen, place: int) -> SymbolResult:
    told, of = unseen.model, samples.chances.symbols[unseen.places]
    mine = of[told.trades.places] == place
    net, count = told.trades.net[mine], len(unseen.first_s)
    days = np.searchsorted(unseen.first_s, told.trades.left_s[mine] // 86_400 * 86_400)
    return SymbolResult(
        symbol=samples.names[place],
        samples=int((of == place).sum()),
        trades=len(net),
        hit_ratio=float((net > 0).mean()) if len(net) else None,
        net_mean_bps=bootstrap.ratio(
            bootstrap.by_day(days, net, count),
            bootstrap.by_day(days, np.ones(len(days)), count),
            unseen.draws,
            unseen.confidence,
        ),
    )


def _calibration(samples: Samples, unseen: Unseen, overlap: float) -> tuple[CalibrationPoint, ...]:
    p, rose = unseen.model.probabilities, samples.rose[unseen.places]
    borders = np.unique(np.quantile(p, np.arange(1, _BINS) / _BINS))
    places = np.searchsorted(borders, p, side="right")
    made = []
    for bin_ in range(len(borders) + 1):
        mine = places == bin_
        count, hits = int(mine.sum()), int(rose[mine].sum())
        seen = drift.hit_ratio(hits, count, confidence=unseen.confidence, overlap=overlap)
        if seen.value is None or seen.low is None or seen.high is None:
            continue
        made.append(
            CalibrationPoint(
                predicted=float(p[mine].mean()),
                observed=seen.value,
                low=seen.low,
                high=seen.high,
                count=count,
            )
        )
    return tuple(made)


def _importances(
    study: Study, samples: Samples, basis: Basis, unseen: Unseen
) -> tuple[tuple[Importance, ...], tuple[Importance, ...]]:
    by = groups(study.columns)
    family = {place: name for name, places in by.items() for place in places}
    names = [(name, family[place]) for place, name in enumerate(study.columns)]
    grown, days = _shuffled(samples, basis, unseen)
    sums = np.zeros((len(unseen.first_s), grown.shape[1]))
    np.add.at(sums, days, grown)
    counts = np.bincount(days, minlength=len(unseen.first_s)).astype(float)
    drawn = (unseen.draws @ sums) / (unseen.draws @ counts)[:, None]
    made = [
        Importance(
            name=name,
            group=group,
            loss=_rounded(
                bootstrap.estimate(
                    1e3 * sums[:, place].sum() / counts.sum(), 1e3 * drawn[:, place], unseen.confidence
                )
            ),
        )
        for place, (name, group) in enumerate([*names, *((name, name) for name in by)])
    ]
    single, grouped = made[: len(names)], made[len(names) :]
    return tuple(sorted(single, key=_most)), tuple(sorted(grouped, key=_most))


def _most(one: Importance) -> tuple[float, str]:
    return -(one.loss.value or 0.0), one.name


def _rounded(estimate: Estimate) -> Estimate:
    value, low, high = (
        None if one is None else round(one, 6) for one in (estimate.value, estimate.low, estimate.high)
    )
    return Estimate(value=value, low=low, high=high)


def _shuffled(samples: Samples, basis: Basis, unseen: Unseen) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return by how much losses grew, and of which days; of all folds."""
    parts = []
    for window, done in zip(basis.windows, basis.models, strict=True):
        own = chosen(np.flatnonzero(window.tests(samples.opens_s) & samples.is_taught))
        if done.shuffled is not None:
            parts.append((done.shuffled, samples.opens_s[own]))
    opens = np.concatenate([times for _, times in parts])
    return np.concatenate([grown for grown, _ in parts]), np.searchsorted(
        unseen.first_s, opens // 86_400 * 86_400
    )


def _equity(unseen: Unseen) -> tuple[EquityPoint, ...]:
    model, baseline = np.cumsum(unseen.model.daily), np.cumsum(unseen.baseline.daily)
    every = max(1, -(-len(model) // _POINTS))
    places = sorted({*range(0, len(model), every), len(model) - 1})
    return tuple(
        EquityPoint(
            at=iso(int(unseen.first_s[place]))[:10],
            model=round(float(model[place]), 2),
            baseline=round(float(baseline[place]), 2),
        )
        for place in places
    )


def _reference(
    study: Study, samples: Samples, taught: NDArray[np.int64], unseen: Unseen
) -> tuple[Distribution, ...]:
    columns = [
        drift.reference_of(name, samples.rows[taught, place]) for place, name in enumerate(study.columns)
    ]
    return (*columns, drift.reference_of("probability", unseen.model.probabilities))
