"""Verbs of whoever makes tries: claim a batch, keep what came of it, give it back, close it.

He proves it with the number of his claim; a batch that was taken by another meanwhile, or whose optimisation
is over, is not his any more, and nothing is written.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from django.db.models import QuerySet

from metafleet.engine.tester.contract import Test
from metafleet.engine.tester.optimising.criterion import Criterion
from metafleet.engine.tester.optimising.job import Job, Outcome, failed
from metafleet.engine.tester.optimising.optimising import periods_of
from metafleet.hub.billing import operations as billing
from metafleet.hub.billing.plans import Plan
from metafleet.hub.kernel import nudges
from metafleet.hub.tester.models import BacktestState, Optimisation, Try, TryBatch
from metafleet.hub.tester.optimising import operations, queries, searching
from metafleet.hub.tester.optimising.records import Best
from metafleet.hub.tester.records import Data

LEASE: Final = timedelta(seconds=20)
"""Renewed twice a second: a worker that was killed is noticed when it has run out."""
MOST_ATTEMPTS: Final = 3
"""Of one try: that many workers may be killed at it before it is the try's fault."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to make a batch's tries until the lease ends, renewed by each word. jobs: not made yet."""

    tenant_id: UUID
    optimisation_id: UUID
    batch_id: UUID
    number: int
    attempt: int
    slug: str
    source: str
    data: Data
    test: Test
    criterion: Criterion
    jobs: list[Job] = field(default_factory=list)


def claim(*, tenant_id: UUID, batch_id: UUID, now: datetime) -> Claim | None:
    """Take a batch; None where it is not due, or as many are made as the plan allows."""
    plan = billing.lock_plan(tenant_id=tenant_id)
    batch = TryBatch.objects.filter(tenant_id=tenant_id, id=batch_id).first()
    row = None if batch is None else operations.lock(tenant_id, batch.optimisation_id)
    if batch is None or row is None or row.state != BacktestState.RUNNING:
        return None
    batch = TryBatch.objects.select_for_update().filter(id=batch_id).first()
    if batch is None or batch.due_at > now or not _has_place(plan, batch, now):
        return None
    jobs = _left(batch)
    if batch.attempts >= MOST_ATTEMPTS and jobs:
        outcome = failed(jobs[0], f"what ran it was stopped {batch.attempts} times in the middle of it")
        _write(row, jobs[:1], [outcome])
        batch.attempts, jobs = 0, jobs[1:]
    batch.claims += 1
    batch.attempts += 1
    batch.lease_until = batch.due_at = now + LEASE
    batch.save(update_fields=("claims", "attempts", "lease_until", "due_at", "updated_at"))
    asked = searching.sought(row)
    return Claim(
        tenant_id=tenant_id,
        optimisation_id=row.id,
        batch_id=batch.id,
        number=batch.claims,
        attempt=batch.attempts,
        slug=row.version.template.slug,
        source=row.version.source,
        data=asked.data,
        test=asked.test,
        criterion=Criterion(asked.search.criterion, fewest_trades=asked.search.fewest_trades),
        jobs=jobs,
    )


def _has_place(plan: Plan, batch: TryBatch, now: datetime) -> bool:
    running = TryBatch.objects.filter(tenant_id=batch.tenant_id, lease_until__gt=now).exclude(id=batch.id)
    return running.count() < plan.optimisations.at_once


def _left(batch: TryBatch) -> list[Job]:
    jobs = msgspec.json.decode(zlib.decompress(bytes(batch.jobs)), type=list[Job])
    made = Try.objects.filter(tenant_id=batch.tenant_id, key__in=[job.key for job in jobs])
    known = set(made.values_list("key", flat=True))
    return [job for job in jobs if job.key not in known]


def keep(held: Claim, jobs: Sequence[Job], outcomes: Sequence[Outcome], *, now: datetime) -> bool:
    """Write what came of some jobs, and renew the lease; False where it is not ours any more."""
    row = operations.lock(held.tenant_id, held.optimisation_id)
    if row is None or row.state != BacktestState.RUNNING:
        return False
    fresh = {"attempts": 0} if outcomes else {}
    renewed = _held(held).update(lease_until=now + LEASE, due_at=now + LEASE, updated_at=now, **fresh)
    if renewed and outcomes:
        _write(row, jobs, outcomes)
        plan = billing.plan_of(tenant_id=held.tenant_id)
        operations.tell(row, seconds_left=seconds_left(row, plan, queries.open_batches(row)))
    return bool(renewed)


def _write(row: Optimisation, jobs: Sequence[Job], outcomes: Sequence[Outcome]) -> None:
    """Keep outcomes, each once whoever brings it. The optimisation is locked."""
    asked = searching.sought(row)
    criterion = Criterion(asked.search.criterion, fewest_trades=asked.search.fewest_trades)
    whole, _ = periods_of(asked.test)
    known = set(
        Try.objects.filter(tenant_id=row.tenant_id, key__in=[job.key for job in jobs]).values_list(
            "key", flat=True
        )
    )
    pairs = [pair for pair in zip(jobs, outcomes, strict=True) if pair[0].key not in known]
    tries = [
        Try(
            tenant_id=row.tenant_id,
            optimisation_id=row.id,
            key=job.key,
            outcome=msgspec.json.encode(outcome),
            is_done=outcome.state == "done",
            is_search=not job.wants_days and (job.test.from_s, job.test.to_s) == (whole.from_s, whole.to_s),
            score=criterion.of(outcome.figures).score,
            sharpe_day=None
            if outcome.returns is None or outcome.returns.deviation <= 0
            else outcome.returns.sharpe,
        )
        for job, outcome in pairs
    ]
    Try.objects.bulk_create(tries, ignore_conflicts=True)
    row.done += len(tries)
    row.made += len(tries)
    row.total = max(row.total, row.done)
    row.spent_s += sum(outcome.elapsed_s for _, outcome in pairs)
    row.save(update_fields=("done", "made", "total", "spent_s", "updated_at"))


def give_back(held: Claim, *, after: timedelta, now: datetime) -> bool:
    """Let another worker go on with it, after a while."""
    changed = _held(held).update(lease_until=None, due_at=now + after, updated_at=now)
    if changed and not after:
        _nudge_next(held.tenant_id, now)
    return bool(changed)


def close(held: Claim, *, now: datetime) -> bool:
    """End a batch whose tries are all made; where it was the last, the optimisation goes on."""
    row = operations.lock(held.tenant_id, held.optimisation_id)
    if row is None or row.state != BacktestState.RUNNING or not _held(held).delete()[0]:
        return False
    best = next(iter(queries.best_so_far(row, 1)), None)
    row.best = None if best is None else msgspec.to_builtins(_best(held, best))
    row.luck = msgspec.to_builtins(queries.luck_so_far(row, best))
    if not row.batches.exists():
        row.due_at = now
        operations.nudge(row)
    row.save(update_fields=("best", "luck", "due_at", "updated_at"))
    _nudge_next(held.tenant_id, now)
    return True


def _best(held: Claim, outcome: Outcome) -> Best:
    value = held.criterion.of(outcome.figures).value
    return Best(inputs=outcome.inputs, value=value, figures=outcome.figures)


def refuse(held: Claim, why: str, *, now: datetime) -> Optimisation | None:
    """End the optimisation, none of whose tries can be made. None where it is not ours any more."""
    row = operations.lock(held.tenant_id, held.optimisation_id)
    if row is None or row.state != BacktestState.RUNNING or not _held(held).exists():
        return None
    operations.end(row, BacktestState.FAILED, now, why)
    return row


def change_engine(held: Claim, *, now: datetime) -> None:
    """Have it looked at by whoever has another engine than the batch: as the worker has that says so."""
    row = operations.lock(held.tenant_id, held.optimisation_id)
    if row is not None and row.state == BacktestState.RUNNING and _held(held).exists():
        row.due_at = now
        row.save(update_fields=("due_at", "updated_at"))
        operations.nudge(row)


def seconds_left(row: Optimisation, plan: Plan, batches: int) -> float | None:
    """Return about how long it will go on; None where nobody can say. batches: those that are open."""
    if not row.made or row.state != BacktestState.RUNNING:
        return None
    places = max(1, min(plan.optimisations.at_once, batches))
    return row.spent_s / row.made * max(0, row.total - row.done) / places


def _held(held: Claim) -> QuerySet[TryBatch]:
    return TryBatch.objects.filter(tenant_id=held.tenant_id, id=held.batch_id, claims=held.number)


def _nudge_next(tenant_id: UUID, now: datetime) -> None:
    waiting = TryBatch.objects.filter(tenant_id=tenant_id, due_at__lte=now).order_by(
        "due_at", "created_at", "id"
    )
    for batch_id in waiting.values_list("id", flat=True)[:1]:
        nudges.enqueue_on_commit("tester.try", tenant_id=str(tenant_id), batch_id=str(batch_id))
