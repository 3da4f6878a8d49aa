"""What statistics and curves are worked out from, as the deals of an account make it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from metafleet.hub.fleet.models import AccountState
from metafleet.hub.journal import ledgers
from metafleet.hub.journal.imports.tests.accounts import register
from metafleet.hub.journal.ledgers import Counted, Ledger
from metafleet.hub.journal.models import EquityPoint
from metafleet.hub.journal.tests.deals import (
    BUY,
    IN,
    IN_OUT,
    MINUTE,
    OUT,
    SELL,
    deal,
    deposit,
    record,
    round_trip,
)
from metafleet.hub.journal.trades import TradeFilter
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import NOW, Person

DAY = timedelta(days=1)
BEGUN = NOW - 10 * DAY


@pytest.fixture
def account(alice: Person) -> Any:
    return register(alice)


def ledger(account: Any, counted: Counted = "deals", **chosen: Any) -> Ledger:
    with tenant_scope(account.tenant_id):
        return ledgers.ledger(
            tenant_id=account.tenant_id, accounts=[account.id], chosen=TradeFilter(**chosen), counted=counted
        )


def test_every_closing_deal_counts_with_its_share_of_what_the_entry_cost(account: Any) -> None:
    record(
        account,
        deal(1, BUY, IN, BEGUN, commission=-6, volume=3),
        deal(2, SELL, OUT, BEGUN + MINUTE, 50, volume=1, swap=-1),
        deal(3, SELL, OUT, BEGUN + 2 * MINUTE, -20, volume=2, commission=-4),
    )
    made = ledger(account)
    assert list(made.series.net) == pytest.approx([50 - 1 - 2, -20 - 4 - 4])
    assert made.series.is_long == [True, True]
    assert (made.positions, made.volume) == (1, 3)
    assert (made.commission, made.swap) == (-10, -1)
    whole = ledger(account, "trades")
    assert list(whole.series.net) == pytest.approx([19])


def test_a_closed_part_of_an_open_position_counts_and_the_rest_does_not(account: Any) -> None:
    record(
        account,
        deal(1, SELL, IN, BEGUN, commission=-8, volume=4),
        deal(2, BUY, OUT, BEGUN + MINUTE, 30, volume=1),
    )
    made = ledger(account)
    assert list(made.series.net) == pytest.approx([28])
    assert made.series.is_long == [False]
    assert ledger(account, "trades").series.net == []


def test_an_exit_without_its_entry_counts(account: Any) -> None:
    record(account, deal(1, SELL, OUT, BEGUN, 12, swap=-2))
    assert ledger(account).series.net == [10]
    assert ledger(account, "trades").series.net == []


def test_a_reversal_closes_what_was_open_and_each_part_keeps_its_money(account: Any) -> None:
    record(
        account,
        deal(1, BUY, IN, BEGUN, commission=-1),
        deal(2, SELL, IN_OUT, BEGUN + MINUTE, 40, volume=3, commission=-3),
        deal(3, BUY, OUT, BEGUN + 2 * MINUTE, -10, volume=2),
    )
    made = ledger(account)
    assert list(made.series.net) == pytest.approx([40 - 1 - 1, -10 - 2])
    assert made.series.is_long == [True, False]
    assert made.positions == 2


def test_an_order_of_mt4_bears_its_own_commission(account: Any) -> None:
    record(
        account,
        deal(7, BUY, IN, BEGUN, position_id=7, commission=-5, volume=1, comment="to #8"),
        deal(-7, SELL, OUT, BEGUN + MINUTE, 10, position_id=7, volume=1, comment="to #8"),
        deal(8, BUY, IN, BEGUN, position_id=8, commission=-1, volume=2, comment="from #7"),
        deal(-8, SELL, OUT, BEGUN + 2 * MINUTE, 10, position_id=8, volume=2, comment="from #7"),
    )
    made = ledger(account)
    assert (made.positions, made.series.net) == (1, [5, 9])


def test_closings_of_one_instant_stand_in_the_brokers_order(account: Any) -> None:
    at = BEGUN + MINUTE
    record(account, *(deal(n, BUY, IN, BEGUN, position_id=n) for n in (1, 2, 3)))
    record(
        account,
        deal(12, SELL, OUT, at, -2, position_id=1),
        deal(11, SELL, OUT, at, 1, position_id=3),
        deal(13, SELL, OUT, at, 3, position_id=2),
    )
    assert ledger(account).series.net == [1, -2, 3]


def test_deposits_are_the_balance_and_never_the_profit(account: Any) -> None:
    record(
        account,
        deposit(1, BEGUN, 1000),
        deposit(2, BEGUN + 2 * DAY, 500),
        deposit(3, BEGUN + 3 * DAY, -200),
        *round_trip(5, BEGUN + DAY, 100),
        *round_trip(6, BEGUN + 4 * DAY, -40),
    )
    made = ledger(account)
    assert made.series.net == [100, -40]
    assert (made.series.opening, [amount for _, amount in made.series.flows]) == (1000, [500, -200])
    assert (made.deposits, made.withdrawals) == (1500, -200)
    assert (made.opened_with, made.ended_with) == (0, 1360)


def test_credit_is_no_balance(account: Any) -> None:
    credit = deal(2, 3, None, BEGUN, 5000, volume=0, price=None)
    record(account, deposit(1, BEGUN, 1000), credit, *round_trip(5, BEGUN + DAY, 100))
    made = ledger(account)
    assert (made.series.opening, made.deposits, made.ended_with) == (1000, 1000, 1100)


def test_a_span_takes_what_closed_in_it_and_begins_with_the_balance_before(account: Any) -> None:
    record(
        account,
        deposit(1, BEGUN, 1000),
        *round_trip(5, BEGUN + DAY, 100),
        *round_trip(6, BEGUN + 3 * DAY, -40),
        *round_trip(7, BEGUN + 5 * DAY, 7),
    )
    made = ledger(account, since=BEGUN + 2 * DAY, until=BEGUN + 4 * DAY)
    assert (made.series.net, made.positions) == ([-40], 1)
    assert (made.opened_with, made.series.opening, made.ended_with) == (1100, 1100, 1060)
    assert made.deposits == 0


def test_a_filter_narrows_what_is_counted(account: Any) -> None:
    record(
        account,
        *round_trip(5, BEGUN, 100),
        *round_trip(6, BEGUN + DAY, -40, symbol="GBPUSD"),
        *round_trip(7, BEGUN + DAY, 3, symbol="GBPUSD", side=SELL),
    )
    assert ledger(account, symbols=("GBPUSD",)).series.net == [-40, 3]
    assert ledger(account, symbols=("GBPUSD",), side="sell").series.net == [3]


def test_what_the_deals_do_not_explain_was_there_from_the_beginning(account: Any) -> None:
    record(account, *round_trip(5, BEGUN, 100))
    with tenant_scope(account.tenant_id):
        AccountState.objects.create(
            account=account, tenant_id=account.tenant_id, balance=Decimal("900.50"), equity=0, margin=0,
            free_margin=0, observed_at=NOW,
        )  # fmt: skip
    # What closed after the broker was last heard is not in that balance.
    record(account, *round_trip(6, NOW, 10))
    made = ledger(account)
    assert (made.opened_with, made.series.opening, made.ended_with) == (800.5, 800.5, 910.5)


def test_an_account_that_begins_with_trades_began_with_the_deposit_that_follows(account: Any) -> None:
    record(account, *round_trip(5, BEGUN, 100), deposit(1, BEGUN + DAY, 1000))
    made = ledger(account)
    assert (made.series.opening, made.series.flows) == (1000, [])


def test_the_average_r_is_of_the_trades_with_a_stop(account: Any) -> None:
    record(
        account,
        deal(1, BUY, IN, BEGUN, price="1.10", stop_loss="1.08"),
        deal(2, SELL, OUT, BEGUN + 60 * MINUTE, 10, price="1.14"),
        deal(3, SELL, IN, BEGUN, position_id=3, price="1.10", stop_loss="1.11"),
        deal(4, BUY, OUT, BEGUN + 120 * MINUTE, -10, position_id=3, price="1.12"),
        *round_trip(6, BEGUN, 5),
    )
    made = ledger(account)
    assert made.average_r == pytest.approx((2 - 2) / 2)
    assert made.average_duration_s == pytest.approx(4 * 3600 / 3)


def test_a_balance_curve_has_the_cash_flows_in_it_and_no_drawdown_of_them(account: Any) -> None:
    record(
        account,
        deposit(1, BEGUN, 1000),
        *round_trip(5, BEGUN + DAY, 100),
        deposit(2, BEGUN + 2 * DAY, -600),
        *round_trip(6, BEGUN + 3 * DAY, -50),
    )
    with tenant_scope(account.tenant_id):
        EquityPoint.objects.create(
            tenant_id=account.tenant_id, account=account, at=BEGUN + 4 * DAY, balance=450, equity=440
        )
        points = ledgers.balance_curve(
            tenant_id=account.tenant_id, accounts=[account.id], chosen=TradeFilter()
        )
    assert [point.balance for point in points] == [1000, 1000, 1100, 500, 500, 450, 450]
    assert [point.drawdown for point in points][:5] == [0] * 5
    assert points[-1].drawdown == pytest.approx(0.1)
    assert points[-1].growth == pytest.approx(1.1 * 0.9)
    assert (points[-1].at, points[-1].equity) == (BEGUN + 4 * DAY, 440)


def test_a_curve_of_chosen_trades_begins_at_nothing(account: Any) -> None:
    record(account, deposit(1, BEGUN, 1000))
    record(account, *(made for n in range(5, 905) for made in round_trip(n, BEGUN + n * MINUTE, 1)))
    with tenant_scope(account.tenant_id):
        points = ledgers.trade_curve(
            tenant_id=account.tenant_id, accounts=[account.id], chosen=TradeFilter(symbols=("EURUSD",))
        )
    assert len(points) <= ledgers.POINTS
    assert points[-1].balance == 900
    assert [point.balance for point in points] == sorted(point.balance for point in points)
