"""The operator's screen of objectives. Ratios are 0 to 1, of a budget negative where it is overspent."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from metafleet.hub.console.schemas.base import Record

ObjectiveState = Literal["no data", "fine", "burning", "spent"]


class BudgetPoint(Record):
    """What was left of the budget at an instant."""

    at: datetime
    left_ratio: float


class BurnRate(Record):
    """How many times as fast as it may the budget burnt in the last hours; null: nothing happened.

    `alarm_at`: from which rate on somebody is told.
    """

    hours: int
    rate: float | None
    alarm_at: float


class Objective(Record):
    """What is promised, and how that is kept. `total` and `bad`: events of the period, `of` names them.

    `good_ratio`, `left_ratio`: of the period; `good_now_ratio`: of the last hour. `curve`: oldest first.
    """

    name: str
    title: str
    promise: str
    of: str
    target_ratio: float
    state: ObjectiveState
    total: int
    bad: int
    good_ratio: float | None
    good_now_ratio: float | None
    left_ratio: float | None
    burns: list[BurnRate]
    curve: list[BudgetPoint]
    runbook: str


class Objectives(Record):
    """`period_days`: what the budgets are for."""

    period_days: int
    objectives: list[Objective]
