"""Metrics and alarms of EAs, kept in the cloud as they are here."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final

from metafleet.hub.monitor.clouds import readings
from metafleet.hub.monitor.clouds.contract import Alarms, LossAlarm, Metrics

KEEP_AT_MOST: Final = 100
"""Alarms that one pass makes or changes: Amazon takes three a second, the next pass is a minute away."""


def publish(*, metrics: Metrics, now: datetime) -> int:
    """Send how every running EA does; return how many."""
    found = readings.running(now=now)
    if found:
        metrics.put(found)
    return len(found)


def keep_alarms(*, alarms: Alarms, loss: Decimal, topic: str) -> tuple[int, int]:
    """Have an alarm for each deployed EA and for no other; return how many were made or changed, and removed.

    Whatever a pass does not come to, the next one does.
    """
    wanted = {alarms.name(one): LossAlarm(one, loss, topic) for one in readings.wanted()}
    kept = alarms.kept()
    changed = [alarm for name, alarm in wanted.items() if kept.get(name) != alarm][:KEEP_AT_MOST]
    for alarm in changed:
        alarms.keep(alarm)
    gone = kept.keys() - wanted.keys()
    if gone:
        alarms.remove(gone)
    return len(changed), len(gone)
