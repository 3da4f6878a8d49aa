"""Slow down guessing: sign-in tries are counted in Redis by address and by e-mail."""

from __future__ import annotations

import hashlib
import logging

import redis
from django.conf import settings
from django.http import HttpRequest

from metafleet.hub.kernel.errors import Throttled

_log = logging.getLogger(__name__)
TRIES = 20
WINDOW_S = 300


def guard_sign_in(request: HttpRequest, email: str) -> None:
    """Raises Throttled after 20 tries in five minutes from one address or for one e-mail.

    While Redis is away nobody is throttled: sign-in goes on, Argon2 alone slows guessing.
    """
    address = request.META.get("REMOTE_ADDR", "")
    mail = hashlib.sha256(email.strip().lower().encode()).hexdigest()[:16]
    try:
        client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
        with client.pipeline() as pipe:
            for key in (f"sign-in:from:{address}", f"sign-in:for:{mail}"):
                pipe.incr(key)
                pipe.expire(key, WINDOW_S, nx=False)
            counts = pipe.execute()[::2]
    except redis.RedisError as error:
        _log.warning("sign-in tries are not counted: %s", error)
        return
    if max(counts) > TRIES:
        raise Throttled("Too many tries. Wait five minutes and try again.", retry_after_s=WINDOW_S)
