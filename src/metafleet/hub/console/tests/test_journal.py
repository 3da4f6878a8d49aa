"""The journal's lists, totals and export over the API."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test import AsyncClient
from django.test.utils import CaptureQueriesContext

from metafleet.hub.console import extracts
from metafleet.hub.journal.models import Trade
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import NOW, Person, connect, deploy

pytestmark = pytest.mark.usefixtures("catalogue")


def add_trade(person: Person, account: Any, position_id: int, net: str, **others: Any) -> None:
    row: dict[str, Any] = {
        "symbol": "EURUSD",
        "side": "buy",
        "state": "closed",
        "volume": Decimal("0.10"),
        "closed_volume": Decimal("0.10"),
        "entry_price": Decimal("1.1"),
        "exit_price": Decimal("1.2"),
        "entered_at": NOW,
        "exited_at": NOW + timedelta(hours=1),
        "profit": Decimal(net) + 1,
        "commission": Decimal("-0.70"),
        "swap": Decimal("-0.30"),
        "fee": Decimal(0),
        "magic": 77001,
        "comment": "",
    }
    with tenant_scope(person.tenant_id):
        Trade.objects.create(
            tenant_id=person.tenant_id,
            account=account,
            position_id=position_id,
            net_profit=Decimal(net),
            **(row | others),
        )


@pytest.fixture
def account(alice: Person) -> Any:
    account = connect(alice)
    deploy(alice, account)
    add_trade(alice, account, 1, "30.00")
    add_trade(alice, account, 2, "-10.00", side="sell")
    add_trade(
        alice, account, 3, "0.00", state="open", exited_at=None, exit_price=None, comment="=1+1", magic=5
    )
    return account


def test_the_fleet_asks_the_database_a_fixed_number_of_times(alice: Person, account: Any) -> None:
    """However many EAs there are; one column that the list does not fetch would be a question for each."""

    def questions() -> list[int]:
        asked = []
        for address in ("/api/instances", "/api/overview"):
            with CaptureQueriesContext(connection) as caught:
                assert alice.client.get(address).status_code == 200
            asked.append(len(caught))
        return asked

    questions()  # the first request notes where the session is
    before = questions()
    deploy(alice, account, symbol="GBPUSD")
    assert questions() == before


def test_totals_are_over_all_that_the_filter_matches(alice: Person, account: Any) -> None:
    page = alice.client.get("/api/trades", {"pageSize": 1}).json()
    assert (page["total"], len(page["items"]), page["items"][0]["state"]) == (3, 1, "open")
    totals = page["totals"][0]
    assert (totals["netProfit"], totals["profit"], totals["commission"], totals["swap"]) == (
        20,
        23,
        -2.1,
        -0.9,
    )
    assert (totals["wins"], totals["losses"], totals["open"], totals["winRate"]) == (1, 1, 1, 0.5)
    assert (totals["profitFactor"], totals["best"], totals["worst"]) == (3, 30, -10)


@pytest.mark.parametrize(
    ("query", "positions"),
    [
        ({"side": "sell"}, [2]),
        ({"state": "open"}, [3]),
        ({"symbol": "GBPUSD"}, []),
        ({"sort": "net_profit"}, [2, 3, 1]),
        ({"sort": "nonsense"}, [3, 2, 1]),
        ({"from": "2026-03-03T00:00:00Z"}, [3]),
        ({"to": "2026-03-01T00:00:00Z"}, []),
    ],
)
def test_filters(alice: Person, account: Any, query: dict[str, str], positions: list[int]) -> None:
    page = alice.client.get("/api/trades", query).json()
    assert [row["positionId"] for row in page["items"]] == positions


def test_trades_belong_to_the_instance_by_magic(alice: Person, account: Any) -> None:
    instance = alice.client.get("/api/instances").json()[0]
    mine = alice.client.get("/api/trades", {"instance": instance["id"]}).json()
    assert sorted(row["positionId"] for row in mine["items"]) == [1, 2]
    assert (instance["tradeCount"], instance["totalProfit"]) == (2, 20)


def test_a_faulty_filter_is_named(alice: Person) -> None:
    answer = alice.client.get("/api/trades", {"from": "yesterday"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/from"


def test_the_export_has_every_trade_and_runs_no_formula(alice: Person, account: Any) -> None:
    answer = alice.client.get("/api/trades/export.csv")
    lines = b"".join(answer).decode().splitlines()
    assert len(lines) == 4
    assert "'=1+1" in lines[1]


@pytest.mark.parametrize("comment", ["\t=1+1", "\r=1+1", "\x01=1+1", "@SUM(A1)", "-1", "+1"])
def test_a_spreadsheet_gets_text_as_text(alice: Person, account: Any, comment: str) -> None:
    add_trade(alice, account, 9, "1.00", comment=comment, exited_at=NOW + timedelta(days=1))
    answer = alice.client.get("/api/trades/export.csv", {"sort": "-net_profit"})
    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode(), newline="")))
    assert [row["comment"] for row in rows if row["position_id"] == "9"] == [f"'{comment}"]


def test_a_long_export_is_sent_by_the_page(
    alice: Person, account: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extracts, "PAGE", 2)
    client = AsyncClient()
    client.cookies = alice.client.cookies

    async def read() -> list[bytes]:
        answer: Any = await client.get("/api/trades/export.csv", {"sort": "-net_profit"})
        return [page async for page in answer.streaming_content]

    pages = async_to_sync(read)()
    assert [page.count(b"\r\n") for page in pages] == [1, 2, 1]
    rows = list(csv.DictReader(io.StringIO(b"".join(pages).decode())))
    assert [row["position_id"] for row in rows] == ["1", "3", "2"]


def test_days_have_no_holes(alice: Person, account: Any) -> None:
    days = alice.client.get("/api/journal/days", {"days": 7}).json()
    assert len(days) == 7
    overview = alice.client.get("/api/overview").json()[0]
    assert (overview["currency"], overview["equity"], len(overview["days"])) == ("USD", 10000, 14)


def test_orphans_do_not_count_in_the_win_rate(alice: Person, account: Any) -> None:
    add_trade(alice, account, 4, "5.00", state="orphan", entered_at=None, entry_price=None)
    totals = alice.client.get("/api/trades").json()["totals"][0]
    assert (totals["trades"], totals["winRate"]) == (4, 0.5)
