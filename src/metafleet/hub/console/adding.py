"""What the journal adds up, as the console shows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from decimal import Decimal
from typing import Any
from uuid import UUID

from metafleet.engine.statements import statistics
from metafleet.hub.console.book import Book
from metafleet.hub.console.schemas import statistics as shown
from metafleet.hub.journal.breakdowns import DURATIONS, Group
from metafleet.hub.journal.ledgers import Counted, Ledger

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SESSIONS = {"asia": "Asia", "london": "London", "newyork": "New York", "off": "Outside of all sessions"}


def figures_of(currency: str, counted: Counted, made: Ledger) -> shown.Statistics:
    """Return a report's figures with what surrounds them."""
    figures = statistics.figures(made.series)
    fall, runs, returns = figures.drawdown, figures.streaks, figures.returns
    plain = asdict(figures)
    for part in ("drawdown", "streaks", "returns"):
        del plain[part]
    return shown.Statistics(
        **plain,
        currency=currency,
        counted=counted,
        positions=made.positions,
        sharpe_ratio=returns.sharpe,
        sortino_ratio=returns.sortino,
        calmar_ratio=returns.calmar,
        average_r=made.average_r,
        balance_drawdown_absolute=fall.absolute,
        balance_drawdown_maximal=fall.maximal,
        balance_drawdown_maximal_percent=fall.maximal_percent,
        balance_drawdown_relative=fall.relative,
        balance_drawdown_relative_percent=fall.relative_percent,
        max_consecutive_wins=runs.most_wins,
        max_consecutive_wins_money=runs.most_wins_money,
        max_consecutive_losses=runs.most_losses,
        max_consecutive_losses_money=runs.most_losses_money,
        maximal_consecutive_profit=runs.best,
        maximal_consecutive_profit_count=runs.best_count,
        maximal_consecutive_loss=runs.worst,
        maximal_consecutive_loss_count=runs.worst_count,
        average_consecutive_wins=runs.average_wins,
        average_consecutive_losses=runs.average_losses,
        average_duration_s=made.average_duration_s,
        volume=made.volume,
        commission=made.commission,
        swap=made.swap,
        fee=made.fee,
        deposits=made.deposits,
        withdrawals=made.withdrawals,
        start_balance=made.opened_with,
        end_balance=made.ended_with,
        growth_percent=returns.growth_percent,
    )


def breakdown_rows(book: Book, by: shown.BreakdownBy, groups: Iterable[Group]) -> list[shown.Breakdown]:
    """Return a row for each key and currency: accounts of one currency are added up."""
    together: dict[tuple[str, str], list[Group]] = {}
    labels: dict[str, str] = {}
    for group in groups:
        key, label = _named(book, by, group)
        labels[key] = label
        together.setdefault((key, book.accounts[group.account_id].currency), []).append(group)
    return [_breakdown(key, labels[key], currency, made) for (key, currency), made in together.items()]


def calendar_of(book: Book, days: Iterable[Group]) -> shown.Calendar:
    together: dict[tuple[str, str], list[Group]] = {}
    for group in days:
        key = (group.key.isoformat(), book.accounts[group.account_id].currency)
        together.setdefault(key, []).append(group)
    by_currency: dict[str, list[Group]] = {}
    for (_, currency), groups in together.items():
        by_currency.setdefault(currency, []).extend(groups)
    return shown.Calendar(
        days=[
            shown.CalendarDay(day=day, currency=currency, **_won(groups))
            for (day, currency), groups in sorted(together.items())
        ],
        totals=[
            shown.CalendarTotal(currency=currency, **_won(groups))
            for currency, groups in sorted(by_currency.items())
        ],
    )


def _won(groups: list[Group]) -> dict[str, Any]:
    return {
        "net_profit": float(sum((group.net_profit for group in groups), Decimal(0))),
        "trades": sum(group.trades for group in groups),
        "wins": sum(group.wins for group in groups),
        "losses": sum(group.losses for group in groups),
    }


def _breakdown(key: str, label: str, currency: str, groups: list[Group]) -> shown.Breakdown:
    won = _won(groups)
    count, measured = won["trades"], sum(group.measured for group in groups)
    gross_win = sum((group.gross_win for group in groups), Decimal(0))
    gross_loss = sum((group.gross_loss for group in groups), Decimal(0))
    total_r = sum((group.total_r for group in groups), Decimal(0))
    return shown.Breakdown(
        key=key,
        label=label,
        currency=currency,
        **won,
        win_rate=won["wins"] / count if count else None,
        profit_factor=float(gross_win / -gross_loss) if gross_loss else None,
        expected_payoff=won["net_profit"] / count if count else None,
        average_r=float(total_r / measured) if measured else None,
        volume=float(sum((group.volume for group in groups), Decimal(0))),
    )


def _named(book: Book, by: shown.BreakdownBy, group: Group) -> tuple[str, str]:
    """Return the key, which a filter takes where there is one, and what people read."""
    key = group.key
    match by:
        case "account":
            named = str(key), book.label(key)
        case "ea":
            named = _ea(book, group.account_id, key)
        case "weekday":
            named = str(key), _DAYS[key]
        case "hour":
            named = str(key), f"{key:02}:00"
        case "session":
            named = key, _SESSIONS[key]
        case "month":
            named = key.strftime("%Y-%m"), key.strftime("%B %Y")
        case "duration":
            named = str(key), DURATIONS[key][0]
        case _:
            named = str(key), str(key)
    return named


def _ea(book: Book, account_id: UUID, magic: int | None) -> tuple[str, str]:
    owner = None if magic is None else book.instances.get((account_id, magic))
    if owner is not None:
        return str(owner.id), owner.name
    if not magic:
        return "hand", "By hand"
    return f"magic:{magic}", f"Magic {magic}"
