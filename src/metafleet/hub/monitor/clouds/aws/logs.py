"""Logs of EAs in Amazon CloudWatch Logs.

Needs logs:PutLogEvents and GetLogEvents, and to make what is missing CreateLogGroup, CreateLogStream and
PutRetentionPolicy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from metafleet.hub.kernel import amazon
from metafleet.hub.monitor.clouds.contract import Line

MOST_EVENTS: Final = 10_000
MOST_BYTES: Final = 1_000_000
OF_EACH_EVENT: Final = 26
"""Bytes that Amazon adds. Source of the four: Amazon CloudWatch Logs API reference, PutLogEvents."""
LONGEST_SPAN: Final = timedelta(hours=23)
LONGEST_LINE: Final = 200_000
"""Bytes; of a longer one the beginning is told."""
RETENTION_DAYS: Final = 30
_MISSING: Final = "ResourceNotFoundException"
_THERE: Final = "ResourceAlreadyExistsException"


class CloudWatchLogs:
    def __init__(self, region: str, prefix: str) -> None:
        """prefix: of the groups' names, as /metafleet/eas."""
        self._client = amazon.client("logs", region)
        self._prefix = prefix.rstrip("/")

    def put(self, tenant_id: UUID, instance_id: UUID, lines: Sequence[Line]) -> None:
        group, stream = self._group(tenant_id), str(instance_id)
        for batch in _batches(lines):
            try:
                self._put(group, stream, batch)
            except amazon.AmazonError as error:
                if error.code != _MISSING:
                    raise
                self._make(group, stream)
                self._put(group, stream, batch)

    def tail(self, tenant_id: UUID, instance_id: UUID, most: int) -> list[str]:
        try:
            with amazon.said():
                found = self._client.get_log_events(
                    logGroupName=self._group(tenant_id),
                    logStreamName=str(instance_id),
                    startFromHead=False,
                    limit=min(max(most, 1), MOST_EVENTS),
                )
        except amazon.AmazonError as error:
            if error.code != _MISSING:
                raise
            return []
        return [one["message"] for one in found["events"]]

    def _group(self, tenant_id: UUID) -> str:
        return f"{self._prefix}/{tenant_id}"

    def _put(self, group: str, stream: str, events: list[dict[str, Any]]) -> None:
        with amazon.said():
            self._client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)

    def _make(self, group: str, stream: str) -> None:
        try:
            with amazon.said():
                self._client.create_log_group(logGroupName=group)
                self._client.put_retention_policy(logGroupName=group, retentionInDays=RETENTION_DAYS)
        except amazon.AmazonError as error:
            if error.code != _THERE:
                raise
        try:
            with amazon.said():
                self._client.create_log_stream(logGroupName=group, logStreamName=stream)
        except amazon.AmazonError as error:
            if error.code != _THERE:
                raise


def message(text: str) -> str:
    """Return what an event can say: not nothing, and not more than the longest."""
    return text.encode()[:LONGEST_LINE].decode(errors="ignore") or " "


def _batches(lines: Sequence[Line]) -> Iterator[list[dict[str, Any]]]:
    """What one call may have: so many events and bytes, of less than a day."""
    batch: list[dict[str, Any]] = []
    size = 0
    for line in lines:
        text, at_ms = message(line.text), int(line.at.timestamp() * 1000)
        weight = len(text.encode()) + OF_EACH_EVENT
        is_far = batch and at_ms - batch[0]["timestamp"] > LONGEST_SPAN.total_seconds() * 1000
        if batch and (len(batch) == MOST_EVENTS or size + weight > MOST_BYTES or is_far):
            yield batch
            batch, size = [], 0
        batch.append({"timestamp": at_ms, "message": text})
        size += weight
    if batch:
        yield batch
