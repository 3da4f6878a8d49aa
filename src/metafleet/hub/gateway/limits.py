"""How often each terminal may send each kind of request.

A request spends from a bucket of `burst` that fills at `per_minute` (GCRA: one
number per bucket, the instant at which it would be full). The buckets are in Redis,
so that they hold across gateway processes. While Redis is away each process counts
by itself: facts go on being recorded, and nobody sends without bound.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol, TypeVar

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from metafleet.hub.fleet.intake import Slot
from metafleet.hub.gateway.batches import Batches, Rest, Work
from metafleet.hub.gateway.redis_script import RedisScript
from metafleet.hub.kernel.errors import Throttled

REDIS_PATIENCE_S: Final = 0.25
"""A Redis that does not answer for so long counts as away …"""
REDIS_REST_S: Final = 1.0
"""… and is asked again after this."""
REST_S: Final = 0.005
"""Between two round trips for one kind of request."""
_TURNS_TO_ASK: Final = 2
"""Of the event loop, until a question is on its way: one to gather those who ask, one to send it."""
_MOST_LOCAL: Final = 50_000
MOST_TOGETHER: Final = 256
"""Requests in one round trip: Redis answers nobody else for that long, a fraction of a millisecond."""

Item = TypeVar("Item", bound="Counted")
Outcome = TypeVar("Outcome")

# The names come as one text: as a key each they took longer to send than to look up.
_SPEND: Final = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000
local interval, burst, n = tonumber(ARGV[1]), tonumber(ARGV[2]), 0
local refused = {}
for who in string.gmatch(ARGV[3], '[^\\n]+') do
  n = n + 1
  local key = KEYS[1] .. who
  local full_at = math.max(tonumber(redis.call('GET', key) or now), now)
  local wait = full_at - now - interval * (burst - 1)
  if wait > 0 then
    refused[#refused + 1] = n
    refused[#refused + 1] = math.ceil(wait)
  else
    full_at = full_at + interval
    redis.call('SET', key, string.format('%.3f', full_at), 'PX', math.ceil(full_at - now) + 1000)
  end
end
return refused
"""


class LimitsRefused(SystemExit):
    """METAFLEET_GATEWAY_LIMITS cannot be used; the message says why."""


class Limit(msgspec.Struct, frozen=True, array_like=True):
    """So many a minute, and so many at once."""

    per_minute: float
    burst: int


PROTOCOL: Final = {
    "heartbeat": Limit(12, 6),
    "trades": Limit(30, 20),
    "positions": Limit(60, 20),
    "candles": Limit(30, 20),
    "machine": Limit(12, 6),
    "commands": Limit(60, 20),
    "signal": Limit(240, 60),
    "signals": Limit(30, 15),
    "stream": Limit(12, 6),
    "spans": Limit(1, 1),
}
"""What a customer's own terminal may send (terminal protocol, "Who may speak")."""

HOSTED: Final = {
    "hosted.spans": Limit(6, 3),
    "hosted.heartbeat": Limit(60, 30),
    "hosted.trades": Limit(240, 60),
    "hosted.positions": Limit(240, 60),
    "hosted.candles": Limit(240, 60),
    "hosted.machine": Limit(12, 6),
    "hosted.commands": Limit(240, 60),
    "hosted.signal": Limit(240, 60),
    "hosted.signals": Limit(30, 15),
    "hosted.stream": Limit(12, 6),
}
"""What one of our own runners may send: besides the asked-for beats it reports each change of
status, each deal, each changed position and each closed bar at once, on markets that run faster."""

ADDRESS: Final = {"assignment": Limit(6_000, 1_000), "enrol": Limit(5, 5)}
"""By address: enrolments, and starts of runners. A host that comes back starts all of its runners at once,
hundreds, and a token of 256 bits is not guessed at this rate."""


def read_limits(text: str, *, heartbeat_interval_s: int) -> Mapping[str, Limit]:
    """Return the defaults with those replaced that `text` names, as {"trades": [per minute, burst]}.

    A kind's plain name is for every terminal, `hosted.` before it for our own runners alone.
    Unless said otherwise a hosted runner may send twice the heartbeats that it is asked for.
    Raises LimitsRefused for anything but JSON of that shape, with known names and positive numbers.
    """
    asked = Limit(max(60, 2 * 60 / heartbeat_interval_s), 30)
    limits = {**PROTOCOL, **HOSTED, **ADDRESS, "hosted.heartbeat": asked}
    try:
        given = msgspec.json.decode(text or "{}", type=dict[str, Limit])
    except msgspec.DecodeError as error:
        raise LimitsRefused(
            f'METAFLEET_GATEWAY_LIMITS must be JSON like {{"trades": [30, 20]}}: {error}'
        ) from None
    for name, limit in given.items():
        if name not in limits:
            raise LimitsRefused(f"METAFLEET_GATEWAY_LIMITS names {name!r}; known are {', '.join(limits)}.")
        if limit.per_minute <= 0 or limit.burst < 1:
            raise LimitsRefused(f"METAFLEET_GATEWAY_LIMITS: {name} must have numbers above 0.")
    everywhere = {f"hosted.{name}": limit for name, limit in given.items() if f"hosted.{name}" in limits}
    return {**limits, **everywhere, **given}


class Counted(Protocol):
    """What a terminal sent. is_spent: it was counted, and let through, by the terminal's limit."""

    slot: Slot
    is_spent: bool


def bucket(slot: Slot, kind: str) -> str:
    """Return the limit's name that this terminal's requests of a kind count for."""
    return kind if slot.instance_id is None else f"hosted.{kind}"


@dataclass(slots=True)
class LocalBuckets:
    """The same buckets in this process's memory, the least used forgotten first."""

    full_at: OrderedDict[str, float]

    def spend(self, key: str, limit: Limit, now_s: float) -> float:
        """Return the seconds to wait; 0.0 when the request was let through."""
        interval = 60 / limit.per_minute
        full_at = max(self.full_at.get(key, now_s), now_s)
        wait_s = full_at - now_s - interval * (limit.burst - 1)
        if wait_s > 0:
            return wait_s
        self.full_at[key] = full_at + interval
        self.full_at.move_to_end(key)
        while len(self.full_at) > _MOST_LOCAL:
            self.full_at.popitem(last=False)
        return 0.0


class Limiter:
    """Requests of one kind that come together take one round trip to Redis together."""

    def __init__(self, redis: Redis, limits: Mapping[str, Limit]) -> None:
        self._limits = limits
        self._script = RedisScript(redis, _SPEND)
        self._local = LocalBuckets(OrderedDict())
        self._redis_rests_until = 0.0
        self._together = {
            kind: Batches[str, float](
                partial(self._waits, kind, limit),
                most=MOST_TOGETHER,
                rest=Rest(REST_S, sender=lambda name: name),
            )
            for kind, limit in limits.items()
        }

    async def spend(self, kind: str, who: str) -> None:
        """Count one request of `who`. Raises Throttled, with the seconds until the next may come."""
        self._check(kind, await self._together[kind].submit(who))

    @asynccontextmanager
    async def spending(self, kind: str, who: str) -> AsyncIterator[None]:
        """Count one request of `who` while the block is at work: Redis is asked before it.

        Raises Throttled at its end, whatever the block made or raised; what it made must not count then.
        """
        waiting = self._together[kind].submit(who)
        for _ in range(_TURNS_TO_ASK):
            await asyncio.sleep(0)
        try:
            yield
        finally:
            self._check(kind, await waiting)

    def _check(self, kind: str, wait_s: float) -> None:
        if wait_s > 0:
            raise self._throttled(kind, wait_s)

    async def close(self) -> None:
        await self._script.close()

    async def refusals(self, kind: str, who: Sequence[str]) -> dict[int, Throttled]:
        """Count one request of each, which come together as it is; return the refused ones by their place."""
        refused: dict[int, Throttled] = {}
        for start in range(0, len(who), MOST_TOGETHER):
            waits = await self._waits(kind, self._limits[kind], who[start : start + MOST_TOGETHER])
            if any(waits):
                refused |= {
                    start + place: self._throttled(kind, wait_s)
                    for place, wait_s in enumerate(waits)
                    if wait_s > 0
                }
        return refused

    def _throttled(self, kind: str, wait_s: float) -> Throttled:
        return Throttled(
            f"More than {self._limits[kind].per_minute:g} {kind.removeprefix('hosted.')} requests a minute.",
            retry_after_s=max(1, math.ceil(wait_s)),
        )

    async def _waits(self, kind: str, limit: Limit, who: Sequence[str]) -> Sequence[float]:
        """Return for each how many seconds it must wait, 0.0 for those that are let through."""
        prefix, interval_ms = f"limit:{kind}:", 60_000 / limit.per_minute
        now_s = time.monotonic()
        if now_s >= self._redis_rests_until:
            try:
                refused = await self._script.run(prefix, interval_ms, limit.burst, "\n".join(who))
                waits = [0.0] * len(who)
                # Only the refused are told of: a list of zeros would cost more to read than all else.
                for place, wait in zip(refused[::2], refused[1::2], strict=True):
                    waits[place - 1] = wait / 1000
                return waits
            except (RedisError, OSError):
                self._redis_rests_until = time.monotonic() + REDIS_REST_S
        return [self._local.spend(prefix + name, limit, now_s) for name in who]


async def let_through(
    limiter: Limiter, kind: str, items: Sequence[Item], work: Work[Item, Outcome]
) -> Sequence[Outcome | Exception]:
    """Do `work` with those that are within their limits; the others get their refusal.

    One look at the limits for a whole batch: for each request by itself it took longer than all that
    is made of a heartbeat.
    """
    refused: dict[int, Throttled] = {}
    for name, places in _unspent(kind, items).items():
        found = await limiter.refusals(name, [items[place].slot.name for place in places])
        refused |= {places[n]: error for n, error in found.items()}
    # Where the batch fails, each is tried again by itself: who was refused is not let through by that.
    for place, item in enumerate(items):
        item.is_spent = item.is_spent or place not in refused
    if not refused:
        return await work(items)
    rest = [item for place, item in enumerate(items) if place not in refused]
    outcomes = iter(await work(rest) if rest else ())
    return [refused[place] if place in refused else next(outcomes) for place in range(len(items))]


def _unspent(kind: str, items: Sequence[Counted]) -> dict[str, list[int]]:
    """Return the places of those that have not been counted, by their limit."""
    found: dict[str, list[int]] = {}
    for place, item in enumerate(items):
        if not item.is_spent:
            found.setdefault(bucket(item.slot, kind), []).append(place)
    return found
