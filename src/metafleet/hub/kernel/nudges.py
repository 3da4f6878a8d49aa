"""Nudges: "look at this row now". They make things fast; sweeps make them certain."""

from __future__ import annotations

import logging
import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from metafleet.hub.kernel import origin, tracing

REQUEST_ID: Final = "metafleet_request_id"
"""The header of a nudge that says which request it comes of; empty where none."""

_log = logging.getLogger(__name__)


def enqueue_on_commit(name: str, *, after_s: float = 0.0, **ids: str) -> None:
    """Send the task `name` once the open transaction has committed, to run `after_s` seconds later.

    A nudge that cannot be sent is dropped: the row is due all the same and the
    next sweep finds it.
    """
    transaction.on_commit(partial(_send, name, ids, after_s))


@contextmanager
def alone(owner: UUID, what: str) -> Iterator[None]:
    """Whatever a sweep stumbles over is that tenant's, or account's, alone: the others' turn must come.

    what: the owner's things that are seen to, for the log.
    """
    try:
        yield
    except Exception:  # noqa: BLE001 - as above
        _log.exception("the %s of %s were left for the next time", what, owner)


def _send(name: str, ids: dict[str, str], after_s: float) -> None:
    try:
        current_app.send_task(name, kwargs=ids, countdown=after_s or None, expires=60, headers=headers())
    except OperationalError as error:
        _log.warning("nudge %s dropped, the sweep will do it: %s", name, error)


def headers() -> dict[str, str]:
    """Return what a nudge says of where it comes from: the request and, where one is kept, the trace."""
    said = {REQUEST_ID: origin.current().request_id, tracing.TRACEPARENT: tracing.current()}
    return {name: value for name, value in said.items() if value or name == REQUEST_ID}


class Reminders:
    """What a sweep has nudged lately. While a nudge stands in line another one only makes the line longer:
    hundreds of rows that are due together would be looked at dozens of times each.

    Of this process alone: a second worker may nudge the same once more. Safe to use from several threads.
    """

    def __init__(self, rest: timedelta) -> None:
        self._rest = rest
        self._at: dict[Hashable, datetime] = {}
        self._lock = threading.Lock()

    def is_due(self, key: Hashable, now: datetime) -> bool:
        """Whether the key was not nudged within the rest; from now on it was."""
        with self._lock:
            # Oldest first: whoever is nudged goes to the end.
            while self._at and (oldest := next(iter(self._at))) and now - self._at[oldest] >= self._rest:
                del self._at[oldest]
            if key in self._at:
                return False
            self._at[key] = now
            return True
