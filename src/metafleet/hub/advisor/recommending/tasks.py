"""The advisor's nudges. Each is safe to run twice and safe to lose."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from celery import shared_task
from django.conf import settings

from metafleet.hub.advisor.recommending import advising, explaining, queries, scoring, standing
from metafleet.hub.advisor.recommending.judged import judged
from metafleet.hub.kernel import clock, nudges
from metafleet.hub.kernel.tenancy import tenant_scope

TENANTS_AT_ONCE: Final = 200
SCORES_AT_ONCE: Final = 50
TEXTS_AT_ONCE: Final = 20
_texts = nudges.Reminders(timedelta(seconds=40))


@shared_task(name="advisor.gather", ignore_result=True, time_limit=7_200)
def gather(**_: Any) -> None:
    """Run the EAs on what is new of the market, if that is due."""
    standing.gather_if_due(processes=settings.ADVISOR_PROCESSES, clock=clock.now)


@shared_task(name="advisor.sweep", ignore_result=True, time_limit=300)
def sweep(**_: Any) -> None:
    """Advise whoever is due: what is thought of the EAs is the same for all of them."""
    gathered_at = queries.gathered_at()
    tenants = queries.due(now=clock.now(), most=TENANTS_AT_ONCE)
    known = judged(is_gathered=settings.ADVISOR_PROCESSES > 0) if tenants else None
    for tenant_id in tenants:
        if known is not None:
            with nudges.alone(tenant_id, "recommendations"), tenant_scope(tenant_id):
                advising.advise(
                    tenant_id=tenant_id,
                    known=known,
                    asks_outside=explaining.author() is not None,
                    now=clock.now(),
                    gathered_at=gathered_at,
                )


@shared_task(name="advisor.sweep_scores", ignore_result=True, time_limit=900)
def sweep_scores(**_: Any) -> None:
    """Score what was recommended a week or four ago."""
    for tenant_id, recommendation_id, days in scoring.due(now=clock.now(), most=SCORES_AT_ONCE):
        scoring.score(tenant_id=tenant_id, recommendation_id=recommendation_id, days=days, now=clock.now())


@shared_task(name="advisor.sweep_explanations", ignore_result=True)
def sweep_explanations(**_: Any) -> None:
    """Hand what waits for an author outside to the workers."""
    if explaining.author() is None:
        return
    now = clock.now()
    for tenant_id, explanation_id in queries.wordless(now=now, most=TEXTS_AT_ONCE):
        if _texts.is_due(explanation_id, now):
            nudges.enqueue_on_commit(
                "advisor.explain", tenant_id=str(tenant_id), explanation_id=str(explanation_id)
            )


@shared_task(name="advisor.explain", ignore_result=True, time_limit=60)
def explain(*, tenant_id: str, explanation_id: str, **_: Any) -> None:
    """Ask the author for one text, if it is still due."""
    if (by := explaining.author()) is not None:
        explaining.explain(
            tenant_id=UUID(tenant_id), explanation_id=UUID(explanation_id), by=by, now=clock.now()
        )
