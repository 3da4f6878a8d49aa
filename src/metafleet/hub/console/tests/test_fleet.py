"""The fleet's list by the window: what is found, in which order, how many, and at what price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from metafleet.hub.console.tests.test_journal import add_trade
from metafleet.hub.fleet.models import AccountState, EAInstance, Terminal
from metafleet.hub.journal.models import Position
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import NOW, Person, connect, deploy, sign_up

pytestmark = pytest.mark.usefixtures("catalogue")
ADDRESS = "/api/fleet"


@dataclass(frozen=True)
class Desk:
    owner: Person
    main: Any
    spare: Any


@pytest.fixture
def desk(db: None) -> Desk:
    """b and a run on "main", c fails on "spare" and has gained most; each has a symbol of its own."""
    owner = sign_up("alice@example.com", plan="platinum")
    main, spare = connect(owner, login=1, label="main"), connect(owner, login=2, label="Spare")
    with tenant_scope(owner.tenant_id):
        AccountState.objects.filter(account=spare).update(equity=Decimal(99_000))
    for name, account, symbol, state, floating, heard in (
        ("b", main, "EURUSD", "running", 5, 30),
        ("a", main, "GBPUSD", "running", -7, 10),
        ("C", spare, "USDJPY", "error", 9, None),
    ):
        row = deploy(owner, account, symbol=symbol)
        with tenant_scope(owner.tenant_id):
            EAInstance.objects.filter(id=row.id).update(name=name, state=state)
            if heard is not None:
                Terminal.objects.filter(instance=row).update(heartbeat_at=NOW - timedelta(seconds=heard))
            Position.objects.create(
                tenant_id=owner.tenant_id, account=account, ticket=row.magic, symbol=symbol, side="buy",
                volume=1, open_price=1, current_price=1, profit=floating, swap=0, magic=row.magic,
                opened_at=NOW,
            )  # fmt: skip
    return Desk(owner, main, spare)


def window(desk: Desk, **asked: Any) -> dict[str, Any]:
    answer = desk.owner.client.get(ADDRESS, asked)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def names(desk: Desk, **asked: Any) -> str:
    return "".join(row["name"] for row in window(desk, **asked)["items"])


@pytest.mark.parametrize(
    ("sort", "found"),
    [
        ("", "Cab"),
        ("state", "Cab"),
        ("-state", "abC"),
        ("nonsense", "Cab"),
        ("name", "abC"),
        ("-name", "Cba"),
        ("account", "abC"),
        ("-symbol", "Cab"),
        ("-equity", "Cab"),
        ("equity", "abC"),
        ("heartbeat", "Cba"),
        ("-heartbeat", "abC"),
        ("floating", "abC"),
        ("-day", "Cba"),
    ],
)
def test_each_order_is_its_own_and_equals_stand_by_name(desk: Desk, sort: str, found: str) -> None:
    assert names(desk, sort=sort) == found


def test_the_one_with_most_trades_comes_first(desk: Desk) -> None:
    for ticket in (1, 2):
        add_trade(desk.owner, desk.main, ticket, "1.00", magic=77001)
    assert names(desk, sort="-trades") == "baC"
    assert [row["tradeCount"] for row in window(desk, sort="-trades")["items"]] == [2, 0, 0]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"state": "running"}, "ab"),
        ({"q": "gbp"}, "a"),
        ({"q": "MAIN trend"}, "ab"),
        ({"q": "spare eurusd"}, ""),
        ({"q": "trend", "state": "error"}, "C"),
        ({"q": "%"}, ""),
    ],
)
def test_words_and_state_leave_what_has_them_all(desk: Desk, asked: dict[str, str], found: str) -> None:
    seen = window(desk, sort="name", **asked)
    assert "".join(row["name"] for row in seen["items"]) == found
    assert (seen["total"], seen["existing"]) == (len(found), 3)


def test_a_window_is_cut_out_of_the_whole(desk: Desk) -> None:
    for sort in ("name", "floating"):
        seen = window(desk, sort=sort, offset=1, limit=1)
        assert [row["name"] for row in seen["items"]] == ["b"]
        assert (seen["offset"], seen["total"], seen["existing"]) == (1, 3, 3)
        beyond = window(desk, sort=sort, offset=3)
        assert (beyond["items"], beyond["total"]) == ([], 3)


def test_a_row_says_what_it_says_in_the_whole_list(desk: Desk) -> None:
    add_trade(desk.owner, desk.main, 1, "4.00", magic=77002)
    whole = {row["id"]: row for row in desk.owner.client.get("/api/instances").json()}
    for row in window(desk)["items"]:
        listed = whole.pop(row["id"])
        assert {**row, "heartbeatAgeS": None} == {**listed, "heartbeatAgeS": None}
    assert whole == {}


def test_a_stranger_has_a_fleet_of_their_own(desk: Desk, charlie: Person) -> None:
    assert charlie.client.get(ADDRESS).json() == {"items": [], "offset": 0, "total": 0, "existing": 0}


@pytest.mark.parametrize("asked", [{"limit": 201}, {"limit": 0}, {"offset": -1}, {"state": "happy"}])
def test_what_nobody_can_want_is_refused(alice: Person, asked: dict[str, Any]) -> None:
    assert alice.client.get(ADDRESS, asked).status_code == 400


@pytest.mark.parametrize("sort", ["name", "day"])
def test_more_instances_cost_no_more_queries(desk: Desk, sort: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            window(desk, sort=sort)
        return len(asked)

    queries()  # the first request notes where the session is
    before = queries()
    deploy(desk.owner, desk.spare, symbol="EURUSD")
    assert queries() == before


def test_the_overview_adds_up_the_accounts(desk: Desk) -> None:
    [total] = desk.owner.client.get("/api/overview").json()
    assert (total["accounts"], total["balance"], total["equity"]) == (2, 20_000, 109_000)
    assert (total["running"], total["failing"], total["paused"], total["dayProfit"]) == (2, 1, 0, 7)
