"""Commands: leased, answered, retried, dead; and polls that are woken."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from metafleet.hub.gateway import longpoll
from metafleet.hub.gateway.longpoll import LongPoll
from metafleet.hub.gateway.tests.conftest import MakeGateway, either_way
from metafleet.hub.gateway.tests.stage import Speaker, Stage, T, Terminal, deal, eventually
from metafleet.hub.gateway.wakeups import Wakeups

way = either_way
STATE = "SELECT state, attempt FROM fleet_command WHERE id = %s"


async def answer(speaker: Speaker, command: UUID, **result: Any) -> int:
    path = f"{T}/commands/{command}/result"
    headers = {"Authorization": f"Bearer {speaker.terminal.token()}"}
    response = await speaker.client.post(path, json={"status": "done", **result}, headers=headers)
    return response.status_code


def let_the_lease_run_out(stage: Stage, command: UUID) -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    stage.run("UPDATE fleet_command SET lease_until = %s, due_at = %s WHERE id = %s", past, past, command)


async def test_a_command_is_delivered_once_and_ended(stage: Stage, hosted: Speaker) -> None:
    command = stage.command(hosted.terminal, "CONFIGURE", payload={"config": {"fast_period": 9}})
    (delivered,) = await hosted.poll()
    assert delivered["id"] == str(command)
    assert (delivered["type"], delivered["payload"]) == ("CONFIGURE", {"config": {"fast_period": 9}})
    assert datetime.fromisoformat(delivered["expiresAt"]) > datetime.now(UTC)
    assert await hosted.poll() == []
    assert await answer(hosted, command, result={"ok": 1}) == 200
    assert stage.rows("SELECT state, result, finished_at IS NOT NULL FROM fleet_command") == [
        ("done", {"ok": 1}, True)
    ]
    await asyncio.sleep(0.05)
    assert stage.nudges == [(hosted.terminal.tenant_id, hosted.terminal.instance_id)]
    assert stage.value("SELECT reconcile_due_at <= now() FROM fleet_eainstance")


async def test_the_first_result_counts(stage: Stage, hosted: Speaker) -> None:
    command = stage.command(hosted.terminal)
    await hosted.poll()
    assert await answer(hosted, command, status="failed", error="no such order") == 200
    assert await answer(hosted, command, status="done") == 200
    assert stage.rows("SELECT state, error FROM fleet_command") == [("failed", "no such order")]


@pytest.mark.parametrize(("said", "state"), [("failed", "queued"), ("done", "done")])
async def test_a_result_that_comes_again_after_its_command_was_queued_again_counts_only_where_it_was_done(
    stage: Stage, hosted: Speaker, said: str, state: str
) -> None:
    command = stage.command(hosted.terminal)
    await hosted.poll()
    assert await answer(hosted, command, status="failed", error="no money") == 200
    stage.run("UPDATE fleet_command SET state = 'queued', attempt = 0, due_at = now(), finished_at = NULL")
    assert await answer(hosted, command, status=said, error="no money") == 200
    assert stage.rows(STATE, command) == [(state, 0)]
    assert len(await hosted.poll()) == (state == "queued")


async def test_a_lease_that_runs_out_is_delivered_again_three_times_in_all(
    stage: Stage, hosted: Speaker
) -> None:
    command = stage.command(hosted.terminal)
    for attempt in (1, 2, 3):
        (delivered,) = await hosted.poll()
        assert delivered["attempt"] == attempt
        let_the_lease_run_out(stage, command)
    assert await hosted.poll() == []
    assert stage.rows("SELECT state, attempt, error FROM fleet_command") == [
        ("dead", 3, "No answer to 3 deliveries")
    ]
    assert await answer(hosted, command) == 200
    # It came late, and it is what happened.
    assert stage.rows(STATE, command) == [("done", 3)]


async def test_a_stale_command_is_never_delivered(stage: Stage, hosted: Speaker) -> None:
    command = stage.command(hosted.terminal, "OPEN", expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert await hosted.poll() == []
    assert stage.rows(STATE, command) == [("dead", 0)]


async def test_a_failure_that_may_pass_is_retried(stage: Stage, hosted: Speaker) -> None:
    command = stage.command(hosted.terminal)
    await hosted.poll()
    assert await answer(hosted, command, status="failed", error="busy", result={"retriable": True}) == 200
    assert stage.rows(STATE, command) == [("queued", 1)]
    assert await hosted.poll() == []  # backs off first
    assert stage.value("SELECT due_at > now() FROM fleet_command")


async def test_anothers_command_does_not_exist(
    stage: Stage, hosted: Speaker, speak: Callable[[Terminal], Speaker]
) -> None:
    command = stage.command(hosted.terminal)
    await hosted.poll()
    for stranger in (stage.hosted(), stage.hosted(hosted.terminal.tenant_id)):
        assert await answer(speak(stranger), command) == 404
    assert await answer(hosted, uuid4()) == 404
    assert stage.rows(STATE, command) == [("leased", 1)]
    path = f"{T}/commands/not-a-uuid/result"
    headers = {"Authorization": f"Bearer {hosted.terminal.token()}"}
    assert (await hosted.client.post(path, json={"status": "done"}, headers=headers)).status_code == 404


async def test_twenty_at_once_oldest_first(stage: Stage, hosted: Speaker) -> None:
    made = [stage.command(hosted.terminal) for _ in range(22)]
    assert [UUID(command["id"]) for command in await hosted.poll()] == made[:20]
    assert [UUID(command["id"]) for command in await hosted.poll()] == made[20:]


async def test_two_polls_share_no_command(stage: Stage, make_gateway: MakeGateway) -> None:
    terminal = stage.hosted()
    made = {str(stage.command(terminal)) for _ in range(20)}
    async with make_gateway() as (one, _), make_gateway() as (two, _):
        got = await asyncio.gather(*(Speaker(c, terminal).poll() for c in (one, two, one, two)))
    ids = [command["id"] for commands in got for command in commands]
    assert len(ids) == len(set(ids))
    assert set(ids) == made


async def test_a_poll_is_woken_by_the_commit_of_a_command(stage: Stage, make_gateway: MakeGateway) -> None:
    terminal = stage.hosted()
    async with make_gateway() as (client, gateway):
        waiting = asyncio.create_task(Speaker(client, terminal).poll(20))
        await eventually(lambda: gateway.wakeups.waiting_count == 1 and gateway.callers.is_told)
        began = time.monotonic()
        command = stage.command(terminal)
        assert [c["id"] for c in await waiting] == [str(command)]
        assert time.monotonic() - began < 0.5


async def test_a_lost_wake_up_costs_a_second(
    stage: Stage, make_gateway: MakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Wakeups, "wake", _unheard(Wakeups.wake))
    terminal = stage.hosted()
    async with make_gateway() as (client, gateway):
        waiting = asyncio.create_task(Speaker(client, terminal).poll(20))
        await eventually(lambda: gateway.wakeups.waiting_count == 1 and gateway.callers.is_told)
        began = time.monotonic()
        command = stage.command(terminal)
        assert [c["id"] for c in await waiting] == [str(command)]
        assert time.monotonic() - began < 2.5


def _unheard(wake: Callable[[Wakeups, str], None]) -> Callable[[Wakeups, str], None]:
    """The first wake-up, by the notice, gets lost; the next comes from the shared look."""
    calls = iter((False,))

    def maybe(self: Wakeups, terminal_id: str) -> None:
        if next(calls, True):
            wake(self, terminal_id)

    return maybe


async def test_a_poll_ends_when_its_time_is_up_or_the_gateway_stops(
    stage: Stage, make_gateway: MakeGateway
) -> None:
    terminal = stage.hosted()
    async with make_gateway() as (client, gateway):
        speaker = Speaker(client, terminal)
        began = time.monotonic()
        assert await speaker.poll(1) == []
        assert 0.9 < time.monotonic() - began < 10
        waiting = asyncio.create_task(speaker.poll(20))
        await asyncio.sleep(0.1)
        gateway.close_soon()
        assert await asyncio.wait_for(waiting, 1) == []


async def test_a_fenced_off_poll_leases_nothing(stage: Stage, hosted: Speaker) -> None:
    headers = {"Authorization": f"Bearer {hosted.terminal.token()}"}
    waiting = asyncio.create_task(hosted.client.get(f"{T}/commands?wait=20", headers=headers))
    await asyncio.sleep(0.1)
    stage.run("UPDATE fleet_terminal SET token_version = 2")
    command = stage.command(hosted.terminal)
    assert (await waiting).status_code == 401
    assert stage.rows(STATE, command) == [("queued", 0)]


@pytest.mark.parametrize("wait", ["26", "-1", "soon", "1.5", "9999"])
async def test_an_odd_wait_is_refused(hosted: Speaker, wait: str) -> None:
    headers = {"Authorization": f"Bearer {hosted.terminal.token()}"}
    response = await hosted.client.get(f"{T}/commands?wait={wait}", headers=headers)
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, "/wait")


async def test_a_heartbeat_brings_commands_to_who_does_not_poll(stage: Stage, own: Speaker) -> None:
    command = stage.command(own.terminal)
    beat = (await own.post("heartbeat", protocol=2)).json()
    assert [c["id"] for c in beat["commands"]] == [str(command)]
    await own.poll()
    stage.command(own.terminal)
    assert (await own.post("heartbeat", protocol=2)).json()["commands"] == []


async def test_a_version_1_client_gets_one_flat_command_at_a_time(stage: Stage, own: Speaker) -> None:
    await own.post("heartbeat", utcOffset=7200)
    # Another clock is another place: the gateway hears of it, or asks again after a second.
    await asyncio.sleep(1.05)
    trade = str(uuid4())
    window = {"from": "2026-03-02T10:00:00Z", "to": "2026-03-02T14:00:00Z"}
    fetch = stage.command(
        own.terminal,
        "FETCH_CANDLES",
        payload={"symbol": "EURUSD", "timeframe": "1m", **window, "tradeId": trade},
    )
    sync = stage.command(own.terminal, "SYNC_TRADES")
    stage.command(own.terminal, "CLOSE_ALL")
    first = (await own.post("heartbeat")).json()
    start = int(datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp())  # the server's clock shows 12:00
    assert (first["command"], first["payload"]) == (
        "FETCH_CANDLES",
        f"EURUSD,1m,{start},{start + 4 * 3600},{trade}",
    )
    second = (await own.post("heartbeat")).json()
    assert (second["command"], second["payload"]) == ("SYNC_TRADES", "")
    assert "command" not in (await own.post("heartbeat")).json()
    await own.trades([deal(1)])
    assert stage.rows(STATE, sync) == [("done", 1)]
    candles = [{"time": start, "open": 1, "high": 2, "low": 1, "close": 2}]
    await own.post("candles", symbol="EURUSD", tradeId="another", candles=candles)
    assert stage.rows(STATE, fetch) == [("leased", 1)]
    await own.post("candles", symbol="EURUSD", tradeId=trade, candles=candles)
    assert stage.rows(STATE, fetch) == [("done", 1)]


async def test_a_version_2_client_ends_its_commands_itself(stage: Stage, own: Speaker) -> None:
    sync = stage.command(own.terminal, "SYNC_TRADES")
    await own.poll()
    await own.trades([deal(1)])
    assert stage.rows(STATE, sync) == [("leased", 1)]


async def test_who_has_left_leases_nothing(stage: Stage, make_gateway: MakeGateway) -> None:
    """A runner that is killed while it polls takes no command with it."""
    terminal = stage.hosted()
    async with make_gateway() as (_, gateway):
        slot = (await gateway.callers.identify(terminal.token(), datetime.now(UTC))).slot
        poll = LongPoll(gateway, slot, "r1", 20)
        await asyncio.sleep(0.1)
        assert gateway.wakeups.waiting_count == 1
        poll.leave()
        command = stage.command(terminal)
        assert await asyncio.wait_for(poll.leased, 1) == []
        assert gateway.wakeups.waiting_count == 0
    assert stage.rows(STATE, command) == [("queued", 0)]


async def test_a_poll_that_something_goes_wrong_with_is_answered(
    stage: Stage, hosted: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no task whose end anybody would see."""

    def stumble(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(longpoll, "_count", stumble)
    stage.command(hosted.terminal)
    headers = {"Authorization": f"Bearer {hosted.terminal.token()}"}
    async with asyncio.timeout(5):
        response = await hosted.client.get(f"{T}/commands?wait=20", headers=headers)
    assert response.status_code == 500
