"""Verbs of a person on optimisations: ask, cancel, remove; and how one ends. One transaction each."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from metafleet.engine.tester.contract import Test
from metafleet.engine.tester.optimising.space import Count
from metafleet.hub.audit import operations as audit
from metafleet.hub.billing import operations as billing
from metafleet.hub.billing.plans import Plan
from metafleet.hub.fleet.errors import PlanLimitReached
from metafleet.hub.kernel import live, nudges
from metafleet.hub.kernel.errors import Fault, Malformed, NotFound
from metafleet.hub.tester import operations as backtests
from metafleet.hub.tester.models import UNDER_WAY, BacktestState, Optimisation, Try
from metafleet.hub.tester.operations import NoReport, NotRunnable
from metafleet.hub.tester.optimising import queries, sizing
from metafleet.hub.tester.optimising.records import Search


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asks for. wish: its inputs are those that are not searched over."""

    wish: backtests.Wish
    search: Search


@dataclass(frozen=True, slots=True)
class Size:
    """How large it is. tries: of one search, runs: of all there is to do, at most. seconds: None: unknown."""

    count: Count
    tries: int
    runs: int
    seconds: float | None


def measure(*, tenant_id: UUID, asked: Asked, now: datetime) -> Size:
    """Return how large an optimisation would be, changing nothing. Raises what `ask` raises."""
    plan = billing.plan_of(tenant_id=tenant_id)
    return _measured(tenant_id, plan, asked, sizing.settled(asked.search), now)[1]


def ask(*, tenant_id: UUID, actor: str, asked: Asked, now: datetime) -> Optimisation:
    """Queue an optimisation.

    Raises PlanLimitReached, TemplateNotInPlan, NotRunnable, NotReleased, ReleaseMissing, SymbolUnknown,
    Malformed naming what of the setup, the ranges or the inputs cannot be.
    """
    plan = billing.lock_plan(tenant_id=tenant_id)
    search = sizing.settled(asked.search)
    test, size = _measured(tenant_id, plan, asked, search, now)
    _check_room(tenant_id, plan, size)
    wish = asked.wish
    row = Optimisation(
        tenant_id=tenant_id,
        version=wish.version,
        content_hash=wish.version.content_hash,
        instance=wish.instance,
        symbol=test.symbol,
        timeframe=test.timeframe,
        setup={name: value for name, value in msgspec.to_builtins(test).items() if name != "inputs"},
        inputs=test.inputs,
        data=msgspec.to_builtins(wish.data),
        search=msgspec.to_builtins(search),
        total=size.runs,
        message="Waiting for its turn",
        asked_by=actor,
        due_at=now,
    )
    row.save(force_insert=True)
    detail = {"symbol": row.symbol, "method": search.method, "runs": size.runs}
    _record(row, actor, "optimisation.asked", now, detail)
    nudge(row)
    tell(row)
    return row


def _measured(tenant_id: UUID, plan: Plan, asked: Asked, search: Search, now: datetime) -> tuple[Test, Size]:
    if asked.wish.model is not None:
        raise Malformed(
            Fault("/model", "An optimisation hears no model. Test the inputs that it finds with one.")
        )
    space = sizing.space_in(asked.wish, search)
    varied = {one.name for one in search.ranges}
    fixed = {name: value for name, value in space.fixed.items() if name not in varied}
    test = backtests.checked(plan, asked.wish, fixed, now)
    count, tries, runs = sizing.counted(asked.wish, search, space, test)
    each_s = sizing.seconds_of_one(tenant_id, asked.wish, test)
    places = max(1, plan.optimisations.at_once)
    return test, Size(count, tries, runs, None if each_s is None else each_s * runs / places)


def _check_room(tenant_id: UUID, plan: Plan, size: Size) -> None:
    have = queries.kept(tenant_id=tenant_id)
    if have >= plan.backtests.kept:
        raise PlanLimitReached(
            plan, "kept optimisations", plan.backtests.kept, have, "Delete some, or change the plan."
        )
    most, tries = plan.optimisations.tries, queries.tries_kept(tenant_id=tenant_id)
    if tries + size.runs > most:
        raise PlanLimitReached(
            *(plan, "kept tries", most, tries),
            f"This would be up to {size.runs:,} more: search over less, or delete older optimisations.",
        )


def cancel(*, tenant_id: UUID, optimisation_id: UUID, actor: str, now: datetime) -> Optimisation:
    """End it; who makes its tries hears so within a second. What was tried is kept until it is removed.

    A second time changes nothing. Raises NotFound, NotRunnable for one that has ended by itself.
    """
    row = lock(tenant_id, optimisation_id)
    if row is None:
        raise NotFound("optimisation")
    if row.state == BacktestState.CANCELLED:
        return row
    if row.state not in UNDER_WAY:
        raise NotRunnable("This optimisation is over already, so there is nothing to cancel.")
    end(row, BacktestState.CANCELLED, now, f"Cancelled by {actor}")
    _record(row, actor, "optimisation.cancelled", now)
    return row


def remove(*, tenant_id: UUID, optimisation_id: UUID, actor: str, now: datetime) -> None:
    """Delete it with its report and its tries; one that runs is ended by that. Raises NotFound."""
    row = lock(tenant_id, optimisation_id)
    if row is None:
        raise NotFound("optimisation")
    _record(row, actor, "optimisation.removed", now)
    tell(row)
    row.delete()


def report_of(row: Optimisation) -> bytes:
    """Return the document, JSON, as `engine.tester.optimising.report.document.Document`. Raises NoReport."""
    if row.report is None:
        raise NoReport(row.message or "This optimisation has no report yet.")
    return zlib.decompress(bytes(row.report))


def end(row: Optimisation, state: BacktestState, now: datetime, message: str) -> None:
    """Write that it is over. The row is locked."""
    row.state, row.message = state, message[:400]
    row.due_at, row.finished_at = None, now
    row.batches.all().delete()
    # A try that failed is no knowledge: it may have been the machine.
    Try.objects.filter(tenant_id=row.tenant_id, optimisation_id=row.id, is_done=False).delete()
    row.save(
        update_fields=(
            *("state", "message", "done", "total", "due_at", "finished_at", "updated_at"),
            *("best", "luck", "plateau", "report"),
        )
    )
    tell(row)


def lock(tenant_id: UUID, optimisation_id: UUID) -> Optimisation | None:
    """Return the row, held until commit."""
    return (
        Optimisation.objects.select_for_update(of=("self",))
        .select_related("version__template")
        .filter(tenant_id=tenant_id, id=optimisation_id)
        .first()
    )


def nudge(row: Optimisation) -> None:
    nudges.enqueue_on_commit("tester.conduct", tenant_id=str(row.tenant_id), optimisation_id=str(row.id))


def tell(row: Optimisation, *, seconds_left: float | None = None) -> None:
    """Let open screens know how far it is."""
    said = {"state": row.state, "done": row.done, "total": row.total, "secondsLeft": seconds_left}
    live.publish_on_commit(row.tenant_id, "optimisation", id=row.id, **said)


def _record(
    row: Optimisation, actor: str, action: str, now: datetime, detail: dict[str, Any] | None = None
) -> None:
    audit.record(
        tenant_id=row.tenant_id,
        actor=actor,
        action=action,
        subject=f"{row.version.template.name} {row.symbol} {row.timeframe}",
        subject_id=row.id,
        now=now,
        detail=detail,
    )
