"""Deals: recorded once, folded, the bad ones set aside."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

import msgspec
import psycopg
import pytest

from metafleet.engine.statements.folding import Deal
from metafleet.hub.gateway.tests.conftest import MakeGateway
from metafleet.hub.gateway.tests.stage import Speaker, Stage, Terminal, closing, deal
from metafleet.hub.journal import intake
from metafleet.hub.journal.items import read_deals

TRADE = (
    "SELECT side, state, volume, closed_volume, entry_price, exit_price, net_profit, exit_reason, magic "
    "FROM journal_trade ORDER BY position_id, part"
)


async def test_deals_become_a_trade(stage: Stage, own: Speaker) -> None:
    answer = await own.trades([deal(10), closing(11, 10)])
    assert answer == {
        "success": True,
        "imported": 2,
        "skipped": 0,
        "failed": 0,
        "errors": [],
        "knownDealTicket": 11,
    }
    net = Decimal("20.00") - Decimal("0.10") - 2 * Decimal("0.35")
    assert stage.rows(TRADE) == [
        ("buy", "closed", Decimal("0.1"), Decimal("0.1"), Decimal("1.085"), Decimal("1.087"), net, "tp", 77)
    ]
    assert stage.value("SELECT terminal_id FROM journal_deal LIMIT 1") == own.terminal.id


async def test_any_resending_changes_nothing(stage: Stage, own: Speaker) -> None:
    deals = [made for n in range(1, 40, 2) for made in (deal(n), closing(n + 1, n))]
    assert (await own.trades(deals))["imported"] == 40
    before = stage.rows("SELECT * FROM journal_trade ORDER BY position_id")
    Random(1).shuffle(deals)
    again = await own.trades(deals[:25] + deals[:5])
    assert (again["imported"], again["skipped"]) == (0, 30)
    assert stage.rows("SELECT * FROM journal_trade ORDER BY position_id") == before
    assert stage.value("SELECT count(*) FROM journal_deal") == 40


async def test_why_an_ea_traded_is_kept_once_and_spoils_nothing(stage: Stage, own: Speaker) -> None:
    said = deal(10) | {"tag": "breakout", "note": "close above the 20-bar high"}
    odd = deal(12) | {"tag": 5, "note": None}
    long = deal(14) | {"note": "x" * 300}
    answer = await own.trades([said, closing(11, 10), odd, long])
    assert (answer["imported"], answer["failed"]) == (4, 0)
    await own.trades([said | {"note": "another word"}, {"ticket": 99, "tag": "nowhere"}])
    kept = stage.rows("SELECT ticket, tag, note FROM journal_dealreason ORDER BY ticket")
    assert kept == [(10, "breakout", "close above the 20-bar high"), (14, "", "x" * 200)]


async def test_an_item_twice_in_one_batch_counts_once(own: Speaker) -> None:
    answer = await own.trades([deal(1), deal(1)])
    assert (answer["imported"], answer["skipped"]) == (1, 1)


async def test_two_senders_at_once_record_each_deal_once(stage: Stage, make_gateway: MakeGateway) -> None:
    terminal = stage.terminal()
    second = stage.terminal(account=terminal)
    deals = [made for n in range(1, 200, 2) for made in (deal(n), closing(n + 1, n))]
    backwards = deals[::-1]
    async with make_gateway() as (client, _), make_gateway() as (other, _):
        senders = [Speaker(client, terminal), Speaker(other, second)]
        answers = await asyncio.gather(
            *(s.trades(part) for s in senders for part in (deals[:120], deals[80:], backwards[:150]))
        )
    assert sum(answer["imported"] for answer in answers) == len(deals)
    assert stage.value("SELECT count(*) FROM journal_deal") == len(deals)
    assert stage.rows("SELECT state, count(*) FROM journal_trade GROUP BY state") == [("closed", 100)]
    deals_total = stage.value("SELECT sum(profit + commission + swap + fee) FROM journal_deal")
    assert stage.value("SELECT sum(net_profit) FROM journal_trade") == deals_total


async def test_an_exit_may_come_before_its_entry(stage: Stage, own: Speaker) -> None:
    await own.trades([closing(11, 10)])
    assert stage.rows("SELECT side, state FROM journal_trade") == [("buy", "orphan")]
    await own.trades([deal(10)])
    assert stage.rows("SELECT side, state FROM journal_trade") == [("buy", "closed")]


PARTS = (
    "SELECT position_id, part, side, state, volume, closed_volume, entry_price, exit_price, entered_at, "
    "exited_at, profit, commission, swap, fee, net_profit, magic, exit_reason, comment "
    "FROM journal_trade WHERE account_id = %s ORDER BY position_id, part"
)


def lives(random: Random) -> list[Deal]:
    """Deals of a netting account: openings, closings and reversals of four positions, some of them lost."""
    made = [
        {
            **deal(ticket, positionId=random.randint(1, 4)),
            "type": random.choice(["BUY", "SELL"]),
            "entryType": random.choice([0, 0, 1, 2, 2]),
            "volume": random.randint(1, 9) / 10,
            "profit": random.randint(-5000, 5000) / 100,
            "commission": random.randint(-100, 0) / 100,
        }
        for ticket in range(1, 41)
    ]
    raw = [msgspec.Raw(msgspec.json.encode(item)) for item in made if random.random() < 0.9]
    return [one for _, ones in read_deals(raw, 0).good for one in ones]


@pytest.mark.parametrize("seed", range(8))
async def test_any_batches_in_any_order_make_the_same_trades(
    stage: Stage, make_gateway: MakeGateway, seed: int
) -> None:
    random = Random(seed)
    deals = lives(random)
    shuffled = [*deals, *random.sample(deals, 10)]
    random.shuffle(shuffled)
    now = datetime.now(UTC)
    async with make_gateway() as (_, gateway):

        async def record(terminal: Terminal, batch: list[Deal]) -> None:
            slot = (await gateway.callers.identify(terminal.token(), now)).slot
            await gateway.database.look(partial(intake.record_deals, slot=slot, deals=batch, now=now))

        whole, parted = stage.terminal(), stage.terminal()
        await record(whole, deals)
        while shuffled:
            size = random.randint(1, 9)
            await record(parted, shuffled[:size])
            del shuffled[:size]
    expected = stage.rows(PARTS, whole.account_id)
    assert len(expected) > 4
    assert stage.rows(PARTS, parted.account_id) == expected


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "negative volume": ({"volume": -0.1}, "volume: expected a number above 0"),
    "no volume": ({"volume": 0}, "volume: expected a number above 0"),
    "NaN": ({"profit": "NaN"}, "profit: expected a number"),
    "infinite": ({"openPrice": "-Infinity"}, "openPrice: expected a number"),
    "too large": ({"profit": 1e17}, "profit: expected a number of magnitude below"),
    "unknown type": ({"type": "HOLD"}, "type: expected BUY or SELL"),
    "no type": ({"type": None}, "type: is missing"),
    "no price": ({"openPrice": None}, "openPrice: is missing"),
    "price of zero": ({"openPrice": 0}, "openPrice: expected a number above 0"),
    "no time": ({"openTime": None}, "openTime: is missing"),
    "no time at all": ({"openTime": "yesterday"}, "openTime: expected epoch seconds"),
    "beyond 64 bits": ({"positionId": 2**63}, "positionId: expected a whole number"),
    "a ticket of zero": ({"ticket": 0}, "ticket: expected a whole number from 1"),
    "half a ticket": ({"ticket": 1.5}, "ticket: Expected `int | str`"),
    "no symbol": ({"symbol": ""}, "symbol: expected a symbol's name"),
    "an endless symbol": ({"symbol": "E" * 33}, "symbol: expected a symbol's name"),
    "a symbol of control characters": ({"symbol": "EUR\nUSD"}, "symbol: expected a symbol's name"),
    "an unknown entry": ({"entryType": 9}, "entryType: expected a whole number"),
    "half a close": ({"closePrice": 1.1}, "closePrice: a closed order has both"),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_item_is_set_aside_and_spoils_no_other(stage: Stage, own: Speaker, name: str) -> None:
    wrong, reason = BAD[name]
    batch = [deal(1), {**deal(2), **wrong}, deal(3)]
    for _ in range(2):
        answer = await own.trades(batch)
        assert (answer["failed"], len(answer["errors"])) == (1, 1)
        assert answer["errors"][0]["index"] == 1
        assert answer["errors"][0]["detail"].startswith(reason)
    assert stage.rows("SELECT ticket FROM journal_deal ORDER BY ticket") == [(1,), (3,)]
    kept = stage.rows("SELECT kind, reason FROM journal_faileditem")
    assert [(kind, why.startswith(reason)) for kind, why in kept] == [("deal", True)]


async def test_items_that_are_no_deals_are_set_aside(stage: Stage, own: Speaker) -> None:
    answer = await own.trades([None, 5, [], "x", {}, deal(1)])  # type: ignore[list-item]
    assert (answer["imported"], answer["failed"]) == (1, 5)
    assert stage.value("SELECT count(*) FROM journal_faileditem") == 5


async def test_too_many_items_are_refused_whole(stage: Stage, own: Speaker) -> None:
    response = await own.post("trades", trades=[deal(n) for n in range(1, 1002)])
    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/trades"
    assert stage.value("SELECT count(*) FROM journal_deal") == 0


async def test_money_in_and_out_is_no_trade(stage: Stage, own: Speaker) -> None:
    deposit = {"ticket": 1, "dealType": 2, "profit": "10000.00", "openTime": 1_770_000_000, "openPrice": 0}
    assert (await own.trades([deposit]))["imported"] == 1
    assert stage.rows("SELECT kind, entry, position_id, price, profit FROM journal_deal") == [
        (2, None, None, None, Decimal("10000.00"))
    ]
    assert stage.value("SELECT count(*) FROM journal_trade") == 0


async def test_times_are_server_times(stage: Stage, own: Speaker) -> None:
    await own.post("heartbeat", utcOffset=10800)
    await asyncio.sleep(1.05)  # a look at the terminal's row is trusted for a second
    noon = 1_772_452_800  # 2026-03-02 12:00 as the server's clock shows it
    said: list[dict[str, Any]] = [
        {"openTime": noon},
        {"openTime": str(noon)},
        {"openTime": noon * 1000},
        {"openTime": str(noon * 1000)},
        {"openTime": "2026-03-02T12:00:00+03:00"},
        {"openTime": noon, "timeMsc": noon * 1000 + 250},
        {"openTime": None, "time": noon},
    ]
    await own.trades([deal(n + 1, **item) for n, item in enumerate(said)])
    nine = datetime(2026, 3, 2, 9, tzinfo=UTC)
    found = [at for (at,) in stage.rows("SELECT executed_at FROM journal_deal ORDER BY ticket")]
    assert found == [nine] * 5 + [nine.replace(microsecond=250_000), nine]


async def test_a_closed_mt4_order_is_two_deals(stage: Stage, own: Speaker) -> None:
    order = {
        "ticket": 500,
        "symbol": "EURUSD",
        "type": "SELL",
        "volume": 0.2,
        "openPrice": 1.09,
        "openTime": 1_770_000_000,
        "commission": -1.4,
        "comment": "grid[sl]",
        "magic": 5,
    }
    closed = {**order, "closePrice": 1.091, "closeTime": 1_770_000_600, "profit": -20, "swap": -0.5}
    assert (await own.trades([order]))["imported"] == 1
    assert stage.rows("SELECT state FROM journal_trade") == [("open",)]
    assert (await own.trades([closed]))["imported"] == 1
    assert (await own.trades([closed, order]))["skipped"] == 2
    assert stage.rows(TRADE) == [
        (
            "sell",
            "closed",
            *(Decimal("0.2"), Decimal("0.2"), Decimal("1.09"), Decimal("1.091"), Decimal("-21.90")),
            "sl",
            5,
        )
    ]
    assert (await own.trades([]))["knownDealTicket"] == 500


async def test_what_the_database_refuses_is_kept_and_tried_again(
    stage: Stage, own: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deal that was read well and does not fit all the same: the fault is the hub's."""
    honest = intake.record

    async def picky(connection: Any, batches: Any, now: datetime) -> Any:
        if any('"ticket":666' in batch.deals.body for batch in batches):
            raise psycopg.errors.NumericValueOutOfRange("numeric field overflow")
        return await honest(connection, batches, now)

    monkeypatch.setattr(intake, "record", picky)
    answer = await own.trades([deal(666), deal(667)])
    assert (answer["imported"], answer["failed"]) == (0, 2)
    kept = "SELECT is_ours, due_at IS NOT NULL FROM journal_faileditem"
    assert stage.rows(kept) == [(True, True), (True, True)]
