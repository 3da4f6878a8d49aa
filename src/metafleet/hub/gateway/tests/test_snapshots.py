"""Observations: open positions are replaced whole, candles by their time."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from metafleet.hub.gateway.tests.conftest import MakeGateway, either_way
from metafleet.hub.gateway.tests.stage import Speaker, Stage

way = either_way


def position(ticket: int, **said: Any) -> dict[str, Any]:
    facts = {
        "ticket": ticket,
        "symbol": "EURUSD",
        "type": "BUY",
        "volume": 0.1,
        "openPrice": 1.085,
        "currentPrice": 1.086,
        "profit": "10.00",
        "openTime": 1_770_000_000_123,
        "magic": 77,
    }
    return {**facts, **said}


def candle(time: int, **said: Any) -> dict[str, Any]:
    return {"time": time, "open": 1.1, "high": 1.2, "low": 1.0, "close": 1.15, "volume": 10, **said}


POSITIONS = "SELECT ticket, profit FROM journal_position ORDER BY ticket"
CANDLES = (
    "SELECT server, symbol, timeframe, extract(epoch FROM opened_at)::int, close FROM market_candle "
    "ORDER BY 4"
)


async def test_a_snapshot_replaces_the_one_before(stage: Stage, own: Speaker) -> None:
    response = await own.post("positions", positions=[position(1), position(2)])
    assert response.json() == {"success": True}
    await own.post("positions", positions=[position(2, profit=-5.5), position(3)])
    assert stage.rows(POSITIONS) == [(2, Decimal("-5.50")), (3, Decimal("10.00"))]
    await own.post("positions", positions=[])
    assert stage.rows(POSITIONS) == []


async def test_a_snapshot_is_its_accounts_alone(stage: Stage, make_gateway: MakeGateway) -> None:
    first, other = stage.terminal(), stage.terminal()
    async with make_gateway() as (client, _):
        await Speaker(client, first).post("positions", positions=[position(1)])
        await Speaker(client, other).post("positions", positions=[])
    assert stage.rows(POSITIONS) == [(1, Decimal("10.00"))]


async def test_an_unreadable_position_stays_as_it_was(stage: Stage, own: Speaker) -> None:
    await own.post("positions", positions=[position(1), position(2)])
    answer = (await own.post("positions", positions=[position(2, volume=-1)])).json()
    assert answer["success"] is True
    assert [error["ticket"] for error in answer["errors"]] == [2]
    assert stage.rows(POSITIONS) == [(2, Decimal("10.00"))]


async def test_a_ticket_twice_counts_once(stage: Stage, own: Speaker) -> None:
    await own.post("positions", positions=[position(1), position(1, profit=3)])
    assert stage.rows(POSITIONS) == [(1, Decimal("3.00"))]


async def test_the_last_to_arrive_wins(stage: Stage, own: Speaker) -> None:
    rounds = [own.post("positions", positions=[position(n)]) for n in range(1, 16)]
    answers = await asyncio.gather(*rounds)
    assert {answer.status_code for answer in answers} == {200}
    assert stage.rows(POSITIONS) == [(15, Decimal("10.00"))]


async def test_too_many_positions_are_refused(own: Speaker) -> None:
    response = await own.post("positions", positions=[position(n) for n in range(1, 1002)])
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/positions"


async def test_candles_are_stored_by_their_time(stage: Stage, own: Speaker) -> None:
    minute = 1_770_000_000
    answer = (
        await own.post("candles", symbol="EURUSD", candles=[candle(minute), candle(minute + 60)])
    ).json()
    assert answer == {"success": True, "stored": 2, "failed": 0, "errors": []}
    await own.post("candles", symbol="EURUSD", candles=[candle(minute + 60, close=1.19)])
    assert stage.rows(CANDLES) == [
        ("metafleet-Paper", "EURUSD", "1m", minute, Decimal("1.15")),
        ("metafleet-Paper", "EURUSD", "1m", minute + 60, Decimal("1.19")),
    ]


async def test_bad_candles_are_set_aside(stage: Stage, own: Speaker) -> None:
    minute = 1_770_000_000
    wrong = [
        candle(minute),
        candle(minute + 60, high=0.9),
        candle(minute),
        candle(minute + 120, low="NaN"),
        candle(minute + 120, volume=-1),
        candle(minute + 180),
    ]
    answer = (await own.post("candles", symbol="EURUSD", candles=wrong)).json()
    assert (answer["stored"], answer["failed"]) == (2, 4)
    assert [error["index"] for error in answer["errors"]] == [1, 2, 3, 4]
    assert [row[3] for row in stage.rows(CANDLES)] == [minute, minute + 180]
    assert stage.value("SELECT count(*) FROM journal_faileditem WHERE kind = 'candle'") == 4


@pytest.mark.parametrize(
    ("said", "pointer"),
    [({"symbol": ""}, "/symbol"), ({"symbol": "EURUSD", "timeframe": "now"}, "/timeframe")],
)
async def test_candles_of_nothing_are_refused(own: Speaker, said: dict[str, str], pointer: str) -> None:
    response = await own.post("candles", candles=[candle(1_770_000_000)], **said)
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == pointer


async def test_a_nul_in_the_name_of_their_trade_loses_no_candles(stage: Stage, own: Speaker) -> None:
    answer = await own.post("candles", symbol="EURUSD", tradeId="7\x00", candles=[candle(1_770_000_000)])
    assert (answer.status_code, answer.json()["stored"]) == (200, 1)
    assert stage.value("SELECT count(*) FROM market_candle") == 1


async def test_ten_thousand_candles_fit_and_one_more_does_not(stage: Stage, own: Speaker) -> None:
    minute = 1_770_000_000
    many = [{"time": minute + 60 * n, "open": 1, "high": 2, "low": 1, "close": 2} for n in range(10_000)]
    answer = (await own.post("candles", symbol="EURUSD", candles=many)).json()
    assert answer["stored"] == 10_000
    assert stage.value("SELECT count(*) FROM market_candle") == 10_000
    assert (await own.post("candles", symbol="EURUSD", candles=[*many, many[0]])).status_code == 400
