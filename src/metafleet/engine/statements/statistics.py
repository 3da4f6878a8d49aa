"""The figures of MetaTrader's reports over a series of closed trades, and those that traders add.

Pure: sequences in, numbers out, one currency at a time. MetaTrader counts every closing deal
as one trade, its own costs included. That these are its definitions is tested against the
figures that real reports of MetaTrader 4 and 5 print.
Source: MetaTrader 5 help, "Trading Report"; MetaTrader 4 help, "Detailed Statement".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from operator import mul

YEAR_S = 365.25 * 86400
CALMAR_AT_LEAST_S = 30 * 86400
"""A few days' growth tells nothing of a year's."""


@dataclass(frozen=True, slots=True)
class Series:
    """Closed trades of one currency, oldest first.

    at: epoch seconds of the exits, shape (n,); net: money with all costs, shape (n,);
    is_long: shape (n,). opening: the balance before the first; flows: (epoch seconds, amount)
    of what came and went after the opening, oldest first.
    """

    at: Sequence[float]
    net: Sequence[float]
    is_long: Sequence[bool]
    opening: float = 0.0
    flows: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """What a report prints. Percent figures 0 to 100; None where it would divide by nothing."""

    trades: int
    net_profit: float
    gross_profit: float
    gross_loss: float
    profit_factor: float | None
    expected_payoff: float | None
    expectancy_r: float | None
    recovery_factor: float | None
    short_trades: int
    short_won_percent: float | None
    long_trades: int
    long_won_percent: float | None
    profit_trades: int
    profit_trades_percent: float | None
    loss_trades: int
    loss_trades_percent: float | None
    largest_profit: float
    largest_loss: float
    average_profit: float | None
    average_loss: float | None
    drawdown: Drawdown
    streaks: Streaks
    returns: Returns


@dataclass(frozen=True, slots=True)
class Drawdown:
    """How far the balance fell. Money is positive; percent of the peak it fell from."""

    absolute: float
    maximal: float
    maximal_percent: float | None
    relative: float
    relative_percent: float | None


@dataclass(frozen=True, slots=True)
class Streaks:
    """Trades won or lost in a row. Money of losses is negative; averages are whole numbers."""

    most_wins: int
    most_wins_money: float
    most_losses: int
    most_losses_money: float
    best: float
    best_count: int
    worst: float
    worst_count: int
    average_wins: int
    average_losses: int


@dataclass(frozen=True, slots=True)
class Returns:
    """What each trade made of the balance before it. `growth_percent` chains all of them."""

    sharpe: float | None
    sortino: float | None
    calmar: float | None
    growth_percent: float | None


@dataclass(frozen=True, slots=True)
class Holding:
    """Holding period returns: what a trade makes of the balance on the average, as factors."""

    ahpr: float | None
    ghpr: float | None


@dataclass(frozen=True, slots=True)
class Regression:
    """The straight line through a balance: correlation -1 to 1, standard error in money."""

    correlation: float | None
    standard_error: float | None


@dataclass(frozen=True, slots=True)
class Runs:
    """The test of runs: whether what a trade makes hangs on the one before it."""

    z: float | None
    probability_percent: float | None


def figures(series: Series) -> Figures:
    """Return the figures of a report.

    A trade that made nothing counts as won, as MetaTrader does.
    Profit factor: gross profit / gross loss. Expected payoff: net profit / trades. Recovery
    factor: net profit / maximal drawdown. Expectancy in R: expected payoff / average loss,
    where the average loss stands for what is risked.
    Source: MetaTrader 5 help, "Trading Report"; Tharp, Trade Your Way to Financial Freedom (expectancy).
    """
    net = series.net
    count = len(net)
    won = [made for made in net if made >= 0]
    lost = [made for made in net if made < 0]
    gross_profit, gross_loss = math.fsum(won), math.fsum(lost)
    total = math.fsum(net)
    average_loss = _ratio(gross_loss, len(lost))
    payoff = _ratio(total, count)
    fall = drawdown(net, series.opening)
    long, long_won, short, short_won = _sides(series)
    return Figures(
        trades=count,
        net_profit=total,
        gross_profit=gross_profit,
        gross_loss=gross_loss,
        profit_factor=_ratio(gross_profit, -gross_loss),
        expected_payoff=payoff,
        expectancy_r=_ratio(payoff, -average_loss) if payoff is not None and average_loss else None,
        recovery_factor=_ratio(total, fall.maximal),
        short_trades=short,
        short_won_percent=_percent(short_won, short),
        long_trades=long,
        long_won_percent=_percent(long_won, long),
        profit_trades=len(won),
        profit_trades_percent=_percent(len(won), count),
        loss_trades=len(lost),
        loss_trades_percent=_percent(len(lost), count),
        largest_profit=max(won, default=0.0),
        largest_loss=min(lost, default=0.0),
        average_profit=_ratio(gross_profit, len(won)),
        average_loss=average_loss,
        drawdown=fall,
        streaks=streaks(net),
        returns=returns(series),
    )


def drawdown(net: Sequence[float], opening: float) -> Drawdown:
    """Return how far the balance that these trades made fell; deposits after the opening are left out.

    Absolute: the opening less the lowest. Maximal: the deepest fall from a peak in money, with
    its percent of that peak. Relative: the deepest in percent, with its money.
    Source: MetaTrader 5 help, "Trading Report"; MetaTrader 4 statements leave later deposits out too.
    """
    lowest = peak = opening
    maximal, maximal_peak = 0.0, opening
    relative, relative_money = 0.0, 0.0
    for balance in accumulate(net, initial=opening):
        if balance >= peak:
            peak = balance
            continue
        fall = peak - balance
        if fall > maximal:
            maximal, maximal_peak = fall, peak
        if fall > relative * peak and peak > 0:
            relative, relative_money = fall / peak, fall
        if balance < lowest:  # noqa: PLR1730 - a call for each of 100,000 trades is what takes the time
            lowest = balance
    return Drawdown(
        absolute=opening - lowest,
        maximal=maximal,
        maximal_percent=_percent(maximal, maximal_peak) if maximal_peak > 0 else None,
        relative=relative_money,
        relative_percent=100 * relative if opening > 0 or relative else None,
    )


def streaks(net: Sequence[float]) -> Streaks:
    """Return the runs of trades won and lost in a row.

    Maximum: the longest run with its money; among equals the first. Maximal: the run with the
    most money, with its count. Average: trades per run, rounded half up.
    Source: MetaTrader 5 help, "Trading Report".
    """
    runs: dict[bool, list[tuple[int, float]]] = {True: [], False: []}
    place = 0
    for is_won, run in groupby([made >= 0 for made in net]):
        length = len(list(run))
        runs[is_won].append((length, math.fsum(net[place : place + length])))
        place += length
    nothing = (0, 0.0)
    wins, losses = runs[True], runs[False]
    most_wins = max(wins, key=lambda run: run[0], default=nothing)
    most_losses = max(losses, key=lambda run: run[0], default=nothing)
    best = max(wins, key=lambda run: run[1], default=nothing)
    worst = min(losses, key=lambda run: run[1], default=nothing)
    if best[1] == 0:  # runs of trades that made nothing
        best = nothing
    return Streaks(
        most_wins=most_wins[0],
        most_wins_money=most_wins[1],
        most_losses=most_losses[0],
        most_losses_money=most_losses[1],
        best=best[1],
        best_count=best[0],
        worst=worst[1],
        worst_count=worst[0],
        average_wins=_mean_length(wins),
        average_losses=_mean_length(losses),
    )


def returns(series: Series) -> Returns:
    """Return the ratios over what each trade made of the balance before it.

    Sharpe: mean return / standard deviation of the population, per trade, without an interest
    rate. Sortino: mean return / root mean square of the losing returns. Growth: all returns
    chained, so that deposits make none. Calmar: growth a year / deepest fall of the chained
    curve; None for less than 30 days. Trades on a balance of nothing or less are left out.
    Source: MetaTrader 5 help, "Trading Report" (Sharpe Ratio); Sortino and Price 1994; Young 1991;
    MQL5 help, "Growth in trading signals".
    """
    made = trade_returns(series)
    if not made:
        return Returns(None, None, None, None)
    mean = math.fsum(made) / len(made)
    deviation = math.sqrt(math.fsum([(one - mean) * (one - mean) for one in made]) / len(made))
    downside = math.sqrt(math.fsum([one * one for one in made if one < 0]) / len(made))
    # An account that lost everything stays there.
    chained = list(accumulate([max(0.0, 1 + one) for one in made], mul))
    return Returns(
        sharpe=_ratio(mean, deviation) if len(made) > 1 else None,
        sortino=_ratio(mean, downside) if len(made) > 1 else None,
        calmar=_calmar(chained, series.at[-1] - series.at[0]),
        growth_percent=100 * (chained[-1] - 1),
    )


def holding(series: Series) -> Holding:
    """Return what trades made on the average, each as balance after it / balance before it.

    AHPR: the arithmetic mean; GHPR: the geometric, the factor by which each trade multiplied the balance;
    None where the balance was lost. Source: MetaTrader 5 help, "Testing Report"; Vince, Portfolio
    Management Formulas.
    """
    factors = [1 + made for made in trade_returns(series)]
    if not factors:
        return Holding(None, None)
    is_lost = min(factors) <= 0
    geometric = None if is_lost else math.exp(math.fsum(map(math.log, factors)) / len(factors))
    return Holding(math.fsum(factors) / len(factors), geometric)


def regression(balances: Sequence[float]) -> Regression:
    """Return how straight the line of balances is, each a step after the one before it.

    balances: before the first trade and after each, shape (n + 1,). Correlation: Pearson's with the line.
    Standard error: root of the squared deviations from the line, summed and divided by n - 1. None for
    fewer than two trades; the correlation too where the balance never changed.
    Source: MetaTrader 5 help, "Testing Report" (LR Correlation, LR Standard Error).
    """
    count = len(balances)
    if count < 3:
        return Regression(None, None)
    steps = range(count)
    mean_step, mean = (count - 1) / 2, math.fsum(balances) / count
    spread = count * (count * count - 1) / 12
    slope = (
        math.fsum((at - mean_step) * (one - mean) for at, one in zip(steps, balances, strict=True)) / spread
    )
    off = [one - mean - slope * (at - mean_step) for at, one in zip(steps, balances, strict=True)]
    return Regression(
        correlation=correlation(steps, balances),
        standard_error=math.sqrt(math.fsum(one * one for one in off) / (count - 2)),
    )


def correlation(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Return Pearson's correlation of two series of the same shape (n,); None where one does not vary."""
    count = len(one)
    if count < 2:
        return None
    mean, other_mean = math.fsum(one) / count, math.fsum(other) / count
    pairs = [(a - mean, b - other_mean) for a, b in zip(one, other, strict=True)]
    spread = math.fsum(a * a for a, _ in pairs) * math.fsum(b * b for _, b in pairs)
    return math.fsum(a * b for a, b in pairs) / math.sqrt(spread) if spread > 0 else None


def z_score(net: Sequence[float]) -> Runs:
    """Return how far the number of runs is from what chance would give, in standard deviations.

    Negative: wins follow wins; positive: wins follow losses. Probability: percent to which that is no
    chance, two-sided. With n trades, w won, l lost, r runs, p = 2wl:
    z = (n (r - 0.5) - p) / sqrt(p (p - n) / (n - 1)). None where nothing, or all, was won.
    Source: MetaTrader 5 help, "Testing Report" (Z-Score); Vince, Portfolio Management Formulas.
    """
    count, won = len(net), sum(made >= 0 for made in net)
    pairs = 2 * won * (count - won)
    if pairs <= count:
        return Runs(None, None)
    runs = sum(1 for _ in groupby(made >= 0 for made in net))
    z = (count * (runs - 0.5) - pairs) / math.sqrt(pairs * (pairs - count) / (count - 1))
    return Runs(z, 100 * math.erf(abs(z) / math.sqrt(2)))


def trade_returns(series: Series) -> list[float]:
    """Return what each trade made of the balance before it, cash flows by then included, as a ratio.

    Shape (m,), m <= n: a trade on a balance of nothing or less has none, and none has where
    nobody knows what the account began with.
    """
    if series.opening <= 0:
        return []
    balances = balances_before(series)
    return [made / before for made, before in zip(series.net, balances, strict=True) if before > 0]


def balances_before(series: Series) -> list[float]:
    """Return the balance before each trade, cash flows by then included; shape (n,)."""
    before = list(accumulate(series.net, initial=series.opening))[:-1]
    if not series.flows:
        return before
    flows = iter(series.flows)
    added, upcoming = 0.0, next(flows, None)
    for index, at in enumerate(series.at):
        while upcoming is not None and upcoming[0] <= at:
            added += upcoming[1]
            upcoming = next(flows, None)
        before[index] += added
    return before


def _calmar(chained: Sequence[float], span_s: float) -> float | None:
    if span_s < CALMAR_AT_LEAST_S or chained[-1] <= 0:
        return None
    deepest, peak = 0.0, 1.0
    for value in chained:
        if value >= peak:
            peak = value
        elif peak - value > deepest * peak:
            deepest = 1 - value / peak
    exponent = math.log(chained[-1]) * YEAR_S / span_s
    return math.expm1(exponent) / deepest if deepest > 0 and exponent < _MOST_GROWTH else None


_MOST_GROWTH = 50.0
"""e to the 50th: a figure that says nothing any more."""


def _sides(series: Series) -> tuple[int, int, int, int]:
    """Return how many were long, of them won, short, of them won."""
    long = sum(series.is_long)
    won = [is_long for is_long, made in zip(series.is_long, series.net, strict=True) if made >= 0]
    long_won = sum(won)
    return long, long_won, len(series.net) - long, len(won) - long_won


def _mean_length(runs: Sequence[tuple[int, float]]) -> int:
    return math.floor(sum(count for count, _ in runs) / len(runs) + 0.5) if runs else 0


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _percent(part: float, whole: float) -> float | None:
    return 100 * part / whole if whole else None
