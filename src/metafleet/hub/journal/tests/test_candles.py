"""The bars around a trade, as they come from its terminal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from metafleet.engine.statements.folding import BUY, SELL
from metafleet.hub.fleet.intake import Connection, Slot
from metafleet.hub.journal import candles, intake
from metafleet.hub.journal.tests.ledger import NOW, Ledger, Place
from metafleet.hub.journal.tests.test_record import deal
from metafleet.hub.kernel.tenancy import SET_TENANT

D = Decimal
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def gateway(ledger: Ledger) -> AsyncIterator[Connection]:
    """A connection as the gateway has them."""
    info = ledger.writers[0].info
    arguments: dict[str, Any] = {**info.get_parameters(), "password": info.password}
    async with await psycopg.AsyncConnection.connect(**arguments, autocommit=True) as connection:
        yield connection


def slot_of(place: Place) -> Slot:
    return Slot(
        terminal_id=place.terminal_id,
        tenant_id=place.tenant_id,
        account_id=place.account_id,
        instance_id=None,
        token_version=1,
        is_revoked=False,
        utc_offset_s=0,
        timezone="",
        login=1,
        server="Broker-Demo",
        protocol=2,
    )


def bar(ledger: Ledger, place: Place, at: datetime, low: str, high: str) -> None:
    ledger.owner.execute(
        "INSERT INTO market_candle (tenant_id, server, symbol, timeframe, opened_at, open, high, low, close, "
        "created_at, updated_at) VALUES (%s, 'Broker-Demo', 'EURUSD', '1m', %s, 1, %s, %s, 1, now(), now())",
        [place.tenant_id, at, D(high), D(low)],
    )


async def stored(gateway: Connection, place: Place, trade_id: str, now: datetime) -> None:
    async with gateway.transaction():
        await gateway.execute(SET_TENANT, [str(place.tenant_id)])
        await candles.stored(gateway, slot_of(place), trade_id, now)


def trade(ledger: Ledger, place: Place, kind: int) -> str:
    """From NOW to five minutes later, in at 1.1 and out at 1.12."""
    other = SELL if kind == BUY else BUY
    ledger.record(
        place,
        [
            deal(1, 1, kind=kind, executed_at=NOW + timedelta(seconds=20), price=D("1.1")),
            deal(2, 1, 1, kind=other, executed_at=NOW + 5 * MINUTE, price=D("1.12")),
        ],
    )
    return str(ledger.rows("SELECT id FROM journal_trade WHERE account_id = %s", place.account_id)[0][0])


def measured(ledger: Ledger) -> tuple[Any, ...]:
    (row,) = ledger.rows("SELECT state, mae, mfe, due_at FROM journal_tradecandles")
    return row


@pytest.mark.parametrize(("kind", "mae", "mfe"), [(BUY, "0.03", "0.05"), (SELL, "0.05", "0.03")])
async def test_a_trade_is_measured_between_its_entry_and_its_exit(
    ledger: Ledger, gateway: Connection, kind: int, mae: str, mfe: str
) -> None:
    place = ledger.place()
    trade_id = trade(ledger, place, kind)
    for minutes, low, high in (
        (-1, "1.0", "1.2"),
        (0, "1.08", "1.1"),
        (3, "1.07", "1.15"),
        (6, "0.9", "1.3"),
    ):
        bar(ledger, place, NOW + minutes * MINUTE, low, high)
    await stored(gateway, place, trade_id, NOW + timedelta(hours=3))
    assert measured(ledger) == ("stored", D(mae), D(mfe), None)


async def test_the_bars_after_a_fresh_trade_are_fetched_when_they_are_there(
    ledger: Ledger, gateway: Connection
) -> None:
    place = ledger.place()
    trade_id = trade(ledger, place, BUY)
    bar(ledger, place, NOW, "1.09", "1.11")
    due_at = NOW + 5 * MINUTE + timedelta(hours=2) + MINUTE
    for minutes in (6, 7):
        await stored(gateway, place, trade_id, NOW + minutes * MINUTE)
        # Its own exit is a price that it reached.
        assert measured(ledger) == ("stored", D("0.01"), D("0.02"), due_at)
    await stored(gateway, place, trade_id, due_at + MINUTE)
    assert measured(ledger)[3] is None


async def test_bars_that_do_not_reach_the_trade_leave_it_wanted(ledger: Ledger, gateway: Connection) -> None:
    place = ledger.place()
    trade_id = trade(ledger, place, BUY)
    bar(ledger, place, NOW - MINUTE, "1.09", "1.11")
    for said in (trade_id, str(uuid4()), "17", ""):
        await stored(gateway, place, said, NOW + MINUTE)
    assert measured(ledger)[:2] == ("wanted", None)


async def test_a_terminal_measures_no_other_accounts_trade(ledger: Ledger, gateway: Connection) -> None:
    place, other = ledger.place(), ledger.place()
    trade_id = trade(ledger, place, BUY)
    bar(ledger, place, NOW, "1.09", "1.11")
    await stored(gateway, other, trade_id, NOW + MINUTE)
    assert measured(ledger)[0] == "wanted"


async def test_what_fails_is_kept_once_and_many_are_said(
    ledger: Ledger, gateway: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    place = ledger.place()
    bad = [intake.BadItem(n, n, f"item {n}", "bad") for n in range(12)]
    bad[0] = intake.BadItem(0, 0, "item 0", "ours", is_ours=True)
    for part in (bad[:6], bad[:6], bad[3:], bad):
        async with gateway.transaction():
            await gateway.execute(SET_TENANT, [str(place.tenant_id)])
            await intake.keep_failed(gateway, slot_of(place), "deal", part, NOW)
    assert ledger.rows("SELECT count(*), count(due_at), max(due_at) FROM journal_faileditem") == [
        (12, 1, NOW + intake.FIRST_WAIT)
    ]
    assert [record.message for record in caplog.records if "could not be recorded" in record.message] == [
        f"account {place.account_id} has 12 items that could not be recorded"
    ]
    waiting = {queue: (count, age_s) for queue, count, age_s in await intake.backlog(gateway, NOW + MINUTE)}
    assert waiting == {"failed items": (12, 60.0), "trade candles": (0, None)}
