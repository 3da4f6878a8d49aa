"""What GET /ready says of a process: what it depends on, whether that answers, and how long it took."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

PATIENCE_S: Final = 1.5
"""How long each is waited for; load balancers give up after two seconds and more."""

MISSING_MIGRATIONS: Final = """
    SELECT wanted.app FROM unnest(%s::text[], %s::text[]) AS wanted (app, name)
    WHERE NOT EXISTS (SELECT FROM django_migrations done
                      WHERE done.app = wanted.app AND done.name = wanted.name)
"""
"""No row where the schema is at least as new as this code; the values are `newest_migrations()`."""


@dataclass(frozen=True, slots=True)
class Check:
    """`is_needed`: without it nobody is answered rightly. `took_s`: seconds until it answered or was left."""

    name: str
    is_up: bool
    took_s: float
    is_needed: bool = True


def newest_migrations() -> tuple[list[str], list[str]]:
    """Return the apps, and the newest migration that this code has of each."""
    newest = _newest()
    return list(newest), list(newest.values())


def report(checks: Iterable[Check]) -> tuple[int, dict[str, Any]]:
    """Return the status, 200 or 503, and the document.

    "ready", "degraded" while only what is not needed is down (a load balancer leaves the process in
    service: another one would fare no better), or "unready".
    """
    checks = list(checks)
    is_ready = all(check.is_up for check in checks if check.is_needed)
    is_whole = all(check.is_up for check in checks)
    said = {
        check.name: {"state": "up" if check.is_up else "down", "tookMs": round(check.took_s * 1000, 1)}
        for check in checks
    }
    status = "ready" if is_whole else "degraded" if is_ready else "unready"
    return 200 if is_ready else 503, {"status": status, "checks": said}


@cache
def _newest() -> dict[str, str]:
    files = Path(__file__).parents[1].glob("*/migrations/max_migration.txt")
    return {file.parents[1].name: file.read_text().strip() for file in sorted(files)}
