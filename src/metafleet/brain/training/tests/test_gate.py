from __future__ import annotations

from typing import Any

import msgspec
import pytest

from metafleet.brain.model.card import Estimate, Fold, Metric
from metafleet.brain.training import gate


def estimate(value: float | None, low: float | None = None, high: float | None = None) -> Estimate:
    return Estimate(value=value, low=low, high=high)


def metric(name: str, model: Estimate) -> Metric:
    return Metric(name=name, title=name, unit="", model=model)


def fold(net: float | None) -> Fold:
    return Fold(
        number=1, train_begin="", train_end="", test_begin="", test_end="", train_samples=1, purged=0,
        embargoed=0, test_samples=1, trees=1, threshold=0.6, log_loss=0.6, auc=None, trades=1,
        net_mean_bps=net, baseline_trades=0, baseline_net_mean_bps=None,
    )  # fmt: skip


def evidence(**changes: Any) -> gate.Evidence:
    """Return evidence that passes, with these figures instead."""
    figures = {
        "trades": estimate(400.0),
        "net_mean": estimate(2.0, 0.5, 3.5),
        "log_loss_gain": estimate(4.0, 1.0, 7.0),
    }
    figures |= {name: changes.pop(name) for name in list(changes) if name in figures}
    whole = gate.Evidence(
        metrics={name: metric(name, model) for name, model in figures.items()},
        difference=estimate(1.0, 0.1, 1.9),
        luck=0.99,
        folds=tuple(fold(net) for net in (1.0, 2.0, 1.5, -1.0, None)),
        trials=2,
        samples=40_000,
        confidence=0.95,
        baseline="the linear baseline",
    )
    return msgspec.structs.replace(whole, **changes)


def test_what_passes_everything_is_promoted() -> None:
    judged = gate.judge(evidence())
    assert judged.promoted
    assert judged.verdict == (
        "An edge was found: 2.00 (0.50 to 3.50) bps a trade after costs over 400 trades on bars that it had "
        "not seen, more than the linear baseline made. It may serve."
    )
    assert all(check.passed for check in judged.checks)


@pytest.mark.parametrize(
    ("changes", "failed", "words"),
    [
        ({"trades": estimate(99.0)}, "enough", "99 trades are too few to say anything"),
        ({"log_loss_gain": estimate(1.0, 0.0, 2.0)}, "foresees", "its probabilities foresaw nothing"),
        ({"net_mean": estimate(2.0, 0.0, 4.0)}, "earns", "not enough to pay for trading: 400 trades"),
        ({"difference": estimate(1.0, -0.1, 2.1)}, "beats_baseline", "not surely more than the linear"),
        ({"luck": 0.949}, "hardly_luck", "are what luck gives the best of 2 trials"),
        ({"luck": None}, "hardly_luck", "are what luck gives"),
        ({"folds": tuple(map(fold, (9.0, 1.0, -1.0, -1.0, None)))}, "steady", "in too few of the folds"),
    ],
)
def test_what_fails_one_thing_is_not_promoted(changes: dict[str, Any], failed: str, words: str) -> None:
    judged = gate.judge(evidence(**changes))
    assert not judged.promoted
    assert [check.name for check in judged.checks if not check.passed] == [failed]
    assert judged.verdict.startswith("No edge found: ")
    assert words in judged.verdict
    assert judged.verdict.endswith("It is not promoted.")


def test_a_model_that_never_spoke_says_so() -> None:
    none = {"trades": estimate(0.0), "net_mean": estimate(None), "luck": None}
    judged = gate.judge(evidence(**none, difference=estimate(0.0, 0.0, 0.0)))
    assert not judged.promoted
    assert "in training no threshold earned more than trading costs" in judged.verdict
    assert "A trade made an unknown number of bps" in judged.checks[2].text
