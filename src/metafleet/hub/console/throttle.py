"""Slow down guessing: failed sign-ins, all sign-ups and looks at public pages are counted in Redis."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import redis
from django.conf import settings
from django.http import HttpRequest

from metafleet.hub.kernel.errors import Throttled

_log = logging.getLogger(__name__)
TRIES = 20
"""For one e-mail from one address: nobody can lock its owner out from elsewhere."""
TRIES_OF_ADDRESS = 100
"""For all e-mails from one address, behind which a whole office may sit."""
SIGN_UPS_OF_ADDRESS = 20
SHARES_OF_ADDRESS = 120
"""Public pages: who looks at one every few seconds is no person."""
WINDOW_S = 300
"""From the first that counts; later ones do not prolong it."""


@contextmanager
def guarded_sign_in(request: HttpRequest, email: str) -> Iterator[None]:
    """Count this try and give it back when the body succeeds. Raises Throttled after too many failures.

    It counts before the body, so that many at once do not slip through together. While
    Redis is away nobody is throttled: sign-in goes on, Argon2 alone slows guessing.
    """
    address = _address(request)
    mail = hashlib.sha256(email.strip().lower().encode()).hexdigest()[:16]
    limits = {f"sign-in:for:{mail}:{address}": TRIES, f"sign-in:from:{address}": TRIES_OF_ADDRESS}
    _count(limits)
    yield
    _give_back(limits)


def guard_sign_up(request: HttpRequest) -> None:
    """Count this sign-up, whatever comes of it. Raises Throttled after 20 from one address."""
    _count({f"sign-up:from:{_address(request)}": SIGN_UPS_OF_ADDRESS})


def guard_share(request: HttpRequest) -> None:
    """Count this look at a public page. Raises Throttled after 120 from one address."""
    _count({f"share:from:{_address(request)}": SHARES_OF_ADDRESS})


def _count(limits: Mapping[str, int]) -> None:
    counts = _add(1, limits)
    full = [ttl_s for (count, ttl_s), limit in zip(counts, limits.values(), strict=False) if count > limit]
    if full:
        raise Throttled("Too many tries. Wait up to five minutes and try again.", retry_after_s=max(1, *full))


def _give_back(limits: Mapping[str, int]) -> None:
    _add(-1, limits)


def _add(step: int, keys: Mapping[str, int]) -> list[tuple[int, int]]:
    """Return (count, seconds that its window has left) of each key; nothing while Redis is away."""
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
            pipe = client.pipeline()
            for key in keys:
                pipe.set(key, 0, ex=WINDOW_S, nx=True).incrby(key, step).ttl(key)
            answers = pipe.execute()
    except redis.RedisError as error:
        _log.warning("sign-in tries are not counted: %s", error)
        return []
    return list(zip(answers[1::3], answers[2::3], strict=True))


def _address(request: HttpRequest) -> str:
    """Return whom the server says that this comes from; uvicorn reads a trusted proxy's header."""
    return str(request.META.get("REMOTE_ADDR", ""))
