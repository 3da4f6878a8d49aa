"""Train models again that are due: each in a process of its own, one at a time in a worker."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec
from django.conf import settings

from metafleet.brain import features
from metafleet.brain.model import ModelSpec
from metafleet.engine.market.calendarfile import FeedRefused, read_calendar
from metafleet.engine.market.servertime import Zone
from metafleet.hub.kernel import clock
from metafleet.hub.market import record
from metafleet.hub.signals import retraining
from metafleet.hub.signals.models import Retraining
from metafleet.hub.signals.training_job import Job, Told

LONGEST_S: Final = 3_600
"""Ten years of H1 of eight symbols take a minute; an hour is a model that should be trained by hand."""
_RENEWED_S: Final = 10.0

_log = logging.getLogger(__name__)


class _NotOurs(Exception):
    """The lease ran out, and another worker has it."""


def run(*, retraining_id: UUID) -> Retraining | None:
    """Train a model where that is due, and write what came of it. None where it is not, or others do.

    Safe to run twice and to be killed: the lease runs out, and the sweep begins it anew.
    """
    if not _place().acquire(blocking=False):
        return None  # it stays due; the sweep comes back
    try:
        held = retraining.claim(retraining_id=retraining_id, now=clock.now())
        return None if held is None else _train(held)
    finally:
        _place().release()


@cache
def _place() -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(1)


def _train(held: retraining.Claim) -> Retraining | None:
    spec = msgspec.convert(held.spec, ModelSpec)
    try:
        job = _job(held, spec)
    except FeedRefused as refused:
        return retraining.fail(held, str(refused), now=clock.now())
    if missing := [name for name, rows in {**job.bars, **job.beside}.items() if not rows]:
        why = f"There are no bars of {missing[0]} in the record of {held.recipe.server}."
        return retraining.fail(held, why, now=clock.now())
    try:
        told = _listen(held, msgspec.msgpack.encode(job))
    except _NotOurs:
        return None
    if told.file is None:
        why = told.error or "What trained it ended before it was done."
        return retraining.fail(held, why, now=clock.now())
    return retraining.finish(held, told.file, now=clock.now())


def _job(held: retraining.Claim, spec: ModelSpec) -> Job:
    recipe = held.recipe

    def bars(symbol: str) -> bytes:
        return record.bars(recipe.server, symbol, spec.timeframe, count=recipe.most_bars).tobytes()

    return Job(
        spec=spec,
        bars={symbol: bars(symbol) for symbol in spec.symbols},
        beside={symbol: bars(symbol) for symbol in spec.beside if symbol not in spec.symbols},
        folds=recipe.folds,
        confidence=recipe.confidence,
        seed=recipe.seed,
        trials_before=held.trials_before,
        calendar=_calendar(spec),
    )


def _calendar(spec: ModelSpec) -> bytes | None:
    """Return the installation's events where a feature looks at them. Raises FeedRefused."""
    if not any("calendar" in features.about(name).needs for name in spec.features):
        return None
    if not settings.MARKET_CALENDAR:
        raise FeedRefused(
            "The model looks at a calendar of events, and METAFLEET_MARKET_CALENDAR names none."
        )
    events = read_calendar(Path(settings.MARKET_CALENDAR))
    told = features.calendar_of(((one.at, one.currency, one.impact) for one in events), Zone())
    return told.tobytes()


def _listen(held: retraining.Claim, work: bytes) -> Told:
    """Return the last that it said. Raises _NotOurs. Whatever comes between, the process is ended."""
    last = Told()
    with subprocess.Popen(
        [sys.executable, "-m", "metafleet.hub.signals.training_job"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        over = threading.Event()
        heeding = threading.Thread(target=_heed, args=(held, process, over), daemon=True)
        heeding.start()
        try:
            assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - asked for
            with suppress(BrokenPipeError):
                process.stdin.write(work)
                process.stdin.close()
            for line in process.stdout:
                last = msgspec.json.decode(line, type=Told)
        finally:
            over.set()
            if process.poll() is None:
                process.kill()
    heeding.join()
    if not retraining.renew(held, now=clock.now()):
        raise _NotOurs
    return last


def _heed(held: retraining.Claim, process: subprocess.Popen[bytes], over: threading.Event) -> None:
    """Renew the lease while it trains; end it when that is gone, or after LONGEST_S."""
    from django.db import Error, connection

    until_s = time.monotonic() + LONGEST_S
    try:
        while not over.wait(_RENEWED_S):
            try:
                is_ours = retraining.renew(held, now=clock.now())
            except Error as error:
                _log.warning("a training's lease could not be renewed: %s", error)
                continue
            if not is_ours or time.monotonic() > until_s:
                process.kill()
                return
    finally:
        connection.close()
