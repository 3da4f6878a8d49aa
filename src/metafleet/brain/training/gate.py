"""Whether a model may serve: it must have beaten its baseline, nothing and costs, on bars unseen."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import msgspec

from metafleet.brain.model.card import Check, Estimate, Fold, Gate, Metric

FEWEST_TRADES: Final = 100
"""Out of sample; of fewer an interval says more than there is."""

STEADY_SHARE: Final = 0.6
"""Of the folds, those that must have earned: an edge of one year only may be that year's."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What is judged. difference: a day's net result less the baseline's. luck: `assessing.deflated`."""

    metrics: Mapping[str, Metric]
    difference: Estimate
    luck: float | None
    folds: tuple[Fold, ...]
    trials: int
    samples: int
    confidence: float
    baseline: str


def judge(evidence: Evidence) -> Gate:
    """Return whether a model may serve, with each thing that it had to show. All of them count."""
    checks = (
        _enough(evidence), _foresees(evidence), _earns(evidence),
        _beats_baseline(evidence), _hardly_luck(evidence), _steady(evidence),
    )  # fmt: skip
    promoted = all(check.passed for check in checks)
    return Gate(promoted=promoted, verdict=_verdict(evidence, checks, promoted), checks=checks)


def _enough(evidence: Evidence) -> Check:
    trades = evidence.metrics["trades"].model.value or 0
    return Check(
        name="enough",
        passed=trades >= FEWEST_TRADES,
        text=f"{trades:,.0f} trades on {evidence.samples:,} bars that it had not seen; "
        f"at least {FEWEST_TRADES} are asked for.",
    )


def _foresees(evidence: Evidence) -> Check:
    gain = evidence.metrics["log_loss_gain"].model
    return Check(
        name="foresees",
        passed=gain.low is not None and gain.low > 0,
        text=f"Its probabilities save {shown(gain, 2)} thousandths of a nat of log loss against knowing only "
        "how often prices rose; the whole interval must be over 0.",
    )


def _earns(evidence: Evidence) -> Check:
    net = evidence.metrics["net_mean"].model
    return Check(
        name="earns",
        passed=net.low is not None and net.low > 0,
        text=f"A trade made {shown(net, 2)} bps after costs; the whole interval must be over 0.",
    )


def _beats_baseline(evidence: Evidence) -> Check:
    apart = evidence.difference
    return Check(
        name="beats_baseline",
        passed=apart.low is not None and apart.low > 0,
        text=f"It made {shown(apart, 2)} bps a day more than {evidence.baseline}; "
        "the whole interval must be over 0.",
    )


def _hardly_luck(evidence: Evidence) -> Check:
    known = "cannot be said" if evidence.luck is None else f"is {100 * evidence.luck:.1f} %"
    return Check(
        name="hardly_luck",
        passed=evidence.luck is not None and evidence.luck >= evidence.confidence,
        text=f"The probability that more than the luck of {evidence.trials} trials is behind its Sharpe "
        f"ratio {known}; at least {100 * evidence.confidence:g} % is asked for.",
    )


def _steady(evidence: Evidence) -> Check:
    earned = sum((fold.net_mean_bps or 0) > 0 for fold in evidence.folds)
    needed = math.ceil(STEADY_SHARE * len(evidence.folds))
    return Check(
        name="steady",
        passed=earned >= needed,
        text=f"It earned in {earned} of {len(evidence.folds)} folds; in {needed} it must have.",
    )


def _verdict(evidence: Evidence, checks: tuple[Check, ...], promoted: bool) -> str:
    net, trades = evidence.metrics["net_mean"].model, evidence.metrics["trades"].model.value or 0
    if promoted:
        return (
            f"An edge was found: {shown(net, 2)} bps a trade after costs over {trades:,.0f} trades on bars "
            f"that it had not seen, more than {evidence.baseline} made. It may serve."
        )
    return (
        f"No edge found: {_why(evidence, {check.name: check.passed for check in checks})} It is not promoted."
    )


def _why(evidence: Evidence, passed: Mapping[str, bool]) -> str:
    """Return the reason that tells the most, as a sentence."""
    net, trades = evidence.metrics["net_mean"].model, evidence.metrics["trades"].model.value or 0
    gain = f"{shown(evidence.metrics['log_loss_gain'].model, 2)} thousandths of a nat"
    made = f"{trades:,.0f} trades made {shown(net, 2)} bps each after costs"
    reasons = (
        (trades == 0, "in training no threshold earned more than trading costs, so the model never spoke."),
        (
            not passed["foresees"] and not passed["earns"],
            f"its probabilities were no better than knowing how often prices rose ({gain}), and its {made}.",
        ),
        (
            not passed["earns"],
            f"its probabilities were better than none ({gain}), but not enough to pay for trading: {made}.",
        ),
        (not passed["enough"], f"{trades:,.0f} trades are too few to say anything."),
        (
            not passed["beats_baseline"],
            f"it earned {shown(net, 2)} bps a trade, but not surely more than {evidence.baseline}: "
            "what there is, the simpler one has too.",
        ),
        (
            not passed["hardly_luck"],
            f"its {shown(net, 2)} bps a trade are what luck gives the best of {evidence.trials} trials.",
        ),
        (not passed["foresees"], f"its trades earned, but its probabilities foresaw nothing ({gain})."),
    )
    late = "it earned in too few of the folds: what there was, was of a short time."
    return next((reason for is_it, reason in reasons if is_it), late)


def shown(estimate: Estimate, digits: int) -> str:
    """Return a figure with its interval, as "1.20 (0.40 to 2.00)"."""
    if estimate.value is None:
        return "an unknown number of"
    value = f"{estimate.value:.{digits}f}"
    if estimate.low is None or estimate.high is None:
        return value
    return f"{value} ({estimate.low:.{digits}f} to {estimate.high:.{digits}f})"
