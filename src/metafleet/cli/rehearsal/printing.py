"""An account's report as text, as JSON and as a page that needs nothing beside itself."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from metafleet.engine.statements.pages import fill_page
from metafleet.engine.statements.report import Report

_PAGE: Final = Path(__file__).with_name("page.html")
_WIDTH: Final = 78


def as_json(report: Report) -> bytes:
    """Return the report as JSON: the same report, the same bytes."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


def as_page(report: Report) -> str:
    """Return the report as an HTML page."""
    return fill_page(_PAGE, msgspec.json.encode(report))


def as_text(report: Report) -> str:
    """Return the report's figures as lines for a terminal."""
    made, currency = report.figures, report.currency
    growth = "" if made.growth_percent is None else f" ({made.growth_percent:+.2f} %)"
    rows = [
        ("Net profit", f"{made.net_profit:+,.2f} {currency}{growth}"),
        ("Balance, equity", f"{made.balance:,.2f}, {made.equity:,.2f}"),
        ("Trades closed", f"{made.trades}: {made.won} won, {made.lost} lost{_open(made.open_positions)}"),
        ("Win rate", shown_percent(made.win_rate_percent)),
        ("Profit factor", shown_ratio(made.profit_factor)),
        ("Expectancy", _with(shown_money(made.expectancy), "a trade")),
        ("Max drawdown", f"{made.drawdown:,.2f} ({made.drawdown_percent:.2f} % of equity's peak)"),
        ("Sharpe", _with(shown_ratio(made.sharpe), "a year, by days")),
        ("In the market", f"{made.exposure_percent:.1f} % of the time"),
        ("Costs", f"commission {made.commission:,.2f}, swap {made.swap:,.2f}, fee {made.fee:,.2f}"),
    ]
    head = f"{report.title}: {_moment(report.begin_msc)} to {_moment(report.end_msc)}, server time"
    lines = ["", head, "-" * min(_WIDTH, len(head))]
    lines += [f"{name:<16} {value}" for name, value in rows]
    lines += [f"* {note}" for note in report.notes]
    return "\n".join(lines)


def _open(count: int) -> str:
    return f"; {count} still open" if count else ""


def _with(value: str, unit: str) -> str:
    return value if value == "-" else f"{value} {unit}"


def shown_money(value: float | None) -> str:
    """Return money with its sign; a dash for what cannot be said."""
    return "-" if value is None else f"{value:+,.2f}"


def shown_ratio(value: float | None) -> str:
    """Return a ratio; a dash for what cannot be said."""
    return "-" if value is None else f"{value:.2f}"


def shown_percent(value: float | None) -> str:
    """Return a percentage; a dash for what cannot be said."""
    return "-" if value is None else f"{value:.1f} %"


def _moment(msc: int) -> str:
    return datetime.fromtimestamp(msc / 1000, UTC).strftime("%Y-%m-%d %H:%M")
