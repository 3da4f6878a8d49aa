"""What is kept of a test that an optimiser ran: its figures by name, the moments of its days, its equity."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from operator import attrgetter
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from metafleet.engine.statements.report import TRADING_DAYS
from metafleet.engine.tester.contract import Curve, TestResult
from metafleet.engine.tester.figures import figures_of
from metafleet.engine.tester.optimising.luck import Moments, moments_of
from metafleet.engine.tester.trades import trades_of

DAY_S: Final = 86_400

Better = Literal["more", "less"]


class Figure(NamedTuple):
    """A figure that tests are compared by. source: where it is in `tester.figures.Figures`."""

    title: str
    source: str
    better: Better = "more"


FIGURES: Final[dict[str, Figure]] = {
    "net_profit": Figure("Net profit", "total_net_profit"),
    "return_percent": Figure("Return, %", "return_percent"),
    "annual_return_percent": Figure("Return a year, %", "annual_return_percent"),
    "balance": Figure("Balance", "final_balance"),
    "equity": Figure("Equity", "final_equity"),
    "trades": Figure("Trades", "total_trades"),
    "win_rate_percent": Figure("Win rate, %", "profit_trades_percent"),
    "profit_factor": Figure("Profit factor", "profit_factor"),
    "expected_payoff": Figure("Expected payoff", "expected_payoff"),
    "recovery_factor": Figure("Recovery factor", "recovery_factor"),
    "sharpe": Figure("Sharpe, by days", "annual_sharpe_ratio"),
    "trade_sharpe": Figure("Sharpe, by trades", "sharpe_ratio"),
    "sortino": Figure("Sortino", "sortino_ratio"),
    "calmar": Figure("Calmar", "calmar_ratio"),
    "drawdown": Figure("Drawdown", "equity_drawdown.maximal", "less"),
    "drawdown_percent": Figure("Drawdown, %", "equity_drawdown.relative_percent", "less"),
    "balance_drawdown": Figure("Drawdown of balance", "balance_drawdown.maximal", "less"),
    "balance_drawdown_percent": Figure("Drawdown of balance, %", "balance_drawdown.relative_percent", "less"),
    "gross_profit": Figure("Gross profit", "gross_profit"),
    "gross_loss": Figure("Gross loss", "gross_loss"),
    "average_profit": Figure("Average profit", "average_profit"),
    "average_loss": Figure("Average loss", "average_loss"),
    "largest_profit": Figure("Largest profit", "largest_profit"),
    "largest_loss": Figure("Largest loss", "largest_loss"),
    "losses_in_a_row": Figure("Losses in a row", "max_consecutive_losses", "less"),
    "lr_correlation": Figure("LR correlation", "lr_correlation"),
    "z_score": Figure("Z-score", "z_score"),
    "average_r": Figure("Average R", "average_r"),
    "exposure_percent": Figure("Exposure, %", "exposure_percent", "less"),
    "margin_level_percent": Figure("Least margin level, %", "minimal_margin_level_percent"),
    "volume_lots": Figure("Volume, lots", "volume_lots"),
}
"""What a criterion may name. Money in the account's currency; losses are negative, drawdowns are not."""


class Measured(NamedTuple):
    """days: (Unix seconds of the day's begin by the server's clock, its last equity), Monday to Friday."""

    figures: dict[str, float | None]
    returns: Moments | None
    days: list[tuple[int, float]]


def measure(result: TestResult) -> Measured:
    """Return what an optimiser keeps of a test."""
    made = figures_of(result, trades_of(result))
    figures = {name: _number(attrgetter(one.source)(made)) for name, one in FIGURES.items()}
    days = days_of(result.curve)
    returns = returns_of([float(result.test.deposit), *(equity for _, equity in days)])
    return Measured(figures, moments_of(returns), days)


def nothing_traded(deposit: float) -> dict[str, float | None]:
    """Return the figures of a time without a market."""
    known = {"net_profit": 0.0, "return_percent": 0.0, "trades": 0.0, "balance": deposit, "equity": deposit}
    return {name: known.get(name) for name in FIGURES}


def days_of(curve: Curve) -> list[tuple[int, float]]:
    """Return each day's last equity. A weekend has no market, and would only make the spread look small."""
    days: NDArray[np.int64] = curve.times // DAY_S
    last = np.flatnonzero(np.diff(days, append=-1))
    chosen = last[(days[last] + 3) % 7 < 5]
    return [(int(days[at]) * DAY_S, float(curve.equity[at])) for at in chosen]


def returns_of(equity: Sequence[float]) -> list[float]:
    """Return each value's change, as a ratio of the one before. Shape (n - 1,); none from nothing or less."""
    return [after / before - 1 for before, after in pairwise(equity) if before > 0]


def annual_sharpe(returns: Sequence[float]) -> float | None:
    """Return the annual Sharpe ratio of daily returns; None where it cannot be said. Source: Sharpe 1994."""
    made = moments_of(returns)
    if made is None or made.count < 5 or made.deviation <= 0:
        return None
    return math.sqrt(TRADING_DAYS) * made.sharpe


def _number(value: float | None) -> float | None:
    return value if value is None or math.isfinite(value) else None
