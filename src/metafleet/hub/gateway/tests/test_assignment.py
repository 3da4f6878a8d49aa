"""A starting runner's work: for its token, for a while, until its first heartbeat."""

from __future__ import annotations

from datetime import timedelta

import httpx
import msgspec
import pytest

from metafleet.hub.fleet import assignment
from metafleet.hub.gateway.tests.conftest import MakeGateway
from metafleet.hub.gateway.tests.stage import Speaker, Stage, work

PATH = "/webhook/runner/assignment"


async def ask(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post(PATH, json={"assignmentToken": token})


async def test_the_token_buys_the_work_until_the_first_heartbeat(stage: Stage, hosted: Speaker) -> None:
    terminal = hosted.terminal
    token = stage.assignment(terminal)
    for _ in range(2):  # a reply may be lost on its way
        response = await ask(hosted.client, token)
        assert response.status_code == 200
        answer = response.json()
        assert answer["success"] is True
        assert answer["broker"]["password"] == "hunter2hunter2"
        assert (answer["runId"], answer["generation"]) == (terminal.run_id.hex if terminal.run_id else "", 1)
    beat = await hosted.post(
        "heartbeat", token=answer["terminalToken"], expert=terminal.expert(status="starting")
    )
    assert beat.status_code == 200
    assert stage.rows("SELECT sealed_assignment, assignment_hash FROM fleet_run") == [(None, None)]
    assert (await ask(hosted.client, token)).status_code == 401


async def test_the_first_runner_has_the_work_and_a_second_one_is_refused_and_logged(
    stage: Stage, hosted: Speaker, caplog: pytest.LogCaptureFixture
) -> None:
    token = stage.assignment(hosted.terminal)
    ours = {"assignmentToken": token, "runner": "first"}
    assert [(await hosted.client.post(PATH, json=ours)).status_code for _ in range(2)] == [200, 200]
    for other in ({"runner": "second"}, {}):
        refused = await hosted.client.post(PATH, json={"assignmentToken": token} | other)
        assert refused.status_code == 401
        assert "hunter2" not in refused.text
    assert caplog.text.count("ALARM: the work of run") == 2
    assert token not in caplog.text
    assert (await hosted.client.post(PATH, json=ours)).status_code == 200


async def test_no_other_token_opens_it(stage: Stage, hosted: Speaker) -> None:
    token = stage.assignment(hosted.terminal)
    for wrong in ("", "x" * 43, token[:-1], token + "=", "\ud800"[:0] + "ö"):
        response = await ask(hosted.client, wrong)
        assert response.status_code == 401
        assert "success" not in response.text


async def test_expired_or_ended_work_is_gone(stage: Stage, hosted: Speaker) -> None:
    token = stage.assignment(hosted.terminal, expires_in=timedelta(seconds=-1))
    assert (await ask(hosted.client, token)).status_code == 401
    token = stage.assignment(hosted.terminal)
    stage.run("UPDATE fleet_run SET ended_at = now()")
    assert (await ask(hosted.client, token)).status_code == 401


async def test_work_moved_to_another_run_does_not_open(stage: Stage, hosted: Speaker) -> None:
    token = stage.assignment(hosted.terminal)
    other = stage.hosted()
    stage.run(
        "UPDATE fleet_run SET assignment_hash = a.assignment_hash, sealed_assignment = a.sealed_assignment, "
        "assignment_expires_at = a.assignment_expires_at FROM fleet_run a "
        "WHERE fleet_run.id = %s AND a.id = %s",
        *(other.run_id, hosted.terminal.run_id),
    )
    stage.run("UPDATE fleet_run SET assignment_hash = NULL WHERE id = %s", hosted.terminal.run_id)
    assert (await ask(hosted.client, token)).status_code == 401


async def test_the_row_alone_gives_nothing_away(stage: Stage, hosted: Speaker) -> None:
    terminal = hosted.terminal
    sealed = assignment.seal(work(terminal))
    assert b"hunter2" not in sealed.sealed
    assert sealed.token not in repr(sealed)
    assert terminal.run_id is not None
    opened = assignment.open_sealed(sealed.token, sealed.sealed, terminal.run_id.hex)
    assert opened.broker.password == "hunter2hunter2"
    assert "hunter2" not in repr(opened)
    with pytest.raises(assignment.SealBroken):
        assignment.open_sealed(sealed.token, sealed.sealed, terminal.id)
    with pytest.raises(assignment.SealBroken):
        assignment.open_sealed(sealed.token, sealed.sealed[:-1], terminal.run_id)


async def test_malformed_requests_name_the_field(client: httpx.AsyncClient) -> None:
    response = await client.post(PATH, json={})
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/assignmentToken"


async def test_guessing_is_limited_by_address(make_gateway: MakeGateway, stage: Stage) -> None:
    limits = msgspec.json.encode({"assignment": [1, 2]}).decode()
    async with make_gateway(limits) as (client, gateway):
        await gateway.redis.delete("limit:assignment:127.0.0.1")
        statuses = [(await ask(client, "guess")).status_code for _ in range(3)]
    assert statuses == [401, 401, 429]


async def test_a_host_may_start_all_of_its_runners_at_once(make_gateway: MakeGateway, stage: Stage) -> None:
    """All of them come from one address."""
    async with make_gateway("") as (client, gateway):
        await gateway.redis.delete("limit:assignment:127.0.0.1")
        statuses = {(await ask(client, f"{number:064x}")).status_code for number in range(500)}
    assert statuses == {401}
