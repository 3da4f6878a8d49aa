"""An optimisation as lines for a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from metafleet.cli.rehearsal.printing import shown_money, shown_percent, shown_ratio
from metafleet.engine.experts.inputs import InputValue
from metafleet.engine.tester.optimising.optimising import Progress
from metafleet.engine.tester.optimising.report.document import BestShown, Document, Row, WalkForwardShown

_WIDTH: Final = 78
_SHOWN: Final = 5
"""The best so many, as lines."""


def progress_line(progress: Progress, elapsed_s: float, workers: int) -> str:
    """Return how far a search is: done, best, rate and time left. elapsed_s: of this stage."""
    made = progress.done - progress.kept
    rate = made / elapsed_s if elapsed_s > 0 else 0.0
    left = f", {duration((progress.total - progress.done) / rate)} left" if made and rate > 0 else ""
    best = "" if progress.best is None else f", best {progress.best:,.4g}"
    kept = f", {progress.kept:,} from before" if progress.kept else ""
    failed = f", {progress.failed:,} failed" if progress.failed else ""
    speed = f", {rate:,.1f} a second on {workers}" if made else ""
    return f"{progress.stage}: {progress.done:,} of {progress.total:,}{best}{kept}{failed}{speed}{left}"


def duration(seconds: float) -> str:
    """Return a time for a person: 40 s, 12 min, 3.5 h."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3600:.1f} h"


def as_text(document: Document) -> str:
    """Return what was found, and what is to be thought of it."""
    test = document.test
    span = f"{_day(test.from_s)} to {_day(test.forward_s or test.to_s)}"
    head = f"{document.title} on {test.symbol}: {span}, {document.tried:,} tries"
    lines = ["", head, "-" * min(_WIDTH, len(head))]
    if document.failed or document.without_score:
        lines.append(f"{document.failed:,} failed, {document.without_score:,} had too few trades")
    if document.best is None:
        return "\n".join([*lines, "None of them has a value: nothing was found."])
    lines += [*_best(document, document.best), "", document.luck.verdict]
    if document.plateau is not None:
        lines.append(document.plateau.verdict)
    lines += ["", *_table(document)]
    if document.walk_forward is not None:
        lines += ["", *_walked(document.walk_forward)]
    return "\n".join(lines)


def _best(document: Document, best: BestShown) -> list[str]:
    names, made = [one.name for one in document.dimensions], best.figures
    rows = [
        ("Best inputs", _inputs({name: best.inputs[name] for name in names})),
        (document.criterion.title, shown_value(best.value)),
        ("Net profit", f"{shown_money(made['net_profit'])} {document.test.currency}"),
        ("Trades", f"{made['trades'] or 0:.0f}, profit factor {shown_ratio(made['profit_factor'])}"),
        ("Drawdown", f"{made['drawdown'] or 0:,.2f} ({shown_percent(made['drawdown_percent'])})"),
    ]
    if best.forward is not None:
        later = best.forward
        money = f"{shown_money(later['net_profit'])} {document.test.currency}"
        rows.append(("Forward", f"{shown_value(best.forward_value)}; net profit {money}"))
    width = max(len(name) for name, _ in rows)
    # A figure that is the criterion is said once.
    return [f"{name:<{width}}  {value}" for name, value in dict(rows).items()]


def _table(document: Document) -> list[str]:
    net = [*document.figures].index("net_profit")
    names = [one.name for one in document.dimensions]
    heads = [*names, document.criterion.title, "Net profit"]
    lines = [heads]
    for row in [row for row in document.rows if row.value is not None][:_SHOWN]:
        lines.append([*_values(document, row), shown_value(row.value), shown_money(row.figures[net])])
    if document.criterion.text == "net_profit":
        lines = [line[:-1] for line in lines]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return ["  ".join(f"{cell:>{width}}" for cell, width in zip(line, widths, strict=True)) for line in lines]


def _values(document: Document, row: Row) -> list[str]:
    return [str(one.values[at]) for one, at in zip(document.dimensions, row.at, strict=True)]


def _walked(walked: WalkForwardShown) -> list[str]:
    efficiency = "-" if walked.efficiency is None else f"{100 * walked.efficiency:.0f} %"
    lines = [
        f"Walk-forward, {walked.manner}: {walked.won} of {len(walked.steps)} windows won, "
        f"net {shown_money(walked.net_profit)}, efficiency {efficiency}"
    ]
    for step in walked.steps:
        chosen = "nothing had a value" if step.chosen is None else _inputs(step.chosen)
        span = f"{_day(step.window.out_s)} to {_day(step.window.end_s)}"
        lines.append(f"  {span}  {shown_money(step.after.get('net_profit')):>12}  {chosen}")
    return [*lines, walked.luck.verdict]


def _inputs(inputs: Mapping[str, InputValue]) -> str:
    return ", ".join(f"{name} {value}" for name, value in inputs.items())


def shown_value(value: float | None) -> str:
    """Return a criterion's value, whatever it is of."""
    return "-" if value is None else f"{value:,.2f}" if abs(value) >= 1 else f"{value:.4g}"


def _day(at_s: int | None) -> str:
    return "" if at_s is None else datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%d")
