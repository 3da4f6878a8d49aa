"""What Prometheus reads, and who may."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from metafleet.hub.gateway.errors import Unavailable
from metafleet.hub.gateway.tests.conftest import MakeGateway
from metafleet.hub.gateway.tests.stage import Speaker, Stage, deal, eventually


def read(text: str) -> dict[str, float]:
    return {
        sample.name + "".join(f"|{value}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def figures(client: httpx.AsyncClient) -> dict[str, float]:
    response = await client.get("/metrics")
    assert response.status_code == 200
    return read(response.text)


async def test_what_terminals_send_is_counted(stage: Stage, make_gateway: MakeGateway) -> None:
    async with make_gateway() as (client, _):
        speaker = Speaker(client, stage.terminal())
        before = await figures(client)
        await speaker.trades([deal(1), deal(2), deal(2), deal(3, volume=-1)])
        after = await figures(client)
    for name, more in {
        "metafleet_deals_total|imported": 2,
        "metafleet_deals_total|skipped": 1,
        "metafleet_deals_total|failed": 1,
        "metafleet_gateway_requests_total|trades|200": 1,
        "metafleet_batch_size_count|trades": 1,
    }.items():
        assert after[name] - before.get(name, 0) == more, name


async def test_the_queue_and_late_terminals_are_counted(stage: Stage, make_gateway: MakeGateway) -> None:
    terminal, late = stage.terminal(), stage.terminal()
    stage.command(terminal)
    stage.command(terminal, state="dead")
    stage.run("UPDATE fleet_terminal SET heartbeat_at = now() WHERE id = %s", terminal.id)
    stage.run("UPDATE fleet_terminal SET heartbeat_at = now() - interval '1 hour' WHERE id = %s", late.id)
    async with make_gateway() as (client, gateway):
        await eventually(lambda: gateway.census.is_counted)
        found = await figures(client)
    assert found["metafleet_commands|queued"] == 1
    assert found["metafleet_commands|dead"] == 1
    assert found["metafleet_terminals|fresh"] == 1
    assert found["metafleet_terminals|stale"] == 1


async def test_how_far_the_backups_reach_is_told(stage: Stage, make_gateway: MakeGateway) -> None:
    stage.run(
        "INSERT INTO monitor_backupstanding (id, created_at, updated_at, slot, place, newest, newest_at, "
        "verified_of, kept, bytes, problem, seen_at) "
        "VALUES (gen_random_uuid(), now(), now(), 'test', '', '', to_timestamp(%s), NULL, 1, 1, '', now())",
        1_800_000_000.5,
    )
    async with make_gateway() as (client, gateway):
        await eventually(lambda: gateway.census.is_counted)
        found = await figures(client)
    assert found["metafleet_backup_timestamp_seconds|newest"] == 1_800_000_000.5
    assert "metafleet_backup_timestamp_seconds|log" not in found


async def test_a_stranger_reads_nothing(make_gateway: MakeGateway) -> None:
    async with make_gateway() as (client, _):
        forwarded = await client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"})
        assert forwarded.status_code == 401
    async with make_gateway(metrics_token="let-prometheus-in") as (client, _):
        assert (await client.get("/metrics")).status_code == 401
        wrong = {"Authorization": "Bearer let-me-in"}
        assert (await client.get("/metrics", headers=wrong)).status_code == 401
        right = {"Authorization": "Bearer let-prometheus-in"}
        assert (await client.get("/metrics", headers=right)).status_code == 200


async def test_a_delivery_is_timed_from_when_command_and_terminal_were_both_there(
    stage: Stage, make_gateway: MakeGateway
) -> None:
    terminal, late = stage.terminal(), stage.terminal()
    async with make_gateway() as (client, _):
        before = await figures(client)
        # It has waited for its terminal for an hour: nobody was late but the terminal.
        stage.command(terminal, due_at=datetime.now(UTC) - timedelta(hours=1))
        await Speaker(client, terminal).poll()
        poll = asyncio.create_task(Speaker(client, late).poll(wait=5))
        await asyncio.sleep(0.3)
        # The poll has waited since before it was due, and was not woken for two seconds of its clock.
        stage.command(late, due_at=datetime.now(UTC) + timedelta(seconds=1))
        assert len(await poll) == 1
        after = await figures(client)
    name = "metafleet_command_delivery_seconds"
    assert after[f"{name}_count"] - before[f"{name}_count"] == 2
    assert after[f"{name}_sum"] - before[f"{name}_sum"] < 1.5


@pytest.mark.parametrize(("kind", "attempt"), [("PING", 1), ("FETCH_CANDLES", 0), ("SYNC_TRADES", 0)])
async def test_neither_a_second_delivery_nor_a_question_is_timed(
    stage: Stage, make_gateway: MakeGateway, kind: str, attempt: int
) -> None:
    terminal = stage.terminal()
    async with make_gateway() as (client, _):
        before = await figures(client)
        stage.command(terminal, kind, attempt=attempt)
        assert len(await Speaker(client, terminal).poll()) == 1
        after = await figures(client)
    name = "metafleet_command_delivery_seconds_count"
    assert after[name] == before[name]


KEPT = "SELECT total FROM kernel_objectivecount WHERE objective = 'deals' AND resolution = 'ever'"


async def test_what_counts_for_objectives_is_added_to_what_all_have_counted(
    stage: Stage, make_gateway: MakeGateway
) -> None:
    terminals = stage.terminal(), stage.terminal()
    async with make_gateway() as (client, gateway):
        await Speaker(client, terminals[0]).trades([deal(1)])
        await gateway.objectives.write()
        await gateway.objectives.write()
        assert stage.rows(KEPT) == [(1,)]
        await Speaker(client, terminals[1]).trades([deal(2)])
    assert stage.rows(KEPT) == [(2,)], "the rest was not added at the end"


async def test_a_database_that_is_away_costs_no_count(
    stage: Stage, make_gateway: MakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise Unavailable("The database is away.", retry_after_s=1)

    async with make_gateway() as (client, gateway):
        await Speaker(client, stage.terminal()).trades([deal(1)])
        with monkeypatch.context() as patched:
            patched.setattr(type(gateway.database), "ask", away)
            await gateway.objectives.write()
        assert stage.rows(KEPT) == []
        await gateway.objectives.write()
        assert stage.rows(KEPT) == [(1,)]
