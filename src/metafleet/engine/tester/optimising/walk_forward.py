"""Walk-forward: what choosing inputs by the past would have made of the time after, again and again.

Each window's search sees its in-sample time only; the chosen inputs then run on the stretch after it. Those
stretches, one behind the other, are the only equity here that nobody has chosen by.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from metafleet.engine.statements.statistics import YEAR_S
from metafleet.engine.tester.contract import Test
from metafleet.engine.tester.optimising.job import Outcome
from metafleet.engine.tester.optimising.luck import Luck, luck_of, moments_of
from metafleet.engine.tester.optimising.measuring import annual_sharpe, returns_of
from metafleet.engine.tester.optimising.optimising import (
    OptimisationFailed,
    Progress,
    Report,
    Task,
    Try,
    score_of,
    searched,
)
from metafleet.engine.tester.optimising.trying import Trying
from metafleet.engine.tester.optimising.windows import Manner, Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One window. chosen: the best in-sample, None where none had a score: then nothing was traded.

    after: what it did out-of-sample. The profits are annual, as a share of the deposit.
    """

    window: Window
    tries: int
    chosen: Try | None
    after: Outcome | None
    before_annual: float | None
    after_annual: float | None

    @property
    def efficiency(self) -> float | None:
        """Out-of-sample profit a year / in-sample profit a year; None where nothing was earned in-sample."""
        return _ratio(self.after_annual, self.before_annual)


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkForward:
    """All windows. days: the stitched equity, each stretch going on with what the one before left.

    efficiency: of the means over all windows. won: windows with a profit out-of-sample.
    """

    manner: Manner
    steps: Sequence[Step]
    days: Sequence[tuple[int, float]]
    efficiency: float | None
    net_profit: float
    growth_percent: float
    drawdown_percent: float
    sharpe: float | None
    won: int
    luck: Luck


def walk_forward(
    task: Task, windows: Sequence[Window], manner: Manner, tries: Trying, report: Report | None = None
) -> WalkForward:
    """Search in each window and run what was chosen after it. Raises OptimisationFailed, JobRefused."""
    steps = [
        walk_step(task, window, tries, report, f"window {number} of {len(windows)}")
        for number, window in enumerate(windows, 1)
    ]
    return stitched(steps, manner, float(task.test.deposit))


def stitched(steps: Sequence[Step], manner: Manner, deposit: float) -> WalkForward:
    """Return what the windows make together."""
    days = _chained(steps, deposit)
    returns = returns_of([deposit, *(equity for _, equity in days)])
    traded = [step.after for step in steps if step.after is not None]
    before, after = (
        [one for one in made if one is not None]
        for made in ([step.before_annual for step in steps], [step.after_annual for step in steps])
    )
    made = moments_of(returns)
    return WalkForward(
        manner=manner,
        steps=steps,
        days=days,
        efficiency=_ratio(_mean(after), _mean(before)),
        net_profit=math.fsum(one.figures.get("net_profit") or 0.0 for one in traded),
        growth_percent=100 * (days[-1][1] / deposit - 1) if days else 0.0,
        drawdown_percent=_deepest([deposit, *(equity for _, equity in days)]),
        sharpe=annual_sharpe(returns),
        won=sum((one.figures.get("net_profit") or 0.0) > 0 for one in traded),
        luck=luck_of(made, [] if made is None else [made.sharpe]),
    )


def walk_step(task: Task, window: Window, tries: Trying, report: Report | None, stage: str) -> Step:
    """Search in one window and run what was chosen after it. Raises OptimisationFailed, JobRefused."""
    task = task.of_a_part
    inside = _over(task.test, window.begin_s, window.out_s)
    found = searched(task, inside, tries, report, stage=stage)
    scored = [one for one in found.values() if one.worth.score is not None]
    chosen = max(scored, key=score_of, default=None)
    if chosen is None:
        if all(one.outcome.state == "failed" for one in found.values()):
            raise OptimisationFailed(
                f"{stage}: no try could be run: {next(iter(found.values())).outcome.error}"
            )
        return Step(
            window=window, tries=len(found), chosen=None, after=None, before_annual=None, after_annual=0.0
        )
    outside = _over(task.test, window.out_s, window.end_s)
    (after,) = tries.run([task.job(chosen.point, outside, wants_days=True)])
    if report is not None:
        report(Progress(f"{stage}, after it", 1, 1, 0, after.state == "failed", chosen.worth.value))
    deposit = float(task.test.deposit)
    return Step(
        window=window,
        tries=len(found),
        chosen=chosen,
        after=after,
        before_annual=_annual(chosen.outcome, window.out_s - window.begin_s, deposit),
        after_annual=_annual(after, window.end_s - window.out_s, deposit),
    )


def _over(test: Test, begin_s: int, end_s: int) -> Test:
    return msgspec.structs.replace(test, from_s=begin_s, to_s=end_s, forward_s=None)


def _annual(outcome: Outcome, span_s: int, deposit: float) -> float | None:
    """Profit a year as a share of the deposit, not compounded: each window begins with the same deposit."""
    net = outcome.figures.get("net_profit")
    return None if net is None or span_s <= 0 else net / deposit * YEAR_S / span_s


def _chained(steps: Sequence[Step], deposit: float) -> list[tuple[int, float]]:
    made: list[tuple[int, float]] = []
    level = 1.0
    for step in steps:
        days = [] if step.after is None else step.after.days
        made += [(at, level * equity) for at, equity in days]
        if days:
            level *= max(0.0, days[-1][1] / deposit)
    return made


def _deepest(equity: Sequence[float]) -> float:
    peak = deepest = 0.0
    for value in equity:
        peak = max(peak, value)
        deepest = max(deepest, 100 * (1 - value / peak) if peak > 0 else 0.0)
    return deepest


def _mean(values: Sequence[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None


def _ratio(part: float | None, whole: float | None) -> float | None:
    return part / whole if part is not None and whole is not None and whole > 0 else None
