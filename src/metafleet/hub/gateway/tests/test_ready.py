"""What a load balancer hears of the gateway; test_limits has it without Redis."""

from __future__ import annotations

import pytest

from metafleet.hub.gateway.tests.conftest import MakeGateway
from metafleet.hub.gateway.tests.stage import Stage
from metafleet.hub.kernel import readiness


async def test_with_all_that_it_depends_on_it_is_ready(make_gateway: MakeGateway) -> None:
    async with make_gateway() as (client, _):
        assert (await client.get("/health")).json() == {"status": "live"}
        answer = await client.get("/ready")
        said = answer.json()
        assert (answer.status_code, said["status"]) == (200, "ready")
        assert set(said["checks"]) == {"database", "migrations", "redis"}
        assert all(check["state"] == "up" and check["tookMs"] >= 0 for check in said["checks"].values())


async def test_on_an_older_schema_it_lives_and_is_not_ready(
    make_gateway: MakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "newest_migrations", lambda: (["kernel"], ["9999_to_come"]))
    async with make_gateway() as (client, _):
        answer = await client.get("/ready")
        assert (answer.status_code, answer.json()["status"]) == (503, "unready")
        assert answer.json()["checks"]["migrations"]["state"] == "down"
        assert (await client.get("/health")).status_code == 200


async def test_a_database_that_hangs_is_not_waited_for(
    make_gateway: MakeGateway, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "PATIENCE_S", 0.3)
    async with make_gateway() as (client, _):
        with stage.owner.transaction():
            stage.owner.execute("LOCK TABLE django_migrations IN ACCESS EXCLUSIVE MODE")
            answer = await client.get("/ready")
        states = {name: check["state"] for name, check in answer.json()["checks"].items()}
        assert (answer.status_code, states) == (503, {"database": "up", "migrations": "down", "redis": "up"})
