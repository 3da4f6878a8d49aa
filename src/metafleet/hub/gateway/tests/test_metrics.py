"""What Prometheus reads, and who may."""

from __future__ import annotations

import httpx
from prometheus_client.parser import text_string_to_metric_families

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
