"""How well the installation keeps its objectives, for operators and auditors."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest
from ninja import Router

from metafleet.hub.console.access import needs
from metafleet.hub.console.schemas import objectives as shown
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.objectives.definitions import BURNS, PERIOD
from metafleet.hub.monitor.objectives import budget, queries

router = Router(by_alias=True)
_HOUR = timedelta(hours=1)


@router.get("/operator/objectives", response=shown.Objectives)
@needs(Right.AUDIT)
def list_objectives(request: HttpRequest) -> shown.Objectives:
    """Each objective with what is left of its budget and how fast it burns."""
    return shown.Objectives(
        period_days=PERIOD.days,
        objectives=[_objective(standing) for standing in queries.standings(now=clock.now())],
    )


def _objective(standing: queries.Standing) -> shown.Objective:
    of = standing.objective
    rates = standing.burn_rates
    return shown.Objective(
        name=of.name,
        title=of.title,
        promise=of.promise % f"{of.target:.1%}".replace(".0%", "%").replace("%", " %"),
        of=of.of,
        target_ratio=of.target,
        state=standing.state,
        total=standing.of_period.total,
        bad=standing.of_period.bad,
        good_ratio=budget.good_ratio(standing.of_period),
        good_now_ratio=budget.good_ratio(standing.windows[_HOUR]),
        left_ratio=standing.left_ratio,
        burns=[
            shown.BurnRate(hours=burn.long // _HOUR, rate=rates[burn.long], alarm_at=burn.rate)
            for burn in BURNS
        ],
        curve=[shown.BudgetPoint(at=at, left_ratio=left) for at, left in standing.curve],
        runbook=of.runbook,
    )
