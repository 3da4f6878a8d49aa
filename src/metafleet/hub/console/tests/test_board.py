"""The board: each figure, who may change what, the file, saved views, and at what price."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from metafleet.hub.console.schemas import board as shown
from metafleet.hub.console.tests.forms import post, send
from metafleet.hub.console.tests.test_journal import add_trade
from metafleet.hub.fleet.models import Agent, AgentTerminal, Platform, Terminal
from metafleet.hub.journal.models import Deal, Position
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor import board
from metafleet.hub.monitor.models import AccountMark
from tests.cast import NOW, Person, connect

CENT = Decimal("0.01")


def rows(person: Person) -> dict[str, dict[str, Any]]:
    answer = person.client.get("/api/board")
    assert answer.status_code == 200
    return {row["label"]: row for row in answer.json()["rows"]}


def lines(person: Person, **asked: Any) -> list[dict[str, str]]:
    answer: Any = person.client.get("/api/board/export.csv", asked)
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(b"".join(answer).decode())))


def add_position(person: Person, account: Any, profit: str, swap: str) -> None:
    with tenant_scope(person.tenant_id):
        Position.objects.create(
            tenant_id=person.tenant_id, account=account, ticket=1, symbol="EURUSD", side="buy", volume=1,
            open_price=1, current_price=1, profit=Decimal(profit), swap=Decimal(swap), opened_at=NOW,
        )  # fmt: skip


def add_deal(person: Person, account: Any, ticket: int, executed_at: Any, **money: Any) -> None:
    costs: dict[str, Any] = dict.fromkeys(("profit", "commission", "swap", "fee"), Decimal(0))
    with tenant_scope(person.tenant_id):
        Deal.objects.create(
            tenant_id=person.tenant_id, account=account, ticket=ticket, executed_at=executed_at, volume=1,
            **({"kind": 0} | costs | money),
        )  # fmt: skip


def mark(person: Person, account: Any, *limits: tuple[str, float]) -> None:
    money = dict.fromkeys(
        (
            *("first_balance", "day_balance", "day_equity", "day_low", "day_high", "peak_equity"),
            *("peak_balance", "eod_peak", "last_balance", "last_equity"),
        ),
        Decimal(10_000),
    )
    said = [
        {
            "kind": kind,
            "limit": 500,
            "used": 5 * percent,
            "left": 500 - 5 * percent,
            "percent": percent,
            "isBreached": percent >= 100,
            "detail": "",
        }
        for kind, percent in limits
    ]
    with tenant_scope(person.tenant_id):
        AccountMark.objects.create(
            account=account, tenant_id=person.tenant_id, since=NOW, day=NOW.date(), day_began_at=NOW,
            observed_at=NOW, days_traded=9, verdict={"limits": said, "breach": None}, **money,
        )  # fmt: skip


def test_the_figures_are_the_journals_to_the_cent(alice: Person) -> None:
    account, idle = connect(alice, login=1, label="main"), connect(alice, login=2, label="idle")
    add_trade(alice, account, 1, "100.10")
    add_trade(alice, account, 2, "-30.05")
    add_trade(alice, account, 3, "7.00", entered_at=NOW - timedelta(days=1))
    add_position(alice, account, "12.34", "-0.04")
    midnight = clock.midnight()
    add_deal(alice, account, 1, midnight, profit=Decimal("50.00"), commission=Decimal("-0.70"))
    add_deal(alice, account, 2, midnight, profit=Decimal("5000.00"), kind=2)
    add_deal(alice, account, 3, midnight - timedelta(seconds=1), profit=Decimal("9.00"))
    found = rows(alice)
    main = found["main"]
    assert Decimal(str(main["totalProfit"])).quantize(CENT) == Decimal("89.35")
    assert Decimal(str(main["dayProfit"])).quantize(CENT) == Decimal("61.60")
    assert (main["daysTraded"], main["balance"], main["phase"]) == (2, 10_000, "F1")
    assert main["drawdown"] is None
    assert (found["idle"]["totalProfit"], found["idle"]["dayProfit"]) == (0, 0)
    assert str(idle.id) == found["idle"]["id"]


def test_the_first_few_are_the_same_rows_and_say_how_many_there_are(alice: Person) -> None:
    for number in range(3):
        connect(alice, 7000 + number, label=f"Account {number}")
    whole, start = alice.client.get("/api/board").json(), alice.client.get("/api/board?first=2").json()
    assert whole["accounts"] == len(whole["rows"]) == start["accounts"]
    assert start["rows"] == whole["rows"][:2]
    assert alice.client.get("/api/board?first=0").status_code == 400


def test_the_limit_nearest_to_its_breach_is_shown(alice: Person) -> None:
    account = connect(alice)
    mark(alice, account, ("daily_loss", 20), ("total_loss", 45.5), ("profit_target", 99))
    row = rows(alice)["Demo"]
    assert (row["drawdown"]["kind"], row["drawdown"]["percent"]) == ("total_loss", 45.5)
    assert row["drawdown"]["left"] == 272.5
    assert row["daysTraded"] == 9


def test_a_verdict_without_a_loss_limit_shows_none() -> None:
    assert board.drawdown({"limits": [{"kind": "min_days", "percent": 10}], "breach": None}) is None
    assert board.drawdown({}) is None


def test_an_own_machine_is_the_accounts_host(alice: Person) -> None:
    account = connect(alice)
    with tenant_scope(alice.tenant_id):
        owner = {"tenant_id": alice.tenant_id}
        terminal = Terminal.objects.create(**owner, account=account, platform=Platform.MT5)
        agent = Agent.objects.create(**owner, label="London 3")
        AgentTerminal.objects.create(**owner, terminal=terminal, agent=agent, observed_at=NOW)
    assert rows(alice)["Demo"]["host"] == "London 3"


def test_queries_do_not_grow_with_the_accounts(alice: Person) -> None:
    counts = []
    for login in (1, 2, 3):
        account = connect(alice, login=login, label=str(login))
        add_trade(alice, account, 1, "1.00")
        with (
            tenant_scope(alice.tenant_id),
            CaptureQueriesContext(
                connection,
            ) as seen,
        ):
            board.rows(tenant_id=alice.tenant_id, midnight=clock.midnight(), now=clock.now())
        counts.append(len(seen))
    assert len({*counts}) == 1
    assert counts[0] <= 8


def test_a_phase_is_changed_in_place_and_the_history_tells(alice: Person) -> None:
    account = connect(alice)
    address = f"/api/accounts/{account.id}/profile"
    answer = send(alice.client, "PATCH", address, {"phase": " F2 ", "group": "Wave 7"})
    assert (answer.json()["phase"], answer.json()["group"]) == ("F2", "Wave 7")
    assert alice.client.get(address).json() == answer.json()
    changes = alice.client.get(f"{address}/history").json()
    assert {(row["field"], row["before"], row["after"], row["actor"]) for row in changes} == {
        ("phase", "F1", "F2", alice.email),
        ("group", "", "Wave 7", alice.email),
    }
    assert rows(alice)["Demo"]["group"] == "Wave 7"


def test_many_are_changed_or_none(alice: Person, charlie: Person) -> None:
    own = [connect(alice, login=number, label=str(number)) for number in (1, 2)]
    strange = connect(charlie)
    form = {"accountIds": [str(row.id) for row in own], "phase": "funded", "holder": "Ann"}
    assert post(alice.client, "/api/board/bulk", form).json() == {"accounts": 2}
    assert {row["phase"] for row in rows(alice).values()} == {"funded"}
    mixed = form | {"accountIds": [str(own[0].id), str(strange.id)], "phase": "F2"}
    assert post(alice.client, "/api/board/bulk", mixed).status_code == 404
    assert {row["phase"] for row in rows(alice).values()} == {"funded"}


def test_a_viewer_looks_and_changes_nothing(alice: Person, bob: Person) -> None:
    account = connect(alice)
    assert set(rows(bob)) == {"Demo"}
    address = f"/api/accounts/{account.id}/profile"
    assert send(bob.client, "PATCH", address, {"phase": "F2"}).status_code == 403
    form = {"accountIds": [str(account.id)], "phase": "F2"}
    assert post(bob.client, "/api/board/bulk", form).status_code == 403


@pytest.mark.parametrize("form", [{"phase": None}, {"phase": ""}, {"initialBalance": -1}, {"fase": "F2"}])
def test_a_change_that_cannot_be_is_refused(alice: Person, form: dict[str, Any]) -> None:
    account = connect(alice)
    assert send(alice.client, "PATCH", f"/api/accounts/{account.id}/profile", form).status_code == 400


def test_strangers_see_nothing_of_it(alice: Person, charlie: Person) -> None:
    connect(alice)
    assert rows(charlie) == {}
    assert lines(charlie) == []


def test_the_file_has_what_is_chosen_and_runs_nothing(alice: Person) -> None:
    bad, good = connect(alice, login=1, label="=HYPERLINK(1)"), connect(alice, login=2, label="good")
    form = {"accountIds": [str(bad.id)], "holder": "@SUM(1)", "phase": "F2"}
    assert post(alice.client, "/api/board/bulk", form).status_code == 200
    (line,) = lines(alice, phase="F2")
    assert (line["label"], line["holder"], line["balance"]) == ("'=HYPERLINK(1)", "'@SUM(1)", "10000.0")
    assert [row["label"] for row in lines(alice, q="GOOD")] == ["good"]
    assert [row["label"] for row in lines(alice, account=str(good.id))] == ["good"]
    assert [row["label"] for row in lines(alice, holder="-")] == ["good"]
    assert len(lines(alice)) == 2


def test_views_are_a_persons_own(alice: Person, bob: Person) -> None:
    form = {"name": "Wave 7", "query": {"group": "Wave 7", "by": "phase"}}
    made = post(alice.client, "/api/board/views", form)
    assert made.status_code == 201
    assert post(alice.client, "/api/board/views", form).status_code == 409
    assert post(bob.client, "/api/board/views", form).status_code == 201
    assert [row["query"] for row in alice.client.get("/api/board/views").json()] == [form["query"]]
    address = f"/api/board/views/{made.json()['id']}"
    assert bob.client.delete(address).status_code == 404
    assert alice.client.delete(address).status_code == 204
    assert alice.client.get("/api/board/views").json() == []


def test_the_day_is_the_one_that_the_accounts_marks_count(alice: Person) -> None:
    """One broker's day began six hours after the UTC day, another's mark is days old."""
    late, stale, plain = (connect(alice, login=n, label=f"{n}") for n in (1, 2, 3))
    now, midnight = clock.now(), clock.midnight()
    began = {late: now - timedelta(hours=2), stale: now - timedelta(days=3, hours=5)}
    for account, at in began.items():
        mark(alice, account)
        with tenant_scope(alice.tenant_id):
            AccountMark.objects.filter(account=account).update(day_began_at=at)
    for account, starts in ((late, began[late]), (stale, now - timedelta(hours=5)), (plain, midnight)):
        add_deal(alice, account, 1, starts, profit=Decimal("8.00"))
        add_deal(alice, account, 2, starts - timedelta(seconds=1), profit=Decimal("100.00"))
        add_deal(alice, account, 3, now, profit=Decimal("0.50"))
    found = rows(alice)
    assert {label: row["dayProfit"] for label, row in found.items()} == {"1": 8.5, "2": 8.5, "3": 8.5}
    assert found["1"]["dayBeganAt"].startswith(began[late].isoformat()[:19])


def test_the_list_is_as_the_document_says(alice: Person) -> None:
    account = connect(alice)
    mark(alice, account, ("daily_loss", 20))
    answer = alice.client.get("/api/board")
    checked = shown.Board.model_validate_json(answer.content)
    assert json.loads(checked.model_dump_json(by_alias=True)) == answer.json()
