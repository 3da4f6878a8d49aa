"""Make the tries that are due: a batch in a process of its own, each try kept as it comes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec
from django.conf import settings

from metafleet.engine.tester.optimising.batch import Batch
from metafleet.engine.tester.optimising.job import Job, Outcome, engine_version, failed
from metafleet.engine.tester.optimising.measuring import FIGURES
from metafleet.hub.fleet.drivers.process.users import Users
from metafleet.hub.fleet.trials.shut_in import NUL, Allowance, SandboxFailed, ShutIn, Unbelievable
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.tester import market_data, running
from metafleet.hub.tester.optimising import batches, prices
from metafleet.hub.tester.optimising.spaces import sentence

ALLOWANCE: Final = Allowance(memory_mb=768, cpu=1.0, cpu_s=1_500, wall_s=3_000.0, most_said=64 * 1024 * 1024)
"""Of one process. A try takes ten minutes at most, as a backtest, and none is begun after `ENOUGH_S`."""
ENOUGH_S: Final = 60.0
"""A batch that takes longer than was thought makes room after its next try."""
MOST_DEATHS: Final = 2
"""Its process may have died of something else than its try; twice is no accident."""

_log = logging.getLogger(__name__)


class _NotOurs(Exception):
    """The optimisation is over, or the batch is another worker's by now."""


class _Enough(Exception):
    """It has made tries for long enough."""


class _Refused(Exception):
    """None of the tries can be made; the text says why."""


class _Told(msgspec.Struct, rename="camel"):
    """As `engine.tester.optimising.batch.BatchTold`, believed field by field."""

    kind: str
    error: str = ""
    outcome: Outcome | None = None


@dataclass(slots=True)
class _Heard:
    """waiting: what has come and is not kept yet. left: jobs without an outcome, in order."""

    left: list[Job]
    waiting: list[tuple[Job, Outcome]] = field(default_factory=list)
    no_cell: str = ""
    at_s: float = field(default_factory=time.monotonic)
    began_s: float = field(default_factory=time.monotonic)


def make(*, tenant_id: UUID, batch_id: UUID, allowance: Allowance = ALLOWANCE) -> bool:
    """Make a batch's tries where that is due; say whether this worker did.

    Safe to run twice and to be killed: what was made is kept, the lease runs out, and the rest is made anew.
    """
    with _place() as is_free:
        if not is_free:
            return False  # it stays due; the sweep comes back
        with tenant_scope(tenant_id):
            held = batches.claim(tenant_id=tenant_id, batch_id=batch_id, now=clock.now())
        if held is None:
            return False
        _make(held, allowance)
        return True


@contextmanager
def _place() -> Iterator[bool]:
    """A place among a worker's tests; one of them is left to backtests, for which somebody waits."""
    is_free = _places().acquire(blocking=False)
    try:
        if not is_free:
            yield False
            return
        with running.slot() as has_slot:
            yield has_slot
    finally:
        if is_free:
            _places().release()


@cache
def _places() -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(max(1, settings.BACKTESTS_AT_ONCE - 1))


def _make(held: batches.Claim, allowance: Allowance) -> None:
    if held.jobs and held.jobs[0].engine != engine_version():
        with tenant_scope(held.tenant_id):
            batches.change_engine(held, now=clock.now())
        return
    try:
        if held.jobs:
            _listen(held, _work(held), allowance)
        _close(held)
    except (market_data.DataGone, _Refused) as gone:
        _refuse(held, sentence(str(gone)))
    except SandboxFailed as missing:
        _log.warning("tries of the optimisation %s could not be made: %s", held.optimisation_id, missing)
        _refuse(held, str(missing))
    except _Enough:
        with tenant_scope(held.tenant_id):
            batches.give_back(held, after=timedelta(0), now=clock.now())
    except _NotOurs:
        return


def _work(held: batches.Claim) -> Batch:
    with tenant_scope(held.tenant_id):
        found = prices.of(held.data, held.test)
    if found.sha256 != held.jobs[0].market.sha256:
        raise _Refused(f"The prices of {held.test.symbol} are others now than when this began. Ask again.")
    return Batch(slug=held.slug, source=held.source, supplies=found.supplies, made=found.made, jobs=held.jobs)


def _listen(held: batches.Claim, work: Batch, allowance: Allowance) -> None:
    home = Path(settings.DATA_DIR)
    # What ships is ours; another's code is shut in.
    if work.source:
        (home / "runners").mkdir(parents=True, exist_ok=True, mode=0o700)
    process = ShutIn(
        *("metafleet.runner.tries", home / "trials" / "empty", Users(home / "runners"), allowance),
        in_cell=bool(work.source),
    )
    heard, fault = _Heard(list(work.jobs)), ""
    try:
        process.give(msgspec.json.encode(work))
        for line in process.lines(lambda: _heed(held, heard)):
            _take(heard, line)
            if heard.left and time.monotonic() - heard.began_s > ENOUGH_S:
                raise _Enough
    except Unbelievable as nonsense:
        fault = str(nonsense)
    finally:
        end = process.end()
        _keep(held, heard)
    if heard.no_cell:
        raise SandboxFailed(heard.no_cell)
    if heard.left:
        _mourn(held, heard, fault or process.why(end), is_certain=bool(fault))


def _heed(held: batches.Claim, heard: _Heard) -> None:
    """Keep what has come; notice that it is not wanted any more, or that nothing comes."""
    if time.monotonic() - heard.at_s > running.ALLOWANCE.cpu_s:
        raise Unbelievable(f"it took longer than {running.ALLOWANCE.cpu_s} s")
    if not _keep(held, heard):
        raise _NotOurs


def _keep(held: batches.Claim, heard: _Heard) -> bool:
    some, heard.waiting = heard.waiting, []
    with tenant_scope(held.tenant_id):
        jobs, outcomes = [job for job, _ in some], [outcome for _, outcome in some]
        return batches.keep(held, jobs, outcomes, now=clock.now())


def _take(heard: _Heard, line: bytes) -> None:
    try:
        if NUL in line:
            raise msgspec.ValidationError("a text has a NUL character")
        told = msgspec.json.decode(line, type=_Told)
    except msgspec.DecodeError as wrong:
        raise Unbelievable(f"what it says is not as it must be: {wrong}"[:300]) from wrong
    heard.at_s = time.monotonic()
    match told.kind:
        case "outcome" if told.outcome is not None:
            _note(heard, told.outcome)
        case "refused":
            raise _Refused(told.error[:300] or "none of the tries can be made")
        case "no_cell":
            heard.no_cell = told.error[:400] or "This machine has no sandbox."


def _note(heard: _Heard, outcome: Outcome) -> None:
    """Its own process wrote it, and with it perhaps the EA: it is of the job whose turn it is, or of none."""
    if not heard.left or outcome.key != heard.left[0].key:
        raise Unbelievable("what it says is of a try that was not asked for")
    job = heard.left.pop(0)
    figures = {name: value for name, value in outcome.figures.items() if name in FIGURES}
    whole = msgspec.structs.replace(
        outcome, inputs=job.test.inputs, figures=figures, error=outcome.error[:400]
    )
    heard.waiting.append((job, whole))


def _mourn(held: batches.Claim, heard: _Heard, why: str, *, is_certain: bool) -> None:
    """Its process has ended in the middle of a try: it is made once more, and then it has failed."""
    made_some = len(heard.left) < len(held.jobs)
    if not is_certain and (made_some or held.attempt < MOST_DEATHS):
        raise _Enough
    job = heard.left.pop(0)
    said = why[:1].lower() + why[1:]
    heard.waiting.append((job, failed(job, f"its process ended: {said}"[:400])))
    if not _keep(held, heard):
        raise _NotOurs
    if heard.left:
        raise _Enough


def _close(held: batches.Claim) -> None:
    with tenant_scope(held.tenant_id):
        batches.close(held, now=clock.now())


def _refuse(held: batches.Claim, why: str) -> None:
    with tenant_scope(held.tenant_id):
        batches.refuse(held, why, now=clock.now())
