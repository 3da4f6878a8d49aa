"""Do the backtests that are due: each in a process of its own, a few of them at once."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec
from django.conf import settings

from metafleet.engine.experts.signals import Signal
from metafleet.engine.tester.jobs import BacktestJob, Supplied
from metafleet.engine.tester.report import TestReport
from metafleet.hub.fleet.drivers.process.users import Users
from metafleet.hub.fleet.trials.shut_in import NUL, Allowance, SandboxFailed, ShutIn, Unbelievable
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.tester import foretelling, market_data, operations
from metafleet.hub.tester.models import Backtest
from metafleet.hub.tester.records import Measured

ALLOWANCE: Final = Allowance(memory_mb=768, cpu=1.0, cpu_s=900, wall_s=1_800.0, most_said=64 * 1024 * 1024)
"""The largest test that may be asked for takes ten minutes; a report of a hundred thousand trades, 30 MiB."""
QUIET_S: Final = 300.0
"""Without a word: one call of the EA that does not return. To make twenty years of prices takes a minute."""

_log = logging.getLogger(__name__)


class _NotOurs(Exception):
    """It was cancelled, removed, or is another worker's by now."""


@dataclass(slots=True)
class _Heard:
    progress: float = 0.0
    report: bytes | None = None
    error: str = ""
    no_cell: str = ""
    at_s: float = 0.0


class _Told(msgspec.Struct, rename="camel"):
    """As `engine.tester.jobs.Told`, believed field by field."""

    kind: str
    error: str = ""
    progress: float = 0.0
    report: msgspec.Raw = msgspec.Raw()


def run(*, tenant_id: UUID, backtest_id: UUID, allowance: Allowance = ALLOWANCE) -> Backtest | None:
    """Run a backtest where that is due, and write what came of it. None where it is not, or others do.

    Safe to run twice and to be killed: the lease runs out, and the sweep begins it anew.
    """
    with slot() as is_free:
        if not is_free:
            return None  # it stays due; the sweep comes back
        with tenant_scope(tenant_id):
            held = operations.claim(tenant_id=tenant_id, backtest_id=backtest_id, now=clock.now())
        return None if held is None else _run(held, allowance)


@cache
def _slots() -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(max(1, settings.BACKTESTS_AT_ONCE))


@contextmanager
def slot() -> Iterator[bool]:
    """A place of this worker's, if one is free: deploys and alerts must not wait for backtests."""
    is_free = settings.BACKTESTS_AT_ONCE > 0 and _slots().acquire(blocking=False)
    try:
        yield is_free
    finally:
        if is_free:
            _slots().release()


def _run(held: operations.Claim, allowance: Allowance) -> Backtest | None:
    try:
        with tenant_scope(held.tenant_id):
            supplies = market_data.supplied(held.data, held.test.currency)
        signals, notes = _foretold(held, supplies)
        job = BacktestJob(
            slug=held.slug,
            source=held.source,
            test=held.test,
            supplies=supplies,
            signals=signals,
            notes=notes,
        )
        return _listen(held, job, allowance)
    except foretelling.NotForetold as silent:
        return _fail(held, str(silent), None)
    except market_data.DataGone as gone:
        return _fail(held, str(gone), None)
    except SandboxFailed as failed:
        _log.warning("the backtest %s could not be made: %s", held.backtest_id, failed)
        return _fail(held, str(failed), None)
    except _NotOurs:
        return None


def _foretold(held: operations.Claim, supplies: list[Supplied]) -> tuple[list[Signal], list[str]]:
    """Return what the test's model says, and the report's sentence of it. Raises NotForetold, _NotOurs."""
    if held.model is None:
        return [], []
    heard = _Heard(at_s=time.monotonic())
    told = foretelling.foretold(held.model, held.test, supplies, lambda: _heed(held, heard))
    return told, [foretelling.note_of(held.model)]


def _listen(held: operations.Claim, job: BacktestJob, allowance: Allowance) -> Backtest | None:
    home = Path(settings.DATA_DIR)
    # What ships is ours; another's code is shut in.
    if job.source:
        (home / "runners").mkdir(parents=True, exist_ok=True, mode=0o700)
    process = ShutIn(
        "metafleet.runner.backtest",
        home / "trials" / "empty",
        Users(home / "runners"),
        allowance,
        in_cell=bool(job.source),
    )
    heard, fault = _Heard(at_s=time.monotonic()), ""
    try:
        process.give(msgspec.json.encode(job))
        for line in process.lines(lambda: _heed(held, heard)):
            _take(heard, line)
    except Unbelievable as nonsense:
        fault = str(nonsense)
    finally:
        end = process.end()
    measured = Measured(
        wall_s=round(end.wall_s, 2),
        cpu_s=round(end.cpu_s, 2),
        memory_mb=round(end.memory_mb, 1),
        limits=process.words,
    )
    if heard.no_cell:
        raise SandboxFailed(heard.no_cell)
    error = fault or heard.error
    if not error and (heard.report is None or end.code != 0):
        error = process.why(end)
    if error or heard.report is None:
        return _fail(held, error, measured)
    return _finish(held, heard.report, measured)


def _heed(held: operations.Claim, heard: _Heard) -> None:
    """Say how far it is; notice that it was cancelled, or has stopped saying anything."""
    if time.monotonic() - heard.at_s > QUIET_S:
        raise Unbelievable(f"It said nothing for {QUIET_S:.0f} s: one call of the EA does not return.")
    with tenant_scope(held.tenant_id):
        if not operations.note_progress(held, heard.progress, now=clock.now()):
            raise _NotOurs


def _take(heard: _Heard, line: bytes) -> None:
    try:
        if NUL in line:
            raise msgspec.ValidationError("a text has a NUL character")
        told = msgspec.json.decode(line, type=_Told)
    except msgspec.DecodeError as wrong:
        raise Unbelievable(f"What it says is not as it must be: {wrong}"[:400]) from wrong
    heard.at_s = time.monotonic()
    match told.kind:
        case "progress":
            heard.progress = told.progress
        case "done":
            heard.report = bytes(told.report)
        case "failed":
            heard.error = told.error[:400] or "It failed and did not say why."
        case "no_cell":
            heard.no_cell = told.error[:400] or "This machine has no sandbox."


def _finish(held: operations.Claim, report: bytes, measured: Measured) -> Backtest | None:
    """Keep a report that is one: its own process wrote it, and with it perhaps the EA."""
    try:
        figures = msgspec.json.decode(report, type=TestReport).figures
    except msgspec.DecodeError as wrong:
        return _fail(held, f"Its report is not as it must be: {wrong}", measured)
    with tenant_scope(held.tenant_id):
        return operations.finish(
            held,
            figures=msgspec.to_builtins(figures),
            report=report,
            measured=measured,
            now=clock.now(),
        )


def _fail(held: operations.Claim, why: str, measured: Measured | None) -> Backtest | None:
    with tenant_scope(held.tenant_id):
        return operations.fail(held, why, measured=measured, now=clock.now())
