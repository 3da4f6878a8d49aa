"""A run's start as part of the trace that it comes of, measured without any library.

Two spans: from the process's beginning to its work, and from there to the report that confirms it. They
go to the gateway, which passes them on; without a trace nothing is kept or sent.
"""

from __future__ import annotations

import logging
import secrets
from typing import Final, Literal

from metafleet.runner import clock
from metafleet.wire import messages
from metafleet.wire.client import WireClient, WireError

_NS: Final = 1_000_000_000

logger = logging.getLogger(__name__)


class Trace:
    """origin: what the assignment says of it. began_s: when the process did, by the wall."""

    def __init__(self, client: WireClient, origin: messages.AssignmentOrigin, began_s: float) -> None:
        self._client = client
        self._is_open = bool(origin.traceparent)
        if not self._is_open:
            return
        _, self._trace_id, self._parent_id, _ = origin.traceparent.split("-")
        self._got_work_s = clock.wall_s()
        self._spans = [self._span("start runner", began_s, self._got_work_s)]
        self._report_id = _new_id()
        client.traceparent = self._traceparent(self._report_id)

    def reported(self, *, has_ticked: bool) -> None:
        """A heartbeat was taken. With the first that tells of a tick the start is over, and is told."""
        if not self._is_open or not has_ticked:
            return
        self._is_open = False
        self._client.traceparent = ""
        ended_s = clock.wall_s()
        self._spans.append(self._span("first report", self._got_work_s, ended_s, self._report_id))
        try:
            self._client.spans(messages.Spans(spans=self._spans))
        except WireError as untold:
            logger.info("the trace of this start was not taken: %s", untold.detail)

    def _span(
        self, name: Literal["start runner", "first report"], began_s: float, ended_s: float, id_: str = ""
    ) -> messages.Span:
        return messages.Span(
            name=name,
            traceparent=self._traceparent(id_ or _new_id()),
            parent_id=self._parent_id,
            began_ns=int(began_s * _NS),
            ended_ns=int(ended_s * _NS),
        )

    def _traceparent(self, span_id: str) -> str:
        return f"00-{self._trace_id}-{span_id}-01"


def _new_id() -> str:
    return secrets.token_hex(8)
