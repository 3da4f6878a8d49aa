"""When much happens at once a channel is told of the first things one by one, and of the rest together.

A machine that goes down may silence fifty accounts. Nobody reads fifty messages, and chats refuse them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from metafleet.hub.monitor.models import Channel, Delivery, DeliveryState, Severity

ONE_BY_ONE: Final = 20
"""Messages through a channel within WINDOW that go by themselves."""
WINDOW: Final = timedelta(minutes=1)
NAMED: Final = 20
"""Titles that a digest names; of the others it says how many."""
PURPOSE: Final = "digest"
_ORDER: Final = tuple(Severity)


def is_storm(channel: Channel, now: datetime) -> bool:
    """Whether so much was told through the channel within the window that the rest goes together."""
    # Who tells through a channel at once waits for its row: two must not both be the twentieth.
    Channel.objects.select_for_update().get(id=channel.id)
    told = Delivery.objects.filter(channel=channel, purpose="alert", created_at__gt=now - WINDOW)
    return told.count() >= ONE_BY_ONE


def add(channel: Channel, message: Mapping[str, Any], now: datetime) -> None:
    """Add a message to the digest that waits, or begin one, in the open transaction."""
    waiting = Delivery.objects.filter(
        channel=channel, purpose=PURPOSE, state=DeliveryState.QUEUED, due_at__gt=now, attempt=0
    )
    row = waiting.select_for_update().first() or Delivery(
        tenant_id=channel.tenant_id, channel=channel, purpose=PURPOSE, message={}, due_at=now + WINDOW
    )
    row.message = _joined(row.message, message, now)
    row.save()


def _joined(before: Mapping[str, Any], message: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    count = before.get("count", 0) + 1
    titles = [*before.get("titles", []), f"{message['event']}: {message['title']}"][:NAMED]
    rest = count - len(titles)
    severity = max(before.get("severity", Severity.INFO), message["severity"], key=_rank)
    return {
        "event": PURPOSE,
        "severity": severity,
        "title": f"{count} more within a minute",
        "text": "\n".join([*titles, *([f"… and {rest} more: see Alerts."] if rest else [])]),
        "count": count,
        "titles": titles,
        "at": now.isoformat(),
    }


def _rank(severity: str) -> int:
    return _ORDER.index(Severity(severity))
