"""What a public page says of its account: nothing that names its owner, their broker or the login."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Final

from metafleet.engine.statements import statistics
from metafleet.hub.console.schemas import shares as shown
from metafleet.hub.fleet.models import AccountState
from metafleet.hub.journal import ledgers, trades
from metafleet.hub.journal.ledgers import Ledger
from metafleet.hub.journal.models import ShareLink, Trade, TradeState
from metafleet.hub.journal.trades import TradeFilter

MOST_TRADES: Final = 100
MOST_DAYS: Final = 366


@dataclass(frozen=True, slots=True)
class _Traded:
    """The account's closings with the balance before each."""

    series: statistics.Series
    before: list[float]

    def growth(self, made: float, at: datetime) -> float | None:
        """Return what this was of the balance before it, in percent."""
        place = bisect_left(self.series.at, at.timestamp())
        balance = self.before[place] if place < len(self.before) else 0.0
        return 100 * made / balance if balance > 0 else None


def page_of(link: ShareLink, now: datetime) -> shown.PublicPage:
    """Return the page of a link that works, in percent alone unless its owner shows the money."""
    account = link.account
    chosen = TradeFilter(accounts=(account.id,))
    asked: dict[str, Any] = {"tenant_id": link.tenant_id, "accounts": [account.id], "chosen": chosen}
    made = ledgers.ledger(**asked, counted="deals")
    curve = ledgers.balance_curve(**asked)
    series = made.series
    traded = _Traded(series, statistics.balances_before(series))
    figures = statistics.figures(series)
    return shown.PublicPage(
        title=link.title,
        platform=account.platform,  # type: ignore[arg-type]
        currency=account.currency if link.shows_money else None,
        since=curve[0].at if curve else None,
        growth_percent=figures.returns.growth_percent,
        statistics=_statistics(figures, made, shows_money=link.shows_money),
        curve=[shown.PublicPoint(at=point.at, growth_percent=100 * (point.growth - 1)) for point in curve],
        days=_days(traded, shows_money=link.shows_money),
        trades=[_trade(row, traded, shows_money=link.shows_money) for row in _newest(link)],
        updated_at=_updated_at(link, series, now),
    )


def _statistics(figures: statistics.Figures, made: Ledger, *, shows_money: bool) -> shown.PublicStatistics:
    money: dict[str, float | None] = dict.fromkeys(
        ("net_profit", "expected_payoff", "largest_profit", "largest_loss", "balance")
    )
    if shows_money:
        money = {name: getattr(figures, name) for name in money if name != "balance"}
        money["balance"] = made.ended_with
    return shown.PublicStatistics(
        trades=figures.trades,
        profit_trades_percent=figures.profit_trades_percent,
        profit_factor=figures.profit_factor,
        sharpe_ratio=figures.returns.sharpe,
        sortino_ratio=figures.returns.sortino,
        recovery_factor=figures.recovery_factor,
        balance_drawdown_relative_percent=figures.drawdown.relative_percent,
        long_trades=figures.long_trades,
        long_won_percent=figures.long_won_percent,
        short_trades=figures.short_trades,
        short_won_percent=figures.short_won_percent,
        max_consecutive_wins=figures.streaks.most_wins,
        max_consecutive_losses=figures.streaks.most_losses,
        average_duration_s=made.average_duration_s,
        average_r=made.average_r,
        **money,
    )


def _days(traded: _Traded, *, shows_money: bool) -> list[shown.PublicDay]:
    """The newest days on which something closed, oldest first, in UTC."""
    series = traded.series
    closings = zip(series.at, series.net, traded.before, strict=True)
    by_day = groupby(closings, key=lambda closing: datetime.fromtimestamp(closing[0], UTC).date())
    days = [(day, list(made)) for day, made in by_day][-MOST_DAYS:]
    return [
        shown.PublicDay(
            day=day.isoformat(),
            trades=len(made),
            wins=sum(net > 0 for _, net, _ in made),
            losses=sum(net < 0 for _, net, _ in made),
            growth_percent=_percent(sum(net for _, net, _ in made), made[0][2]),
            net_profit=sum(net for _, net, _ in made) if shows_money else None,
        )
        for day, made in days
    ]


def _newest(link: ShareLink) -> list[Trade]:
    found = trades.trades(tenant_id=link.tenant_id, chosen=TradeFilter(accounts=(link.account_id,))).exclude(
        state=TradeState.ORPHAN
    )
    if not link.shows_open:
        found = found.exclude(state=TradeState.OPEN)
    return list(found[:MOST_TRADES])


def _trade(row: Trade, traded: _Traded, *, shows_money: bool) -> shown.PublicTrade:
    held = row.exited_at - row.entered_at if row.exited_at and row.entered_at else None
    r = trades.r_multiple(row)
    return shown.PublicTrade(
        symbol=row.symbol,
        side=row.side,  # type: ignore[arg-type]
        state=row.state,  # type: ignore[arg-type]
        entered_at=row.entered_at,
        exited_at=row.exited_at,
        entry_price=_float(row.entry_price),
        exit_price=_float(row.exit_price),
        duration_s=held.total_seconds() if held else None,
        growth_percent=traded.growth(float(row.net_profit), row.exited_at) if row.exited_at else None,
        r=_float(r),
        volume=float(row.volume) if shows_money else None,
        net_profit=float(row.net_profit) if shows_money else None,
    )


def _updated_at(link: ShareLink, series: statistics.Series, now: datetime) -> datetime:
    """When the account was last heard of."""
    heard_at = AccountState.objects.filter(account_id=link.account_id).values_list("observed_at", flat=True)
    moments = [moment for moment in heard_at if moment is not None]
    if series.at:
        moments.append(datetime.fromtimestamp(series.at[-1], UTC))
    return min(max(moments, default=link.created_at), now)


def _percent(part: float, whole: float) -> float | None:
    return 100 * part / whole if whole > 0 else None


def _float(value: Any) -> float | None:
    return None if value is None else float(value)
