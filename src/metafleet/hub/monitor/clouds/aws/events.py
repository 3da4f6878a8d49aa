"""Events on a bus of Amazon EventBridge. Needs events:PutEvents."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from metafleet.hub.kernel import amazon
from metafleet.hub.monitor.clouds.contract import Event

SOURCE: Final = "metafleet"
MOST_ENTRIES: Final = 10
MOST_BYTES: Final = 200_000
"""Of one call, which may have 256 KB. Source: Amazon EventBridge API reference, PutEvents."""


class EventBridge:
    def __init__(self, region: str, bus: str) -> None:
        """bus: its name or ARN."""
        self._client = amazon.client("events", region)
        self._bus = bus

    def put(self, events: Sequence[Event]) -> dict[UUID, str]:
        refused: dict[UUID, str] = {}
        for batch in self._batches(events):
            with amazon.said():
                answer = self._client.put_events(Entries=[entry for _, entry in batch])
            for (event, _), said in zip(batch, answer["Entries"], strict=True):
                if "ErrorCode" in said:
                    refused[event.id] = f"{said['ErrorCode']}: {said.get('ErrorMessage', '')}"
        return refused

    def _batches(self, events: Sequence[Event]) -> Iterator[list[tuple[Event, dict[str, Any]]]]:
        batch: list[tuple[Event, dict[str, Any]]] = []
        size = 0
        for event in events:
            entry = self._entry(event)
            weight = len(entry["Detail"].encode()) + 200
            if batch and (len(batch) == MOST_ENTRIES or size + weight > MOST_BYTES):
                yield batch
                batch, size = [], 0
            batch.append((event, entry))
            size += weight
        if batch:
            yield batch

    def _entry(self, event: Event) -> dict[str, Any]:
        return {
            "EventBusName": self._bus,
            "Source": SOURCE,
            "DetailType": event.kind,
            "Time": event.at,
            "Detail": json.dumps({"id": str(event.id), **event.detail}),
        }
