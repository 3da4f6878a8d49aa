"""The plans and their limits."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models


class PlanCode(models.TextChoices):
    BRONZE = "bronze"
    GOLD = "gold"
    PLATINUM = "platinum"


@dataclass(frozen=True, slots=True)
class Plan:
    """`instance_limit` counts EA instances that exist, `active_limit` those that run or are paused."""

    code: PlanCode
    name: str
    price_usd_per_month: int
    instance_limit: int
    active_limit: int
    rank: int


PLANS = {
    plan.code: plan
    for plan in (
        Plan(PlanCode.BRONZE, "Bronze", 29, 3, 1, rank=1),
        Plan(PlanCode.GOLD, "Gold", 79, 7, 3, rank=2),
        Plan(PlanCode.PLATINUM, "Platinum", 199, 20, 10, rank=3),
    )
}
