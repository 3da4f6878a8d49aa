"""What Prometheus is told, at GET /metrics; docs/reference/metrics.md lists each.

Counted by this process, except for the census: how many commands, failed items and late
terminals there are is asked of the database, for the whole installation.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from metafleet.hub.gateway.database import Database
from metafleet.hub.gateway.errors import Unauthorised, Unavailable
from metafleet.hub.gateway.http import Request, Response
from metafleet.hub.kernel import clock, metering
from metafleet.hub.kernel.metering import Answers, Durations
from metafleet.hub.kernel.objectives import definitions as objectives
from metafleet.hub.kernel.objectives.counts import Tally

if TYPE_CHECKING:
    from metafleet.hub.gateway.gateway import Gateway

REGISTRY: Final = CollectorRegistry()
CENSUS_EACH_S: Final = 10.0
_CENSUS: Final = "SELECT name, label, amount FROM gateway_census(%s, %s)"
_BACKUPS: Final = """
SELECT of.name, extract(epoch FROM max(of.at))
FROM monitor_backupstanding,
    LATERAL (VALUES ('newest', newest_at), ('verified', verified_of), ('log', followed_at)) AS of (name, at)
GROUP BY of.name HAVING max(of.at) IS NOT NULL
"""

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
BACKUPS: Final = Gauge(
    "metafleet_backup_timestamp_seconds",
    "Until when the backups have everything: newest, verified, and log, which goes on after them.",
    ("of",),
    registry=REGISTRY,
)
WAITING: Final = Gauge("metafleet_waiting_polls", "Terminals that wait for a command.", registry=REGISTRY)
_GAUGES: Final = {"commands": COMMANDS, "failed_items": FAILED_ITEMS, "terminals": TERMINALS}


_REQUESTS: Final = Answers(
    "metafleet_gateway", "From a request's arrival to its answer; of trades, how long a sync takes."
)
REGISTRY.register(_REQUESTS)
answered = _REQUESTS.answered
_DELIVERED: Final = Durations(
    "metafleet_command_delivery_seconds",
    "From a command's being due, and its terminal's waiting for it, to its first delivery.",
)
REGISTRY.register(_DELIVERED)
delivered = _DELIVERED.took
"""Count one command that was handed to a poll, by how many seconds it took."""

TALLIES: Final[Mapping[str, Callable[[], Tally]]] = {
    objectives.GATEWAY_AVAILABILITY.name: partial(_REQUESTS.tally, objectives.GATEWAY_AVAILABILITY.measure),
    objectives.GATEWAY_LATENCY.name: partial(_REQUESTS.tally, objectives.GATEWAY_LATENCY.measure),
    objectives.DEALS.name: partial(_REQUESTS.tally, objectives.DEALS.measure),
    objectives.COMMANDS.name: partial(_DELIVERED.tally, objectives.COMMANDS.measure),
}
"""What this process has counted for the objectives, by their names."""

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
        for name, at in await self._database.ask(_BACKUPS, []):
            BACKUPS.labels(name).set(float(at))
        self.is_counted = True


async def get_metrics(gateway: Gateway, request: Request) -> Response:
    """Answer Prometheus: on this machine, or whoever brings the token of the settings."""
    _check(gateway.configuration.metrics_token, request)
    WAITING.set(gateway.wakeups.waiting_count)
    return Response(generate_latest(REGISTRY), content_type=CONTENT_TYPE_PLAIN_0_0_4.encode())


def _check(token: str, request: Request) -> None:
    brought = request.header(b"authorization")
    if metering.may_read(token, brought, request.peer, is_forwarded=bool(request.header(b"x-forwarded-for"))):
        return
    if token:
        raise Unauthorised("The metrics need METAFLEET_METRICS_TOKEN as a bearer token.")
    raise Unauthorised("Set METAFLEET_METRICS_TOKEN to read the metrics from elsewhere.")
