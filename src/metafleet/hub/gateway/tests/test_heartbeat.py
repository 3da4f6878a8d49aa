"""A heartbeat: what it writes, what it answers, what it refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
import redis.asyncio as redis

from metafleet.hub.gateway.tests.conftest import MakeGateway, either_way
from metafleet.hub.gateway.tests.stage import Speaker, Stage, T, deal, eventually

way = either_way
RUN = (
    "SELECT reported_status, reported_error, first_heartbeat_at IS NOT NULL, report, "
    "sealed_assignment IS NULL FROM fleet_run WHERE id = %s"
)


async def test_a_heartbeat_is_observed(stage: Stage, own: Speaker) -> None:
    response = await own.post(
        "heartbeat",
        protocol=2,
        build=4000,
        utcOffset=7200,
        accountInfo=own.terminal.account(),
        openPositions=2,
    )
    assert response.status_code == 200
    answer = response.json()
    assert answer["success"] is True
    assert (answer["nextHeartbeat"], answer["knownDealTicket"]) == (5, 0)
    assert abs(datetime.fromisoformat(answer["serverTime"]) - datetime.now(UTC)) < timedelta(seconds=5)
    state = "SELECT balance, equity, margin, free_margin, open_positions FROM fleet_accountstate"
    assert stage.rows(state) == [
        (Decimal("10000.00"), Decimal("10012.34"), Decimal("100.00"), Decimal("9912.34"), 2)
    ]
    assert stage.rows("SELECT build, utc_offset_s FROM fleet_terminal") == [(4000, 7200)]
    await own.post("heartbeat", accountInfo=own.terminal.account(equity=9000))
    drawn = "SELECT equity FROM journal_equitypoint ORDER BY at DESC LIMIT 1"
    await eventually(lambda: stage.rows(drawn) == [(Decimal(9000),)])
    # The second may have met the next quarter of a minute.
    assert stage.value("SELECT count(*) FROM journal_equitypoint") <= 2


TERMS = "SELECT currency, leverage, margin_mode FROM fleet_tradingaccount"


async def test_what_the_broker_says_of_the_account_stands(stage: Stage, own: Speaker) -> None:
    said = own.terminal.account(currency="EUR", leverage=200, marginMode="netting")
    for _ in range(2):
        assert (await own.post("heartbeat", accountInfo=said)).status_code == 200
        assert stage.rows(TERMS) == [("EUR", 200, "netting")]
    await own.post("heartbeat", accountInfo=own.terminal.account())
    assert stage.rows(TERMS) == [("EUR", 200, "netting")]


@pytest.mark.parametrize(
    "said", [{"currency": "no money"}, {"currency": ""}, {"leverage": -1}, {"leverage": 0}]
)
async def test_what_can_be_no_currency_or_leverage_is_not_taken(
    stage: Stage, own: Speaker, said: dict[str, Any]
) -> None:
    before = stage.rows(TERMS)
    assert (await own.post("heartbeat", accountInfo=own.terminal.account(**said))).status_code == 200
    assert stage.rows(TERMS) == before


async def test_another_accounts_terminal_changes_nothing_of_this_one(stage: Stage, own: Speaker) -> None:
    before = stage.rows(TERMS)
    wrong = own.terminal.account(login=1, currency="EUR", leverage=7)
    assert (await own.post("heartbeat", accountInfo=wrong)).status_code == 409
    assert stage.rows(TERMS) == before


async def test_a_runners_heartbeat_renews_its_lease_by_the_databases_clock(
    stage: Stage, hosted: Speaker, own: Speaker
) -> None:
    renewed = "SELECT renewed_at FROM fleet_run"
    began = stage.value("SELECT clock_timestamp()")
    answer = await hosted.post("heartbeat", protocol=2, expert=hosted.terminal.expert())
    assert answer.json()["lease"] == {"openS": 15.0, "tradeS": 20.0}
    first = stage.value(renewed)
    assert began < first < stage.value("SELECT clock_timestamp()")
    answer = await own.post("heartbeat", protocol=2)
    assert "lease" not in answer.json(), "a customer's own terminal trades as it likes"
    stage.run("UPDATE fleet_terminal SET token_version = 2 WHERE id = %s", hosted.terminal.id)
    answer = await hosted.post("heartbeat", protocol=2, expert=hosted.terminal.expert())
    assert (answer.status_code, stage.value(renewed)) == (401, first)


async def test_the_first_proof_confirms_the_run_once(stage: Stage, hosted: Speaker) -> None:
    terminal = hosted.terminal
    stage.assignment(terminal)
    await hosted.post("heartbeat", protocol=2, expert=terminal.expert(status="starting"))
    assert stage.rows(RUN, terminal.run_id) == [("starting", "", False, None, True)]
    await hosted.post("heartbeat", protocol=2, expert=terminal.expert(), accountInfo=terminal.account())
    first = stage.value("SELECT first_heartbeat_at FROM fleet_run WHERE id = %s", terminal.run_id)
    report = stage.rows(RUN, terminal.run_id)[0][3]
    assert report["login"] == str(terminal.login)
    assert (report["server"], report["hash"]) == ("metafleet-Paper", "sha256:1")
    assert report["firstTickAt"] is None
    tick = "2026-03-02T12:00:00Z"
    ticked = terminal.expert(firstTickAt=tick, hash="sha256:other")
    await hosted.post("heartbeat", protocol=2, expert=ticked, accountInfo=terminal.account())
    report = stage.rows(RUN, terminal.run_id)[0][3]
    assert (report["firstTickAt"], report["hash"]) == (tick, "sha256:1")
    assert stage.value("SELECT first_heartbeat_at FROM fleet_run WHERE id = %s", terminal.run_id) == first


async def test_news_makes_the_instance_due_and_nothing_new_does_not(stage: Stage, hosted: Speaker) -> None:
    terminal = hosted.terminal
    beat: dict[str, Any] = {"protocol": 2, "expert": terminal.expert(), "accountInfo": terminal.account()}
    told = await hosted.post("heartbeat", **beat)
    await asyncio.sleep(0.05)
    assert stage.nudges == [(terminal.tenant_id, terminal.instance_id)]
    assert stage.nudged_by == [told.headers["X-Request-Id"]]
    assert stage.value("SELECT reconcile_due_at <= now() FROM fleet_eainstance")
    stage.run("UPDATE fleet_eainstance SET reconcile_due_at = NULL")
    await hosted.post("heartbeat", **beat)
    assert stage.value("SELECT reconcile_due_at FROM fleet_eainstance") is None
    failed = terminal.expert(status="error", lastError="no money")
    await hosted.post("heartbeat", **{**beat, "expert": failed})
    assert stage.value("SELECT reconcile_due_at IS NOT NULL FROM fleet_eainstance")
    assert stage.rows(RUN, terminal.run_id)[0][:2] == ("error", "no money")


async def test_what_a_runner_did_at_a_broken_limit_is_kept_once(stage: Stage, hosted: Speaker) -> None:
    kept = "SELECT guard FROM fleet_run WHERE id = %s"
    fired = {
        "kind": "daily_loss",
        "at": "2026-03-02T12:00:00Z",
        "equity": 9_500,
        "floor": 9_500,
        "did": "flatten",
    }
    await hosted.post("heartbeat", protocol=2, expert=hosted.terminal.expert(guard=fired))
    assert stage.value(kept, hosted.terminal.run_id) == fired
    await hosted.post("heartbeat", protocol=2, expert=hosted.terminal.expert(guard={**fired, "equity": 1}))
    await hosted.post("heartbeat", protocol=2, expert=hosted.terminal.expert())
    assert stage.value(kept, hosted.terminal.run_id) == fired


async def test_a_spread_is_kept_beside_its_slow_average(stage: Stage, hosted: Speaker) -> None:
    columns = "SELECT spread_points, spread_normal, spread_samples FROM fleet_run WHERE id = %s"
    for points in (10, 14, -1, 30):
        await hosted.post("heartbeat", protocol=2, expert=hosted.terminal.expert(spreadPoints=points))
    assert stage.rows(columns, hosted.terminal.run_id) == [(30.0, 18.0, 3)]


async def test_another_generation_confirms_nothing(stage: Stage, hosted: Speaker) -> None:
    expert = hosted.terminal.expert(generation=2)
    response = await hosted.post("heartbeat", expert=expert, accountInfo=hosted.terminal.account())
    assert response.status_code == 200
    assert stage.rows(RUN, hosted.terminal.run_id)[0][:3] == ("", "", False)
    assert stage.nudges == []


@pytest.mark.parametrize("said", [{"login": 1}, {"server": "Elsewhere-Live"}])
async def test_another_account_is_refused_and_nothing_written(
    stage: Stage, own: Speaker, said: dict[str, object]
) -> None:
    response = await own.post("heartbeat", accountInfo=own.terminal.account(**said))
    assert response.status_code == 409
    assert stage.value("SELECT count(*) FROM fleet_accountstate") == 0
    assert stage.value("SELECT heartbeat_at FROM fleet_terminal") is None


async def test_whoever_speaks_for_another_account_is_refused_and_shown(stage: Stage, own: Speaker) -> None:
    """The public sync EA names its login and server in every body."""
    said: dict[str, Any] = {"mt5Login": own.terminal.login + 1, "mt5Server": "metafleet-Paper"}
    assert (await own.post("trades", trades=[deal(1)], **said)).status_code == 409
    assert (await own.post("positions", positions=[], server="Elsewhere-Live")).status_code == 409
    assert stage.value("SELECT count(*) FROM journal_deal") == 0
    troubles = "SELECT kind, count, detail FROM fleet_terminaltrouble"
    await eventually(lambda: stage.rows(troubles) != [] and stage.rows(troubles)[0][1] == 2)
    assert "Elsewhere-Live" in stage.rows(troubles)[0][2]
    right: dict[str, Any] = {"mt5Login": own.terminal.login, "mt5Server": "metafleet-Paper"}
    assert (await own.post("trades", trades=[deal(1)], **right)).status_code == 200


async def test_a_crossed_terminal_is_not_heard_until_it_is_right_again(stage: Stage, own: Speaker) -> None:
    """Not even where a body names no account, and it gets no orders for the one it is not signed in to."""
    wrong = await own.post("heartbeat", accountInfo=own.terminal.account(login=1), protocol=2)
    assert wrong.status_code == 409
    stage.command(own.terminal, "OPEN")
    assert (await own.post("trades", trades=[deal(1)])).status_code == 409
    headers = {"Authorization": f"Bearer {own.terminal.token()}"}
    assert (await own.client.get(f"{T}/commands", headers=headers)).status_code == 409
    right = await own.post("heartbeat", accountInfo=own.terminal.account(), protocol=2)
    assert [command["type"] for command in right.json()["commands"]] == ["OPEN"]
    assert (await own.post("trades", trades=[deal(1)])).status_code == 200


async def test_deals_right_after_the_clock_was_told_are_read_by_it(stage: Stage, own: Speaker) -> None:
    await own.post("heartbeat")
    for ticket, offset in enumerate((7200, 10800, 0, -3600), start=1):
        await own.post("heartbeat", utcOffset=offset)
        await own.trades([deal(ticket, openTime=1_770_000_000)])
        stored = "SELECT extract(epoch FROM executed_at)::int FROM journal_deal WHERE ticket = %s"
        assert stage.value(stored, ticket) == 1_770_000_000 - offset


async def test_the_public_sync_ea_finds_its_address(own: Speaker) -> None:
    body = {"terminalId": str(own.terminal.id), "authToken": own.terminal.token()}
    answer = await own.client.post(f"/api/v1{T}/heartbeat", json=body)
    assert (answer.status_code, answer.json()["success"]) == (200, True)


async def test_a_token_past_half_of_its_life_is_renewed(own: Speaker) -> None:
    fresh = await own.post("heartbeat")
    assert "token" not in fresh.json()
    old = own.terminal.token(at=datetime.now(UTC) - timedelta(days=16))
    renewed = (await own.post("heartbeat", token=old)).json()["token"]
    assert (await own.post("heartbeat", token=renewed)).status_code == 200


async def test_screens_hear_of_it(redis_url: str, stage: Stage, make_gateway: MakeGateway) -> None:
    terminal = stage.hosted()
    listener = redis.Redis.from_url(redis_url)
    async with listener.pubsub() as heard, make_gateway() as (client, gateway):
        await heard.subscribe(f"live:{terminal.tenant_id}")
        await heard.get_message(timeout=1)
        await eventually(lambda: gateway.announcer.hears(terminal.tenant_id))
        await Speaker(client, terminal).post(
            "heartbeat", expert=terminal.expert(), accountInfo=terminal.account(), openPositions=1
        )
        messages: list[dict[str, Any]] = []
        while len(messages) < 2:
            frame = await heard.get_message(ignore_subscribe_messages=True, timeout=2)
            assert frame is not None
            said = msgspec.json.decode(frame["data"])
            messages += said if isinstance(said, list) else [said]
    await listener.aclose()
    instance_heard, beat = sorted(messages, key=len)
    at = beat.pop("at")
    assert datetime.fromisoformat(at).tzinfo is not None
    assert beat == {
        "type": "heartbeat",
        "accountId": str(terminal.account_id),
        "instanceId": str(terminal.instance_id),
        "balance": 10000.0,
        "equity": 10012.34,
        "margin": 100.0,
        "freeMargin": 9912.34,
        "profit": 12.34,
        "openPositions": 1,
        "status": "running",
    }
    instance = {"type": "instance", "id": str(terminal.instance_id), "accountId": str(terminal.account_id)}
    assert instance_heard == instance


async def test_of_what_is_observed_the_newest_goes_out_in_one_frame(
    redis_url: str, stage: Stage, make_gateway: MakeGateway
) -> None:
    terminal = stage.terminal()
    listener = redis.Redis.from_url(redis_url)
    async with listener.pubsub() as heard, make_gateway() as (_, gateway):
        await heard.subscribe(f"live:{terminal.tenant_id}")
        await heard.get_message(timeout=1)
        announcer = gateway.announcer
        await eventually(lambda: announcer.hears(terminal.tenant_id))
        for equity in (1, 2):
            for subject in (terminal.id, terminal.account_id):
                announcer.say_latest(terminal.tenant_id, "heartbeat", subject, equity=equity)
        frame = await heard.get_message(ignore_subscribe_messages=True, timeout=2)
    await listener.aclose()
    assert frame is not None
    assert [message["equity"] for message in msgspec.json.decode(frame["data"])] == [2, 2]


async def test_the_known_ticket_is_the_journals_highest(own: Speaker) -> None:
    await own.trades([deal(41), deal(40)])
    assert (await own.post("heartbeat")).json()["knownDealTicket"] == 41


async def test_one_of_many_that_is_refused_is_told_so_alone(stage: Stage, make_gateway: MakeGateway) -> None:
    terminals = [stage.terminal() for _ in range(3)]
    async with make_gateway(limits='{"heartbeat": [60, 2]}') as (client, gateway):
        speakers = [Speaker(client, terminal) for terminal in terminals]
        for _ in range(2):
            assert (await speakers[0].post("heartbeat", protocol=2)).status_code == 200
        answers = await asyncio.gather(*(speaker.post("heartbeat", protocol=2) for speaker in speakers))
        assert [answer.status_code for answer in answers] == [429, 200, 200]
        assert int(answers[0].headers["retry-after"]) >= 1
        # Revoked past the gateway, which has not heard of it: the statement that writes it looks again.
        gateway.callers.told_of_changes(True)
        stage.run("ALTER TABLE fleet_terminal DISABLE TRIGGER tell_changed")
        stage.run("UPDATE fleet_terminal SET revoked_at = now() WHERE id = %s", terminals[2].id)
        stage.run("ALTER TABLE fleet_terminal ENABLE TRIGGER tell_changed")
        assert (await speakers[2].post("heartbeat", protocol=2)).status_code == 401


async def test_a_command_that_waits_comes_with_the_heartbeat(stage: Stage, own: Speaker) -> None:
    await own.post("heartbeat", protocol=2)
    waiting = stage.command(own.terminal)
    answer = (await own.post("heartbeat", protocol=2)).json()
    assert [command["id"] for command in answer["commands"]] == [str(waiting)]


async def test_what_many_brokers_say_at_once_is_written_together(
    stage: Stage, make_gateway: MakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminals = [stage.terminal() for _ in range(20)]
    asked: list[str] = []
    async with make_gateway() as (client, gateway):
        ask = gateway.database.ask

        async def counted(statement: str, values: Sequence[Any]) -> Any:
            asked.append(statement)
            return await ask(statement, values)

        monkeypatch.setattr(gateway.database, "ask", counted)
        said = [terminal.account(currency="EUR", leverage=50) for terminal in terminals]
        answers = await asyncio.gather(
            *(
                Speaker(client, terminal).post("heartbeat", accountInfo=account)
                for terminal, account in zip(terminals, said, strict=True)
            )
        )
    assert {answer.status_code for answer in answers} == {200}
    assert stage.rows(f"{TERMS} GROUP BY 1, 2, 3") == [("EUR", 50, None)]
    assert sum("gateway_terms" in statement for statement in asked) < len(terminals) / 2
