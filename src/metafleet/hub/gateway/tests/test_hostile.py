"""Senders that mean harm, or do it: they hurt nobody else, and leave nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.types.json import Jsonb

from metafleet.hub.gateway import http
from metafleet.hub.gateway.http import Message
from metafleet.hub.gateway.tests.conftest import MakeGateway
from metafleet.hub.gateway.tests.stage import Speaker, Stage, Terminal, closing, deal, eventually
from metafleet.hub.gateway.tests.test_snapshots import position

STATEMENTS = {
    "beats": b"SELECT i FROM gateway_beats(%(rows)s::jsonb, %(rows)s::jsonb, now())",
    "plain beats": b"SELECT i FROM gateway_beats(%(rows)s::jsonb, NULL, now())",
    "positions": b"SELECT i FROM gateway_positions(%(rows)s::jsonb)",
    "results": b"SELECT i FROM gateway_results(%(rows)s::jsonb, now(), 3, interval '1 second')",
}

OVER = "999999999999.999999999"
"""Below the bound as it is sent, and not when it is rounded to what the column holds."""


async def test_a_number_that_only_fits_before_it_is_rounded_is_refused(stage: Stage, own: Speaker) -> None:
    beat = await own.post("heartbeat", accountInfo={"balance": OVER, "equity": 1})
    assert beat.status_code == 400
    answer = await own.trades([deal(1, profit=OVER), deal(2)])
    assert (answer["imported"], answer["failed"]) == (1, 1)
    snapshot = await own.post("positions", positions=[position(1, profit=OVER), position(2)])
    assert [error["ticket"] for error in snapshot.json()["errors"]] == [1]
    assert stage.rows("SELECT ticket FROM journal_position") == [(2,)]


async def test_sums_that_no_account_has_are_still_sums(stage: Stage, own: Speaker) -> None:
    """Each deal fits its columns; what they fold into must fit too, or the position is lost for ever."""
    deals = [deal(n, positionId=1, volume=6_000_000_000, profit="900000000000") for n in (1, 2, 3)]
    assert (await own.trades(deals))["imported"] == 3
    assert stage.value("SELECT volume FROM journal_trade") == 18_000_000_000
    assert (await own.trades([closing(4, 1, volume=1)]))["imported"] == 1


@pytest.mark.parametrize("path", ["heartbeat", "trades", "positions"])
async def test_the_limit_holds_for_a_terminal_on_the_wrong_account(
    stage: Stage, make_gateway: MakeGateway, path: str
) -> None:
    async with make_gateway(f'{{"{path}": [12, 2]}}') as (client, _):
        speaker = Speaker(client, stage.terminal())
        said = [await speaker.post(path, login=1, trades=[], positions=[]) for _ in range(3)]
    assert [response.status_code for response in said] == [409, 409, 429]


async def until(ask: Callable[[], Awaitable[httpx.Response]], status: int) -> None:
    """Ask again and again until the answer has this status: a notice is on its way."""
    async with asyncio.timeout(10):
        while (await ask()).status_code != status:
            await asyncio.sleep(0.01)


async def test_a_server_name_with_blanks_around_it_is_the_same_server(own: Speaker) -> None:
    account = own.terminal.account(login=f" {own.terminal.login} ", server=" metafleet-Paper ")
    assert (await own.post("heartbeat", accountInfo=account)).status_code == 200
    other = own.terminal.account(server="Metafleet-Papers")
    assert (await own.post("heartbeat", accountInfo=other)).status_code == 409


async def test_who_was_crossed_and_names_no_account_is_not_right_again(own: Speaker) -> None:
    assert (await own.post("heartbeat", accountInfo=own.terminal.account(login=1))).status_code == 409
    assert (await own.post("heartbeat", accountInfo={"balance": 1, "equity": 1})).status_code == 200
    assert (await own.post("trades", trades=[deal(1)])).status_code == 409


async def test_who_was_crossed_at_one_gateway_is_not_heard_by_another(
    stage: Stage, make_gateway: MakeGateway
) -> None:
    terminal = stage.terminal()
    async with make_gateway() as (here, _), make_gateway() as (there, other):
        await eventually(lambda: other.callers.is_told)
        said_here, said_there = Speaker(here, terminal), Speaker(there, terminal)
        assert (await said_there.post("trades", trades=[deal(1)])).status_code == 200
        wrong = terminal.account(login=1)
        assert (await said_here.post("heartbeat", accountInfo=wrong)).status_code == 409
        await until(lambda: said_there.post("trades", trades=[deal(2)]), 409)
        right = terminal.account()
        assert (await said_here.post("heartbeat", accountInfo=right)).status_code == 200
        await until(lambda: said_there.post("trades", trades=[deal(2)]), 200)


async def test_a_notice_of_nothing_known_deafens_nobody(stage: Stage, make_gateway: MakeGateway) -> None:
    terminal = stage.terminal()
    async with make_gateway() as (client, gateway):
        speaker = Speaker(client, terminal)
        await eventually(lambda: gateway.callers.is_told)
        assert (await speaker.post("positions", positions=[])).status_code == 200
        for payload in ("", "no terminal", "account:", "account:x", "x:y"):
            stage.run("SELECT pg_notify('terminals', %s), pg_notify('commands', %s)", payload, payload)
        stage.run("UPDATE fleet_terminal SET token_version = 2 WHERE id = %s", terminal.id)
        await eventually(lambda: terminal.id not in gateway.callers._seen, within_s=1.0)
        assert gateway.callers.is_told


async def test_a_token_that_was_revoked_unheard_stores_no_candles(
    stage: Stage, make_gateway: MakeGateway
) -> None:
    """The statement itself compares the token's version, whatever is remembered of the terminal."""
    terminal = stage.terminal()
    async with make_gateway() as (client, gateway):
        speaker = Speaker(client, terminal)
        await eventually(lambda: gateway.callers.is_told)
        assert (await speaker.post("positions", positions=[])).status_code == 200
        stage.run("ALTER TABLE fleet_terminal DISABLE TRIGGER tell_changed")
        try:
            stage.run("UPDATE fleet_terminal SET token_version = 2 WHERE id = %s", terminal.id)
        finally:
            stage.run("ALTER TABLE fleet_terminal ENABLE TRIGGER tell_changed")
        bar = {"time": 1_770_000_000, "open": 1, "high": 2, "low": 1, "close": 2}
        refused = await speaker.post("candles", symbol="EURUSD", candles=[bar, {"time": 1}])
        assert refused.status_code == 401
    assert stage.value("SELECT count(*) FROM market_candle") == 0
    assert stage.value("SELECT count(*) FROM journal_faileditem") == 0


async def test_results_are_kept_in_bounds(stage: Stage, own: Speaker) -> None:
    command_id = stage.command(own.terminal)
    await own.poll()
    endless = {"retriable": False, "words": ["x" * 1000] * 900}
    ended = await own.post(f"commands/{command_id}/result", status="done", result=endless)
    assert ended.status_code == 200
    assert stage.value("SELECT state FROM fleet_command") == "done"
    assert stage.value("SELECT length(result::text) FROM fleet_command") < 70_000


async def test_failed_items_are_kept_in_bounds(
    stage: Stage, own: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("metafleet.hub.journal.intake.MOST_FAILED", 5)
    for start in (0, 4, 8):
        answer = await own.trades([deal(start + n, volume=-1) for n in (1, 2, 3, 4)])
        assert answer["failed"] == 4
    assert stage.value("SELECT count(*) FROM journal_faileditem") == 5


@pytest.mark.parametrize(
    ("client", "who"),
    [
        (("203.0.113.7", 1), "203.0.113.7"),
        (("2001:db8:1:2:3:4:5:6", 1), "2001:db8:1:2::/64"),
        (("2001:db8:1:2::9", 1), "2001:db8:1:2::/64"),
        (("::ffff:203.0.113.7", 1), "203.0.113.7"),
        (("somewhere", 1), "somewhere"),
        (None, "unknown"),
    ],
)
def test_an_address_is_all_that_one_network_has_of_them(client: Any, who: str) -> None:
    async def receive() -> Message:
        return {}

    request = http.Request({"method": "POST", "path": "/", "headers": [], "client": client}, receive, "r1")
    assert request.address == who


async def test_a_clock_that_was_ahead_once_does_not_stop_the_snapshots(stage: Stage, own: Speaker) -> None:
    await own.post("positions", positions=[position(1)])
    ahead = datetime.now(UTC) + timedelta(hours=3)
    stage.run("UPDATE fleet_terminal SET snapshot_at = %s WHERE id = %s", ahead, own.terminal.id)
    await own.post("positions", positions=[position(2)])
    assert stage.rows("SELECT ticket FROM journal_position") == [(2,)]


@pytest.mark.parametrize("name", ["points", "troubles"])
def test_observations_too_need_a_current_token(stage: Stage, database: Mapping[str, Any], name: str) -> None:
    terminal = stage.terminal()
    row = {
        "account": str(terminal.account_id),
        "t": str(terminal.id),
        "kind": "identity",
        "count": 1,
        "detail": "x",
        "at": datetime.now(UTC).isoformat(),
        "balance": 1,
        "equity": 1,
    }
    with psycopg.connect(**database, autocommit=True) as caller:
        statement = f"SELECT written FROM gateway_{name}(%s::jsonb)".encode()  # noqa: S608
        for version, written in ((None, 0), (2, 0), (1, 1)):
            said = Jsonb([row if version is None else {**row, "v": version}])
            assert caller.execute(statement, [said]).fetchone() == (written,)


def test_the_doors_open_for_the_application_alone(stage: Stage) -> None:
    doors = "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    assert len(stage.rows(doors)) > 10
    stage.run("CREATE ROLE metafleet_stranger NOLOGIN")
    try:
        open_to = f"{doors} AND has_function_privilege(%s, oid, 'EXECUTE') ORDER BY 1"
        assert stage.rows(open_to, "metafleet_stranger") == []
        assert stage.rows(open_to, "metafleet_app") == stage.rows(f"{doors} ORDER BY 1")
    finally:
        stage.run("DROP ROLE metafleet_stranger")


@pytest.mark.parametrize("is_backwards", [False, True])
@pytest.mark.parametrize("statement", list(STATEMENTS))
async def test_writers_of_many_terminals_lock_them_in_one_order(
    stage: Stage, database: Mapping[str, Any], statement: str, is_backwards: bool
) -> None:
    """Whatever order they arrived in: else heartbeats, snapshots and results would wait for each other."""
    is_of_terminals = statement in {"positions", "plain beats"}
    table, column = ("fleet_terminal", "id") if is_of_terminals else ("fleet_eainstance", "instance_id")
    rows = sorted((stage.hosted() for _ in range(2)), key=lambda each: str(getattr(each, column)))
    first, second = (getattr(each, column) for each in rows)
    more: dict[str, Any] = {"positions": []} if statement == "positions" else {}
    said = [_row(i, each) | more for i, each in enumerate(rows[::-1] if is_backwards else rows)]
    owner = {name: value for name, value in database.items() if name != "options"}
    async with (
        await psycopg.AsyncConnection.connect(**owner) as holder,
        await psycopg.AsyncConnection.connect(**database, autocommit=True) as writer,
    ):
        await holder.execute(f"SELECT 1 FROM {table} WHERE id = %s FOR UPDATE".encode(), [first])  # noqa: S608
        writing = asyncio.create_task(writer.execute(STATEMENTS[statement], {"rows": Jsonb(said)}))
        waits = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'"
        await eventually(lambda: stage.value(waits, writer.info.backend_pid) == 1)
        # Raises where the writer has locked the second row before the first.
        stage.rows(f"SELECT 1 FROM {table} WHERE id = %s FOR UPDATE NOWAIT", second)  # noqa: S608
        await holder.rollback()
        assert len(await (await writing).fetchall()) == 2


async def test_a_beat_waits_for_its_reconciler_before_it_locks_its_run(
    stage: Stage, database: Mapping[str, Any]
) -> None:
    """The end of a run locks the run, then the terminal; so does a heartbeat."""
    hosted = stage.hosted()
    owner = {name: value for name, value in database.items() if name != "options"}
    async with (
        await psycopg.AsyncConnection.connect(**owner) as holder,
        await psycopg.AsyncConnection.connect(**database, autocommit=True) as writer,
    ):
        await holder.execute("SELECT 1 FROM fleet_run WHERE id = %s FOR UPDATE", [hosted.run_id])
        writing = asyncio.create_task(writer.execute(STATEMENTS["beats"], {"rows": Jsonb([_row(0, hosted)])}))
        waits = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'"
        await eventually(lambda: stage.value(waits, writer.info.backend_pid) == 1)
        stage.rows("SELECT 1 FROM fleet_terminal WHERE id = %s FOR UPDATE NOWAIT", hosted.id)
        await holder.rollback()
        await writing


def _row(i: int, each: Terminal) -> dict[str, Any]:
    """A row for each of STATEMENTS: what one does not know it leaves alone."""
    return {
        "i": i,
        "t": str(each.id),
        "v": 1,
        "p": 2,
        "at": datetime.now(UTC).isoformat(),
        "keep": [],
        "run": str(each.run_id),
        "instance": str(each.instance_id),
        "generation": 1,
        "status": "running",
        "error": "",
        "c": str(each.run_id),
    }
