"""What of the monitor is kept in AWS: all of it off by default. See docs/guides/aws-monitoring.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from metafleet.hub.config import env


@dataclass(frozen=True, slots=True)
class AwsMonitor:
    """alarm_loss: in the account's currency; zero for no alarms. command_queues: addresses by tenant."""

    region: str
    has_metrics: bool
    alarm_loss: Decimal
    alarm_topic: str
    event_bus: str
    log_groups: str
    command_queues: Mapping[UUID, str]


def read() -> AwsMonitor:
    """Raises SettingRefused."""
    return AwsMonitor(
        region=env.text("METAFLEET_AWS_REGION", "us-east-1"),
        has_metrics=env.flag("METAFLEET_AWS_METRICS", default=False),
        alarm_loss=env.amount("METAFLEET_AWS_ALARM_LOSS", "0"),
        alarm_topic=env.text("METAFLEET_AWS_ALARM_TOPIC", ""),
        event_bus=env.text("METAFLEET_AWS_EVENT_BUS", ""),
        log_groups=env.text("METAFLEET_AWS_LOG_GROUPS", ""),
        command_queues=_queues(env.text("METAFLEET_AWS_COMMAND_QUEUES", "")),
    )


def schedule(wanted: AwsMonitor) -> dict[str, dict[str, Any]]:
    """Return the beats of what is wanted."""
    beats = {
        "monitor.clouds.metrics": (60.0, wanted.has_metrics),
        "monitor.clouds.alarms": (60.0, wanted.alarm_loss > 0),
        "monitor.clouds.events": (5.0, bool(wanted.event_bus)),
        "monitor.clouds.logs": (10.0, bool(wanted.log_groups)),
        "console.take_queued_commands": (1.0, bool(wanted.command_queues)),
    }
    return {
        task: {
            "task": task,
            "schedule": every_s,
            "options": {"expires": max(every_s, 5.0), "ignore_result": True},
        }
        for task, (every_s, is_wanted) in beats.items()
        if is_wanted
    }


def _queues(given: str) -> dict[UUID, str]:
    """Read pairs of a desk's id and its queue's address, as "1b9d…=https://sqs… 7c2e…=https://sqs…"."""
    found: dict[UUID, str] = {}
    for pair in given.split():
        tenant, _, url = pair.partition("=")
        try:
            found[UUID(tenant)] = url
        except ValueError:
            url = ""
        if not url.startswith(("https://", "http://")):
            expected = "pairs like DESK-ID=https://sqs.… with spaces between"
            raise env.SettingRefused("METAFLEET_AWS_COMMAND_QUEUES", expected, given)
    return found
