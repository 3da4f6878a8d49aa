"""The logs of EAs, sent on to a cloud: from where it stopped, some at a time.

One worker at a time has an EA's log, by lease. It reads, sends, and then writes how far it is. Where one
died in between, the next looks at what arrived, and sends the rest alone.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q

from metafleet.hub.fleet.drivers.contract import Driver, DriverError
from metafleet.hub.fleet.models import EAInstance, InstanceState
from metafleet.hub.kernel.amazon import AmazonError
from metafleet.hub.kernel.tenancy import operator_scope, tenant_scope
from metafleet.hub.monitor.clouds.aws.logs import message
from metafleet.hub.monitor.clouds.contract import Line, Logs
from metafleet.hub.monitor.models import LogCursor

MOST_BYTES: Final = 256 * 1024
"""Of one EA in one look: one call."""
MOST_EAS: Final = 200
"""In one beat, those first that were not looked at for longest."""
LEASE: Final = timedelta(seconds=60)
AFTER_ITS_END: Final = timedelta(minutes=10)
"""For so long an EA that was stopped may still have something to say."""

_INSTANT: Final = re.compile(r'(?:\{"time": ")?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})Z[ "]')
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Taken:
    """A log that is this worker's for the time of a lease. is_unsure: the worker before died with it."""

    tenant_id: UUID
    instance_id: UUID
    offset: int | None
    is_unsure: bool


def ship(*, logs: Logs, driver: Driver, now: datetime) -> int:
    """Send what EAs have written since the last time; return how many lines. Not inside a scope.

    One that fails holds up no other; raises AmazonError where Amazon itself does not answer.
    """
    sent = 0
    for tenant_id, instance_id in _next(now):
        taken = _take(tenant_id, instance_id, now)
        if taken is None:
            continue
        try:
            count, offset = _send(logs, driver, taken, now)
        except DriverError as error:
            _log.info("the log of %s was left for the next time: %s", instance_id, error)
            # Nothing was sent, and what the worker before may have sent is still to be looked at.
            with tenant_scope(tenant_id):
                LogCursor.objects.filter(instance_id=instance_id).update(lease_until=now)
            continue
        except AmazonError as error:
            if not error.permanent:
                raise
            _log.warning("the log of %s was left for the next time: %s", instance_id, error)
            continue
        with tenant_scope(tenant_id):
            LogCursor.objects.filter(instance_id=instance_id).update(offset=offset, lease_until=None)
        sent += count
    return sent


def _next(now: datetime) -> list[tuple[UUID, UUID]]:
    talks = ~Q(state=InstanceState.STOPPED) | Q(updated_at__gt=now - AFTER_ITS_END)
    with operator_scope():
        looked = dict(LogCursor.objects.values_list("instance_id", "looked_at"))
        found = list(EAInstance.objects.filter(talks, deleted_at=None).values_list("tenant_id", "id"))
    never = datetime.min.replace(tzinfo=UTC)
    return sorted(found, key=lambda one: (looked.get(one[1], never), one[1]))[:MOST_EAS]


def _take(tenant_id: UUID, instance_id: UUID, now: datetime) -> _Taken | None:
    """Take it for the time of a lease; None where another has it."""
    with tenant_scope(tenant_id):
        LogCursor.objects.bulk_create(
            [LogCursor(instance_id=instance_id, tenant_id=tenant_id, looked_at=now)], ignore_conflicts=True
        )
        row = LogCursor.objects.select_for_update().get(instance_id=instance_id)
        lease = row.lease_until
        if lease is not None and lease > now:
            return None
        row.looked_at, row.lease_until = now, now + LEASE
        row.save(update_fields=("looked_at", "lease_until"))
        return _Taken(tenant_id, instance_id, row.offset, is_unsure=lease is not None)


def _send(logs: Logs, driver: Driver, taken: _Taken, now: datetime) -> tuple[int, int]:
    """Return how many lines were sent, and where the next read goes on."""
    found = driver.logs(taken.instance_id, offset=taken.offset, most_bytes=MOST_BYTES)
    lines = _dated(found.lines, now)
    if lines and taken.is_unsure:
        arrived = logs.tail(taken.tenant_id, taken.instance_id, len(lines))
        lines = lines[_arrived([message(line.text) for line in lines], arrived) :]
    if lines:
        logs.put(taken.tenant_id, taken.instance_id, lines)
    return len(lines), found.next_offset


def _arrived(lines: Sequence[str], tail: Sequence[str]) -> int:
    """Return how many of the lines, from the first on, are the end of the tail."""
    longest = min(len(lines), len(tail))
    return next((count for count in range(longest, 0, -1) if list(tail[-count:]) == list(lines[:count])), 0)


def _dated(lines: Sequence[str], now: datetime) -> list[Line]:
    """Each line at the instant that it begins with, or at that of the line before; never back in time."""
    dated: list[Line] = []
    at = None
    for text in lines:
        if found := _INSTANT.match(text):
            said = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
            at = said if at is None else max(at, said)
        dated.append(Line(at or now, text))
    first = next((line.at for line in dated if line.at != now), now)
    return [Line(min(line.at, first), line.text) if line.at == now else line for line in dated]
