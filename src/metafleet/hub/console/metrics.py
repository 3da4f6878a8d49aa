"""What Prometheus is told of web, at GET /metrics; docs/reference/metrics.md lists each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

from django.conf import settings
from django.db import DatabaseError, connection
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from psycopg_pool import PoolTimeout
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from metafleet.hub.kernel import metering
from metafleet.hub.kernel.objectives import definitions as objectives
from metafleet.hub.kernel.objectives.counts import Tally
from metafleet.hub.monitor.judge import lease
from metafleet.hub.monitor.objectives import queries

REGISTRY: Final = CollectorRegistry()
_ANSWERS: Final = metering.Answers("metafleet_web", "From a request's arrival to its last byte.")
REGISTRY.register(_ANSWERS)
_JUDGED: Final = Gauge(
    "metafleet_judge_up", "1 while some process judges rules and programmes, else 0.", registry=REGISTRY
)


class Kept(Collector):
    """What all processes have counted for the objectives, as it is kept in the database."""

    def __init__(self) -> None:
        self.tallies: Mapping[str, Tally] = {}
        """By objective. Empty before they were read: a count that began at 0 would look like a leap."""

    def collect(self) -> Iterator[Metric]:
        of, bad = (
            CounterMetricFamily(f"metafleet_objective_{name}", said, labels=("objective",))
            for name, said in (("events", "Events that count."), ("bad_events", "Those that were bad."))
        )
        for objective, tally in self.tallies.items():
            of.add_metric((objective,), tally.total)
            bad.add_metric((objective,), tally.bad)
        yield of
        yield bad


KEPT: Final = Kept()
REGISTRY.register(KEPT)
_KINDS: Final = (("/api/", "api"), ("/_allauth/", "sign-in"), ("/assets/", "asset"))
_NOT_COUNTED: Final = frozenset({"/health", "/ready", "/metrics"})
_BROKEN: Final = 500

answered = _ANSWERS.answered
TALLIES: Final[Mapping[str, Callable[[], Tally]]] = {
    objectives.WEB_AVAILABILITY.name: partial(_ANSWERS.tally, objectives.WEB_AVAILABILITY.measure)
}
"""What this process has counted for the objectives, by their names."""


class Counted:
    """Counts what the application answers, by what was asked for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request; one that ends without an answer counts as 500, unless its asker left."""
        if scope["type"] != "http" or scope["path"] in _NOT_COUNTED:
            await self._app(scope, receive, send)
            return
        began_s = time.perf_counter()
        status: int | None = None
        has_left = False

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        async def heard() -> Message:
            nonlocal has_left
            message = await receive()
            has_left = has_left or message["type"] == "http.disconnect"
            return message

        try:
            await self._app(scope, heard, noted)
        except asyncio.CancelledError:
            raise
        except BaseException:
            answered(_kind(scope["path"]), _BROKEN, time.perf_counter() - began_s)
            raise
        if status is None and has_left:
            return  # Django gives up silently for a browser whose person went on to another screen
        answered(_kind(scope["path"]), status or _BROKEN, time.perf_counter() - began_s)


async def get_metrics(request: Request) -> Response:
    """Answer Prometheus: on this machine, or whoever brings the token of the settings."""
    may = metering.may_read(
        settings.METRICS_TOKEN,
        request.headers.get("authorization", "").encode(),
        request.client.host if request.client else "",
        is_forwarded="x-forwarded-for" in request.headers,
    )
    if not may:
        said = "The metrics need METAFLEET_METRICS_TOKEN as a bearer token.\n"
        return PlainTextResponse(said, status_code=401, headers={"WWW-Authenticate": "Bearer"})
    await asyncio.to_thread(_look)
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_PLAIN_0_0_4)


def is_judged() -> bool:
    """Return whether some process judges now; none does that the database does not know of."""
    try:
        return lease.is_held()
    except (DatabaseError, PoolTimeout):
        return False
    finally:
        connection.close()


def _look() -> None:
    """Ask the database what it alone knows; where it is away, the counts of before stay."""
    _JUDGED.set(is_judged())
    try:
        KEPT.tallies = queries.ever()
    except (DatabaseError, PoolTimeout):
        return
    finally:
        connection.close()


def _kind(path: str) -> str:
    return next((kind for start, kind in _KINDS if path.startswith(start)), "page")
