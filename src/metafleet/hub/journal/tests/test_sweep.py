"""What the journal's sweep does: failed items are tried again, the candles of closed trades fetched."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.fleet.models import Command, CommandState, Terminal
from metafleet.hub.journal import failed, fetches, intake, items, plain, tasks
from metafleet.hub.journal.models import Deal, FailedItem, Trade, TradeCandles
from metafleet.hub.journal.tests.test_record import deal
from metafleet.hub.kernel.errors import NotFound
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.market.models import Candle
from tests.cast import NOW, Person, connect

GOOD = {
    "ticket": 5,
    "symbol": "EURUSD",
    "type": "BUY",
    "volume": 0.1,
    "openPrice": 1.1,
    "openTime": 1_770_000_000,
}
MINUTE = timedelta(minutes=1)


@pytest.fixture
def account(alice: Person) -> Any:
    return connect(alice)


def put_aside(account: Any, said: object, kind: str = "deal", **columns: Any) -> UUID:
    text = json.dumps(said)
    row = FailedItem.objects.create(
        tenant_id=account.tenant_id,
        account_id=account.id,
        terminal_id=uuid4(),
        kind=kind,
        digest=text.encode(),
        item=text,
        reason="It was not to be.",
        **columns,
    )
    return row.id


def try_again(person: Person, item_id: UUID) -> failed.Outcome:
    return failed.retry(tenant_id=person.tenant_id, item_id=item_id, now=NOW)


def test_an_item_that_can_be_read_by_now_is_recorded(alice: Person, account: Any) -> None:
    with tenant_scope(alice.tenant_id):
        item_id = put_aside(account, GOOD, utc_offset_s=3600)
        assert try_again(alice, item_id) == failed.Outcome(True, "Recorded.")
        assert Deal.objects.get().executed_at == datetime.fromtimestamp(1_770_000_000 - 3600, NOW.tzinfo)
        assert not FailedItem.objects.exists()
        again = try_again(alice, put_aside(account, GOOD, utc_offset_s=3600))
        assert again == failed.Outcome(True, "The journal knew it already.")


@pytest.mark.parametrize(
    ("said", "kind", "detail"),
    [
        ({**GOOD, "volume": 0}, "deal", "volume: expected a number above 0, found 0"),
        (
            {"high": 1},
            "candle",
            "A candle alone does not say of which symbol it is: fetch the candles again.",
        ),
    ],
)
def test_an_item_whose_sender_is_at_fault_waits_for_a_person(
    alice: Person, account: Any, said: object, kind: str, detail: str
) -> None:
    with tenant_scope(alice.tenant_id):
        item_id = put_aside(account, said, kind)
        assert try_again(alice, item_id) == failed.Outcome(False, detail)
        row = FailedItem.objects.get()
        assert (row.reason, row.attempt, row.due_at, row.is_ours) == (detail, 1, None, False)


def test_nobody_tries_or_discards_a_strangers_item(alice: Person, charlie: Person, account: Any) -> None:
    with tenant_scope(alice.tenant_id):
        item_id = put_aside(account, GOOD)
    with tenant_scope(charlie.tenant_id):
        with pytest.raises(NotFound):
            try_again(charlie, item_id)
        assert failed.discard(tenant_id=charlie.tenant_id, ids=[item_id], actor=charlie.email, now=NOW) == 0
    with tenant_scope(alice.tenant_id):
        assert failed.counts(tenant_id=alice.tenant_id) == {account.id: 1}


def test_discarding_is_on_record(alice: Person, account: Any) -> None:
    with tenant_scope(alice.tenant_id):
        ids = [put_aside(account, {"ticket": n}) for n in range(3)]
        assert failed.discard(tenant_id=alice.tenant_id, ids=ids[:2], actor=alice.email, now=NOW) == 2
        assert failed.discard(tenant_id=alice.tenant_id, ids=ids[:2], actor=alice.email, now=NOW) == 0
        assert failed.counts(tenant_id=alice.tenant_id) == {account.id: 1}
        entry = AuditEntry.objects.get(action="failed_items.discarded")
        assert (entry.subject_id, entry.detail) == (account.id, {"items": 2})


def test_a_fault_of_ours_is_tried_three_times_and_then_waits(
    alice: Person, account: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(items, "_deal", stumble)
    monkeypatch.setattr(plain, "read_all", lambda raw, _: [None] * len(raw))
    with tenant_scope(alice.tenant_id):
        put_aside(account, GOOD, is_ours=True, due_at=NOW)
    waits: list[float | None] = []
    at = NOW
    for _ in range(failed.MOST_TRIES):
        tasks.sweep_at(at - timedelta(seconds=1))
        tasks.sweep_at(at)
        with tenant_scope(alice.tenant_id):
            row = FailedItem.objects.get()
        waits.append((row.due_at - at).total_seconds() if row.due_at else None)
        at = row.due_at or at
    assert (waits, row.attempt) == ([120.0, 480.0, None], 3)


def test_a_fault_of_ours_that_was_mended_needs_nobody(alice: Person, account: Any) -> None:
    with tenant_scope(alice.tenant_id):
        put_aside(account, GOOD, is_ours=True, due_at=NOW)
    tasks.sweep()
    with tenant_scope(alice.tenant_id):
        assert Trade.objects.get().state == "open"
        assert not FailedItem.objects.exists()


def terminal(account: Any, heard_at: datetime | None) -> Terminal:
    return Terminal.objects.create(
        tenant_id=account.tenant_id,
        account_id=account.id,
        platform="mt5",
        enrolled_at=NOW,
        heartbeat_at=heard_at,
    )


def close_trades(account: Any, count: int = 1) -> None:
    """Trades from ten seconds before NOW on, of a second each."""
    deals = [
        deal(ticket, ticket - ticket % 2, entry, executed_at=NOW + timedelta(seconds=ticket), symbol="EURUSD")
        for n in range(1, count + 1)
        for ticket, entry in ((2 * n, 0), (2 * n + 1, 1))
    ]
    with connection.cursor() as cursor:
        made = intake.DealBatch(deals=intake.prepare(deals), account_id=account.id)
        intake.record_in_tenant(cursor, [made], NOW)


def test_a_closed_trade_has_its_candles_fetched_once(alice: Person, account: Any) -> None:
    with tenant_scope(alice.tenant_id):
        there = terminal(account, NOW)
        close_trades(account)
    for _ in range(3):
        tasks.sweep_at(NOW)
    with tenant_scope(alice.tenant_id):
        trade, command = Trade.objects.get(), Command.objects.get()
        assert (command.terminal_id, command.type) == (there.id, "FETCH_CANDLES")
        assert trade.entered_at is not None
        assert trade.exited_at is not None
        assert command.payload == {
            "symbol": "EURUSD",
            "timeframe": "1m",
            "from": (trade.entered_at - timedelta(hours=2)).isoformat(),
            "to": (trade.exited_at + timedelta(hours=2)).isoformat(),
            "tradeId": str(trade.id),
        }
        row = TradeCandles.objects.get()
        assert (row.state, row.command_id, row.attempt) == ("asked", command.id, 1)


def sweep_until_done(person: Person) -> list[float]:
    """Sweep whenever the one row is due; return the minutes between the sweeps."""
    at = NOW
    waits: list[float] = []
    while True:
        tasks.sweep_at(at)
        with tenant_scope(person.tenant_id):
            row = TradeCandles.objects.get()
        if row.due_at is None:
            return waits
        waits.append((row.due_at - at) / MINUTE)
        at = row.due_at


@pytest.mark.parametrize("heard_at", [None, NOW - timedelta(hours=1)])
def test_without_a_terminal_candles_wait_and_are_given_up(
    alice: Person, account: Any, heard_at: datetime | None
) -> None:
    with tenant_scope(alice.tenant_id):
        if heard_at:
            terminal(account, heard_at)
        close_trades(account)
    waits = sweep_until_done(alice)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 720]
    with tenant_scope(alice.tenant_id):
        assert TradeCandles.objects.get().state == "missing"
        assert not Command.objects.exists()


def test_a_fetch_that_brought_nothing_is_given_up(alice: Person, account: Any) -> None:
    with tenant_scope(alice.tenant_id):
        terminal(account, NOW)
        close_trades(account)
    tasks.sweep_at(NOW)
    with tenant_scope(alice.tenant_id):
        Command.objects.update(state=CommandState.DONE, finished_at=NOW)
        Terminal.objects.update(heartbeat_at=NOW + MINUTE)
    tasks.sweep_at(NOW + MINUTE)
    with tenant_scope(alice.tenant_id):
        assert (TradeCandles.objects.get().state, Command.objects.count()) == ("missing", 1)


def test_a_fetch_that_died_is_asked_for_again(alice: Person, account: Any) -> None:
    with tenant_scope(alice.tenant_id):
        terminal(account, NOW)
        close_trades(account)
    tasks.sweep_at(NOW)
    with tenant_scope(alice.tenant_id):
        Command.objects.update(state=CommandState.DEAD, finished_at=NOW)
        Terminal.objects.update(heartbeat_at=NOW + MINUTE)
    tasks.sweep_at(NOW + MINUTE)
    with tenant_scope(alice.tenant_id):
        assert (TradeCandles.objects.get().state, Command.objects.count()) == ("asked", 2)


def test_a_long_history_does_not_drown_the_terminal(alice: Person, account: Any) -> None:
    with tenant_scope(alice.tenant_id):
        terminal(account, NOW)
        close_trades(account, fetches.MOST_A_MINUTE + 5)
    for _ in range(2):
        tasks.sweep_at(NOW)
    with tenant_scope(alice.tenant_id):
        assert Command.objects.count() == fetches.MOST_A_MINUTE
        # Quickly done, all the same: the terminal's limits count by the minute.
        Command.objects.update(state=CommandState.DONE, finished_at=NOW, created_at=NOW - MINUTE / 2)
    tasks.sweep_at(NOW)
    with tenant_scope(alice.tenant_id):
        assert Command.objects.count() == fetches.MOST_A_MINUTE
    tasks.sweep_at(NOW + MINUTE)
    with tenant_scope(alice.tenant_id):
        assert Command.objects.count() == fetches.MOST_A_MINUTE + 5


def test_a_trade_that_is_no_more_needs_no_candles(alice: Person, account: Any) -> None:
    with tenant_scope(alice.tenant_id):
        terminal(account, NOW)
        close_trades(account)
        Trade.objects.all().delete()
    tasks.sweep_at(NOW)
    with tenant_scope(alice.tenant_id):
        assert not TradeCandles.objects.exists()
        assert not Command.objects.exists()


def test_bars_of_a_live_feed_measure_what_no_fetch_brought(alice: Person, account: Any) -> None:
    with tenant_scope(alice.tenant_id):
        terminal(account, NOW)
        close_trades(account)
        prices = {"open": 1, "high": Decimal("1.3"), "low": Decimal("1.05"), "close": 1}
        Candle.objects.create(
            tenant_id=alice.tenant_id,
            server=account.server,
            symbol="EURUSD",
            timeframe="1m",
            opened_at=NOW,
            **prices,
        )
        TradeCandles.objects.update(attempt=fetches.MOST_LOOKS)
    tasks.sweep_at(NOW)
    with tenant_scope(alice.tenant_id):
        row = TradeCandles.objects.get()
        assert (row.state, row.mae, row.mfe) == ("stored", Decimal("0.05"), Decimal("0.2"))


def test_an_account_that_cannot_be_swept_holds_up_no_other(
    alice: Person, charlie: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong in one, and whichever comes first."""
    accounts = {}
    for n, person in enumerate((alice, charlie)):
        accounts[person] = connect(person, login=6001 + n)
        with tenant_scope(person.tenant_id):
            put_aside(accounts[person], GOOD, is_ours=True, due_at=NOW)
    whole = failed.retry_due

    def fail(*, tenant_id: UUID, account_id: UUID, now: datetime) -> int:
        if tenant_id == alice.tenant_id:
            raise OverflowError("date value out of range")
        return whole(tenant_id=tenant_id, account_id=account_id, now=now)

    monkeypatch.setattr(failed, "retry_due", fail)
    tasks.sweep_at(NOW)
    with tenant_scope(charlie.tenant_id):
        assert Deal.objects.filter(account_id=accounts[charlie].id).count() == 1
