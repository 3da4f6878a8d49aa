"""Exposure and same trades by the API: figures, filters, files, strangers, and at what price."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from metafleet.hub.console.tests.forms import post
from metafleet.hub.console.tests.test_journal import add_trade
from metafleet.hub.journal.models import Position
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.market.models import Candle
from tests.cast import Person, connect

MINUTE = timedelta(minutes=1)


def hold(person: Person, account: Any, ticket: int = 1, **others: Any) -> None:
    facts: dict[str, Any] = {
        "symbol": "EURUSD", "side": "buy", "volume": 1, "open_price": Decimal("1.09"), "profit": 0, "swap": 0,
        "current_price": Decimal("1.1"), "opened_at": clock.now(),
    }  # fmt: skip
    with tenant_scope(person.tenant_id):
        Position.objects.create(
            tenant_id=person.tenant_id, account=account, ticket=ticket, **(facts | others)
        )


def bar(person: Person, symbol: str, close: str, server: str = "metafleet-Paper") -> None:
    prices = dict.fromkeys(("open", "high", "low", "close"), Decimal(close))
    with tenant_scope(person.tenant_id):
        Candle.objects.create(
            tenant_id=person.tenant_id, server=server, symbol=symbol, timeframe="1m",
            opened_at=clock.now() + MINUTE, **prices,
        )  # fmt: skip


def ask(person: Person, path: str = "", **asked: Any) -> dict[str, Any]:
    answer = person.client.get(f"/api/exposure{path}", asked)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def file(person: Person, path: str, **asked: Any) -> list[dict[str, str]]:
    answer: Any = person.client.get(f"/api/exposure/{path}", asked)
    return list(csv.DictReader(io.StringIO(b"".join(answer).decode())))


def test_what_is_open_is_added_up_to_the_unit(alice: Person) -> None:
    one, other = connect(alice, login=1, label="one"), connect(alice, login=2, label="other")
    hold(alice, one, volume=Decimal("1.5"))
    hold(alice, other, side="sell", volume=Decimal("0.5"))
    hold(alice, other, ticket=2, symbol="BTCUSD", volume=2)
    form = {"accountIds": [str(one.id)], "group": "Wave"}
    assert post(alice.client, "/api/board/bulk", form).status_code == 200
    found = ask(alice)
    assert (found["money"], found["accounts"], found["positions"]) == ("USD", 2, 3)
    euro = found["symbols"][0]
    assert (euro["longLots"], euro["shortLots"], euro["netLots"], euro["value"]) == (1.5, 0.5, 1.0, 110_000)
    assert {row["currency"]: row["amount"] for row in found["currencies"]} == {
        "EUR": 100_000,
        "USD": -110_000,
    }
    assert [(part["name"], part["long"], part["short"]) for part in found["parts"]] == [
        ("Wave", 165_000, 0),
        ("", 0, 55_000),
    ]
    assert (found["unknown"], found["unrated"]) == (["BTCUSD"], [])
    assert [row["value"] for row in ask(alice, group="Wave")["symbols"]] == [165_000]


def test_a_newer_bar_is_the_price_and_leads_to_other_money(alice: Person) -> None:
    hold(alice, connect(alice))
    bar(alice, "EURUSD", "1.2")
    bar(alice, "GBPUSD", "1.5")
    bar(alice, "USDJPY", "150", server="Elsewhere")
    found = ask(alice, money="GBP")
    assert found["symbols"][0]["price"] == 1.2
    assert {row["currency"]: row["value"] for row in found["currencies"]} == {"EUR": 80_000, "USD": -80_000}
    assert ask(alice, money="JPY")["unrated"] == ["EUR", "USD"]


def test_accounts_that_trade_the_same_are_found_with_their_trades(alice: Person) -> None:
    one, other = connect(alice, login=1, label="one"), connect(alice, login=2, label="other")
    at = clock.now() - timedelta(hours=3)
    add_trade(alice, one, 7, "12.00", entered_at=at, exited_at=at + MINUTE)
    add_trade(
        alice,
        other,
        8,
        "-13.00",
        entered_at=at + timedelta(seconds=9),
        side="sell",
        exited_at=None,
        state="open",
    )
    hold(alice, other, ticket=8, side="sell", opened_at=at + timedelta(seconds=9))
    add_trade(alice, other, 9, "5.00", entered_at=at + timedelta(hours=1))
    found = ask(alice, "/same-trades")
    (cluster,) = found["clusters"]
    assert (cluster["symbol"], cluster["spanS"], cluster["isOpposite"]) == ("EURUSD", 9, True)
    assert [
        (row["label"], row["side"], row["positionId"], row["netProfit"]) for row in cluster["entries"]
    ] == [
        ("one", "buy", 7, 12.0),
        ("other", "sell", 8, None),
    ]
    assert (found["count"], found["oppositeCount"], found["isCut"]) == (1, 1, False)
    (pair,) = found["companies"]
    assert (pair["one"], pair["other"], pair["opposite"]) in {("one", "other", 1), ("other", "one", 1)}
    assert ask(alice, "/same-trades", windowS=5)["clusters"] == []
    assert ask(alice, "/same-trades", q="one")["clusters"] == []


def test_a_position_is_found_however_long_it_is_open(alice: Person) -> None:
    long_ago = clock.now() - timedelta(days=100)
    for login in (1, 2):
        account = connect(alice, login=login, label=str(login))
        hold(alice, account, opened_at=long_ago)
        add_trade(alice, account, 5, "1.00", entered_at=long_ago)
    (cluster,) = ask(alice, "/same-trades")["clusters"]
    assert [row["positionId"] for row in cluster["entries"]] == [1, 1]
    assert ask(alice, "/same-trades", opposite="true")["clusters"] == []


def test_files_have_the_same_and_run_nothing(alice: Person) -> None:
    for login in (1, 2):
        hold(alice, connect(alice, login=login, label=f"=A{login}"))
    (line,) = file(alice, "export.csv")
    assert (line["symbol"], line["net_lots"], line["value"], line["money"]) == (
        "EURUSD",
        "2.0",
        "220000.0",
        "USD",
    )
    rows = file(alice, "same-trades.csv")
    assert [(row["cluster"], row["account"], row["symbol"]) for row in rows] == [
        ("1", "'=A1", "EURUSD"),
        ("1", "'=A2", "EURUSD"),
    ]


def test_viewers_look_and_strangers_see_nothing(alice: Person, bob: Person, charlie: Person) -> None:
    for login in (1, 2):
        hold(alice, connect(alice, login=login, label=str(login)))
        bar(alice, ("EURUSD", "GBPUSD")[login - 1], "1.3")
    assert ask(bob)["positions"] == 2
    connect(charlie)
    found = ask(charlie, money="GBP")
    assert (found["positions"], found["symbols"], found["unrated"]) == (0, [], [])
    assert ask(charlie, "/same-trades")["clusters"] == []
    assert file(charlie, "same-trades.csv") == []


@pytest.mark.parametrize("asked", [{"money": "usd"}, {"by": "moon"}])
def test_what_cannot_be_is_refused(alice: Person, asked: dict[str, str]) -> None:
    assert alice.client.get("/api/exposure", asked).status_code == 400


@pytest.mark.parametrize("asked", [{"days": "0"}, {"windowS": "0"}, {"ratio": "nan"}])
def test_a_span_that_cannot_be_is_refused(alice: Person, asked: dict[str, str]) -> None:
    assert alice.client.get("/api/exposure/same-trades", asked).status_code == 400


def test_queries_do_not_grow_with_the_accounts(alice: Person) -> None:
    ask(alice)  # the session is written down once
    counts = set()
    for login in (1, 2, 3):
        hold(alice, connect(alice, login=login, label=str(login)))
        with CaptureQueriesContext(connection) as seen:
            ask(alice)
            ask(alice, "/same-trades")
        counts.add(len(seen))
    assert len(counts) == 1
