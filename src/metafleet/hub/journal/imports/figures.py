"""A file's own totals beside what the journal makes of the same deals.

The definitions are MetaTrader's, in `engine.statements.statistics`. They are worked out over the deals of
the file as they stand in the journal, so a figure that matches says that nothing was lost or
doubled on the way.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from metafleet.engine.statements import statistics
from metafleet.engine.statements.folding import BUY, IN, SELL, ZERO, Deal
from metafleet.hub.journal.imports.orders import DERIVED_BELOW
from metafleet.hub.journal.imports.words import BALANCE, CREDIT

LABELS: Final = {
    "net_profit": "Net profit", "closed_profit": "Closed trade P/L", "deposits": "Deposits and withdrawals",
    "credit": "Credit", "balance": "Balance", "gross_profit": "Gross profit", "gross_loss": "Gross loss",
    "trades": "Trades", "profit_factor": "Profit factor", "expected_payoff": "Expected payoff",
    "recovery_factor": "Recovery factor", "sharpe_ratio": "Sharpe ratio",
    "drawdown_absolute": "Absolute drawdown", "drawdown_maximal": "Maximal drawdown",
    "drawdown_maximal_percent": "Maximal drawdown, %", "drawdown_relative": "Relative drawdown",
    "drawdown_relative_percent": "Relative drawdown, %", "short_trades": "Short trades",
    "short_won_percent": "Short trades won, %", "long_trades": "Long trades",
    "long_won_percent": "Long trades won, %", "profit_trades": "Profit trades",
    "profit_trades_percent": "Profit trades, %", "loss_trades": "Loss trades",
    "loss_trades_percent": "Loss trades, %", "largest_profit": "Largest profit trade",
    "largest_loss": "Largest loss trade", "average_profit": "Average profit trade",
    "average_loss": "Average loss trade", "most_wins": "Most wins in a row",
    "most_wins_money": "Most wins in a row, money", "most_losses": "Most losses in a row",
    "most_losses_money": "Most losses in a row, money", "best_run": "Best run",
    "best_run_count": "Best run, trades",
    "worst_run": "Worst run", "worst_run_count": "Worst run, trades",
    "average_wins": "Average wins in a row", "average_losses": "Average losses in a row",
}  # fmt: skip
ALWAYS: Final = ("net_profit", "deposits", "balance", "gross_profit", "gross_loss", "trades")
"""Shown of every file, printed or not."""
_MEANS: Final = {"average_profit", "average_loss", "expected_payoff"}
_AGREE: Final = 0.0051
"""Reports round to the second decimal, and the spreadsheet of the same report does not."""

Costs = Mapping[int, Decimal]


def compare(
    deals: Sequence[Deal], printed: Mapping[str, Decimal], *, platform: str, start: Decimal
) -> list[dict[str, Any]]:
    """Return the figures as {name, printed, journal, matches}; what the file does not print has None.

    deals: the file's, as the journal has them. start: the balance before the first of them.

    Where an opening costs a commission builds differ on which trade bears it (the closing, or none):
    the way that gives most of the printed figures stands for the file.
    """
    ways = [journal_figures(deals, costs, platform=platform, start=start) for costs in _ways(deals, platform)]
    best = max(ways, key=lambda way: sum(_matches(name, printed[name], way.get(name)) for name in printed))
    names = [name for name in LABELS if name in printed or name in ALWAYS]
    return [
        {
            "name": LABELS[name],
            "printed": float(printed[name]) if name in printed else None,
            "journal": best.get(name),
            "matches": _matches(name, printed[name], best.get(name)) if name in printed else None,
        }
        for name in names
    ]


def journal_figures(
    deals: Sequence[Deal], costs: Costs, *, platform: str, start: Decimal
) -> dict[str, float | None]:
    """Return every figure by name. costs: what an exit bears of its opening, by the exit's ticket."""
    trading = [deal for deal in deals if deal.kind in (BUY, SELL)]
    operations = [deal for deal in deals if deal.kind >= BALANCE]
    exits = sorted((deal for deal in trading if deal.entry != IN), key=_closed)
    made = [float(_money(deal) + costs.get(deal.ticket, ZERO)) for deal in exits]
    booked = _booked(trading, platform)
    net = sum((_money(deal) for deal in booked), ZERO)
    borne = sum(costs.values(), ZERO)
    unborne = sum((_cost(deal) for deal in booked if deal.entry == IN), ZERO) - borne
    flows = [(deal.executed_at.timestamp(), _money(deal)) for deal in operations if deal.kind != CREDIT]
    deposits = sum((amount for _, amount in flows), ZERO)
    begin = exits[0].executed_at.timestamp() if exits else math.inf
    opening = start + sum((amount for at, amount in flows if at <= begin), ZERO)
    series = statistics.Series(
        at=[deal.executed_at.timestamp() for deal in exits],
        net=made,
        is_long=[deal.kind == SELL for deal in exits],
        opening=float(opening),
        flows=[(at, float(amount)) for at, amount in sorted(flows) if at > begin],
    )
    found = _flat(statistics.figures(series))
    gross_loss = (found["gross_loss"] or 0) + float(min(unborne, ZERO))
    gross_profit = (found["gross_profit"] or 0) + float(max(unborne, ZERO))
    return found | {
        "net_profit": float(net),
        "closed_profit": float(net),
        "gross_profit": gross_profit,
        "gross_loss": gross_loss,
        "profit_factor": gross_profit / -gross_loss if gross_loss else 0.0,
        "expected_payoff": float(net) / len(exits) if exits else 0.0,
        "recovery_factor": float(net) / (found["drawdown_maximal"] or math.inf),
        "deposits": float(deposits),
        "credit": float(sum((_money(deal) for deal in operations if deal.kind == CREDIT), ZERO)),
        "balance": float(start + deposits + net),
    }


def _ways(deals: Sequence[Deal], platform: str) -> list[Costs]:
    """MetaTrader 4 counts an order whole. Version 5 counts closing deals."""
    if platform == "mt5":
        return [{}, _shares(deals)]
    entries = {deal.ticket: deal for deal in deals if deal.entry == IN}
    return [
        {
            deal.ticket: _cost(entries[opened])
            for deal in deals
            if deal.entry not in (None, IN) and (opened := _opened_by(deal.ticket)) in entries
        }
    ]


def _opened_by(exit_ticket: int) -> int:
    """The entry of an order's exit; see `orders`."""
    return exit_ticket + 1 if exit_ticket < DERIVED_BELOW else -exit_ticket


def _shares(deals: Sequence[Deal]) -> Costs:
    """Each exit's share, by volume, of what its position's openings cost."""
    cost: dict[int | None, Decimal] = defaultdict(Decimal)
    volume: dict[int | None, Decimal] = defaultdict(Decimal)
    for deal in deals:
        if deal.entry == IN:
            cost[deal.position_id] += _cost(deal)
            volume[deal.position_id] += deal.volume
    return {
        deal.ticket: cost[deal.position_id] * min(deal.volume / volume[deal.position_id], Decimal(1))
        for deal in deals
        if deal.entry not in (None, IN) and cost[deal.position_id] and volume[deal.position_id]
    }


def _booked(trading: Sequence[Deal], platform: str) -> Sequence[Deal]:
    """MetaTrader 4 books what an order cost when it closes; version 5 at once."""
    if platform == "mt5":
        return trading
    closed = {_opened_by(deal.ticket) for deal in trading if deal.entry != IN}
    return [deal for deal in trading if deal.entry != IN or deal.ticket in closed]


def _flat(found: statistics.Figures) -> dict[str, float | None]:
    return {
        "trades": found.trades,
        "gross_profit": found.gross_profit,
        "gross_loss": found.gross_loss,
        "sharpe_ratio": found.returns.sharpe,
        "drawdown_absolute": found.drawdown.absolute,
        "drawdown_maximal": found.drawdown.maximal,
        "drawdown_maximal_percent": found.drawdown.maximal_percent,
        "drawdown_relative": found.drawdown.relative,
        "drawdown_relative_percent": found.drawdown.relative_percent,
        "short_trades": found.short_trades,
        "short_won_percent": found.short_won_percent,
        "long_trades": found.long_trades,
        "long_won_percent": found.long_won_percent,
        "profit_trades": found.profit_trades,
        "profit_trades_percent": found.profit_trades_percent,
        "loss_trades": found.loss_trades,
        "loss_trades_percent": found.loss_trades_percent,
        "largest_profit": found.largest_profit,
        "largest_loss": found.largest_loss,
        "average_profit": found.average_profit,
        "average_loss": found.average_loss,
        "most_wins": found.streaks.most_wins,
        "most_wins_money": found.streaks.most_wins_money,
        "most_losses": found.streaks.most_losses,
        "most_losses_money": found.streaks.most_losses_money,
        "best_run": found.streaks.best,
        "best_run_count": found.streaks.best_count,
        "worst_run": found.streaks.worst,
        "worst_run_count": found.streaks.worst_count,
        "average_wins": found.streaks.average_wins,
        "average_losses": found.streaks.average_losses,
    }


def _matches(name: str, printed: Decimal, made: float | None) -> bool:
    """A report prints 0 where a figure would divide by nothing, and the yen has no decimals."""
    is_whole = name in _MEANS and int(printed.as_tuple().exponent) >= 0
    return abs(float(printed) - (made or 0.0)) <= (0.5 if is_whole else _AGREE)


def _closed(deal: Deal) -> tuple[object, int]:
    return deal.executed_at, abs(deal.ticket)


def _money(deal: Deal) -> Decimal:
    return deal.profit + deal.commission + deal.swap + deal.fee


def _cost(deal: Deal) -> Decimal:
    return deal.commission + deal.fee
