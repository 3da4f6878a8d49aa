"""A test's report as lines for a terminal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from metafleet.cli.rehearsal.printing import shown_money, shown_percent, shown_ratio
from metafleet.engine.tester.figures import Drawdown, Figures
from metafleet.engine.tester.report import TestReport

_WIDTH: Final = 78


def as_text(report: TestReport) -> str:
    """Return the figures that count as lines; those of a forward test's periods side by side."""
    head = f"{report.title}: {_day(report.begin_msc)} to {_day(report.end_msc)}, server time"
    lines = ["", head, "-" * min(_WIDTH, len(head))]
    periods = [("", report.figures)]
    if report.before is not None and report.forward is not None and report.forward_msc is not None:
        from_day = _day(report.forward_msc)
        periods = [
            ("whole", report.figures),
            (f"before {from_day}", report.before),
            ("forward", report.forward),
        ]
    columns = [_rows(figures, report.currency) for _, figures in periods]
    if len(periods) > 1:
        columns = [[("", name), *column] for (name, _), column in zip(periods, columns, strict=True)]
    widths = [max(len(value) for _, value in column) for column in columns]
    for cells in zip(*columns, strict=True):
        values = "   ".join(f"{value:<{width}}" for (_, value), width in zip(cells, widths, strict=True))
        lines.append(f"{cells[0][0]:<18} {values}".rstrip())
    lines += [f"* {note}" for note in report.notes]
    lines.append(
        f"{report.figures.bars:,} bars, {report.figures.ticks or 0:,} ticks, {report.elapsed_s:.2f} s"
    )
    return "\n".join(lines)


def _rows(made: Figures, currency: str) -> list[tuple[str, str]]:
    return [
        ("Net profit", f"{made.total_net_profit:+,.2f} {currency} ({shown_percent(made.return_percent)})"),
        ("A year", shown_percent(made.annual_return_percent)),
        ("Trades", f"{made.total_trades}: {made.profit_trades} won, {made.loss_trades} lost"),
        ("Profit factor", shown_ratio(made.profit_factor)),
        ("Expected payoff", shown_money(made.expected_payoff)),
        ("Equity drawdown", _fall(made.equity_drawdown)),
        ("Balance drawdown", _fall(made.balance_drawdown)),
        ("Recovery factor", shown_ratio(made.recovery_factor)),
        ("Sharpe ratio", f"{shown_ratio(made.sharpe_ratio)}; a year {shown_ratio(made.annual_sharpe_ratio)}"),
        ("Z-score", f"{shown_ratio(made.z_score)} ({shown_percent(made.z_probability_percent)})"),
        ("In the market", f"{made.exposure_percent:.1f} % of the time"),
        ("Commission, swap", f"{made.commission:,.2f}, {made.swap:,.2f}"),
    ]


def _fall(fall: Drawdown) -> str:
    return "-" if fall.maximal is None else f"{fall.maximal:,.2f} ({shown_percent(fall.relative_percent)})"


def _day(msc: int) -> str:
    return datetime.fromtimestamp(msc / 1000, UTC).strftime("%Y-%m-%d")
