"""The judge's process: a turn several times a second, while the lease is its own."""

from __future__ import annotations

import logging
import math
import threading
from typing import Final
from uuid import uuid4

from django.db import Error, connection

from metafleet.hub.kernel import alive, clock
from metafleet.hub.monitor.judge import lease
from metafleet.hub.monitor.judge.bench import Bench, no_models
from metafleet.hub.monitor.judge.turn import Judge
from metafleet.hub.monitor.rules.contract import Models

TURN_S: Final = 0.25
"""From one turn's end to the next one's beginning."""
RENEW_S: Final = 1.5
AWAY_S: Final = 2.0
"""Between two tries while the database is away, or another judges."""

_log = logging.getLogger(__name__)


def run(stop: threading.Event, models: Models = no_models) -> None:
    """Judge while the lease is ours, until told to stop. models: asks how the served models stand."""
    me, judge, renewed_s = uuid4(), None, -math.inf
    while not stop.is_set():
        try:
            if clock.steady_s() - renewed_s >= RENEW_S:
                judge = _judge_of(judge, models, is_ours=lease.take(me))
                renewed_s = clock.steady_s()
            if judge is not None:
                judge.turn(clock.now())
            alive.sign()
        except Error as error:
            _log.warning("the database is away, trying again: %s", error)
            connection.close()
            judge, renewed_s = None, -math.inf
        stop.wait(AWAY_S if judge is None else TURN_S)


def _judge_of(judge: Judge | None, models: Models, *, is_ours: bool) -> Judge | None:
    """Return who judges on: nobody while the lease is another's, a new one that has loaded after that."""
    if not is_ours:
        return None
    if judge is not None:
        return judge
    _log.info("judging from now on")
    found = Judge(Bench(models))
    found.load()
    return found
