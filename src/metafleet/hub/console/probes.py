"""GET /health: this process answers. GET /ready: so does what it depends on."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Final

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from psycopg_pool import PoolTimeout

from metafleet.hub.kernel import readiness
from metafleet.hub.monitor.judge import lease

_NEEDED: Final = frozenset({"database", "migrations"})

Ask = Callable[[], bool]

# The drivers wait for a server that hangs for longer than a probe does. What is left behind is bounded.
_asking: Final = ThreadPoolExecutor(max_workers=8, thread_name_prefix="ready")


def health(_request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "live"})


def ready(_request: HttpRequest) -> HttpResponse:
    asks: dict[str, Ask] = {
        "database": lambda: _ask("SELECT 1"),
        "migrations": lambda: not _ask(readiness.MISSING_MIGRATIONS, *readiness.newest_migrations()),
        "redis": _redis,
        "judge": lease.is_held,
    }
    status, document = readiness.report(_checks(asks))
    answer = JsonResponse(document, status=status)
    answer["Cache-Control"] = "no-store"
    return answer


def _checks(asks: dict[str, Ask]) -> list[readiness.Check]:
    began_s = time.perf_counter()
    asked = {name: _asking.submit(_measured, ask) for name, ask in asks.items()}
    wait(asked.values(), timeout=readiness.PATIENCE_S)
    waited_s = time.perf_counter() - began_s
    checks = []
    for name, future in asked.items():
        is_up, took_s = future.result() if future.done() else (False, waited_s)
        future.cancel()  # what has not begun
        checks.append(readiness.Check(name, is_up, took_s, name in _NEEDED))
    return checks


def _measured(ask: Ask) -> tuple[bool, float]:
    began_s = time.perf_counter()
    try:
        is_up = ask()
    except (DatabaseError, PoolTimeout, redis.RedisError, OSError):
        is_up = False
    finally:
        connection.close()
    return is_up, time.perf_counter() - began_s


def _ask(statement: str, *values: list[str]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone() is not None


def _redis() -> bool:
    patience_s = readiness.PATIENCE_S
    with redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=patience_s, socket_connect_timeout=patience_s
    ) as client:
        return bool(client.ping())
