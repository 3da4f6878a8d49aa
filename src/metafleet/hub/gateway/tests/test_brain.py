"""Signals over HTTP: written once before they are answered, and never changed; refused in a sentence."""

from __future__ import annotations

import asyncio
import hashlib
import json
import zlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
import psycopg
import pytest

from metafleet.brain import features
from metafleet.brain.model import Model
from metafleet.brain.model.tests.made import made_trees
from metafleet.engine.market.arrays import Array
from metafleet.engine.market.history import aggregated
from metafleet.engine.market.symbolfile import known_symbols
from metafleet.engine.market.timeframes import BY_NAME
from metafleet.hub.billing.plans import PLANS, PlanCode
from metafleet.hub.gateway.tests.brain import ask, bars, put_on, said, shelve
from metafleet.hub.gateway.tests.conftest import MakeGateway
from metafleet.hub.gateway.tests.stage import Stage, Terminal, eventually
from metafleet.hub.gateway.tests.test_server import serving, until_healthy
from metafleet.hub.signals import stores
from metafleet.hub.signals.serving import shelf as shelves
from metafleet.hub.signals.serving.refusals import NotLoaded
from metafleet.hub.signals.tests.bars import sent, walk
from metafleet.hub.signals.tests.made import FEATURES, model_of


@pytest.fixture
def model() -> Model:
    return model_of()


@pytest.fixture
def terminal(stage: Stage) -> Terminal:
    terminal = stage.terminal()
    put_on(stage, terminal)
    return terminal


async def test_a_signal_is_in_the_database_when_it_is_answered(
    stage: Stage, make_gateway: MakeGateway, terminal: Terminal, model: Model
) -> None:
    version_id = shelve(stage, model)
    rates = walk(60, until=datetime.now(UTC))
    async with make_gateway() as (client, _):
        answer = said(await ask(client, terminal, bars=sent(rates)))
    row = features.newest(FEATURES, rates, spec=known_symbols()["EURUSD"])
    probability = float(model.probability(row[None])[0])
    verdict = model.verdict(probability)
    opened = datetime.fromtimestamp(int(rates["time"][-1]), UTC)
    assert answer["success"] is True
    assert (answer["side"], answer["probability"], answer["size"]) == (
        verdict.side, probability, verdict.size,
    )  # fmt: skip
    assert (answer["model"], answer["modelVersion"], answer["horizonBars"]) == ("eurusd-m15", 1, 12)
    assert datetime.fromisoformat(answer["barTime"]) == opened
    assert answer["inputsHash"] == hashlib.sha256(row.tobytes()).hexdigest()
    kept = stage.rows(
        "SELECT id::text, tenant_id, version_id, terminal_id, server, bar_at, features, is_shadow "
        "FROM signals_signal"
    )
    assert kept == [
        (answer["signalId"], terminal.tenant_id, version_id, terminal.id, "metafleet-Paper", opened,
         row.tobytes(), False)
    ]  # fmt: skip
    assert stage.rows("SELECT signal_id::text, state FROM signals_signaloutcome") == [
        (answer["signalId"], "waiting")
    ]


async def test_asked_again_of_whichever_gateway_it_is_the_same_signal(
    stage: Stage, make_gateway: MakeGateway, terminal: Terminal, model: Model
) -> None:
    shelve(stage, model)
    asked = bars()
    async with make_gateway() as (one, _), make_gateway() as (two, _):
        answers = await asyncio.gather(
            *(ask(client, terminal, bars=asked) for client in (one, two) for _ in range(8))
        )
        later = said(await ask(two, terminal, bars=asked))
    assert {(a["signalId"], a["issuedAt"]) for a in map(said, answers)} == {
        (later["signalId"], later["issuedAt"])
    }
    assert stage.value("SELECT count(*) FROM signals_signal") == 1
    assert stage.value("SELECT count(*) FROM signals_signaloutcome") == 1


async def test_what_is_new_and_what_was_said_before_are_told_of_one_request(
    stage: Stage, make_gateway: MakeGateway, terminal: Terminal, model: Model
) -> None:
    shelve(stage, model)
    asked = [{"symbol": "EURUSD", "timeframe": "M15", "bars": bars(seed=seed)} for seed in (1, 2, 3)]
    async with make_gateway() as (client, _):
        before = said(await ask(client, terminal, bars=asked[1]["bars"]))
        answer = said(await ask(client, terminal, "signals", signals=[*asked, asked[2]]))
    first, second, third, again = answer["signals"]
    assert (second["signalId"], second["issuedAt"]) == (before["signalId"], before["issuedAt"])
    assert third == again
    assert len({one["signalId"] for one in (first, second, third)}) == 3
    assert stage.value("SELECT count(*) FROM signals_signal") == 3
    assert stage.value("SELECT count(*) FROM signals_signaloutcome") == 3


@pytest.mark.parametrize("name", ["EURUSD.m", "mEURUSD", "EURUSD_i"])
async def test_a_brokers_name_is_answered_by_and_kept_as_the_models_symbol(
    stage: Stage, make_gateway: MakeGateway, terminal: Terminal, model: Model, name: str
) -> None:
    shelve(stage, model)
    asked = bars()
    async with make_gateway() as (client, _):
        bare = said(await ask(client, terminal, bars=asked))
        dressed = said(await ask(client, terminal, bars=asked, symbol=name))
        unclear = await ask(client, terminal, bars=asked, symbol="EURUSD.GBPUSD")
    assert dressed == {**bare, "symbol": name}
    assert stage.rows("SELECT symbol FROM signals_signal") == [("EURUSD",)]
    assert (unclear.status_code, "EURUSD or GBPUSD" in unclear.json()["detail"]) == (409, True)


async def test_more_history_changes_nothing_and_another_price_does(
    stage: Stage, make_gateway: MakeGateway, terminal: Terminal, model: Model
) -> None:
    shelve(stage, model)
    rates = walk(400, until=datetime.now(UTC))
    other = rates.copy()
    other["close"][-1] = other["high"][-1]
    async with make_gateway() as (client, _):
        ids = [
            said(await ask(client, terminal, bars=sent(some)))["signalId"]
            for some in (rates, rates[-80:], other)
        ]
    assert ids[0] == ids[1] != ids[2]


async def test_two_tenants_have_a_signal_each(stage: Stage, make_gateway: MakeGateway, model: Model) -> None:
    shelve(stage, model)
    asked, terminals = bars(), [stage.terminal(), stage.terminal()]
    async with make_gateway() as (client, _):
        for terminal in terminals:
            put_on(stage, terminal)
        answers = [said(await ask(client, terminal, bars=asked)) for terminal in terminals]
    assert answers[0]["signalId"] != answers[1]["signalId"]
    assert answers[0]["inputsHash"] == answers[1]["inputsHash"]


@pytest.mark.parametrize("role", ["metafleet_app", "none"])
@pytest.mark.parametrize("change", ["UPDATE signals_signal SET side = 'buy'", "DELETE FROM signals_signal"])
async def test_the_database_lets_nobody_change_a_signal(
    stage: Stage, make_gateway: MakeGateway, terminal: Terminal, model: Model, role: str, change: str
) -> None:
    shelve(stage, model)
    async with make_gateway() as (client, _):
        said(await ask(client, terminal))
    before = stage.rows("SELECT * FROM signals_signal")
    stage.run("SELECT set_config('app.tenant_id', %s, false)", str(terminal.tenant_id))
    stage.run("SELECT set_config('role', %s, false)", role)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        stage.run(change)
    stage.run("SELECT set_config('role', 'none', false)")
    assert stage.rows("SELECT * FROM signals_signal") == before


async def test_a_challenger_is_kept_in_the_shadow_and_handed_out_to_nobody(
    stage: Stage, make_gateway: MakeGateway, terminal: Terminal, model: Model
) -> None:
    champion = shelve(stage, model)
    challenger = shelve(stage, model_of(tilt=5.0), state="challenger", number=2)
    async with make_gateway() as (client, _):
        answer = said(await ask(client, terminal))
    kept = stage.rows("SELECT version_id, is_shadow, id::text FROM signals_signal ORDER BY is_shadow")
    assert [row[:2] for row in kept] == [(champion, False), (challenger, True)]
    assert (answer["signalId"], answer["modelVersion"]) == (kept[0][2], 1)


async def test_a_challenger_that_cannot_be_asked_holds_up_nobody(
    stage: Stage, make_gateway: MakeGateway, terminal: Terminal, model: Model
) -> None:
    shelve(stage, model)
    shelve(stage, model_of(features=("return_1", "efficiency_100")), state="challenger", number=2)
    async with make_gateway() as (client, _):
        said(await ask(client, terminal, bars=bars(50)))
    assert stage.value("SELECT count(*) FROM signals_signal") == 1


async def test_a_promotion_is_served_within_a_second_or_so(
    stage: Stage, make_gateway: MakeGateway, terminal: Terminal, model: Model
) -> None:
    version_id = shelve(stage, model)
    async with make_gateway() as (client, gateway):
        assert said(await ask(client, terminal))["modelVersion"] == 1
        stage.run("UPDATE signals_modelversion SET state = 'retired' WHERE id = %s", version_id)
        shelve(stage, model_of(tilt=5.0), number=2)
        await gateway.brain.shelf.look()
        assert said(await ask(client, terminal))["modelVersion"] == 2


def _with_last(count: int, bar: Callable[[list[float]], list[float]]) -> dict[str, Any]:
    *earlier, last = bars(count)
    return {"bars": [*earlier, bar(last)]}


# Made when they are sent: the bars end now, and a test may run long after it was collected.
REFUSALS: list[tuple[Callable[[], dict[str, Any]], int, str]] = [
    (lambda: {"symbol": "GBPUSD"}, 404, "No model is served for GBPUSD M15 here."),
    (lambda: {"timeframe": "H4"}, 404, "No model is served for EURUSD H4 here."),
    (lambda: {"model": "nobody"}, 404, "There is no model nobody here"),
    (lambda: {"model": "eurusd-m15", "symbol": "USDJPY"}, 404, "eurusd-m15 is not of USDJPY M15."),
    (lambda: {"bars": []}, 409, "there are 0"),
    (lambda: {"bars": bars(10)}, 409, "looks back over 15 closed bars, and there are 10"),
    (lambda: {"bars": bars(until=datetime.now(UTC) - timedelta(days=9))}, 409, "is old"),
    (lambda: {"bars": bars(until=datetime.now(UTC) + timedelta(days=3))}, 400, "opens in the future"),
    (lambda: {"bars": bars(60)[::-1]}, 400, "oldest first"),
    (lambda: _with_last(60, lambda bar: [bar[0] + 1, *bar[1:]]), 400, "Bar 59 of those sent"),
    (lambda: {"bars": [[2**70, 1, 1, 1, 1, 1, 1]] * 60}, 400, ""),
    (lambda: _with_last(60, lambda bar: [bar[0], 1.1, 1.0, 1.2, 1.1, 1, 1]), 400, "high or low"),
    (lambda: _with_last(60, lambda bar: [bar[0], -1.1, 1.0, -1.2, 1.1, 1, 1]), 400, "no price"),
    (lambda: {"bars": [[1, 2]]}, 400, ""),
    (lambda: {"bars": None}, 409, "There are no bars of EURUSD at metafleet-Paper here."),
    (lambda: {"protocolVersion": 2}, 400, "speaks version 1"),
]


async def test_a_file_that_its_store_does_not_give_is_not_served_until_it_does(
    stage: Stage, terminal: Terminal, model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "AGAIN_AFTER_S", 0.0)
    version_id, store = shelve(stage, model), stores.Folder(tmp_path)
    with stage.owner.cursor() as cursor:
        cursor.execute("SELECT signals_keep_outside(%s)", [version_id])

    async def ask_database(statement: str, values: Sequence[Any]) -> list[Any]:
        return stage.rows(statement, *values)

    shelf = shelves.Shelf(ask_database, store)
    await shelf.look()
    with pytest.raises(NotLoaded, match="cannot be read"):
        shelf.find("EURUSD", "M15", model.spec.name, PLANS[PlanCode.GOLD])
    store.put(model.content_hash, model.to_bytes())
    await shelf.look()
    served = shelf.find("EURUSD", "M15", None, PLANS[PlanCode.GOLD])
    assert served.mind is not None
    assert served.mind.model.content_hash == model.content_hash


@pytest.mark.parametrize(("change", "status", "words"), REFUSALS)
async def test_what_has_no_signal_is_a_problem_in_one_sentence(
    stage: Stage,
    make_gateway: MakeGateway,
    terminal: Terminal,
    model: Model,
    change: Callable[[], dict[str, Any]],
    status: int,
    words: str,
) -> None:
    shelve(stage, model)
    async with make_gateway() as (client, _):
        response = await ask(client, terminal, **change())
    assert (response.status_code, words in response.json()["detail"]) == (status, True), response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert "success" not in response.text.lower()
    assert stage.value("SELECT count(*) FROM signals_signal") == 0


async def test_a_price_that_is_no_number_is_malformed(
    stage: Stage, make_gateway: MakeGateway, terminal: Terminal, model: Model
) -> None:
    shelve(stage, model)
    async with make_gateway() as (client, _):
        response = await client.post(
            "/brain/v1/signal",
            content=b'{"symbol": "EURUSD", "timeframe": "M15", "bars": [[1, NaN, 1, 1, 1, 1, 1]]}',
            headers={"Authorization": f"Bearer {terminal.token()}"},
        )
    assert response.status_code == 400


async def test_a_stranger_and_a_revoked_token_are_told_nothing(
    stage: Stage, make_gateway: MakeGateway, terminal: Terminal, model: Model
) -> None:
    shelve(stage, model)
    async with make_gateway() as (client, _):
        assert (await ask(client, terminal, token="nonsense")).status_code == 401
        assert (await ask(client, terminal, token=terminal.token(version=9))).status_code == 401
        said(await ask(client, terminal))
        stage.run("UPDATE fleet_terminal SET revoked_at = now() WHERE id = %s", terminal.id)
        # Even where this process has not heard of it yet, the statement that writes looks again.
        assert (await ask(client, terminal, bars=bars(seed=8))).status_code == 401
    assert stage.value("SELECT count(*) FROM signals_signal") == 1


async def test_a_model_is_served_from_its_plan_on(
    stage: Stage, make_gateway: MakeGateway, model: Model
) -> None:
    shelve(stage, model, plan="gold")
    bronze, platinum, ended = (stage.terminal() for _ in range(3))
    put_on(stage, bronze, "bronze")
    put_on(stage, platinum, "platinum")
    put_on(stage, ended, "platinum", "cancelled")
    async with make_gateway() as (client, _):
        said(await ask(client, platinum))
        for terminal, words in ((bronze, "from the Gold plan on"), (ended, "has ended")):
            refused = await ask(client, terminal)
            assert (refused.status_code, words in refused.json()["detail"]) == (403, True)


async def test_of_a_batch_each_has_its_place_and_spoils_no_other(
    stage: Stage, make_gateway: MakeGateway, terminal: Terminal, model: Model
) -> None:
    shelve(stage, model)
    one = {"symbol": "EURUSD", "timeframe": "M15", "bars": bars()}
    async with make_gateway() as (client, _):
        answer = said(
            await ask(
                client,
                terminal,
                "signals",
                signals=[one, {**one, "symbol": "GBPUSD"}, {**one, "bars": bars(seed=9)}],
            )
        )
    assert [bool(signal) for signal in answer["signals"]] == [True, False, True]
    assert answer["errors"] == [
        {"index": 1, "status": 404, "detail": "No model is served for GBPUSD M15 here."}
    ]
    assert stage.value("SELECT count(*) FROM signals_signal") == 2


async def test_who_asks_too_often_is_told_when_to_come_again(
    stage: Stage, make_gateway: MakeGateway, terminal: Terminal, model: Model
) -> None:
    shelve(stage, model)
    async with make_gateway('{"signal": [60, 2]}') as (client, _):
        statuses = [(await ask(client, terminal)).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


def record(stage: Stage, minutes: Array, server: str = "metafleet-Paper", symbol: str = "EURUSD") -> None:
    """Put M1 bars into the record, a row for each day."""
    days = minutes["time"] // 86_400
    for day in np.unique(days):
        part = minutes[days == day]
        now = datetime.now(UTC)
        stage.run(
            "INSERT INTO market_marketday "
            "(server, symbol, day, bars, count, first_s, last_s, created_at, updated_at) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (server, symbol, day) "
            "DO UPDATE SET bars = excluded.bars, count = excluded.count, last_s = excluded.last_s",
            *(server, symbol, datetime.fromtimestamp(int(day) * 86_400, UTC).date()),
            *(
                zlib.compress(part.tobytes()),
                len(part),
                int(part["time"][0]),
                int(part["time"][-1]),
                now,
                now,
            ),
        )


async def test_without_bars_the_record_is_used_to_its_newest_closed_bar(
    stage: Stage, make_gateway: MakeGateway, terminal: Terminal, model: Model
) -> None:
    shelve(stage, model)
    minutes = walk(3 * 1440, until=datetime.now(UTC), timeframe="M1")
    record(stage, minutes)
    whole = aggregated(minutes, BY_NAME["M15"])
    until_s = int(minutes["time"][-1]) + 60
    closed = whole if int(whole["time"][-1]) + 900 <= until_s else whole[:-1]
    async with make_gateway() as (client, _):
        ours = said(await ask(client, terminal, bars=None))
        sent_along = said(await ask(client, terminal, bars=sent(closed)))
    assert datetime.fromisoformat(ours["barTime"]).timestamp() == closed["time"][-1]
    assert ours["signalId"] == sent_along["signalId"]


async def test_a_record_that_has_stopped_serves_nothing_old(
    stage: Stage, make_gateway: MakeGateway, terminal: Terminal, model: Model
) -> None:
    shelve(stage, model)
    record(stage, walk(1440, until=datetime.now(UTC), timeframe="M1"))
    stage.run("UPDATE market_marketday SET updated_at = now() - interval '5 days'")
    async with make_gateway() as (client, _):
        refused = await ask(client, terminal, bars=None)
    assert (refused.status_code, "is old" in refused.json()["detail"]) == (409, True)


async def test_a_record_that_is_ahead_of_our_clock_is_the_markets_own_time(
    stage: Stage, make_gateway: MakeGateway, terminal: Terminal, model: Model
) -> None:
    """A paper market that runs faster, or plays the past, has a clock of its own."""
    shelve(stage, model)
    for days in (40, -400):
        until = datetime.now(UTC) + timedelta(days=days)
        stage.run("DELETE FROM market_marketday")
        record(stage, walk(1440, until=until, timeframe="M1"))
        async with make_gateway() as (client, _):
            answer = said(await ask(client, terminal, bars=None))
        assert abs((datetime.fromisoformat(answer["barTime"]) - until).total_seconds()) < 3_600


async def test_a_stream_brings_each_new_signal_once_and_a_problem_once(
    stage: Stage, database: Mapping[str, Any], redis_url: str, terminal: Terminal, model: Model
) -> None:
    shelve(stage, model)
    now = datetime.now(UTC)
    record(stage, walk(1440, until=now - timedelta(minutes=15), timeframe="M1"))
    with serving(database, redis_url) as (url, _):
        await until_healthy(url)
        async with httpx.AsyncClient(base_url=url, timeout=20) as client:
            address = "/brain/v1/stream?symbols=EURUSD,GBPUSD&timeframe=M15"
            headers = {"Authorization": f"Bearer {terminal.token()}"}
            async with client.stream("GET", address, headers=headers) as response:
                assert response.headers["content-type"] == "text/event-stream"
                events = _events(response)
                first = [await anext(events), await anext(events)]
                assert sorted(kind for kind, _ in first) == ["problem", "signal"]
                record(stage, walk(1440, until=now, timeframe="M1"))
                kind, second = await anext(events)
                stage.run("UPDATE fleet_terminal SET revoked_at = now() WHERE id = %s", terminal.id)
                assert [kind for kind, _ in [await anext(events)]] == ["end"]
            asked = said(await ask(client, stage_again(stage, terminal), bars=None))
    told = dict(first)
    assert kind == "signal"
    assert told["problem"]["detail"] == "No model is served for GBPUSD M15 here."
    assert second["signalId"] != told["signal"]["signalId"]
    assert second["signalId"] == asked["signalId"]


def stage_again(stage: Stage, terminal: Terminal) -> Terminal:
    """Let the terminal in again."""
    stage.run("UPDATE fleet_terminal SET revoked_at = NULL WHERE id = %s", terminal.id)
    return terminal


async def _events(response: httpx.Response) -> AsyncIterator[tuple[str, Any]]:
    kind = ""
    async for line in response.aiter_lines():
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield kind, json.loads(line.removeprefix("data: "))


async def test_a_gateway_killed_before_it_answered_has_told_nothing_else(
    stage: Stage, database: Mapping[str, Any], redis_url: str, terminal: Terminal, model: Model
) -> None:
    """Between commit and answer there is a kill; whoever asks again, of another gateway, hears the same."""
    shelve(stage, model)
    asked = bars()
    stage.run(
        "CREATE FUNCTION wait_for_it() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END $$;"
        "CREATE CONSTRAINT TRIGGER wait_for_it AFTER INSERT ON signals_signaloutcome "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait_for_it()"
    )
    try:
        with serving(database, redis_url) as (url, process):
            await until_healthy(url)
            async with httpx.AsyncClient(base_url=url, timeout=10) as client:
                asking = asyncio.create_task(ask(client, terminal, bars=asked))
                # Its statement is at its commit, and nobody was answered yet.
                await eventually(lambda: _is_committing(stage))
                process.kill()
                with pytest.raises(httpx.TransportError):
                    await asking
        await eventually(lambda: stage.value("SELECT count(*) FROM signals_signal") == 1)
    finally:
        stage.run("DROP TRIGGER wait_for_it ON signals_signaloutcome; DROP FUNCTION wait_for_it()")
    kept = stage.value("SELECT id::text FROM signals_signal")
    with serving(database, redis_url) as (url, _):
        await until_healthy(url)
        async with httpx.AsyncClient(base_url=url, timeout=10) as client:
            answer = said(await ask(client, terminal, bars=asked))
    assert answer["signalId"] == kept
    assert stage.value("SELECT count(*) FROM signals_signal") == 1


def _is_committing(stage: Stage) -> bool:
    return bool(
        stage.value(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'metafleet-gateway' "
            "AND wait_event = 'PgSleep'"
        )
    )


async def test_lightgbm_is_loaded_with_the_first_model_of_trees_and_not_before(
    stage: Stage, database: Mapping[str, Any], redis_url: str, terminal: Terminal, model: Model
) -> None:
    shelve(stage, model)
    with serving(database, redis_url) as (url, process):
        await until_healthy(url)
        async with httpx.AsyncClient(base_url=url, timeout=20) as client:
            said(await ask(client, terminal))
            assert not _has_loaded(process.pid, "lightgbm")
            assert psutil.Process(process.pid).memory_info().rss < 130e6
            trees = made_trees(name="trees", timeframe="H1", features=FEATURES)
            shelve(stage, trees)
            await eventually(lambda: _has_loaded(process.pid, "lightgbm"))
            asked = bars(60, timeframe="H1")
            response = await ask(client, terminal, timeframe="H1", bars=asked)
            while response.status_code == 404:  # it is loaded, and not yet on the shelf
                await asyncio.sleep(0.2)
                response = await ask(client, terminal, timeframe="H1", bars=asked)
            answer = said(response)
    assert (answer["model"], stage.value("SELECT count(*) FROM signals_signal")) == ("trees", 2)


def _has_loaded(pid: int, name: str) -> bool:
    return any(name in line for line in Path(f"/proc/{pid}/maps").read_text().splitlines())
