"""What a load balancer hears: that the process lives, and whether what it depends on answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import connection
from django.test import Client

from metafleet.hub.kernel import readiness
from metafleet.hub.monitor.judge import lease


def asked() -> tuple[int, str, dict[str, str]]:
    answer = Client().get("/ready")
    said = answer.json()
    assert all(check["tookMs"] >= 0 for check in said["checks"].values())
    return (
        answer.status_code,
        said["status"],
        {name: check["state"] for name, check in said["checks"].items()},
    )


def test_a_living_process_asks_nobody() -> None:
    """Without the mark a query would be refused."""
    answer = Client().get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "live"})


@pytest.mark.django_db(transaction=True)
def test_with_all_that_it_depends_on_it_is_ready() -> None:
    assert lease.take(uuid4())
    assert asked() == (200, "ready", dict.fromkeys(("database", "migrations", "redis", "judge"), "up"))


@pytest.mark.django_db
def test_without_redis_and_judge_it_stays_in_service(settings: Any, tmp_path: Path) -> None:
    settings.REDIS_URL = f"unix://{tmp_path}/no-redis.sock"
    states = {"database": "up", "migrations": "up", "redis": "down", "judge": "down"}
    assert asked() == (200, "degraded", states)


@pytest.mark.django_db
def test_on_an_older_schema_it_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "newest_migrations", lambda: (["kernel"], ["9999_to_come"]))
    status, said, states = asked()
    assert (status, said, states["database"], states["migrations"]) == (503, "unready", "up", "down")


@pytest.mark.django_db(transaction=True)
def test_a_database_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "PATIENCE_S", 0.3)
    place = connection.settings_dict
    with psycopg.connect(host=place["HOST"], user=place["USER"], dbname=place["NAME"]) as owner:
        owner.execute("LOCK TABLE django_migrations IN ACCESS EXCLUSIVE MODE")
        status, said, states = asked()
        owner.rollback()
    assert (status, said, states["database"], states["migrations"]) == (503, "unready", "up", "down")
