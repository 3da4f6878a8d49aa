"""Whether the servers that were given by URL answer, asked before anything is built on them."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from metafleet.cli.readiness import wait_until
from metafleet.cli.refusal import Refused

PATIENCE_S = 15.0
"""A database that is started together with metafleet needs a few seconds."""

CONNECT_TIMEOUT_S = 3


class GivenServerRefused(Refused):
    """The server behind DATABASE_URL or REDIS_URL does not answer."""


def check_database(url: str, patience_s: float = PATIENCE_S) -> None:
    """Raises GivenServerRefused when no PostgreSQL answers at the URL within the time."""
    import psycopg

    def connect() -> None:
        psycopg.connect(url, connect_timeout=CONNECT_TIMEOUT_S).close()

    _check("DATABASE_URL", url, connect, (psycopg.Error,), patience_s)


def check_redis(url: str, patience_s: float = PATIENCE_S) -> None:
    """Raises GivenServerRefused when no Redis answers at the URL within the time."""
    import redis

    def ping() -> None:
        timeouts = {"socket_connect_timeout": CONNECT_TIMEOUT_S, "socket_timeout": CONNECT_TIMEOUT_S}
        with redis.Redis.from_url(url, **timeouts) as client:
            client.ping()

    _check("REDIS_URL", url, ping, (redis.RedisError, ValueError), patience_s)


def _check(
    name: str, url: str, attempt: Callable[[], None], errors: tuple[type[Exception], ...], patience_s: float
) -> None:
    reasons: list[str] = []

    def answers() -> bool:
        try:
            attempt()
        except errors as error:
            reasons.append(" ".join(str(error).split()) or type(error).__name__)
            return False
        return True

    if not wait_until(answers, patience_s, 0.25):
        raise GivenServerRefused(
            f"The server at {name} ({_place(url)}) does not answer ({reasons[-1].rstrip('.')}); "
            f"start it, correct {name}, or unset {name} to use the embedded one."
        )


def _place(url: str) -> str:
    """Where the URL points to, without its password."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.hostname or ''}{port}{parts.path}" or url.partition("@")[2]
