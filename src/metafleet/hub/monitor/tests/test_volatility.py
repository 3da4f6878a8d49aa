"""What a usual day's move costs a lot of what an account trades."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache

from metafleet.hub.fleet.models import TradingAccount
from metafleet.hub.journal.models import Position, Trade
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.market.models import Candle
from metafleet.hub.monitor import volatility
from metafleet.hub.monitor.volatility import Move, Sample, worth_of_move
from tests.cast import NOW, Person, connect

D = Decimal


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    cache.clear()


def test_a_lots_worth_is_what_its_own_trades_made() -> None:
    # 0.5 lots of EURUSD gained 20 pips: $100, so $100,000 for a move of 1.
    assert worth_of_move([Sample(D("0.0020"), D("0.5"), D(100))]) == 100_000
    # A lot of USDJPY lost 1.5 yen at 150: $1,000, in a USD account; the cents of the other tell little.
    samples = [Sample(D("-1.5"), D(1), D(-1000)), Sample(D("0.001"), D("0.01"), D("0.01"))]
    assert worth_of_move(samples) == D(1000) / D("1.5")


@pytest.mark.parametrize("samples", [[], [Sample(D(0), D(1), D(0))], [Sample(D("0.1"), D(1), D(-5))]])
def test_what_has_not_moved_tells_no_worth(samples: list[Sample]) -> None:
    assert worth_of_move(samples) is None


def candles(account: TradingAccount, symbol: str) -> None:
    for number in range(1, 8):
        Candle.objects.create(
            tenant_id=account.tenant_id, server=account.server, symbol=symbol, timeframe="1d",
            opened_at=NOW.replace(hour=0) - timedelta(days=number), open=1, high=1.11, low=1.09, close=1.1,
        )  # fmt: skip


def hold(account: TradingAccount, ticket: int, symbol: str, lots: float, **facts: Any) -> None:
    price: dict[str, Any] = {"open_price": 1, "current_price": 1, "profit": 0} | facts
    Position.objects.create(
        tenant_id=account.tenant_id, account=account, ticket=ticket, symbol=symbol, side="buy", volume=lots,
        swap=0, opened_at=NOW, **price,
    )  # fmt: skip


def moves(account: TradingAccount) -> list[Move]:
    return volatility.moves(account=account, now=NOW)


def test_what_is_open_counts_the_most_lots_first(alice: Person) -> None:
    account = connect(alice)
    with tenant_scope(alice.tenant_id):
        candles(account, "EURUSD")
        hold(account, 1, "EURUSD", 0.5)
        hold(account, 2, "GBPUSD", 2)
        assert moves(account) == [
            Move("GBPUSD", is_open=True, days=0, average=None, money_per_lot=None),
            Move("EURUSD", is_open=True, days=6, average=D("0.02"), money_per_lot=D(2000)),
        ]


def test_a_contract_that_is_not_known_is_read_off_the_trades(alice: Person) -> None:
    account = connect(alice)
    with tenant_scope(alice.tenant_id):
        candles(account, "GER40")
        Trade.objects.create(
            tenant_id=alice.tenant_id, account=account, position_id=1, symbol="GER40", side="sell",
            state="closed", volume=2, closed_volume=2, entry_price=D("1.10"), exit_price=D("1.05"),
            entered_at=NOW - timedelta(days=2), exited_at=NOW - timedelta(days=1), profit=D("2.50"),
            commission=0, swap=0, fee=0, net_profit=D("2.50"),
        )  # fmt: skip
        assert moves(account) == [
            Move("GER40", is_open=False, days=6, average=D("0.02"), money_per_lot=D("0.50"))
        ]


def test_an_account_that_trades_nothing_has_no_moves(alice: Person) -> None:
    with tenant_scope(alice.tenant_id):
        assert moves(connect(alice)) == []
