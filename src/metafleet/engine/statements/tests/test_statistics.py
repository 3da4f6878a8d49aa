"""The figures of a report, over series whose answers are worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from metafleet.engine.statements import statistics
from metafleet.engine.statements.statistics import YEAR_S, Series

DAY_S = 86400.0


def series(*net: float, opening: float = 1000.0, **others: Any) -> Series:
    """One trade a day, all long."""
    facts: dict[str, Any] = {
        "at": [DAY_S * number for number in range(len(net))],
        "is_long": [True] * len(net),
    }
    return Series(net=net, opening=opening, **(facts | others))


def test_profits_are_added_and_divided_as_a_report_does() -> None:
    made = statistics.figures(series(100, -50, 0, 30, -20))
    assert (made.trades, made.net_profit, made.gross_profit, made.gross_loss) == (5, 60, 130, -70)
    assert made.profit_factor == pytest.approx(130 / 70)
    assert (made.expected_payoff, made.average_loss) == (12, -35)
    assert made.average_profit == pytest.approx(130 / 3)  # what made nothing is won
    assert (made.profit_trades, made.loss_trades) == (3, 2)
    assert (made.profit_trades_percent, made.loss_trades_percent) == (60, 40)
    assert (made.largest_profit, made.largest_loss) == (100, -50)
    assert made.recovery_factor == pytest.approx(60 / 50)
    assert made.expectancy_r == pytest.approx(12 / 35)


def test_sides_are_counted_apart() -> None:
    made = statistics.figures(series(5, -5, 5, 5, is_long=[True, True, False, False]))
    assert (made.long_trades, made.long_won_percent) == (2, 50)
    assert (made.short_trades, made.short_won_percent) == (2, 100)


def test_nothing_traded_has_no_ratios() -> None:
    made = statistics.figures(series())
    assert (made.trades, made.net_profit, made.largest_profit, made.largest_loss) == (0, 0, 0, 0)
    ratios = (made.profit_factor, made.expected_payoff, made.recovery_factor, made.long_won_percent)
    assert ratios == (None, None, None, None)
    assert made.returns == statistics.Returns(None, None, None, None)


@pytest.mark.parametrize(
    ("net", "opening", "absolute", "maximal", "maximal_percent", "relative", "relative_percent"),
    [
        # never falls
        ((10, 10), 1000, 0, 0, 0, 0, 0),
        # 1000 → 1100 → 1050 → 1250 → 1130: the deepest in money and in percent are not the same
        ((100, -60, 210, -61), 1000, 0, 61, 100 * 61 / 1250, 60, 100 * 60 / 1100),
        # below where it began
        ((-200, 300), 1000, 200, 200, 20, 200, 20),
        # more is lost than was there
        ((-1500,), 1000, 1500, 1500, 150, 1500, 150),
        # nobody knows what it began with
        ((-5, 3), 0, 5, 5, None, 0, None),
    ],
)
def test_drawdowns(
    net: tuple[float, ...],
    opening: float,
    absolute: float,
    maximal: float,
    maximal_percent: float | None,
    relative: float,
    relative_percent: float | None,
) -> None:
    fell = statistics.drawdown(net, opening)
    assert (fell.absolute, fell.maximal, fell.relative) == (absolute, maximal, relative)
    assert fell.maximal_percent == (None if maximal_percent is None else pytest.approx(maximal_percent))
    assert fell.relative_percent == (None if relative_percent is None else pytest.approx(relative_percent))


def test_runs_have_their_length_and_their_money() -> None:
    runs = statistics.streaks([1, 2, -9, 50, -1, -1, -1, 3, 3, 3, 0])
    assert (runs.most_wins, runs.most_wins_money) == (4, 9)
    assert (runs.best, runs.best_count) == (50, 1)
    assert (runs.most_losses, runs.most_losses_money) == (3, -3)
    assert (runs.worst, runs.worst_count) == (-9, 1)
    assert (runs.average_wins, runs.average_losses) == (2, 2)  # 7 of 3 runs; 4 of 2


def test_halves_are_rounded_up_in_the_length_of_runs() -> None:
    assert statistics.streaks([-1, -1, 1, -1, -1, -1]).average_losses == 3


def test_sharpe_and_sortino_are_of_what_each_trade_made_of_the_balance() -> None:
    made = statistics.returns(series(100, -110, 198))  # +10 %, -10 %, +20 %
    mean = 0.2 / 3
    deviation = math.sqrt(((0.1 - mean) ** 2 + (-0.1 - mean) ** 2 + (0.2 - mean) ** 2) / 3)
    assert made.sharpe == pytest.approx(mean / deviation)
    assert made.sortino == pytest.approx(mean / math.sqrt(0.01 / 3))
    assert made.growth_percent == pytest.approx(100 * (1.1 * 0.9 * 1.2 - 1))


def test_a_deposit_is_no_growth() -> None:
    alone = statistics.returns(series(100, 110))
    fed = statistics.returns(series(100, 1110, flows=[(DAY_S / 2, 10_000.0)]))
    assert alone.growth_percent == pytest.approx(21)
    assert fed.growth_percent == pytest.approx(100 * (1.1 * 1.1 - 1))


def test_calmar_is_a_years_growth_over_the_deepest_fall() -> None:
    traded = series(-100, 300, at=[0.0, YEAR_S])
    assert statistics.returns(traded).calmar == pytest.approx(0.2 / 0.1)
    assert statistics.returns(series(-100, 300, at=[0.0, DAY_S])).calmar is None


def test_trades_on_a_balance_of_nothing_have_no_return() -> None:
    assert statistics.trade_returns(series(-1000, 5)) == [-1]
    assert statistics.returns(series(-1000, 5)).growth_percent == -100
    assert statistics.returns(series(5, 5, opening=0)).sharpe is None
