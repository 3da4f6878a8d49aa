"""How many requests a key may make, by its tenant's plan: counted in Redis by minute and UTC day."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import redis
from django.conf import settings

from metafleet.hub.billing.plans import Plan
from metafleet.hub.kernel.errors import Throttled

_log = logging.getLogger(__name__)
_DAY_S: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left in the window that is full first. `today`: requests of this UTC day, this one too."""

    limit: int
    left: int
    resets_in_s: int
    today: int

    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(0, self.left)),
            "RateLimit-Reset": str(self.resets_in_s),
        }

    def must_have_room(self) -> None:
        """Raises Throttled."""
        if self.left < 0:
            window = "minute" if self.resets_in_s <= 60 else "day"
            raise Throttled(
                f"This key has made its {self.limit} requests of this {window}. Wait, or take a larger plan.",
                retry_after_s=self.resets_in_s,
            )


def count(key_id: UUID, plan: Plan, now: datetime) -> Quota | None:
    """Count one request of the key; None while Redis is away: the API goes on, and counts nothing."""
    second_of_day = now.hour * 3600 + now.minute * 60 + now.second
    minute, day = f"{_key(key_id)}:{now:%Y%m%d%H%M}", _day_key(key_id, now)
    try:
        with _client() as client:
            pipe = client.pipeline()
            pipe.incr(minute).expire(minute, 120).incr(day).expire(day, 2 * _DAY_S)
            in_minute, _, today, _ = pipe.execute()
    except redis.RedisError as error:
        _log.warning("requests of API keys are not counted: %s", error)
        return None
    left_now, left_today = plan.requests_per_minute - in_minute, plan.requests_per_day - today
    if left_today < left_now:
        return Quota(plan.requests_per_day, left_today, _DAY_S - second_of_day, today)
    return Quota(plan.requests_per_minute, left_now, 60 - now.second, today)


def today(key_ids: Iterable[UUID], now: datetime) -> dict[UUID, int]:
    """Return how many requests each key made this UTC day; nothing while Redis is away."""
    ids = list(key_ids)
    try:
        with _client() as client:
            counts = client.mget([_day_key(one, now) for one in ids]) if ids else []
    except redis.RedisError:
        return {}
    return {one: int(found or 0) for one, found in zip(ids, counts, strict=True)}


def _key(key_id: UUID) -> str:
    return f"api-key:{key_id}"


def _day_key(key_id: UUID, now: datetime) -> str:
    return f"{_key(key_id)}:{now:%Y%m%d}"


def _client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
