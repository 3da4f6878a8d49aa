"""The plans: what they cost, how many EAs they allow, and what each EA gets of a machine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from django.db import models


class PlanCode(models.TextChoices):
    BRONZE = "bronze"
    GOLD = "gold"
    PLATINUM = "platinum"


@dataclass(frozen=True, slots=True)
class ResourceClass:
    """What an EA gets of a machine, as multiples of what its template asks for."""

    name: str
    cpu_factor: float
    memory_factor: float


SMALL: Final = ResourceClass("Small", 1.0, 1.0)
MEDIUM: Final = ResourceClass("Medium", 1.5, 1.5)
LARGE: Final = ResourceClass("Large", 2.0, 2.0)


@dataclass(frozen=True, slots=True)
class BacktestLimits:
    """at_once: that run at the same time; more wait. kept: that exist. years: that one may go over."""

    at_once: int
    kept: int
    years: int


@dataclass(frozen=True, slots=True)
class OptimisationLimits:
    """at_once: tries that are made at the same time. tries: that are kept, of all optimisations together."""

    at_once: int
    tries: int


@dataclass(frozen=True, slots=True)
class Plan:
    """`instance_limit` counts EA instances that exist, `active_limit` those that run or that a person
    has paused. One that the plan itself has paused takes no active place. `rank` orders the plans:
    a template is open to its required plan and every higher one.
    """

    code: PlanCode
    name: str
    price_usd_per_month: int
    instance_limit: int
    active_limit: int
    rank: int
    resources: ResourceClass = SMALL
    requests_per_minute: int = 60
    """Of each API key; and of a UTC day the next."""
    requests_per_day: int = 10_000
    backtests: BacktestLimits = BacktestLimits(1, 20, 2)
    """As many optimisations are kept, and one goes over as many years."""
    recommendations: int = 3
    """That are shown at the same time, the best first."""
    optimisations: OptimisationLimits = OptimisationLimits(1, 2_000)


_GOLD_LIMITS: Final = (BacktestLimits(2, 100, 5), 8, OptimisationLimits(2, 10_000))
_PLATINUM_LIMITS: Final = (BacktestLimits(4, 500, 20), 20, OptimisationLimits(4, 50_000))

PLANS: Final = {
    plan.code: plan
    for plan in (
        Plan(PlanCode.BRONZE, "Bronze", 29, 3, 1, 1, SMALL, 60, 10_000),
        Plan(PlanCode.GOLD, "Gold", 79, 7, 3, 2, MEDIUM, 300, 100_000, *_GOLD_LIMITS),
        Plan(PlanCode.PLATINUM, "Platinum", 199, 20, 10, 3, LARGE, 1_200, 1_000_000, *_PLATINUM_LIMITS),
    )
}

ENDED: Final = replace(
    PLANS[PlanCode.BRONZE],
    name="No plan",
    price_usd_per_month=0,
    active_limit=0,
    backtests=replace(PLANS[PlanCode.BRONZE].backtests, at_once=0),
    recommendations=0,
    optimisations=replace(PLANS[PlanCode.BRONZE].optimisations, at_once=0),
)
"""What a subscription that has ended still allows: everything can be seen and stopped, nothing runs."""
