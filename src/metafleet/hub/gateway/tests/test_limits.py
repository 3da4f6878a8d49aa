"""How often: per terminal and kind, across processes, with and without Redis."""

from __future__ import annotations

import asyncio
import logging
import os
from collections import OrderedDict
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from metafleet.hub.gateway import configuration, positions, trades
from metafleet.hub.gateway.limits import (
    HOSTED,
    PROTOCOL,
    Limit,
    LimitsRefused,
    LocalBuckets,
    let_through,
    read_limits,
)
from metafleet.hub.gateway.tests.conftest import MakeGateway
from metafleet.hub.gateway.tests.stage import Speaker, Stage, deal
from metafleet.hub.gateway.tests.test_snapshots import position
from metafleet.hub.journal import items
from metafleet.hub.kernel.errors import Throttled

FEW = '{"heartbeat": [12, 2], "trades": [30, 2], "positions": [30, 2]}'


async def test_a_burst_then_429_with_the_seconds_to_wait(stage: Stage, make_gateway: MakeGateway) -> None:
    async with make_gateway(FEW) as (one, _), make_gateway(FEW) as (two, _):
        terminal = stage.terminal()
        first, second = Speaker(one, terminal), Speaker(two, terminal)
        assert (await first.post("heartbeat")).status_code == 200
        assert (await second.post("heartbeat")).status_code == 200
        for speaker in (first, second):
            refused = await speaker.post("heartbeat")
            assert refused.status_code == 429
            assert refused.headers["retry-after"] == "5"
            assert "success" not in refused.text
        assert (await first.post("trades", trades=[])).status_code == 200  # another kind
        other = Speaker(one, stage.terminal())
        assert (await other.post("heartbeat")).status_code == 200  # another terminal


async def test_a_refusal_is_logged_under_its_request_and_tenant(
    stage: Stage, make_gateway: MakeGateway, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "metafleet.gateway")
    terminal = stage.terminal()
    async with make_gateway(FEW) as (client, _):
        speaker = Speaker(client, terminal)
        answers = [await speaker.post("trades", trades=[]) for _ in range(3)]
    named = [
        (vars(record)["request_id"], vars(record)["tenant_id"])
        for record in caplog.records
        if record.name == "metafleet.gateway"
    ]
    assert named == [(answers[-1].headers["x-request-id"], str(terminal.tenant_id))]


async def test_what_is_over_the_limit_is_not_written(stage: Stage, make_gateway: MakeGateway) -> None:
    async with make_gateway(FEW) as (client, _):
        speaker = Speaker(client, stage.terminal())
        for ticket in (1, 2, 3):
            await speaker.post("trades", trades=[deal(ticket)])
    assert stage.rows("SELECT ticket FROM journal_deal ORDER BY ticket") == [(1,), (2,)]


async def test_without_redis_facts_are_recorded_and_limits_hold(
    stage: Stage, make_gateway: MakeGateway, tmp_path: os.PathLike[str]
) -> None:
    nowhere = f"unix://{tmp_path}/no-redis.sock?db=0"
    async with make_gateway(FEW, redis=nowhere) as (client, _):
        speaker = Speaker(client, stage.terminal())
        statuses = [(await speaker.post("trades", trades=[deal(ticket)])).status_code for ticket in (1, 2, 3)]
        assert statuses == [200, 200, 429]
        assert stage.value("SELECT count(*) FROM journal_deal") == 2
        assert (await speaker.post("heartbeat", protocol=2)).status_code == 200
        ready = await client.get("/ready")
        assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
        states = {name: check["state"] for name, check in ready.json()["checks"].items()}
        assert states == {"database": "up", "migrations": "up", "redis": "down"}


async def test_of_heartbeats_that_come_together_those_within_their_limits_are_written(
    stage: Stage, make_gateway: MakeGateway
) -> None:
    async with make_gateway(FEW) as (client, _):
        eager, calm = (Speaker(client, stage.terminal()) for _ in range(2))
        for build in (1, 2):
            assert (await eager.post("heartbeat", build=build)).status_code == 200
        answers = await asyncio.gather(eager.post("heartbeat", build=3), calm.post("heartbeat", build=4))
        assert [answer.status_code for answer in answers] == [429, 200]
        # A beat that is none counts like any other.
        assert (await calm.post("heartbeat", build=-1)).status_code == 400
        assert (await calm.post("heartbeat", build=-1)).status_code == 429
    builds = stage.rows("SELECT build FROM fleet_terminal ORDER BY build")
    assert builds == [(2,), (4,)]


async def test_of_many_deals_a_request_counts_before_they_are_read(
    stage: Stage, make_gateway: MakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trades, "FEW", 1)
    monkeypatch.setattr(trades, "MOST", 1)
    read: list[object] = []
    monkeypatch.setattr(items, "read_trades", lambda *said: read.append(said))
    async with make_gateway(FEW) as (client, _):
        speaker = Speaker(client, stage.terminal())
        answers = [await speaker.post("trades", trades=[deal(1), deal(2)]) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [400, 400, 429]
    assert not read


async def test_a_snapshot_beyond_the_limit_is_not_stored_and_one_too_large_counts(
    stage: Stage, make_gateway: MakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(positions, "FEW", 1)
    monkeypatch.setattr(positions, "MOST", 1)
    async with make_gateway(FEW) as (client, _):
        eager, wide = (Speaker(client, stage.terminal()) for _ in range(2))
        for held, status in ((1, 200), (0, 200), (1, 429)):
            said = [position(ticket) for ticket in range(held)]
            assert (await eager.post("positions", positions=said)).status_code == status
        statuses = [
            (await wide.post("positions", positions=[position(1), position(2)])).status_code for _ in range(3)
        ]
        assert statuses == [400, 400, 429]
    assert stage.value("SELECT count(*) FROM journal_position") == 0


async def test_who_was_refused_is_counted_again_where_the_batch_fails() -> None:
    class Full:
        async def refusals(self, _kind: str, who: Sequence[str]) -> dict[int, Throttled]:
            return {
                n: Throttled("Too many.", retry_after_s=5) for n, name in enumerate(who) if name == "greedy"
            }

    async def only_alone(together: Sequence[Any]) -> list[str]:
        if len(together) > 1:
            raise ZeroDivisionError
        return ["done"]

    sent = [
        SimpleNamespace(slot=SimpleNamespace(name=name, instance_id=None), is_spent=False)
        for name in ("a", "greedy", "b")
    ]
    limiter = cast(Any, Full())
    with pytest.raises(ZeroDivisionError):
        await let_through(limiter, "heartbeat", cast(Any, sent), only_alone)
    # As `Batches` does then.
    alone = [(await let_through(limiter, "heartbeat", cast(Any, [one]), only_alone))[0] for one in sent]
    assert [isinstance(answer, Throttled) for answer in alone] == [False, True, False]


async def test_a_redis_that_was_restarted_counts_on(stage: Stage, make_gateway: MakeGateway) -> None:
    async with make_gateway(FEW) as (client, gateway):
        speaker = Speaker(client, stage.terminal())
        assert (await speaker.post("heartbeat")).status_code == 200
        await gateway.redis.script_flush()
        assert (await speaker.post("heartbeat")).status_code == 200
        await gateway.redis.client_kill_filter(_type="normal", skipme=True)
        assert (await speaker.post("heartbeat")).status_code == 429


def test_local_buckets_fill_again_and_are_bounded() -> None:
    buckets, limit = LocalBuckets(OrderedDict()), Limit(60, 2)
    assert [buckets.spend("a", limit, 0.0) for _ in range(3)] == [0.0, 0.0, 1.0]
    assert buckets.spend("a", limit, 0.5) == 0.5
    assert buckets.spend("a", limit, 1.0) == 0.0
    for n in range(60_000):
        buckets.spend(str(n), limit, 0.0)
    assert len(buckets.full_at) == 50_000


def test_the_defaults_are_the_protocols_and_settings_replace_them() -> None:
    limits = read_limits("", heartbeat_interval_s=5)
    assert {name: limits[name] for name in PROTOCOL} == PROTOCOL
    assert {name: limits[name] for name in HOSTED} == HOSTED
    assert read_limits("", heartbeat_interval_s=1)["hosted.heartbeat"].per_minute == 120
    given = read_limits(
        '{"trades": [1, 2], "candles": [3, 4], "hosted.candles": [5, 6]}', heartbeat_interval_s=5
    )
    assert (given["trades"], given["hosted.trades"]) == (Limit(1, 2), Limit(1, 2))
    assert (given["candles"], given["hosted.candles"]) == (Limit(3, 4), Limit(5, 6))


@pytest.mark.parametrize("text", ["{", "[]", '{"trade": [1, 2]}', '{"trades": [0, 2]}', '{"trades": [1]}'])
def test_limits_that_cannot_be_used_end_the_start(text: str) -> None:
    with pytest.raises(LimitsRefused, match="METAFLEET_GATEWAY_LIMITS"):
        read_limits(text, heartbeat_interval_s=5)


def test_the_gateway_is_given_the_limits_of_the_settings(settings: Any) -> None:
    settings.GATEWAY_LIMITS = '{"trades": [1, 2]}'
    limits = configuration.from_settings().limits
    assert (limits["trades"], limits["hosted.trades"]) == (Limit(1, 2), Limit(1, 2))
