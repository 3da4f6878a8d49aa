"""What host agents say of machines: the latest wins, in the terminal's own tenant."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from metafleet.hub.gateway import machine
from metafleet.hub.gateway.tests.conftest import MakeGateway
from metafleet.hub.gateway.tests.stage import Speaker, Stage

ROWS = "SELECT id::text, tenant_id, name, cpu_percent, label FROM fleet_agent ORDER BY created_at"
SEEN = (
    "SELECT terminal_id, agent_id::text, process_state, log_errors, last_log_error FROM fleet_agentterminal"
)


def said(machine_id: str, **facts: Any) -> dict[str, Any]:
    about = {"id": machine_id, "name": "vps-1", "cpuPercent": 12.5, "memoryMb": 8192, "memoryUsedMb": 4096}
    rest = {"diskMb": 80_000, "diskFreeMb": 20_000, "clockSkewMs": -40, "startedAt": 1_770_000_000}
    return {**about, **rest, **facts}


def seen(**facts: Any) -> dict[str, Any]:
    return {"process": "running", "connected": True, "logErrors": 2, "lastLogError": "Network: lost", **facts}


async def test_the_latest_report_is_the_machine(stage: Stage, own: Speaker) -> None:
    machine_id = str(uuid4())
    answer = await own.post("machine", machine=said(machine_id), terminal=seen())
    assert answer.json() == {"success": True}
    await own.post("machine", machine=said(machine_id, cpuPercent=99), terminal=seen(process="dead"))
    ((found, _, name, cpu, label),) = stage.rows(ROWS)
    assert (found, name, cpu, label) == (machine_id, "vps-1", 99.0, "vps-1")
    ((_, agent, state, errors, last),) = stage.rows(SEEN)
    assert (agent, state, errors, last) == (machine_id, "dead", 2, "Network: lost")


async def test_what_is_not_said_again_stays(stage: Stage, own: Speaker) -> None:
    machine_id, line = str(uuid4()), {"at": "10:00:01", "file": "20261129.log", "text": "Network: lost"}
    told = seen(experts=["Grid"], logLines=[{**line, "isError": True}])
    await own.post("machine", machine=said(machine_id), terminal=told)
    await own.post("machine", machine=said(machine_id), terminal=seen())
    ((experts, lines),) = stage.rows("SELECT experts, log_lines FROM fleet_agentterminal")
    assert (experts, lines) == (["Grid"], [{**line, "isError": True}])
    await own.post("machine", machine=said(machine_id), terminal=seen(experts=[], logLines=[]))
    assert stage.rows("SELECT experts, log_lines FROM fleet_agentterminal") == [([], [])]


async def test_five_minutes_of_a_machine_are_one_sample(stage: Stage, own: Speaker) -> None:
    machine_id = str(uuid4())
    for cpu in (30, 80, 10):
        await own.post("machine", machine=said(machine_id, cpuPercent=cpu), terminal=seen())
    samples = "SELECT cpu_percent FROM fleet_agentsample ORDER BY at"
    # One, or two where five minutes ended meanwhile.
    assert max(cpu for (cpu,) in stage.rows(samples)) == 80
    assert len(stage.rows(samples)) <= 2
    stage.run("UPDATE fleet_agentsample SET at = at - interval '49 hours'")
    await own.post("machine", machine=said(machine_id, cpuPercent=20), terminal=seen())
    assert stage.rows(samples) == [(20.0,)]


async def test_a_revoked_machine_is_back_when_one_of_its_terminals_speaks(stage: Stage, own: Speaker) -> None:
    machine_id = str(uuid4())
    await own.post("machine", machine=said(machine_id), terminal=seen())
    stage.run("UPDATE fleet_agent SET revoked_at = now()")
    await own.post("machine", machine=said(machine_id), terminal=seen())
    assert stage.rows("SELECT revoked_at FROM fleet_agent") == [(None,)]


async def test_another_tenants_machine_is_not_touched(stage: Stage, make_gateway: MakeGateway) -> None:
    machine_id = str(uuid4())
    mine, other = stage.terminal(), stage.terminal()
    async with make_gateway() as (client, _):
        await Speaker(client, mine).post("machine", machine=said(machine_id), terminal=seen())
        answer = await Speaker(client, other).post(
            "machine", machine=said(machine_id, name="stolen"), terminal=seen()
        )
    assert answer.status_code == 400
    assert [row[1:3] for row in stage.rows(ROWS)] == [(mine.tenant_id, "vps-1")]
    assert [row[0] for row in stage.rows(SEEN)] == [mine.id]


async def test_terminals_of_one_machine_are_one_row(stage: Stage, make_gateway: MakeGateway) -> None:
    machine_id = str(uuid4())
    first = stage.terminal()
    second = stage.terminal(first.tenant_id)
    async with make_gateway() as (client, _):
        for terminal in (first, second):
            await Speaker(client, terminal).post("machine", machine=said(machine_id), terminal=seen())
    assert len(stage.rows(ROWS)) == 1
    assert {row[0] for row in stage.rows(SEEN)} == {first.id, second.id}


async def test_a_tenant_has_so_many_machines_and_no_more(
    stage: Stage, own: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "MOST", 2)
    known = [str(uuid4()) for _ in range(3)]
    answers = [await own.post("machine", machine=said(one), terminal=seen()) for one in known]
    assert [answer.status_code for answer in answers] == [200, 200, 400]
    assert (await own.post("machine", machine=said(known[0]), terminal=seen())).status_code == 200


async def test_a_revoked_terminal_tells_nothing(stage: Stage, own: Speaker) -> None:
    stage.run("UPDATE fleet_terminal SET revoked_at = now()")
    answer = await own.post("machine", machine=said(str(uuid4())), terminal=seen())
    assert answer.status_code == 401
    assert stage.rows(ROWS) == []


async def test_a_runner_of_ours_is_no_agent(stage: Stage, make_gateway: MakeGateway) -> None:
    async with make_gateway() as (client, _):
        answer = await Speaker(client, stage.hosted()).post(
            "machine", machine=said(str(uuid4())), terminal=seen()
        )
    assert answer.status_code == 401
    assert stage.rows(ROWS) == []


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({"id": "7"}, "/machine/id"),
        ({"name": " "}, "/machine/name"),
        ({"memoryMb": -1}, "/machine/memoryMb"),
        ({"cpuPercent": -0.5}, "/machine/cpuPercent"),
        ({"startedAt": 1e300}, "/machine/startedAt"),
        ({"clockSkewMs": 2**40}, "/machine/clockSkewMs"),
    ],
)
async def test_what_cannot_be_is_named(
    stage: Stage, own: Speaker, facts: dict[str, Any], pointer: str
) -> None:
    answer = await own.post("machine", machine={**said(str(uuid4())), **facts}, terminal=seen())
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert stage.rows(ROWS) == []


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({"experts": ["Grid"] * 51}, "/terminal/experts"),
        ({"logLines": [{"at": "", "file": "", "text": ""}] * 41}, "/terminal/logLines"),
    ],
)
async def test_a_terminals_lists_are_bounded(
    stage: Stage, own: Speaker, facts: dict[str, Any], pointer: str
) -> None:
    answer = await own.post("machine", machine=said(str(uuid4())), terminal=seen(**facts))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert stage.rows(ROWS) == []
