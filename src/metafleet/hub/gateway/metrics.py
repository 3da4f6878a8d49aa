"""What Prometheus is told, at GET /metrics; docs/reference/metrics.md lists each.

Counted by this process, except for the census: how many commands, failed items and late
terminals there are is asked of the database, for the whole installation.
"""

from __future__ import annotations

import asyncio
import hmac
import math
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from metafleet.hub.gateway.database import Database
from metafleet.hub.gateway.errors import Unauthorised, Unavailable
from metafleet.hub.gateway.http import Request, Response
from metafleet.hub.kernel import clock

if TYPE_CHECKING:
    from metafleet.hub.gateway.gateway import Gateway

REGISTRY: Final = CollectorRegistry()
CENSUS_EACH_S: Final = 10.0
_CENSUS: Final = "SELECT name, label, amount FROM gateway_census(%s, %s)"
_LOOPBACK: Final = ("127.0.0.1", "::1")

_BOUNDS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, math.inf)
DEALS: Final = Counter(
    "metafleet_deals", "Items of trades batches: imported, skipped, failed.", ("status",), registry=REGISTRY
)
LIMITS: Final = Counter("metafleet_limits_hit", "Requests refused by a limit.", ("kind",), registry=REGISTRY)
MISMATCHES: Final = Counter(
    "metafleet_identity_mismatches", "Requests of terminals signed in to another account.", registry=REGISTRY
)
BATCHES: Final = Histogram(
    "metafleet_batch_size",
    "Requests that shared one statement.",
    ("kind",),
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024),
    registry=REGISTRY,
)
COMMANDS: Final = Gauge("metafleet_commands", "Commands by state.", ("state",), registry=REGISTRY)
FAILED_ITEMS: Final = Gauge(
    "metafleet_failed_items",
    "Failed items: ours retry by themselves, theirs wait.",
    ("fault",),
    registry=REGISTRY,
)
TERMINALS: Final = Gauge(
    "metafleet_terminals",
    "Terminals by their last heartbeat: fresh, late, stale.",
    ("telemetry",),
    registry=REGISTRY,
)
WAITING: Final = Gauge("metafleet_waiting_polls", "Terminals that wait for a command.", registry=REGISTRY)
_GAUGES: Final = {"commands": COMMANDS, "failed_items": FAILED_ITEMS, "terminals": TERMINALS}


class Requests(Collector):
    """Counts and durations of requests. The library's own cost a lock and ten calls for each."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, int], int] = {}
        self._seconds: dict[str, tuple[list[int], list[float]]] = {}

    def answered(self, kind: str, status: int, took_s: float) -> None:
        """Count one answer. Called by the event loop's thread alone."""
        self._counts[kind, status] = self._counts.get((kind, status), 0) + 1
        if kind not in self._seconds:
            self._seconds[kind] = ([0] * len(_BOUNDS_S), [0.0])
        buckets, total = self._seconds[kind]
        buckets[bisect_left(_BOUNDS_S, took_s)] += 1
        total[0] += took_s

    def collect(self) -> Iterator[Metric]:
        counter = CounterMetricFamily(
            "metafleet_gateway_requests", "Requests answered.", labels=("kind", "status")
        )
        for (kind, status), count in self._counts.items():
            counter.add_metric((kind, str(status)), count)
        yield counter
        histogram = HistogramMetricFamily(
            "metafleet_gateway_request_seconds",
            "From a request's arrival to its answer; of trades, how long a sync takes.",
            labels=("kind",),
        )
        for kind, (buckets, total) in self._seconds.items():
            bounds = ["+Inf" if bound == math.inf else str(float(bound)) for bound in _BOUNDS_S]
            histogram.add_metric((kind,), list(zip(bounds, accumulate(buckets), strict=True)), total[0])
        yield histogram


_REQUESTS: Final = Requests()
REGISTRY.register(_REQUESTS)
answered = _REQUESTS.answered


_IMPORTED, _SKIPPED, _FAILED = (DEALS.labels(status) for status in ("imported", "skipped", "failed"))


def deals(imported: int, skipped: int, failed: int) -> None:
    """Count the items of one trades batch."""
    _IMPORTED.inc(imported)
    _SKIPPED.inc(skipped)
    _FAILED.inc(failed)


def batch(kind: str) -> Callable[[int], None]:
    """Return what counts the batches of a kind."""
    return BATCHES.labels(kind).observe


class Census:
    """Asks the database, until it is cancelled."""

    def __init__(self, database: Database, heartbeat_interval_s: int) -> None:
        self._database = database
        self._interval_s = heartbeat_interval_s
        self.is_counted = False

    async def run(self) -> None:
        while True:
            # Else the figures of before stay; the gateway's health tells the rest.
            with suppress(Unavailable):
                await self._count()
            await asyncio.sleep(CENSUS_EACH_S)

    async def _count(self) -> None:
        for name, label, amount in await self._database.ask(_CENSUS, [clock.now(), self._interval_s]):
            _GAUGES[name].labels(label).set(amount)
        self.is_counted = True


async def get_metrics(gateway: Gateway, request: Request) -> Response:
    """Answer Prometheus: on this machine, or whoever brings the token of the settings."""
    _check(gateway.configuration.metrics_token, request)
    WAITING.set(gateway.wakeups.waiting_count)
    return Response(generate_latest(REGISTRY), content_type=CONTENT_TYPE_PLAIN_0_0_4.encode())


def _check(token: str, request: Request) -> None:
    if token:
        brought = request.header(b"authorization")
        if hmac.compare_digest(brought, f"Bearer {token}".encode()):
            return
        raise Unauthorised("The metrics need METAFLEET_METRICS_TOKEN as a bearer token.")
    # Behind a proxy on this machine every caller looks local: such a request is a stranger's.
    is_local = request.peer in _LOOPBACK and not request.header(b"x-forwarded-for")
    if not is_local:
        raise Unauthorised("Set METAFLEET_METRICS_TOKEN to read the metrics from elsewhere.")
