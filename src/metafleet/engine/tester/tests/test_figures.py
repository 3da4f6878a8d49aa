"""A test's figures: small cases worked out by hand, and what a real report of MetaTrader prints."""

from __future__ import annotations

import csv
import gzip
import html
import math
import os
import re
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pytest

from metafleet.engine.broker.records import Deal
from metafleet.engine.market.arrays import RATES
from metafleet.engine.tester.contract import TestResult
from metafleet.engine.tester.figures import Figures, annual_return, figures_of, split_figures
from metafleet.engine.tester.tests.made import DEPOSIT, MONDAY_S, by_hand, deal, hours_of, traded
from metafleet.engine.tester.trades import trades_of

REPORTS = Path(os.environ.get("METAFLEET_HISTORIES") or Path(__file__).parents[6] / "shared/data/accounts")
BARS = REPORTS.parent / "bars/USDJPY_H1_ejtrader.csv.gz"
REAL = REPORTS / "mt5_strategy_tester_report_2016.html"
BUY, SELL, IN, OUT = 0, 1, 0, 1


def figures(result: TestResult) -> Figures:
    return figures_of(result, trades_of(result))


def test_equity_falls_from_the_highest_close_to_the_lowest_within_a_bar() -> None:
    made = figures(
        by_hand(
            equity=[1_000, 1_200, 1_150, 1_400, 1_390],
            low=[980, 1_000, 900, 1_150, 1_300],
            margin=[0, 50, 100, 0, 200],
        )
    )
    # 1,200 to 900 is the deepest in money and in percent; the 1,150 came before the 1,400 of its bar.
    fall = made.equity_drawdown
    assert (fall.absolute, fall.maximal, fall.relative) == (100, 300, 300)
    assert (fall.maximal_percent, fall.relative_percent) == (25, 25)
    assert made.minimal_margin_level_percent == 650  # 1,300 of 200; without margin there is no level
    assert made.final_equity == 1_390


def test_what_a_trade_went_through_is_by_its_bars() -> None:
    bars = hours_of(
        (1.10, 1.10, 1.10, 1.10), (1.10, 1.13, 1.08, 1.12), (1.12, 1.14, 1.11, 1.12), (1.12, 1.2, 1.0, 1.1)
    )
    result = by_hand(
        deal(2, 1, BUY, IN, 1.10, commission=-1, sl=1.09),
        deal(3, 3.5, SELL, OUT, 1.12, profit=200, commission=-1),
        deal(4, 1, SELL, IN, 1.10, position_id=4, sl=1.15),
        deal(5, 3.5, BUY, OUT, 1.12, position_id=4, profit=-200),
        bars=bars,
    )
    bought, sold = trades_of(result).lines
    # 10,000 dollars for each 1.0 of the price; the fourth bar was not over when it was closed.
    assert (bought.mae, bought.mfe, bought.r) == pytest.approx((-200, 400, 2))
    # At the ask, 10 points above.
    assert (sold.mae, sold.mfe, sold.r) == pytest.approx((-401, 199, -0.4))
    made = figures(result)
    assert made.average_r == pytest.approx(0.8)
    assert made.profit_mfe_correlation == pytest.approx(1)
    assert (made.minimal_holding_s, made.average_holding_s) == (9_000, 9_000)


def test_costs_of_an_opening_are_shared_by_what_closes_it() -> None:
    made = figures(
        by_hand(
            deal(2, 1, BUY, IN, 1.10, commission=-3, volume=0.3),
            deal(3, 2, SELL, OUT, 1.11, profit=100, volume=0.1),
            deal(4, 3, SELL, OUT, 1.09, profit=-200, volume=0.2, swap=-5),
            deal(5, 3, BUY, IN, 1.09, position_id=5, commission=-4),
            equity=[1_000, 1_000, 1_000, 888],
        )
    )
    # Closed are 99 and -207; the -4 of what is still open is in the balance, and in no trade.
    assert (made.total_trades, made.total_deals, made.open_positions) == (2, 4, 1)
    assert (made.gross_profit, made.gross_loss, made.total_net_profit) == (99, -211, -112)
    assert (made.final_balance, made.largest_loss) == (888, -207)
    assert made.expected_payoff == -56
    assert (made.commission, made.swap) == (-7, -5)


def test_a_forward_period_begins_with_what_was_there() -> None:
    result = by_hand(
        deal(2, 1, BUY, IN, 1.10),
        deal(3, 2, SELL, OUT, 1.11, profit=100),
        deal(4, 3, SELL, IN, 1.11, position_id=4),
        deal(5, 4.5, BUY, OUT, 1.12, position_id=4, profit=-50),
        equity=[1_000, 1_000, 1_100, 1_080, 1_050, 1_050],
        forward_s=MONDAY_S + 4 * 3_600,
    )
    split = split_figures(result, trades_of(result))
    assert split is not None
    before, after = split
    assert [(one.initial_deposit, one.total_net_profit, one.total_trades) for one in split] == [
        (1_000, 100, 1),
        (1_100, -50, 1),
    ]
    assert (before.bars, after.bars, after.final_balance) == (4, 2, 1_050)
    assert before.return_percent == 10
    assert after.equity_drawdown.maximal == 50
    assert before.total_net_profit + after.total_net_profit == figures(result).total_net_profit
    assert split_figures(by_hand(forward_s=MONDAY_S - 1), trades_of(by_hand())) is None


def test_months_multiply_to_the_whole() -> None:
    day_s = 86_400
    result = by_hand(
        deal(2, 1, BUY, IN, 1.10),
        deal(3, 24 * 40, SELL, OUT, 1.11, profit=210),
        equity=[1_000] * 27 + [1_100] + [1_100] * 12 + [1_210],  # 4 to 31 March, and on to 13 April
        step_s=day_s,
    )
    made = figures(result)
    assert [(one.year, one.month, one.money, one.trades) for one in made.months] == [
        (2024, 3, 100, 0),
        (2024, 4, 110, 1),
    ]
    assert [one.percent for one in made.months] == pytest.approx([10, 10])
    assert [(one.key, one.profit) for one in made.hours if one.entries] == [(1, 210)]
    assert [one.key for one in made.weekdays if one.entries] == [0]
    years = 41 * day_s / (365.25 * day_s)
    assert made.annual_return_percent == pytest.approx(100 * (1.21 ** (1 / years) - 1))
    assert annual_return(1_000, 1_210, 29 * day_s) is None


def test_what_cannot_be_said_is_null_in_json() -> None:
    for result in (by_hand(), by_hand(equity=[]), by_hand(deal(2, 0.5, BUY, IN, 1.1), equity=[0.0])):
        document = msgspec.json.encode(figures(result))
        assert b"null" in document
        made = msgspec.json.decode(document)
        assert (made["profitFactor"], made["sharpeRatio"], made["zScore"]) == (None, None, None)
        assert all(math.isfinite(one) for one in made.values() if isinstance(one, float))


def test_the_figures_of_a_run_hang_together() -> None:
    result = traded()
    made = figures(result)
    assert made.total_trades > 5
    assert made.total_net_profit == pytest.approx(float(result.account.balance) - 10_000)
    assert made.gross_profit + made.gross_loss == pytest.approx(made.total_net_profit)
    assert made.short_trades + made.long_trades == made.total_trades
    assert made.equity_drawdown.maximal is not None
    assert made.balance_drawdown.maximal is not None
    assert made.equity_drawdown.maximal >= made.balance_drawdown.maximal
    for line in trades_of(result).lines:
        assert line.mae is not None
        assert line.mfe is not None
        assert line.mae <= min(0.0, line.profit) + 0.01
        assert line.mfe >= max(0.0, line.profit) - 0.01


PRINTED = {
    "Total Net Profit:": "total_net_profit",
    "Gross Profit:": "gross_profit",
    "Gross Loss:": "gross_loss",
    "Profit Factor:": "profit_factor",
    "Expected Payoff:": "expected_payoff",
    "Sharpe Ratio:": "sharpe_ratio",
    "LR Correlation:": "lr_correlation",
    "LR Standard Error:": "lr_standard_error",
    "Z-Score:": "z_score",
    "Total Trades:": "total_trades",
    "Total Deals:": "total_deals",
    "Short Trades (won %):": "short_trades short_won_percent",
    "Long Trades (won %):": "long_trades long_won_percent",
    "Profit Trades (% of total):": "profit_trades profit_trades_percent",
    "Loss Trades (% of total):": "loss_trades loss_trades_percent",
    "Largest profit trade:": "largest_profit",
    "Largest loss trade:": "largest_loss",
    "Average profit trade:": "average_profit",
    "Average loss trade:": "average_loss",
    "Maximum consecutive wins ($):": "max_consecutive_wins max_consecutive_wins_money",
    "Maximum consecutive losses ($):": "max_consecutive_losses max_consecutive_losses_money",
    "Maximal consecutive profit (count):": "maximal_consecutive_profit maximal_consecutive_profit_count",
    "Maximal consecutive loss (count):": "maximal_consecutive_loss maximal_consecutive_loss_count",
    "Average consecutive wins:": "average_consecutive_wins",
    "Average consecutive losses:": "average_consecutive_losses",
}
"""What the report prints, and where we have it."""


@pytest.fixture(scope="module")
def real() -> list[list[str]]:
    """The rows of the real report, as texts."""
    if not REAL.is_file():
        pytest.skip("no real reports here: METAFLEET_HISTORIES names their folder")
    return [
        [
            html.unescape(re.sub("<[^>]+>", "", cell)).strip()
            for cell in re.findall(r"<t[dh].*?</t[dh]>", row, re.S)
        ]
        for row in re.findall(r"<tr.*?</tr>", REAL.read_bytes().decode("utf-16"), re.S)
    ]


def test_the_figures_are_what_a_real_report_of_the_strategy_tester_prints(real: list[list[str]]) -> None:
    printed = _printed(real)
    made = figures(_result_of(real))
    for name, fields in PRINTED.items():
        # A report rounds to the second decimal.
        numbers = [float(one.replace(" ", "")) for one in re.findall(r"-?\d[\d ]*(?:\.\d+)?", printed[name])]
        ours = [getattr(made, field) for field in fields.split()]
        assert ours == pytest.approx(numbers[: len(ours)], abs=0.0051), name
    assert f"{made.ahpr:.4f}" == printed["AHPR:"][:6]
    assert f"{made.ghpr:.4f}" == printed["GHPR:"][:6]
    fall = made.balance_drawdown
    assert f"{fall.absolute:.2f}" == printed["Balance Drawdown Absolute:"]
    assert f"{fall.maximal:.2f} ({fall.maximal_percent:.2f}%)" == printed["Balance Drawdown Maximal:"]
    assert f"{fall.relative_percent:.2f}% ({fall.relative:.2f})" == printed["Balance Drawdown Relative:"]
    # By the fall of equity that it prints, which its deals do not show.
    equity_fall = float(printed["Equity Drawdown Maximal:"].split("(")[0].replace(" ", ""))
    assert made.total_net_profit / equity_fall == pytest.approx(float(printed["Recovery Factor:"]), abs=0.005)


@pytest.mark.skipif(not BARS.is_file(), reason="the developer data set ../shared/data is not here")
def test_excursions_are_those_of_a_real_report_as_far_as_another_brokers_bars_go(
    real: list[list[str]],
) -> None:
    printed = _printed(real)
    with gzip.open(BARS, "rt") as stream:
        bars = [
            # MetaQuotes' server was two hours ahead of UTC in winter.
            (int(row[0]) + 7_200, *map(float, row[1:5]), 1, 10, 0)
            for row in list(csv.reader(stream))[1:]
            if 1_451_606_400 <= int(row[0]) < 1_470_268_800
        ]
    result = _result_of(real)
    test = msgspec.structs.replace(result.test, symbol="USDJPY")
    made = figures(msgspec.structs.replace(result, digits=3, test=test, bars=np.array(bars, RATES)))
    assert made.profit_mfe_correlation == pytest.approx(
        float(printed["Correlation (Profits,MFE):"]), abs=0.03
    )
    assert made.profit_mae_correlation == pytest.approx(
        float(printed["Correlation (Profits,MAE):"]), abs=0.03
    )
    assert made.mfe_mae_correlation == pytest.approx(float(printed["Correlation (MFE,MAE):"]), abs=0.03)


def _printed(rows: list[list[str]]) -> dict[str, str]:
    until = rows.index(["Deals"])
    return {name: value for row in rows[:until] for name, value in pairwise(row) if name.endswith(":")}


def _result_of(rows: list[list[str]]) -> TestResult:
    begin = rows.index(["Deals"]) + 2
    deals = [_deal(row) for row in rows[begin:] if len(row) == 13 and row[4] in {"in", "out"}]
    deposit = msgspec.structs.replace(DEPOSIT, profit=Decimal(10_000), time_msc=deals[0].time_msc)
    return msgspec.structs.replace(by_hand(*deals, equity=[]), deals=[deposit, *deals])


def _deal(row: list[str]) -> Deal:
    at = datetime.strptime(row[0], "%Y.%m.%d %H:%M").replace(tzinfo=UTC).timestamp()
    number = int(row[1])
    money = dict(
        zip(("commission", "swap", "profit"), (one.replace(" ", "") for one in row[8:11]), strict=True)
    )
    # One position at a time: an opening's ticket is even, its closing's the next.
    return deal(
        number,
        (at - MONDAY_S) / 3_600,
        BUY if row[3] == "buy" else SELL,
        IN if row[4] == "in" else OUT,
        float(row[6]),
        position_id=number // 2 * 2,
        volume=float(row[5]),
        symbol=row[2],
        **money,
    )
