"""An instance's log in CloudWatch: one stream for each of its tasks, named after the instance first.

An offset is the instant of the last event that was read, in milliseconds, and one more.
"""

from __future__ import annotations

from typing import Any, Final

from metafleet.hub.fleet.drivers.contract import LogSlice

MOST_EVENTS: Final = 1000
MOST_STREAMS: Final = 50
"""Of one call. Source: Amazon CloudWatch Logs API reference, DescribeLogStreams and FilterLogEvents."""
NEWEST_STREAMS: Final = 3
"""Tasks whose logs the last lines are looked for in: one that ends at once says little."""


def since(logs: Any, group: str, prefix: str, offset: int, *, most_bytes: int) -> LogSlice:
    """Return the events from `offset` on, oldest first, as many as the bytes allow, and one at least.

    Events of one millisecond are read together or not at all, so none is read twice.
    """
    streams = _streams(logs, group, prefix)
    if not streams:
        return LogSlice([], offset)
    events: list[dict[str, Any]] = []
    page: dict[str, str] = {}
    while True:
        answer = logs.filter_log_events(
            logGroupName=group, logStreamNames=streams, startTime=offset, limit=MOST_EVENTS, **page
        )
        events += answer["events"]
        if len(events) >= MOST_EVENTS or "nextToken" not in answer:
            break
        page = {"nextToken": answer["nextToken"]}
    is_whole = "nextToken" not in answer
    return _slice(_first(events, most_bytes, is_whole=is_whole), offset)


def last(logs: Any, group: str, prefix: str, *, most_bytes: int) -> LogSlice:
    """Return the newest events of the newest streams."""
    newest = _streams(logs, group, prefix)[-NEWEST_STREAMS:]
    events = [event for stream in newest for event in _tail(logs, group, stream)]
    events.sort(key=lambda event: event["timestamp"])
    kept: list[dict[str, Any]] = []
    for event in reversed(events):
        most_bytes -= len(event["message"].encode()) + 1
        if most_bytes < 0 and kept:
            break
        kept.insert(0, event)
    return _slice(kept, 0)


def _streams(logs: Any, group: str, prefix: str) -> list[str]:
    """Return the names of this prefix's newest streams, newest last; none where there is no such group."""
    try:
        found = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=prefix)["logStreams"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    found.sort(key=lambda stream: stream.get("lastEventTimestamp", 0))
    return [stream["logStreamName"] for stream in found[-MOST_STREAMS:]]


def _tail(logs: Any, group: str, stream: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = logs.get_log_events(
        logGroupName=group, logStreamName=stream, startFromHead=False, limit=MOST_EVENTS
    )["events"]
    return found


def _first(events: list[dict[str, Any]], most_bytes: int, *, is_whole: bool) -> list[dict[str, Any]]:
    """Cut behind a whole millisecond: what the bytes allow, and the first millisecond at least."""
    taken = 0
    ends: list[int] = []
    for index, event in enumerate(events):
        taken += len(event["message"].encode()) + 1
        is_end = index + 1 == len(events)
        if (is_end and is_whole) or (not is_end and events[index + 1]["timestamp"] != event["timestamp"]):
            if taken > most_bytes and ends:
                break
            ends.append(index + 1)
    return events[: ends[-1]] if ends else events


def _slice(events: list[dict[str, Any]], offset: int) -> LogSlice:
    newest = max((event["timestamp"] + 1 for event in events), default=offset)
    return LogSlice([event["message"] for event in events], newest)
