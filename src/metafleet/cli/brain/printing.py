"""A model's card as lines for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from metafleet.brain.model.card import Card, Estimate, Metric

if TYPE_CHECKING:
    from metafleet.brain.model import Model

_WIDTH: Final = 100
_MOST: Final = 6
"""Features that are named."""


def as_text(model: Model) -> str:
    """Return the card's verdict, what it had to show, its figures beside the baseline's, and the folds."""
    card, spec = model.card, model.spec
    head = f"{card.name}: {spec.kind} for {', '.join(spec.symbols)} {spec.timeframe}"
    lines = ["", head, "-" * min(_WIDTH, len(head)), card.gate.verdict, ""]
    lines += [f"{'yes' if check.passed else 'NO ':<4}{check.text}" for check in card.gate.checks]
    lines += ["", f"{'Out of sample':<34}{'model':<30}baseline"]
    lines += [_figure(metric) for metric in card.metrics]
    lines += ["", *_folds(card), ""]
    if card.importance:
        named = ", ".join(f"{one.name} ({_shown(one.loss, 2)})" for one in card.importance[:_MOST])
        lines.append(f"Worth the most, thousandths of a nat: {named}")
    lines += [f"Looked at: {'; '.join(card.looked_at)}.", *(f"* {note}" for note in card.notes)]
    lines.append(f"{100 * card.confidence:g} % intervals. {model.content_hash}")
    return "\n".join(lines)


def _figure(metric: Metric) -> str:
    digits = 0 if metric.unit == "count" else 4 if metric.name in {"log_loss", "brier", "auc"} else 2
    unit = f" ({metric.unit})" if metric.unit else ""
    other = "" if metric.baseline is None else _shown(metric.baseline, digits)
    return f"{metric.title + unit:<34}{_shown(metric.model, digits):<30}{other}".rstrip()


def _folds(card: Card) -> list[str]:
    lines = [f"{'Fold':<6}{'tested':<26}{'trained on':>11}{'left out':>10}{'trades':>8}{'bps each':>10}"]
    for fold in card.folds:
        net = "-" if fold.net_mean_bps is None else f"{fold.net_mean_bps:+.2f}"
        tested = f"{fold.test_begin[:10]} to {fold.test_end[:10]}"
        lines.append(
            f"{fold.number:<6}{tested:<26}{fold.train_samples:>11,}{fold.purged + fold.embargoed:>10}"
            f"{fold.trades:>8,}{net:>10}"
        )
    return lines


def _shown(estimate: Estimate, digits: int) -> str:
    if estimate.value is None:
        return "-"
    value = f"{estimate.value:,.{digits}f}"
    if estimate.low is None or estimate.high is None:
        return value
    return f"{value} ({estimate.low:,.{digits}f} to {estimate.high:,.{digits}f})"
