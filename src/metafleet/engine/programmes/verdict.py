"""What a phase says of an account's marks: how much of each limit is used, what is broken, what is passed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, Literal

from metafleet.engine.programmes.marks import Marks
from metafleet.engine.programmes.terms import Phase

LimitKind = Literal["daily_loss", "total_loss"]
GoalKind = Literal["profit_target", "min_days", "consistency"]

STAGES: Final = (50, 75, 90, 100)
"""Percent of a limit at which people are warned."""
_CENT: Final = Decimal("0.01")
_HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class Limit:
    """A loss that must not be reached. Money; `floor` is the equity at which it is broken."""

    kind: LimitKind
    allowed: Decimal
    used: Decimal
    floor: Decimal

    @property
    def left(self) -> Decimal:
        """How much more may be lost; negative once it is broken."""
        return self.allowed - self.used

    @property
    def percent(self) -> Decimal:
        """How much of it is used, of a hundred; zero while there is no loss."""
        return max(Decimal(0), self.used) / self.allowed * _HUNDRED

    @property
    def is_broken(self) -> bool:
        """Reaching the limit breaks it."""
        return self.used >= self.allowed

    @property
    def stage(self) -> int:
        """The highest of STAGES that is reached, 0 below the first."""
        return max((stage for stage in STAGES if self.percent >= stage), default=0)


@dataclass(frozen=True, slots=True)
class Goal:
    """Something to reach before the phase is passed. wanted and reached: money, days or percent."""

    kind: GoalKind
    wanted: Decimal
    reached: Decimal
    is_met: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    limits: tuple[Limit, ...]
    goals: tuple[Goal, ...]

    @property
    def broken(self) -> Limit | None:
        """The limit that is broken now, the one that is broken furthest; None while all hold."""
        broken = [limit for limit in self.limits if limit.is_broken]
        return max(broken, key=lambda limit: limit.percent, default=None)

    @property
    def is_passed(self) -> bool:
        """Whether every goal is met and no limit is broken; a phase without goals is never passed."""
        return bool(self.goals) and self.broken is None and all(goal.is_met for goal in self.goals)


def judge(phase: Phase, marks: Marks, *, days_traded: int) -> Verdict:
    """Return how an account stands in its phase by its newest marks.

    Whoever judges calls it for each look and keeps the first breach: a recovery within the day
    undoes nothing.
    """
    return Verdict(limits=tuple(_limits(phase, marks)), goals=tuple(_goals(phase, marks, days_traded)))


def _limits(phase: Phase, marks: Marks) -> list[Limit]:
    limits = []
    if phase.daily_loss_percent is not None:
        allowed = _allowed(marks, phase.daily_loss_percent)
        limits.append(_below("daily_loss", _day_start(phase, marks), allowed, marks.last.equity))
    if phase.total_loss_percent is not None:
        allowed = _allowed(marks, phase.total_loss_percent)
        limits.append(_below("total_loss", _height(phase, marks, allowed), allowed, marks.last.equity))
    return limits


def _allowed(marks: Marks, percent: Decimal) -> Decimal:
    """Return a loss that may be divided by: of an account that was emptied, a share is nothing."""
    return max(_CENT, _share(marks.first_balance, percent))


def _below(kind: LimitKind, start: Decimal, allowed: Decimal, equity: Decimal) -> Limit:
    return Limit(kind, allowed, used=start - equity, floor=start - allowed)


def _day_start(phase: Phase, marks: Marks) -> Decimal:
    if phase.daily_basis == "higher":
        return max(marks.day_balance, marks.day_equity)
    return marks.day_balance if phase.daily_basis == "balance" else marks.day_equity


def _height(phase: Phase, marks: Marks, allowed: Decimal) -> Decimal:
    """Return what the total loss is counted from."""
    if phase.total_kind == "static":
        return marks.first_balance
    peak = marks.peak_equity if phase.total_kind == "trailing" else marks.eod_peak
    return min(peak, marks.first_balance + allowed) if phase.total_locks else peak


def _goals(phase: Phase, marks: Marks, days_traded: int) -> list[Goal]:
    goals = []
    # What is open may still be lost: a target is reached by what is closed.
    made = marks.last.balance - marks.first_balance
    if phase.target_percent is not None:
        wanted = _share(marks.first_balance, phase.target_percent)
        goals.append(Goal("profit_target", wanted, made, made >= wanted))
    if phase.min_days:
        goals.append(
            Goal("min_days", Decimal(phase.min_days), Decimal(days_traded), days_traded >= phase.min_days)
        )
    if phase.consistency_percent is not None:
        best = max(marks.best_day, marks.day_profit)
        share = best / made * _HUNDRED if made > 0 else Decimal(0)
        goals.append(
            Goal(
                "consistency",
                phase.consistency_percent,
                share.quantize(_CENT, ROUND_HALF_EVEN),
                made > 0 and share <= phase.consistency_percent,
            )
        )
    return goals


def _share(of: Decimal, percent: Decimal) -> Decimal:
    return (of * percent / _HUNDRED).quantize(_CENT, ROUND_HALF_EVEN)
