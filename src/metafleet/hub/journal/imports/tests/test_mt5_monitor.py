"""Trades of an MT5 monitor: read once, known the second time, and broken ones named."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from metafleet.hub.journal.imports import formats, operations
from metafleet.hub.journal.imports.errors import NotAHistory
from metafleet.hub.journal.imports.tests.accounts import register
from metafleet.hub.journal.imports.tests.test_operations import (
    deals_of,
    imported,
    preview,
    trades_of,
    undo,
)
from metafleet.hub.journal.tests.deals import BUY, IN, deal, record
from tests.cast import Person


def trade(position: int, **changed: Any) -> dict[str, Any]:
    return {
        "symbol": "EURUSD", "side": "buy", "lot": 0.5, "pips": 12.0, "tp_money": 100, "sl_money": -50,
        "commission": -3.5, "profit": 60.0, "entry_time": "2026-03-02 10:00:00",
        "exit_time": "2026-03-02T11:30:00", "entry_price": 1.085, "exit_price": 1.0862,
        "position_id": position,
    } | changed  # fmt: skip


def cache(*trades: Any, login: str = "9000001") -> bytes:
    return json.dumps({login: {"trades": list(trades), "last_sync_time": "2026-03-03"}}).encode()


def upload(*trades: Any) -> operations.Upload:
    return operations.Upload("trade_cache.json", cache(*trades))


def test_trades_come_in_under_their_positions_once(alice: Person) -> None:
    account = register(alice)
    first = imported(alice, account, upload(trade(71), trade(72, side="SELL", profit=-20, commission=0)))
    assert (first.summary["new"], first.summary["account_match"]["ok"]) == (4, True)
    expected = [(71, "closed", Decimal("56.5")), (72, "closed", Decimal(-20))]
    assert trades_of(alice, account) == expected
    again = preview(alice, account, upload(trade(72, side="SELL", profit=-20, commission=0), trade(71)))
    assert (again.summary["new"], again.summary["known"], again.summary["conflicting"]) == (0, 4, 0)
    undo(alice, first)
    assert trades_of(alice, account) == []


def test_a_position_that_closed_meanwhile_gets_its_exit(alice: Person) -> None:
    account = register(alice)
    imported(alice, account, upload(trade(71, exit_time=None, exit_price=None, profit=0)))
    assert [state for _, state, _ in trades_of(alice, account)] == ["open"]
    again = imported(alice, account, upload(trade(71, entry_time=1772445600, exit_time=1772451000)))
    assert (again.summary["new"], again.summary["known"]) == (1, 1)
    assert trades_of(alice, account) == [(71, "closed", Decimal("56.5"))]


def test_what_a_terminal_has_reported_stays_as_it_is(alice: Person) -> None:
    account = register(alice)
    at = datetime(2026, 3, 2, 10, tzinfo=UTC)
    record(account, deal(900, BUY, IN, at, position_id=71, volume="0.5", price="1.085", commission=-3.5))
    assert deals_of(alice, account).keys() == {900}
    row = preview(alice, account, upload(trade(71)))
    assert (row.summary["new"], row.summary["known"]) == (0, 2)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"lot": "much"}, "lot: expected a number, found 'much'"),
        ({"lot": 0}, "lot: expected a volume, found '0'"),
        ({"side": "hold"}, "side: expected buy or sell, found 'hold'"),
        ({"entry_time": None}, "entry_time: expected a time like 2026.03.02 12:00:00, found nothing"),
        ({"exit_time": "2026-03-01 10:00:00"}, "exit_time: it is before entry_time"),
        ({"symbol": ""}, "symbol: expected a symbol, found nothing"),
        ({"position_id": "x"}, "position_id: expected a ticket, found 'x'"),
        ({"profit": {"a": 1}, "entry_price": -1}, "entry_price: expected a price, found '-1'"),
    ],
)
def test_a_broken_trade_is_named_and_the_others_are_read(changed: dict[str, Any], said: str) -> None:
    _, history = formats.read(cache(trade(71, **changed), trade(72), "no trade"))
    assert [row.where for row in history.unreadable] == ["trade 1", "trade 3"]
    assert history.unreadable[0].detail == said
    assert {deal.position_id for deal in history.deals} == {72}


def test_a_file_of_many_accounts_says_how_to_import_it() -> None:
    both = json.loads(cache(trade(71))) | json.loads(cache(trade(72), login="77"))
    with pytest.raises(NotAHistory, match="metafleet import mt5-monitor"):
        formats.read(json.dumps(both).encode())


def test_one_accounts_part_is_read_without_its_number() -> None:
    part = json.loads(cache(trade(71)))["9000001"]
    kind, history = formats.read(json.dumps(part).encode())
    assert (kind.name, history.said.login, len(history.deals)) == ("mt5-monitor", None, 2)
