"""The broker's process: clients on TCP, the market beside them, one event loop for both."""

from __future__ import annotations

import asyncio
import errno
import logging
import math
import signal
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence

import msgspec

from metafleet.engine.broker.book import Terms
from metafleet.engine.broker.counter import Counter
from metafleet.engine.broker.drive import Drive
from metafleet.engine.broker.errors import RequestRefused
from metafleet.engine.broker.fan_out import FanOut
from metafleet.engine.broker.fences import Trader
from metafleet.engine.broker.house import House
from metafleet.engine.broker.line import Line
from metafleet.engine.broker.records import Deal, DealEvent
from metafleet.engine.broker.session import Session, encoded
from metafleet.engine.broker.store import Store
from metafleet.engine.broker.withheld import Withheld
from metafleet.engine.market.arrays import Array
from metafleet.engine.market.barfile import BarFileRefused
from metafleet.engine.market.feed import Clock, Feed, open_feed
from metafleet.engine.market.records import Bar, Tick
from metafleet.engine.market.sources import Source
from metafleet.wire.bridge import Bridge

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 4_000

PAST_MINUTES = 2_340
"""A new market's history: 39 hours, after which the sample is where London and New York are both at work."""

_IDLE_STRANGER_S = 60.0
"""How long a connection that is not signed in may stay silent."""

_CLOSING_S = 2.0

_PATIENCE_S = 30.0
"""How long a market at full speed waits for one who follows it; who takes longer is waited for no more."""


class ServerRefused(Exception):
    """The broker cannot start or go on; the text is one sentence for the person who runs it."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a broker is started with. speed: market seconds a wall second, inf = as fast as it goes.

    bridge: where EAs in containers find it, beside its own address. token: the digest (`tokens`) of what
    every connection has to say first. only_followed: at full speed, stand still while nobody follows.
    earlier: gives the bars before those that are kept or begin.
    """

    host: str
    port: int
    source: Source
    speed: float = 1.0
    seed: int = 7
    clock: Clock = "live"
    ticks_per_bar: int = 30
    past_minutes: int = PAST_MINUTES
    terms: Terms = Terms()
    admin_key: str | None = None
    token: bytes | None = None
    bridge: Bridge | None = None
    only_followed: bool = False
    earlier: Callable[[Feed, Mapping[str, Sequence[Bar]]], Mapping[str, Array]] | None = None


class Server:
    """A broker over an open store. wall_s: the wall clock in Unix seconds."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        wall_s: Callable[[], float] = time.time,
        progress: Callable[[int], None] | None = None,
    ) -> None:
        """Take up the market where the store left it. Raises BarFileRefused and sqlite3.Error.

        progress: told, now and then, how much of a new market's past is read, in percent.
        """
        self._settings = settings
        self._wall_s = wall_s
        self._sessions: set[Session] = set()
        self._attending: set[asyncio.Task[None]] = set()
        self._fan_out = FanOut()
        self._waits = math.isinf(settings.speed)
        self._arrived = asyncio.Event()
        self._house, feed = take_up(settings, store, int(wall_s() * 1000))
        self._withheld = Withheld(self._house)
        self._drive = Drive(self._house, feed, settings.speed, wall_s, self._after_tick)
        self._drive.begin(progress)

    async def run(self, stop: asyncio.Event, ready: Callable[[int, int], None]) -> None:
        """Serve until `stop` is set; `ready` is told the port and the market's time. Raises ServerRefused."""
        counter = Counter(
            self._house,
            self._withheld,
            admin_key=self._settings.admin_key,
            token=self._settings.token,
            wall_s=self._wall_s,
            market_msc=self._drive.now_msc,
            announce=self._announce,
            retire=self._retire,
        )
        counter.followed = self._arrived.set if self._waits else None
        listeners = await self._listen(counter)
        ready(listeners[0].sockets[0].getsockname()[1], self._drive.now_msc())
        market = asyncio.create_task(self._play())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({market, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for listener in listeners:
            listener.close()
        try:
            if market.done():
                raise _why_ended(market)
        finally:
            market.cancel()
            stopping.cancel()
            await self._shut()

    async def _play(self) -> None:
        if self._settings.only_followed:
            await self._wait_for_followers()
        await self._drive.run()

    async def _listen(self, counter: Counter) -> list[asyncio.Server]:
        """Return what listens, at its own address first."""
        host, port, bridge = self._settings.host, self._settings.port, self._settings.bridge

        def connected(session: Session) -> None:
            self._fan_out.attend(session.descriptor)
            attending = asyncio.create_task(self._attend(counter, session))
            self._attending.add(attending)
            attending.add_done_callback(self._attending.discard)

        def line(lets_in: Callable[[tuple[str, int]], bool]) -> Callable[[], Line]:
            return lambda: Line(connected, counter.serve_at_once, lets_in)

        loop = asyncio.get_running_loop()
        try:
            own = await loop.create_server(line(lambda _: True), host, port)
            if bridge is None:
                return [own]
            host = bridge.address
            door = bridge.bind(own.sockets[0].getsockname()[1])
            return [own, await loop.create_server(line(bridge.lets_in), sock=door)]
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                why = "another program uses this port; choose one with --port or METAFLEET_BROKER_PORT"
            else:
                why = str(error)
            raise ServerRefused(f"the broker cannot listen on {host}:{port}: {why}") from error

    async def _attend(self, counter: Counter, session: Session) -> None:
        """Serve one client, one request after the other, until it leaves."""
        if len(self._sessions) >= MAX_CONNECTIONS:
            await session.close(f"the broker has {MAX_CONNECTIONS} connections already")
            return
        self._sessions.add(session)
        writing = asyncio.create_task(session.write_forever())
        try:
            await session.close(await self._converse(counter, session))
        finally:
            self._sessions.discard(session)
            session.step.set()
            writing.cancel()

    async def _converse(self, counter: Counter, session: Session) -> str:
        """Serve requests and return why that ended."""
        try:
            while True:
                session.is_free = True
                body = await session.receive(None if session.login else _IDLE_STRANGER_S)
                session.is_free = False
                if body is None:
                    return "the client left"
                await counter.serve(session, body)
                await session.flushed()
        except TimeoutError:
            return f"not signed in and silent for {_IDLE_STRANGER_S:.0f} s"
        except RequestRefused as error:
            return str(error)

    async def _after_tick(self, tick: Tick, deals: list[tuple[int, Deal]]) -> None:
        for login, deal in deals:
            self._announce(login, (deal,))
        self._withheld.soon()
        if not self._waits:
            await self._fan_out.tell(tick, self._sessions)
            return
        # Whoever follows is to hear of its deals before the tick that made them.
        self._withheld.keep()
        await self._fan_out.tell(tick, self._sessions)
        await self._wait_for_followers()

    async def _wait_for_followers(self) -> None:
        """Wait until those who follow have dealt with what they were told, or until somebody follows."""
        while True:
            following = [session for session in self._sessions if session.is_following]
            behind = next((session for session in following if not session.step.is_set()), None)
            if behind is not None:
                await self._wait_for(behind)
            elif following or not self._settings.only_followed:
                return
            else:
                self._arrived.clear()
                await self._arrived.wait()

    async def _wait_for(self, session: Session) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await session.step.wait()
        except TimeoutError:
            log.warning("a client that follows the market took longer than %.0f s", _PATIENCE_S)
            session.follows = False

    def _announce(self, login: int, deals: tuple[Deal, ...]) -> None:
        listeners = [s for s in self._sessions if s.login == login and s.symbols is not None]
        if listeners:
            for deal in deals:
                data = encoded(DealEvent(deal))
                for session in listeners:
                    session.deals_told += 1
                    self._withheld.say(session, data, None)

    def _retire(self, login: int, newest: Trader) -> None:
        """Hang up on the older generations of an EA, so that they hear of it before their next order."""
        for session in self._sessions:
            older = session.trader
            if older and session.login == login and older.expert == newest.expert:
                session.dismiss(f"generation {newest.generation} of this EA has signed in")

    async def _shut(self) -> None:
        """Keep the market's place and let the clients go."""
        self._drive.stop()
        await asyncio.gather(*(session.close("the broker is stopping") for session in list(self._sessions)))
        if self._attending:
            await asyncio.wait(self._attending, timeout=_CLOSING_S)


async def run_until_signalled(server: Server, ready: Callable[[int, int], None]) -> None:
    """Run until SIGTERM or SIGINT; see `Server.run`."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await server.run(stop, ready)


def take_up(settings: Settings, store: Store, wall_msc: int) -> tuple[House, Feed]:
    """Return the house and its feed as the store left them, or of a new market. Raises BarFileRefused."""
    kept = store.market()
    feed = open_feed(
        settings.source,
        clock=settings.clock,
        wall_msc=wall_msc,
        ticks_per_bar=settings.ticks_per_bar,
        seed=settings.seed,
        past_minutes=settings.past_minutes,
        cursor=kept.cursor if kept else None,
    )
    house = House(store, feed.specs, settings.terms)
    is_same = kept is not None and kept.cursor.source == settings.source.key
    bars = kept.bars if kept is not None and is_same else {}
    before = settings.earlier(feed, bars) if settings.earlier else {}
    if kept is not None and is_same:
        # The market stood still while its broker was away: its last prices are as fresh as they were.
        away_msc = max(0, feed.now_msc - kept.cursor.market_msc)
        quotes = [msgspec.structs.replace(tick, time_msc=tick.time_msc + away_msc) for tick in kept.quotes]
        house.restore(quotes, kept.bars, before)
    elif kept is not None:
        store.forget_bars()
        house.restore(kept.quotes, {}, before)
    elif before:
        house.restore((), {}, before)
    return house, feed


def _why_ended(market: asyncio.Task[None]) -> Exception:
    """Return why the market's task, which never ends by itself, did."""
    error = market.exception()
    if isinstance(error, BarFileRefused | sqlite3.Error):
        log.error("the market stopped: %s", error)
        return ServerRefused(f"the market cannot go on: {error}")
    if isinstance(error, Exception):
        return error
    return ServerRefused("the market cannot go on: its source has ended")


def parse_speed(text: str) -> float:
    """Return the speed that a setting names: `max`, or a number above 0. Raises ValueError."""
    if text == "max":
        return float("inf")
    speed = float(text)
    if not 0 < speed < float("inf"):
        raise ValueError(text)
    return speed
