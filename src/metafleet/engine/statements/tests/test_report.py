"""An account's report, of deals whose figures are worked out by hand."""

from __future__ import annotations

import math
from decimal import Decimal
from itertools import pairwise

import pytest

from metafleet.engine.broker.records import AccountInfo, Deal
from metafleet.engine.statements.report import (
    DAY_MSC,
    Account,
    Report,
    Sample,
    daily_sharpe,
    equity_drawdown,
    make_report,
)

MONDAY_MSC = 1_709_510_400_000  # 2024-03-04
HOUR_MSC = 3_600_000


def deal(
    ticket: int,
    hour: float,
    side: int,
    entry: int,
    price: float,
    *,
    profit: int = 0,
    commission: int = 0,
    swap: int = 0,
    position_id: int = 1,
    volume: float = 0.1,
    symbol: str = "EURUSD",
) -> Deal:
    return Deal(
        ticket=ticket,
        order=ticket,
        position_id=position_id,
        symbol=symbol,
        type=side,
        entry=entry,
        volume=volume,
        price=price,
        time_msc=MONDAY_MSC + int(hour * HOUR_MSC),
        profit=Decimal(profit),
        commission=Decimal(commission),
        swap=Decimal(swap),
        fee=Decimal(0),
        magic=7,
        comment="",
        reason=3,
    )


def sample(hour: float, equity: float, balance: float = 1_000) -> Sample:
    return Sample(MONDAY_MSC + int(hour * HOUR_MSC), balance, equity, 0.0)


DEPOSIT = deal(1, 0, 2, 0, 0.0, profit=1_000, symbol="", volume=0.0, position_id=0)


def report(*deals: Deal, balance: str = "1000", samples: list[Sample] | None = None) -> Report:
    info = AccountInfo(
        login=1,
        name="Alice",
        server="metafleet-Paper",
        currency="USD",
        leverage=100,
        margin_mode="hedging",
        balance=Decimal(balance),
        credit=Decimal(0),
        equity=Decimal(balance),
        margin=Decimal(0),
        margin_free=Decimal(balance),
        margin_level=None,
        profit=Decimal(0),
        trade_allowed=True,
    )
    kept = samples or [sample(0, 1_000), sample(10, float(balance))]
    account = Account(info=info, deals=[DEPOSIT, *deals], positions=[], samples=kept)
    return make_report(account, title="bot.py", sample_s=60)


def test_figures_are_those_of_the_deals() -> None:
    made = report(
        deal(2, 1, 0, 0, 1.10, commission=-1),
        deal(3, 3, 1, 1, 1.11, profit=100, commission=-1, swap=-3),
        deal(4, 4, 1, 0, 1.11, commission=-1, position_id=4),
        deal(5, 5, 0, 1, 1.115, profit=-50, commission=-1, position_id=4),
        balance="1043",
    )
    figures = made.figures
    assert (figures.trades, figures.won, figures.lost) == (2, 1, 1)
    assert (figures.net_profit, figures.deposits) == (43, 1_000)
    assert figures.growth_percent == pytest.approx(4.3)
    assert figures.profit_factor == pytest.approx(95 / 52)
    assert figures.expectancy == pytest.approx(21.5)
    assert figures.win_rate_percent == 50
    assert (figures.gross_profit, figures.commission, figures.swap) == (50, -4, -3)
    assert figures.exposure_percent == pytest.approx(30)  # 2 h and 1 h of 10 h
    assert figures.volume_lots == pytest.approx(0.2)
    first, second = made.trades
    assert (first.side, first.entry_price, first.exit_price, first.net) == ("buy", 1.10, 1.11, 95)
    assert (second.side, second.net, second.exit_reason, second.magic) == ("sell", -52, "expert", 7)


def test_an_account_without_a_trade_has_a_report() -> None:
    figures = report().figures
    assert (figures.trades, figures.net_profit, figures.exposure_percent) == (0, 0, 0)
    assert figures.profit_factor is None
    assert figures.expectancy is None
    assert figures.sharpe is None


def test_what_is_still_open_is_no_closed_trade() -> None:
    made = report(deal(2, 4, 0, 0, 1.10, commission=-1), balance="999")
    assert made.figures.trades == 0
    assert made.figures.net_profit == -1
    assert made.trades[0].exited_msc is None
    assert made.figures.exposure_percent == pytest.approx(60)


def test_positions_that_overlap_expose_once() -> None:
    made = report(
        deal(2, 2, 0, 0, 1.10),
        deal(3, 3, 1, 0, 1.10, position_id=3),
        deal(4, 4, 1, 1, 1.10),
        deal(5, 5, 0, 1, 1.10, position_id=3),
    )
    assert made.figures.exposure_percent == pytest.approx(30)


def test_equity_falls_from_its_highest() -> None:
    curve = [sample(hour, equity) for hour, equity in enumerate((1_000, 1_200, 900, 1_100, 1_500, 1_190))]
    assert equity_drawdown(curve) == pytest.approx((310, 25))


def test_sharpe_is_of_days_and_leaves_weekends_out() -> None:
    equity = [100, 101, 102, 101, 103, 999, 999, 104, 106]
    curve = [Sample(MONDAY_MSC + day * DAY_MSC, 0, value, 0) for day, value in enumerate(equity)]
    days = [100, 101, 102, 101, 103, 104, 106]
    changes = [after / before - 1 for before, after in pairwise(days)]
    mean = sum(changes) / 6
    deviation = math.sqrt(sum((change - mean) ** 2 for change in changes) / 5)
    assert daily_sharpe(curve) == pytest.approx(mean / deviation * math.sqrt(252))
    assert daily_sharpe(curve[:4]) is None
