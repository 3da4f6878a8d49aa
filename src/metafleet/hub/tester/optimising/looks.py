"""Verbs of whoever looks how an optimisation goes on: begin a look, hand out batches, finish, fail.

He proves it with the number of his look; of two that look at once only the later one writes.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from metafleet.engine.tester.contract import Test
from metafleet.engine.tester.optimising.job import Job, engine_version
from metafleet.hub.billing import operations as billing
from metafleet.hub.kernel import nudges
from metafleet.hub.tester.models import UNDER_WAY, BacktestState, Optimisation, TryBatch
from metafleet.hub.tester.optimising import operations

LOOK: Final = timedelta(seconds=180)
"""Of one look: a killed worker is noticed when it has run out. A Bayesian search may think for a minute."""
BATCH_S: Final = 10.0
"""What a batch shall take: long beside the half second of its process, short for who waits for a place."""
FIRST: Final = 4
"""Tries of a batch while nobody knows how long one takes."""
MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Look:
    """The right to say how it goes on."""

    row: Optimisation
    number: int


def begin(*, tenant_id: UUID, optimisation_id: UUID, now: datetime) -> Look | None:
    """Take the look; None where it is not due. Under another engine what was tried counts no more."""
    row = operations.lock(tenant_id, optimisation_id)
    if row is None or row.state not in UNDER_WAY or row.due_at is None or row.due_at > now:
        return None
    if row.engine != engine_version():
        row.batches.all().delete()
        row.tries.all().delete()
        row.engine, row.best, row.luck = engine_version(), None, None
        row.done = row.made = 0
        row.spent_s = 0.0
    row.state, row.message = BacktestState.RUNNING, ""
    row.started_at = row.started_at or now
    row.looks += 1
    row.due_at = now + LOOK
    row.save(
        update_fields=(
            *("state", "message", "engine", "done", "made", "spent_s", "best", "luck"),
            *("started_at", "looks", "due_at", "updated_at"),
        )
    )
    operations.tell(row)
    return Look(row, row.looks)


def note_market(look: Look, test: Test, market_hash: str) -> bool:
    """Write when exactly it is tested and on what; False where it is not his to say any more."""
    row = _held(look)
    if row is None:
        return False
    row.setup = {name: value for name, value in msgspec.to_builtins(test).items() if name != "inputs"}
    row.market_hash = market_hash
    row.save(update_fields=("setup", "market_hash", "updated_at"))
    look.row.setup, look.row.market_hash = row.setup, market_hash
    return True


def hand_out(look: Look, missing: Sequence[Job], *, done: int, total: int, now: datetime) -> int:
    """Write what is to be tried next, in batches for any worker, and return how many of them."""
    plan = billing.lock_plan(tenant_id=look.row.tenant_id)
    row = _held(look)
    if row is None:
        return 0
    places = max(1, plan.optimisations.at_once)
    size = _size(row, len(missing), places)
    # Nobody knows yet how long one takes: a few first, then batches of the right size.
    some = missing if row.made else missing[: FIRST * places]
    batches = [_batch(row, some[at : at + size], now) for at in range(0, len(some), size)]
    TryBatch.objects.bulk_create(batches)
    row.done, row.total = done, max(total, done)
    row.due_at = None
    row.save(update_fields=("done", "total", "due_at", "updated_at"))
    for batch in batches[:places]:
        nudges.enqueue_on_commit("tester.try", tenant_id=str(row.tenant_id), batch_id=str(batch.id))
    operations.tell(row)
    return len(batches)


def _size(row: Optimisation, missing: int, places: int) -> int:
    if not row.made:
        return FIRST
    each_s = max(row.spent_s / row.made, 0.001)
    # Every place has something to do before one has much.
    return max(1, min(MOST, int(BATCH_S / each_s), math.ceil(missing / places)))


def _batch(row: Optimisation, jobs: Sequence[Job], now: datetime) -> TryBatch:
    return TryBatch(
        tenant_id=row.tenant_id,
        optimisation_id=row.id,
        jobs=zlib.compress(msgspec.json.encode(jobs)),
        size=len(jobs),
        due_at=now,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of it, as the rows keep it. report: the document, JSON."""

    best: Any
    luck: Any
    plateau: Any
    report: bytes
    done: int


def finish(look: Look, result: Result, *, now: datetime) -> Optimisation | None:
    """Write what came out. None where it is not his to say any more."""
    row = _held(look)
    if row is None:
        return None
    row.best, row.luck, row.plateau = result.best, result.luck, result.plateau
    row.report = zlib.compress(result.report)
    row.done = row.total = result.done
    operations.end(row, BacktestState.DONE, now, "")
    return row


def fail(look: Look, why: str, *, now: datetime) -> Optimisation | None:
    """Write why nothing comes of it. None where it is not his to say any more."""
    row = _held(look)
    if row is not None:
        operations.end(row, BacktestState.FAILED, now, why)
    return row


def _held(look: Look) -> Optimisation | None:
    row = operations.lock(look.row.tenant_id, look.row.id)
    if row is None or row.looks != look.number or row.state != BacktestState.RUNNING:
        return None
    return row
