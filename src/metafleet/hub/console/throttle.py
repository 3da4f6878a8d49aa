"""Slow down guessing: failed sign-ins and looks at public pages are counted in Redis."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping

import redis
from django.conf import settings
from django.http import HttpRequest

from metafleet.hub.kernel.errors import Throttled

_log = logging.getLogger(__name__)
TRIES = 20
"""For one e-mail from one address: nobody can lock its owner out from elsewhere."""
TRIES_OF_ADDRESS = 100
"""For all e-mails from one address, behind which a whole office may sit."""
SHARES_OF_ADDRESS = 120
"""Public pages: who looks at one every few seconds is no person."""
WINDOW_S = 300
"""From the first that counts; later ones do not prolong it."""


def guard_sign_in(request: HttpRequest, email: str) -> None:
    """Count this try to sign in. Raises Throttled after too many failures.

    It counts before the password is looked at, so that many at once do not slip through
    together; one that succeeds is given back. While Redis is away nobody is throttled:
    sign-in goes on, Argon2 alone slows guessing.
    """
    _count(_limits_of_sign_in(request, email), "or choose a new password by mail: “Forgot your password?”.")


def give_back_sign_in(request: HttpRequest, email: str) -> None:
    """Take back what `guard_sign_in` has counted: it was the right password."""
    _add(-1, _limits_of_sign_in(request, email))


def forgive_sign_in(request: HttpRequest, email: str) -> None:
    """Forget the failures for this e-mail from this address: its owner has read our mail."""
    of_mail, _ = _limits_of_sign_in(request, email)
    _forget(of_mail)


def guard_share(request: HttpRequest) -> None:
    """Count this look at a public page. Raises Throttled after 120 from one address."""
    _count({f"share:from:{address_of(request)}": SHARES_OF_ADDRESS}, "and try again.")


def address_of(request: HttpRequest) -> str:
    """Return whom the server says that this comes from; uvicorn reads a trusted proxy's header."""
    return str(request.META.get("REMOTE_ADDR", ""))


def _limits_of_sign_in(request: HttpRequest, email: str) -> dict[str, int]:
    address = address_of(request)
    mail = hashlib.sha256(email.strip().lower().encode()).hexdigest()[:16]
    return {f"sign-in:for:{mail}:{address}": TRIES, f"sign-in:from:{address}": TRIES_OF_ADDRESS}


def _count(limits: Mapping[str, int], way_out: str) -> None:
    counts = _add(1, limits)
    full = [ttl_s for (count, ttl_s), limit in zip(counts, limits.values(), strict=False) if count > limit]
    if full:
        raise Throttled(f"Too many tries. Wait up to five minutes {way_out}", retry_after_s=max(1, *full))


def _add(step: int, keys: Mapping[str, int]) -> list[tuple[int, int]]:
    """Return (count, seconds that its window has left) of each key; nothing while Redis is away."""
    try:
        with _client() as client:
            pipe = client.pipeline()
            for key in keys:
                pipe.set(key, 0, ex=WINDOW_S, nx=True).incrby(key, step).ttl(key)
            answers = pipe.execute()
    except redis.RedisError as error:
        _log.warning("sign-in tries are not counted: %s", error)
        return []
    return list(zip(answers[1::3], answers[2::3], strict=True))


def _forget(key: str) -> None:
    try:
        with _client() as client:
            client.delete(key)
    except redis.RedisError as error:
        _log.warning("sign-in tries are not forgotten: %s", error)


def _client() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
