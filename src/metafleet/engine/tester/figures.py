"""The figures of MetaTrader's Strategy Tester report by its own definitions, and those that traders add.

What is counted over trades is `engine.statements.statistics`; here come equity, excursions, months and hours.
The definitions with their sources: docs/reference/tester-figures.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import accumulate, pairwise
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.engine.broker.records import DEAL_BUY, DEAL_SELL, Deal
from metafleet.engine.statements import statistics
from metafleet.engine.statements.folding import TradeRow
from metafleet.engine.statements.report import Sample, daily_sharpe, exposure_percent, msc_of
from metafleet.engine.tester.contract import Curve, TestResult
from metafleet.engine.tester.trades import Trades

YEAR_S: Final = statistics.YEAR_S
ANNUAL_AT_LEAST_S: Final = statistics.CALMAR_AT_LEAST_S

_LARGEST: Final = 1e15
"""What is beyond says nothing any more."""


class Drawdown(msgspec.Struct, frozen=True, rename="camel"):
    """absolute: the deposit less the lowest. maximal: the deepest fall in money, with its percent of the
    peak. relative: the deepest in percent of its peak, with its money. Money is positive."""

    absolute: float | None
    maximal: float | None
    maximal_percent: float | None
    relative: float | None
    relative_percent: float | None


class Month(msgspec.Struct, frozen=True, rename="camel"):
    """What equity changed by in a month, and the trades that were closed in it."""

    year: int
    month: int
    money: float
    percent: float | None
    trades: int


class Slot(msgspec.Struct, frozen=True, rename="camel"):
    """Trades that were entered in an hour (0 to 23), on a weekday (0: Monday) or in a month (1 to 12)."""

    key: int
    entries: int
    profit: float
    won: int


class Figures(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One period of a test. Money in the account's currency, percents 0 to 100, durations in seconds.

    None: cannot be said. Trades are counted as MetaTrader counts them, a closing deal each.
    history_quality_percent: 100 where real ticks were replayed; nothing is said of made ones.
    """

    begin_s: int
    end_s: int
    bars: int
    ticks: int | None
    symbols: int
    history_quality_percent: float | None
    initial_deposit: float
    final_balance: float
    final_equity: float
    total_net_profit: float
    gross_profit: float
    gross_loss: float
    profit_factor: float | None
    expected_payoff: float | None
    recovery_factor: float | None
    sharpe_ratio: float | None
    annual_sharpe_ratio: float | None
    sortino_ratio: float | None
    calmar_ratio: float | None
    annual_return_percent: float | None
    return_percent: float | None
    ahpr: float | None
    ghpr: float | None
    lr_correlation: float | None
    lr_standard_error: float | None
    z_score: float | None
    z_probability_percent: float | None
    balance_drawdown: Drawdown
    equity_drawdown: Drawdown
    minimal_margin_level_percent: float | None
    total_trades: int
    total_deals: int
    open_positions: int
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
    max_consecutive_wins: int
    max_consecutive_wins_money: float
    max_consecutive_losses: int
    max_consecutive_losses_money: float
    maximal_consecutive_profit: float
    maximal_consecutive_profit_count: int
    maximal_consecutive_loss: float
    maximal_consecutive_loss_count: int
    average_consecutive_wins: int
    average_consecutive_losses: int
    profit_mfe_correlation: float | None
    profit_mae_correlation: float | None
    mfe_mae_correlation: float | None
    minimal_holding_s: float | None
    maximal_holding_s: float | None
    average_holding_s: float | None
    average_r: float | None
    exposure_percent: float
    volume_lots: float
    commission: float
    swap: float
    fee: float
    months: list[Month]
    hours: list[Slot]
    weekdays: list[Slot]
    year_months: list[Slot]


@dataclass(frozen=True, slots=True)
class _Period:
    """What of a test belongs to a stretch of time. Milliseconds; the test's own end is included."""

    begin_msc: int
    end_msc: int
    opening: float
    curve: Curve
    deals: Sequence[Deal]
    trades: Trades


def figures_of(result: TestResult, trades: Trades) -> Figures:
    """Return the figures of the whole test. trades: of `trades_of`."""
    begin_s, end_s = span_s(result)
    return _figures(result, _period(result, trades, begin_s, end_s), result.ticks)


def split_figures(result: TestResult, trades: Trades) -> tuple[Figures, Figures] | None:
    """Return the figures before and from `forward_s`; None where the test has no forward period within it.

    A trade belongs to where it was closed; the money of a deal to where it was made.
    """
    begin_s, end_s = span_s(result)
    forward_s = result.test.forward_s
    if forward_s is None or not begin_s < forward_s < end_s:
        return None
    before = _period(result, trades, begin_s, forward_s)
    after = _period(result, trades, forward_s, end_s)
    return _figures(result, before, None), _figures(result, after, None)


def span_s(result: TestResult) -> tuple[int, int]:
    """Return when the test began and was over, in seconds of the server's clock."""
    times = result.curve.times
    if not len(times):
        at = result.deals[0].time_msc // 1000 if result.deals else 0
        return result.test.from_s or at, result.test.to_s or at
    steps = np.diff(times)
    over = int(times[-1]) + (int(steps.min()) if len(steps) else 0)
    last = max((deal.time_msc for deal in result.deals), default=0)
    return int(times[0]), max(over, -(-last // 1000))


def _period(result: TestResult, trades: Trades, begin_s: int, end_s: int) -> _Period:
    begin, end = begin_s * 1000, end_s * 1000
    is_last = end_s >= span_s(result)[1]

    def belongs(msc: int | None) -> bool:
        return msc is not None and begin <= msc and (msc < end or is_last)

    # The deposit is made where the test begins, maybe a little before its first bar.
    is_first = begin_s <= span_s(result)[0]
    before = [deal for deal in result.deals if deal.time_msc < begin or (is_first and not _trades(deal))]
    kept = [
        place for place, row in enumerate(trades.rows) if belongs(msc_of(row.exited_at or row.entered_at))
    ]
    chosen = (result.curve.times >= begin_s) & ((result.curve.times < end_s) | is_last)
    return _Period(
        begin_msc=begin,
        end_msc=end,
        opening=math.fsum(float(deal.net) for deal in before),
        curve=Curve(**{name: getattr(result.curve, name)[chosen] for name in Curve.__struct_fields__}),
        deals=[deal for deal in result.deals if _trades(deal) and belongs(deal.time_msc)],
        trades=Trades(
            rows=[trades.rows[place] for place in kept],
            lines=[trades.lines[place] for place in kept],
            closed=[one for one in trades.closed if belongs(msc_of(one.executed_at))],
        ),
    )


def _figures(result: TestResult, period: _Period, ticks: int | None) -> Figures:
    made = statistics.figures(_series(period))
    net = math.fsum(float(deal.net) for deal in period.deals)
    # What opening cost of positions that are still open is in the balance, and no trade's.
    unborne = net - made.net_profit if abs(net - made.net_profit) > 0.005 else 0.0
    gross_profit, gross_loss = made.gross_profit + max(unborne, 0.0), made.gross_loss + min(unborne, 0.0)
    equity_fall = equity_drawdown(period.curve, period.opening)
    equity = float(period.curve.equity[-1]) if len(period.curve.equity) else period.opening + net
    said: dict[str, Any] = dict(
        begin_s=period.begin_msc // 1000,
        end_s=period.end_msc // 1000,
        bars=len(period.curve.times),
        ticks=ticks,
        symbols=len({deal.symbol for deal in period.deals} | {result.test.symbol}),
        history_quality_percent=100.0 if result.test.ticks == "every" else None,
        initial_deposit=period.opening,
        final_balance=round(period.opening + net, 2),
        final_equity=equity,
        total_net_profit=net,
        gross_profit=gross_profit,
        gross_loss=gross_loss,
        profit_factor=gross_profit / -gross_loss if gross_loss else None,
        expected_payoff=net / made.trades if made.trades else None,
        recovery_factor=net / equity_fall.maximal if equity_fall.maximal else None,
        average_r=_mean([line.r for line in period.trades.lines if line.r is not None]),
        exposure_percent=exposure_percent(period.trades.rows, period.begin_msc, period.end_msc),
        open_positions=sum(row.state == "open" for row in period.trades.rows),
        total_deals=len(period.deals),
        balance_drawdown=Drawdown(**asdict(made.drawdown)),
        equity_drawdown=equity_fall,
        minimal_margin_level_percent=_least_margin_level(period.curve),
        months=_months(period),
        hours=_slots(period.trades.rows, range(24), lambda at: at.hour),
        weekdays=_slots(period.trades.rows, range(7), lambda at: at.weekday()),
        year_months=_slots(period.trades.rows, range(1, 13), lambda at: at.month),
        return_percent=100 * net / period.opening if period.opening > 0 else None,
        **_counts(made),
        **_ratios(period, equity, equity_fall),
        **_excursions(period.trades),
        **_holding(period.trades.rows),
        **_costs(period.deals),
    )
    return _finite(Figures(**said))


def _series(period: _Period) -> statistics.Series:
    return statistics.Series(
        at=[one.executed_at.timestamp() for one in period.trades.closed],
        net=[float(one.net) for one in period.trades.closed],
        is_long=[one.side == "buy" for one in period.trades.closed],
        opening=period.opening,
    )


def _counts(made: statistics.Figures) -> dict[str, Any]:
    """What MetaTrader's report counts, by the names that it has here."""
    runs = made.streaks
    return {
        "total_trades": made.trades,
        **{
            name: getattr(made, name)
            for name in Figures.__struct_fields__
            if name.startswith(("short_", "long_", "profit_trades", "loss_trades", "largest_", "average_"))
            and hasattr(made, name)
        },
        "max_consecutive_wins": runs.most_wins,
        "max_consecutive_wins_money": runs.most_wins_money,
        "max_consecutive_losses": runs.most_losses,
        "max_consecutive_losses_money": runs.most_losses_money,
        "maximal_consecutive_profit": runs.best,
        "maximal_consecutive_profit_count": runs.best_count,
        "maximal_consecutive_loss": runs.worst,
        "maximal_consecutive_loss_count": runs.worst_count,
        "average_consecutive_wins": runs.average_wins,
        "average_consecutive_losses": runs.average_losses,
    }


def _ratios(period: _Period, equity: float, fall: Drawdown) -> dict[str, float | None]:
    series = _series(period)
    made, held = statistics.returns(series), statistics.holding(series)
    line = statistics.regression(list(accumulate(series.net, initial=series.opening)))
    runs = statistics.z_score(series.net)
    annual = annual_return(period.opening, equity, (period.end_msc - period.begin_msc) / 1000)
    deepest = fall.relative_percent
    return {
        "sharpe_ratio": made.sharpe,
        "sortino_ratio": made.sortino,
        "annual_sharpe_ratio": daily_sharpe(_day_ends(period)),
        "calmar_ratio": 100 * annual / deepest if annual is not None and deepest else None,
        "annual_return_percent": None if annual is None else 100 * annual,
        "ahpr": held.ahpr,
        "ghpr": held.ghpr,
        "lr_correlation": line.correlation,
        "lr_standard_error": line.standard_error,
        "z_score": runs.z,
        "z_probability_percent": runs.probability_percent,
    }


def annual_return(opening: float, closing: float, span: float) -> float | None:
    """Return the growth a year, as a ratio, that makes the one money of the other in `span` seconds.

    None for less than 30 days, or where there is nothing at either end.
    """
    if span < ANNUAL_AT_LEAST_S or opening <= 0 or closing <= 0:
        return None
    exponent = math.log(closing / opening) * YEAR_S / span
    return math.expm1(exponent) if exponent < 50 else None


def equity_drawdown(curve: Curve, opening: float) -> Drawdown:
    """Return how far equity fell: from the highest close of a bar to the lowest within a later one.

    Highs within bars are not known, so the true fall may be a little deeper.
    Source: MetaTrader 5 help, "Testing Report" (Equity Drawdown).
    """
    if not len(curve.times):
        return Drawdown(None, None, None, None, None)
    peaks = np.maximum.accumulate(np.concatenate(([opening], curve.equity)))[:-1]
    lows = np.minimum(curve.low, curve.equity)
    falls = np.maximum(peaks - lows, 0.0)
    shares = np.divide(falls, peaks, out=np.zeros_like(falls), where=peaks > 0)
    deepest, worst = int(np.argmax(falls)), int(np.argmax(shares))
    return Drawdown(
        absolute=max(0.0, opening - float(lows.min())),
        maximal=float(falls[deepest]),
        maximal_percent=100 * float(shares[deepest]),
        relative=float(falls[worst]),
        relative_percent=100 * float(shares[worst]),
    )


def _least_margin_level(curve: Curve) -> float | None:
    """Of bars at whose close something was held: the lowest equity / margin."""
    held = curve.margin > 0
    return float(np.min(100 * curve.low[held] / curve.margin[held])) if held.any() else None


def _day_ends(period: _Period) -> list[Sample]:
    """The last of each day, and where equity began."""
    curve = period.curve
    days = curve.times // 86_400
    last = [int(at) for at in np.flatnonzero(np.append(days[1:] != days[:-1], True))] if len(days) else []
    # The deposit stands for the close of the working day before the first.
    begin = Sample(period.begin_msc - _days_back(period.begin_msc) * 86_400_000, 0.0, period.opening, 0.0)
    ends = [
        Sample(int(curve.times[at]) * 1000, float(curve.balance[at]), float(curve.equity[at]), 0.0)
        for at in last
    ]
    return [begin, *ends]


def _days_back(msc: int) -> int:
    weekday = (msc // 86_400_000 + 3) % 7
    return {0: 3, 6: 2}.get(weekday, 1)


def _excursions(trades: Trades) -> dict[str, float | None]:
    """Correlations over closed trades. Profit: with all costs."""
    said = [
        (line.net, line.mfe, line.mae)
        for line in trades.lines
        if line.exited_msc is not None and line.mfe is not None and line.mae is not None
    ]
    profit, mfe, mae = ([one[place] for one in said] for place in range(3))
    return {
        "profit_mfe_correlation": statistics.correlation(profit, mfe),
        "profit_mae_correlation": statistics.correlation(profit, mae),
        "mfe_mae_correlation": statistics.correlation(mfe, mae),
    }


def _holding(rows: Sequence[TradeRow]) -> dict[str, float | None]:
    held = [
        (row.exited_at - row.entered_at).total_seconds()
        for row in rows
        if row.state == "closed" and row.exited_at is not None and row.entered_at is not None
    ]
    return {
        "minimal_holding_s": min(held, default=None),
        "maximal_holding_s": max(held, default=None),
        "average_holding_s": _mean(held),
    }


def _costs(deals: Sequence[Deal]) -> dict[str, float]:
    return {
        "commission": math.fsum(float(deal.commission) for deal in deals),
        "swap": math.fsum(float(deal.swap) for deal in deals),
        "fee": math.fsum(float(deal.fee) for deal in deals),
        "volume_lots": math.fsum(deal.volume for deal in deals if deal.entry == 0),
    }


def _months(period: _Period) -> list[Month]:
    """By the equity at the end of each month, so that the months multiply to the whole."""
    curve = period.curve
    if not len(curve.times):
        return []
    numbers: NDArray[np.int64] = curve.times.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
    last = np.flatnonzero(np.append(numbers[1:] != numbers[:-1], True))
    equity = [period.opening, *(float(curve.equity[at]) for at in last)]
    closed = [(one.executed_at.year - 1970) * 12 + one.executed_at.month - 1 for one in period.trades.closed]
    return [
        Month(
            year=1970 + number // 12,
            month=number % 12 + 1,
            money=round(after - before, 2),
            percent=100 * (after / before - 1) if before > 0 else None,
            trades=closed.count(number),
        )
        for number, (before, after) in zip((int(numbers[at]) for at in last), pairwise(equity), strict=True)
    ]


def _slots(rows: Sequence[TradeRow], keys: Iterable[int], key_of: Callable[[datetime], int]) -> list[Slot]:
    by: dict[int, list[float]] = {key: [] for key in keys}
    for row in rows:
        if row.state == "closed" and row.entered_at is not None:
            by[key_of(row.entered_at.astimezone(UTC))].append(float(row.net_profit))
    return [
        Slot(key, len(made), round(math.fsum(made), 2), sum(one >= 0 for one in made))
        for key, made in by.items()
    ]


def _finite(figures: Figures) -> Figures:
    """Leave out what is no number that JSON has, or none that says anything."""
    odd = {
        name: None
        for name in Figures.__struct_fields__
        if isinstance(value := getattr(figures, name), float) and not abs(value) < _LARGEST
    }
    return msgspec.structs.replace(figures, **odd) if odd else figures


def _mean(values: Sequence[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None


def _trades(deal: Deal) -> bool:
    return deal.type in (DEAL_BUY, DEAL_SELL)
