"""Nudges: "look at this row now". They make things fast; sweeps make them certain."""

from __future__ import annotations

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

_log = logging.getLogger(__name__)


def enqueue_on_commit(name: str, *, after_s: float = 0.0, **ids: str) -> None:
    """Send the task `name` once the open transaction has committed, to run `after_s` seconds later.

    A nudge that cannot be sent is dropped: the row is due all the same and the
    next sweep finds it.
    """
    transaction.on_commit(partial(_send, name, ids, after_s))


def _send(name: str, ids: dict[str, str], after_s: float) -> None:
    try:
        current_app.send_task(name, kwargs=ids, countdown=after_s or None, expires=60)
    except OperationalError as error:
        _log.warning("nudge %s dropped, the sweep will do it: %s", name, error)
