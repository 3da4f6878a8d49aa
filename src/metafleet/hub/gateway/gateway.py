"""The parts that every endpoint works with, made once for the process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol
from uuid import UUID

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from metafleet.hub.fleet import delivery
from metafleet.hub.fleet import intake as fleet
from metafleet.hub.gateway import brain_desk, metrics
from metafleet.hub.gateway.announcer import Announcer
from metafleet.hub.gateway.batches import Answer, Batches, Item, Rest, Work
from metafleet.hub.gateway.beats import MOST as MOST_BEATS
from metafleet.hub.gateway.beats import Beat, Outcome, record
from metafleet.hub.gateway.brain_desk import BrainDesk
from metafleet.hub.gateway.callers import Callers
from metafleet.hub.gateway.configuration import Configuration
from metafleet.hub.gateway.database import Database
from metafleet.hub.gateway.limits import REDIS_PATIENCE_S, Limiter, let_through
from metafleet.hub.gateway.notices import Notices
from metafleet.hub.gateway.nudger import Nudger, Send
from metafleet.hub.gateway.objectives import Objectives
from metafleet.hub.gateway.polls import FirstLook, Polls
from metafleet.hub.gateway.snapshots import MOST as MOST_POSITIONS
from metafleet.hub.gateway.snapshots import Arrivals, Snapshot, store
from metafleet.hub.gateway.troubles import Curve, Ledger, Troubles
from metafleet.hub.gateway.wakeups import Wakeups
from metafleet.hub.journal import intake as journal
from metafleet.hub.kernel import clock, tracing
from metafleet.hub.kernel.collector import Collector
from metafleet.hub.signals import stores
from metafleet.hub.signals.serving.calendars import Calendars
from metafleet.hub.signals.serving.naming import Names

REST_S: Final = 0.015
"""From one statement for heartbeats, deals or positions to the next: at ten thousand terminals fifteen
heartbeats come in it. For commands, which somebody waits for, there is none; but a long poll that begins
may look for them a moment later."""
ENOUGH_S: Final = 0.005
"""The same, where so much has come that the statement is not what costs."""
MOST_DEALS: Final = 1_000
"""Deals in one statement: more would keep the ones behind it waiting for longer than they save."""
ENOUGH_BEATS: Final = 20
ENOUGH_POSITIONS: Final = 100
ENOUGH_DEALS: Final = 50
"""What is worth a statement of its own: its rows cost more than it does."""
MOST_LEASES: Final = 200
"""Terminals that come for commands, or results, in one statement."""
_REDIS_CONNECTIONS: Final = 16
_REST_S: Final = 1.0
"""Before a background part that failed begins again."""

_log = logging.getLogger(__name__)


class _Part(Protocol):
    async def run(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Gateway:
    """`closing` is set when the process has been asked to stop: long polls end early."""

    configuration: Configuration
    database: Database
    redis: Redis
    callers: Callers
    limiter: Limiter
    beats: Batches[Beat, Outcome]
    deals: Batches[journal.DealBatch, journal.Recorded]
    positions: Batches[Snapshot, str]
    leases: Batches[delivery.Ask, delivery.Leased]
    first_looks: Batches[FirstLook, delivery.Leased]
    results: Batches[delivery.Result, str]
    flat_syncs: Batches[fleet.Slot, None]
    terms: Batches[fleet.Terms, None]
    brain: BrainDesk
    announcer: Announcer
    nudger: Nudger
    wakeups: Wakeups
    polls: Polls
    arrivals: Arrivals
    troubles: Troubles
    curve: Curve
    ledger: Ledger
    census: metrics.Census
    objectives: Objectives
    closing: asyncio.Event

    async def cross(self, slot: fleet.Slot, *, is_crossed: bool) -> None:
        """Remember, for every gateway, whether the terminal last spoke for another account."""
        if slot.is_crossed != is_crossed:
            await self.database.ask(*fleet.cross_statement(slot, clock.now(), is_crossed=is_crossed))
            self.callers.forget(slot.name)

    async def note_terms(self, terms: fleet.Terms) -> None:
        """Keep what the broker says of the account where it is not known so."""
        if terms.are_new:
            await self.terms.submit(terms)
            self.callers.forget(terms.slot.name)

    def tell(self, slot: fleet.Slot, request_id: str) -> None:
        """A command of this terminal ended: screens and the reconciler look again."""
        if slot.instance_id is None:
            return
        self.announcer.say(slot.tenant_id, "instance", id=str(slot.instance_id), accountId=slot.account_name)
        self.nudger.nudge(slot.tenant_id, slot.instance_id, request_id)

    def close_soon(self) -> None:
        """Let the long polls answer now."""
        self.closing.set()
        self.wakeups.wake_all()

    def command_queued(self, terminal_id: str) -> None:
        self.wakeups.wake(terminal_id)

    def place_changed(self, name: str) -> None:
        """A terminal's token, account or clock has changed: its polls look again too."""
        self.callers.forget(name)
        self.wakeups.wake(name)

    def hearing(self, is_hearing: bool) -> None:
        self.callers.told_of_changes(is_hearing)
        if is_hearing:
            self.wakeups.wake_all()


@asynccontextmanager
async def running(configuration: Configuration, send_nudge: Send) -> AsyncIterator[Gateway]:
    """Yield a gateway whose background parts run, and end them after the block."""
    redis = _redis(configuration.redis_url)
    gateway = _assemble(configuration, redis, send_nudge)
    await gateway.database.open()
    notices = Notices(configuration.listening, gateway)
    parts = (
        gateway.announcer,
        gateway.nudger,
        gateway.wakeups,
        gateway.ledger,
        gateway.census,
        gateway.objectives,
        gateway.brain.shelf,
        notices,
        Collector(),
    )
    tasks = [asyncio.create_task(_go_on(part), name=type(part).__name__) for part in parts]
    try:
        yield gateway
    finally:
        gateway.close_soon()
        await _end(tasks)
        await gateway.ledger.write()
        await gateway.objectives.write()
        gateway.brain.close()
        await gateway.database.close()
        await gateway.limiter.close()
        # The pool was given to it, so it closes none of its connections unless it is told to.
        await redis.aclose(close_connection_pool=True)


async def _go_on(part: _Part) -> None:
    """Run the part until it is cancelled, whatever it stumbles over: nobody else would start it again."""
    while True:
        try:
            await part.run()
        except Exception:  # noqa: BLE001 - told in the log, and the part goes on
            _log.exception("%s failed, and begins again", type(part).__name__)
        await asyncio.sleep(_REST_S)


async def _end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel until they are over: a cancellation can be lost inside redis-py's own timeouts."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=0.2)


def _assemble(configuration: Configuration, redis: Redis, send_nudge: Send) -> Gateway:
    database = Database(configuration)
    slots = Batches[UUID, fleet.Slot | None](
        partial(_find_slots, database), most=1_000, on_batch=metrics.batch("terminals")
    )
    troubles, curve = Troubles(), Curve()
    limiter = Limiter(redis, configuration.limits)
    return Gateway(
        configuration=configuration,
        database=database,
        redis=redis,
        callers=Callers(slots.submit),
        limiter=limiter,
        beats=Batches(
            _traced("heartbeat", partial(_record_beats, database, limiter)),
            most=MOST_BEATS,
            rest=Rest(REST_S, enough=ENOUGH_BEATS, enough_s=ENOUGH_S),
            key=lambda beat: beat.slot.account_name,
            on_batch=metrics.batch("heartbeat"),
        ),
        deals=Batches(
            _traced("trades", partial(_record_deals, database)),
            most=MOST_DEALS,
            rest=Rest(REST_S, sender=lambda batch: batch.terminal_id, enough=ENOUGH_DEALS),
            at_once=3,
            weigh=lambda batch: len(batch.deals.tickets),
            on_batch=metrics.batch("trades"),
        ),
        positions=Batches(
            _traced("positions", partial(_store_positions, database, limiter)),
            most=MOST_POSITIONS,
            rest=Rest(REST_S, enough=ENOUGH_POSITIONS, enough_s=ENOUGH_S),
            key=lambda snapshot: snapshot.slot.account_name,
            weigh=lambda snapshot: 1 + len(snapshot.positions),
            on_batch=metrics.batch("positions"),
        ),
        leases=Batches(
            _traced("lease", partial(_lease, database)),
            most=MOST_LEASES,
            key=lambda ask: ask.slot.name,
            on_batch=metrics.batch("lease"),
        ),
        first_looks=Batches(
            _traced("first look", partial(_look_first, database, limiter)),
            most=MOST_LEASES,
            rest=Rest(REST_S, sender=lambda look: look.slot.name),
            key=lambda look: look.slot.name,
            on_batch=metrics.batch("lease"),
        ),
        results=Batches(
            _traced("result", partial(_finish, database)),
            most=MOST_LEASES,
            key=lambda result: result.command_id,
            on_batch=metrics.batch("result"),
        ),
        flat_syncs=Batches(
            partial(_end_flat_syncs, database),
            most=MOST_LEASES,
            rest=Rest(REST_S, sender=lambda slot: slot.terminal_id),
        ),
        terms=Batches(
            partial(_note_terms, database),
            most=MOST_BEATS,
            key=lambda terms: terms.slot.account_name,
        ),
        brain=brain_desk.assemble(
            database,
            stores.store_of(configuration.model_store),
            Calendars(configuration.calendar),
            Names(configuration.symbols),
        ),
        announcer=Announcer(redis),
        nudger=Nudger(send_nudge),
        wakeups=Wakeups(database),
        polls=Polls(redis),
        arrivals=Arrivals(),
        troubles=troubles,
        curve=curve,
        ledger=Ledger(database, troubles, curve),
        census=metrics.Census(database, configuration.heartbeat_interval_s),
        objectives=Objectives(database, metrics.TALLIES),
        closing=asyncio.Event(),
    )


def _traced(kind: str, work: Work[Item, Answer]) -> Work[Item, Answer]:
    """Give each batch a span of its own, in no sender's trace; the work itself where traces are off."""
    if not tracing.is_on():
        return work

    async def traced(items: Sequence[Item]) -> Sequence[Answer | Exception]:
        with tracing.span(f"batch {kind}", parent="", link=tracing.current()) as span:
            span.note({"metafleet.batch.size": len(items)})
            return await work(items)

    return traced


async def _find_slots(database: Database, terminals: Sequence[UUID]) -> list[fleet.Slot | Exception | None]:
    found = await database.look(partial(fleet.find_slots, terminals=terminals))
    return [found.get(terminal_id) for terminal_id in terminals]


async def _record_beats(
    database: Database, limiter: Limiter, beats: Sequence[Beat]
) -> Sequence[Outcome | Exception]:
    return await let_through(limiter, "heartbeat", beats, lambda rest: record(database, rest, clock.now()))


async def _store_positions(
    database: Database, limiter: Limiter, snapshots: Sequence[Snapshot]
) -> Sequence[str | Exception]:
    return await let_through(limiter, "positions", snapshots, partial(store, database))


async def _record_deals(
    database: Database, batches: Sequence[journal.DealBatch]
) -> Sequence[journal.Recorded | Exception]:
    return await database.look(lambda connection: journal.record(connection, batches, clock.now()))


async def _lease(database: Database, asks: Sequence[delivery.Ask]) -> list[delivery.Leased | Exception]:
    return delivery.leased(asks, await database.ask(*delivery.lease_statement(asks, clock.now())))


async def _look_first(
    database: Database, limiter: Limiter, looks: Sequence[FirstLook]
) -> Sequence[delivery.Leased | Exception]:
    return await let_through(
        limiter,
        "commands",
        looks,
        lambda rest: _lease(database, [delivery.Ask(look.slot) for look in rest]),
    )


async def _finish(database: Database, results: Sequence[delivery.Result]) -> list[str | Exception]:
    rows = await database.ask(*delivery.finish_statement(results, clock.now()))
    outcomes: dict[int, str] = dict(row for row in rows)
    return [outcomes[i] for i in range(len(results))]


async def _end_flat_syncs(database: Database, slots: Sequence[fleet.Slot]) -> list[Exception | None]:
    await database.ask(*delivery.flat_syncs_statement(slots, clock.now()))
    return [None] * len(slots)


async def _note_terms(database: Database, said: Sequence[fleet.Terms]) -> list[Exception | None]:
    await database.ask(*fleet.terms_statement(said, clock.now()))
    return [None] * len(said)


def _redis(url: str) -> Redis:
    """One retry, for a kept connection to a server that has restarted; then it counts as away."""
    return Redis(
        connection_pool=BlockingConnectionPool.from_url(
            url,
            max_connections=_REDIS_CONNECTIONS,
            timeout=REDIS_PATIENCE_S,
            socket_timeout=REDIS_PATIENCE_S,
            socket_connect_timeout=REDIS_PATIENCE_S,
            retry=Retry(NoBackoff(), 1),
        )
    )
