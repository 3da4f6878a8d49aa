"""What the journal answers: the equity curve, what was made today, and which trades a filter means."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext

from metafleet.hub.journal import queries, trades
from metafleet.hub.journal.models import Deal, EquityPoint, Trade
from metafleet.hub.journal.trades import TradeFilter
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import NOW, Person, connect

DAY = timedelta(days=1)
MIDNIGHT = NOW.replace(hour=0)
MAGIC = 77001


@pytest.fixture
def account(alice: Person) -> Any:
    return connect(alice)


def add_deal(account: Any, ticket: int, at: datetime, profit: str, **others: Any) -> None:
    columns: dict[str, Any] = {"kind": 2, "volume": Decimal(0), "commission": 0, "swap": 0, "fee": 0}
    with tenant_scope(account.tenant_id):
        Deal.objects.create(
            tenant_id=account.tenant_id,
            account=account,
            ticket=ticket,
            executed_at=at,
            profit=Decimal(profit),
            **(columns | others),
        )


def add_point(account: Any, at: datetime, equity: str, balance: str = "9900") -> None:
    with tenant_scope(account.tenant_id):
        EquityPoint.objects.create(
            tenant_id=account.tenant_id,
            account=account,
            at=at,
            balance=Decimal(balance),
            equity=Decimal(equity),
        )


def add_trade(account: Any, position_id: int, **others: Any) -> None:
    columns: dict[str, Any] = {
        "symbol": "EURUSD",
        "side": "buy",
        "state": "closed",
        "volume": 1,
        "closed_volume": 1,
        "entered_at": NOW - 2 * DAY,
        "profit": 0,
        "commission": 0,
        "swap": 0,
        "fee": 0,
        "net_profit": 0,
        "magic": MAGIC,
    }
    with tenant_scope(account.tenant_id):
        Trade.objects.create(
            tenant_id=account.tenant_id, account=account, position_id=position_id, **(columns | others)
        )


def curve(account: Any, since: datetime) -> list[tuple[datetime, float]]:
    with tenant_scope(account.tenant_id):
        found = queries.equity_curve(account_id=account.id, since=since, now=NOW)
    return [(at, float(equity)) for at, _, equity in found]


def test_a_curve_goes_on_from_the_last_equity_before_its_span(account: Any) -> None:
    add_deal(account, 1, NOW - 10 * DAY, "10000")
    for age, equity in ((9 * DAY, "10000"), (2 * DAY, "14000"), (DAY / 2, "15000")):
        add_point(account, NOW - age, equity)
    assert curve(account, NOW - DAY) == [(NOW - DAY, 14000), (NOW - DAY / 2, 15000)]


def test_before_the_first_equity_the_deals_make_the_curve(account: Any) -> None:
    add_deal(account, 1, NOW - 10 * DAY, "10000")
    add_deal(account, 2, NOW - 3 * DAY, "-100", kind=0)
    add_deal(account, 3, NOW - DAY / 2, "300", kind=0)
    add_point(account, NOW - DAY, "9950")
    assert curve(account, NOW - 5 * DAY) == [(NOW - 5 * DAY, 10000), (NOW - 3 * DAY, 9900), (NOW - DAY, 9950)]
    assert curve(account, NOW - 20 * DAY)[0] == (NOW - 10 * DAY, 10000)


def test_without_any_equity_the_deals_make_the_whole_curve(account: Any) -> None:
    add_deal(account, 1, NOW - 10 * DAY, "10000")
    assert curve(account, NOW - DAY) == [(NOW - DAY, 10000)]
    assert curve(account, NOW - 20 * DAY) == [(NOW - 10 * DAY, 10000)]


def test_what_no_deal_explains_of_the_first_balance_was_there_before(account: Any) -> None:
    for ticket, age in ((1, 3 * DAY), (2, 2 * DAY)):
        add_deal(account, ticket, NOW - age, "50", kind=0)
    add_point(account, NOW - DAY, "5090", balance="5100")
    assert [equity for _, equity in curve(account, NOW - 5 * DAY)] == [5050, 5100, 5090]


def test_trades_without_a_deposit_or_a_reading_make_no_balance(account: Any) -> None:
    add_deal(account, 1, NOW - DAY, "50", kind=0)
    assert curve(account, NOW - 5 * DAY) == []


def test_credit_is_no_balance(account: Any) -> None:
    add_deal(account, 1, NOW - 3 * DAY, "100")
    add_deal(account, 2, NOW - 2 * DAY, "500", kind=3)
    assert curve(account, NOW - 5 * DAY)[-1] == (NOW - 3 * DAY, 100)


def test_a_curve_of_many_deals_stays_short_and_ends_right(account: Any) -> None:
    for ticket in range(300):
        add_deal(account, ticket + 1, NOW - DAY + timedelta(minutes=ticket), "1")
    with tenant_scope(account.tenant_id):
        found = queries.equity_curve(account_id=account.id, since=NOW - DAY, now=NOW, points=20)
    assert len(found) <= 22
    assert [at for at, *_ in found] == sorted({at for at, *_ in found})
    assert found[-1] == (NOW - DAY + timedelta(minutes=299), Decimal(300), Decimal(300))


def test_a_curve_from_equity_reads_no_deals(account: Any) -> None:
    from django.db import connection

    add_point(account, NOW - 2 * DAY, "9950")
    with CaptureQueriesContext(connection) as asked:
        curve(account, NOW - DAY)
    assert not [query for query in asked.captured_queries if "journal_deal" in query["sql"]]


def test_what_a_partial_close_made_today_counts_today(account: Any) -> None:
    trading = {"kind": 1, "position_id": 5, "volume": 1}
    add_deal(account, 1, MIDNIGHT - DAY, "10000")
    add_deal(account, 2, MIDNIGHT - DAY, "0", commission=-3, magic=MAGIC, **trading)
    add_deal(account, 3, MIDNIGHT - timedelta(seconds=1), "40", magic=MAGIC, **trading)
    # By hand, so without the EA's magic number.
    add_deal(account, 4, MIDNIGHT, "25", commission=-1, magic=0, **trading)
    add_deal(account, 5, NOW, "500")
    add_trade(account, 5, state="open", net_profit=61)
    with tenant_scope(account.tenant_id):
        made = queries.results(tenant_id=account.tenant_id, midnight=MIDNIGHT)
    assert {key: (made[key].today, made[key].total) for key in made} == {
        (account.id, MAGIC): (Decimal(24), Decimal(61))
    }


def test_results_are_added_up_for_one_ea_or_without_reading_its_trades(account: Any) -> None:
    from django.db import connection

    add_trade(account, 1, net_profit=10)
    add_trade(account, 2, net_profit=5, magic=1)
    add_deal(account, 3, MIDNIGHT, "7", kind=1, position_id=1, volume=1)
    asked = {"tenant_id": account.tenant_id, "midnight": MIDNIGHT}
    with tenant_scope(account.tenant_id):
        alone = queries.results(**asked, of=(account.id, MAGIC))
        with CaptureQueriesContext(connection) as captured:
            today = queries.results(**asked, totals=False)
    [own], [of_today] = alone.values(), today.values()
    assert (own.total, own.trades, own.today) == (Decimal(10), 1, Decimal(7))
    assert (of_today.total, of_today.trades, of_today.today) == (Decimal(0), 0, Decimal(7))
    assert not [query for query in captured.captured_queries if 'SUM("journal_trade"' in query["sql"]]


def test_orphans_are_found_by_their_exit(account: Any) -> None:
    add_trade(account, 1, state="orphan", entered_at=None, exited_at=NOW - DAY)
    add_trade(account, 2, state="orphan", entered_at=None, exited_at=NOW + DAY)
    add_trade(account, 3, exited_at=NOW + DAY)
    with tenant_scope(account.tenant_id):
        found = trades.trades(tenant_id=account.tenant_id, chosen=TradeFilter(until=NOW))
        assert {trade.position_id for trade in found} == {1, 3}


def test_only_closed_trades_are_won_or_lost(account: Any) -> None:
    add_trade(account, 1, net_profit=10)
    add_trade(account, 2, net_profit=-5)
    add_trade(account, 3, state="orphan", entered_at=None, net_profit=7)
    add_trade(account, 4, state="open")
    with tenant_scope(account.tenant_id):
        found = trades.trades(tenant_id=account.tenant_id, chosen=TradeFilter())
        totals = trades.totals_by_account(found)[account.id]
    assert (totals.closed, totals.wins, totals.losses) == (2, 1, 1)
