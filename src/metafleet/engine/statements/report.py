"""An account's report: trades, curves and figures of what was done on it between two moments.

Made of what any broker has: deals, and the equity that somebody noted now and then. No clock, no IO.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Final

import msgspec

from metafleet.engine.broker.records import DEAL_BUY, DEAL_SELL, ENTRY_IN, AccountInfo, Position
from metafleet.engine.broker.records import Deal as BrokerDeal
from metafleet.engine.statements import statistics
from metafleet.engine.statements.folding import Deal, TradeRow, fold

DAY_MSC: Final = 86_400_000
TRADING_DAYS: Final = 252
"""In a year, for annual figures."""

_FEWEST_DAYS: Final = 5
"""Fewer returns than a week's tell nothing of their spread."""


class Sample(msgspec.Struct, frozen=True, array_like=True):
    """The account at a moment: Unix milliseconds of the server's clock, money in the account's currency."""

    time_msc: int
    balance: float
    equity: float
    margin: float


class Bars(msgspec.Struct, frozen=True, rename="camel"):
    """A symbol's prices for the chart, by column, oldest first. times: Unix seconds of the server's clock."""

    symbol: str
    digits: int
    period_s: int
    times: list[int]
    open: list[float]
    high: list[float]
    low: list[float]
    close: list[float]


class TradeLine(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One trade: a position from its opening to its last close, or one leg of a reversed one.

    Times in Unix milliseconds of the server's clock, None while open. costs: commission, swap and fee.
    """

    position: int
    symbol: str
    side: str
    volume: float
    entered_msc: int | None
    exited_msc: int | None
    entry_price: float | None
    exit_price: float | None
    sl: float | None
    tp: float | None
    profit: float
    costs: float
    net: float
    exit_reason: str
    magic: int
    comment: str


class Figures(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """What a report says first. Money in the account's currency; percents 0 to 100; None: cannot be said.

    net_profit: what all deals but deposits made, with all costs. floating: of what is still open at the end.
    profit_factor: won money / lost money of closed trades. expectancy: net of closed trades / their number.
    drawdown: the deepest fall of equity, as it was noted, from its highest before. sharpe: mean / standard
    deviation of the days' relative changes of equity, times the root of 252; None for fewer than five days.
    exposure_percent: share of the time in which a position was open.
    """

    deposits: float
    balance: float
    equity: float
    net_profit: float
    floating: float
    growth_percent: float | None
    trades: int
    won: int
    lost: int
    open_positions: int
    win_rate_percent: float | None
    profit_factor: float | None
    expectancy: float | None
    average_won: float | None
    average_lost: float | None
    largest_won: float
    largest_lost: float
    longest_losing: int
    drawdown: float
    drawdown_percent: float
    balance_drawdown: float
    recovery_factor: float | None
    sharpe: float | None
    exposure_percent: float
    gross_profit: float
    commission: float
    swap: float
    fee: float
    deals: int
    volume_lots: float


class Report(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """All of it. begin_msc, end_msc: the server's clock. sample_s: how far apart equity was noted at most."""

    title: str
    login: int
    server: str
    currency: str
    leverage: int
    margin_mode: str
    begin_msc: int
    end_msc: int
    sample_s: int
    figures: Figures
    trades: list[TradeLine]
    curve: list[Sample]
    bars: list[Bars]
    notes: list[str]


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What a report is made of. samples: oldest first, the first at the beginning, the last at the end."""

    info: AccountInfo
    deals: Sequence[BrokerDeal]
    positions: Sequence[Position]
    samples: Sequence[Sample]


def make_report(
    account: Account,
    *,
    title: str,
    sample_s: int,
    bars: Sequence[Bars] = (),
    notes: Sequence[str] = (),
) -> Report:
    """Return the report of an account over the time of its samples, of which there is at least one."""
    rows = fold(deal_of(deal) for deal in account.deals)
    info = account.info
    return Report(
        title=title,
        login=info.login,
        server=info.server,
        currency=info.currency,
        leverage=info.leverage,
        margin_mode=info.margin_mode,
        begin_msc=account.samples[0].time_msc,
        end_msc=account.samples[-1].time_msc,
        sample_s=sample_s,
        figures=_figures(account, rows),
        trades=[line_of(row) for row in sorted(rows, key=entered)],
        curve=list(account.samples),
        bars=list(bars),
        notes=list(notes),
    )


def _figures(account: Account, rows: Sequence[TradeRow]) -> Figures:
    trading = [deal for deal in account.deals if deal.type in (DEAL_BUY, DEAL_SELL)]
    deposits = math.fsum(float(deal.net) for deal in account.deals if deal.type not in (DEAL_BUY, DEAL_SELL))
    net_profit = sum((deal.net for deal in trading), Decimal(0))
    closed = sorted((row for row in rows if row.state == "closed"), key=_exited)
    made = statistics.figures(
        statistics.Series(
            at=[_exited(row).timestamp() for row in closed],
            net=[float(row.net_profit) for row in closed],
            is_long=[row.side == "buy" for row in closed],
            opening=deposits,
        )
    )
    fall, fall_percent = equity_drawdown(account.samples)
    return Figures(
        deposits=deposits,
        balance=float(account.info.balance),
        equity=float(account.info.equity),
        net_profit=float(net_profit),
        floating=float(account.info.equity - account.info.balance - account.info.credit),
        growth_percent=100 * float(net_profit) / deposits if deposits > 0 else None,
        trades=made.trades,
        won=made.profit_trades,
        lost=made.loss_trades,
        open_positions=len(account.positions),
        win_rate_percent=made.profit_trades_percent,
        profit_factor=made.profit_factor,
        expectancy=made.expected_payoff,
        average_won=made.average_profit,
        average_lost=made.average_loss,
        largest_won=made.largest_profit,
        largest_lost=made.largest_loss,
        longest_losing=made.streaks.most_losses,
        drawdown=fall,
        drawdown_percent=fall_percent,
        balance_drawdown=made.drawdown.maximal,
        recovery_factor=float(net_profit) / fall if fall > 0 else None,
        sharpe=daily_sharpe(account.samples),
        exposure_percent=exposure_percent(rows, account.samples[0].time_msc, account.samples[-1].time_msc),
        gross_profit=float(sum((deal.profit for deal in trading), Decimal(0))),
        commission=float(sum((deal.commission for deal in trading), Decimal(0))),
        swap=float(sum((deal.swap for deal in trading), Decimal(0))),
        fee=float(sum((deal.fee for deal in trading), Decimal(0))),
        deals=len(trading),
        volume_lots=math.fsum(deal.volume for deal in trading if deal.entry == ENTRY_IN),
    )


def equity_drawdown(samples: Sequence[Sample]) -> tuple[float, float]:
    """Return the deepest fall of equity in money, and the deepest in percent of the peak it fell from."""
    peak = deepest = deepest_ratio = 0.0
    for sample in samples:
        peak = max(peak, sample.equity)
        fall = peak - sample.equity
        deepest = max(deepest, fall)
        if peak > 0:
            deepest_ratio = max(deepest_ratio, fall / peak)
    return deepest, 100 * deepest_ratio


def daily_sharpe(samples: Sequence[Sample]) -> float | None:
    """Return mean / standard deviation of the days' relative changes of equity, times the root of 252.

    A day's equity is the last that was noted on it, by the server's clock, Monday to Friday. No interest is
    taken off. None for fewer than five changes, or where nothing ever changed.
    Source: Sharpe 1994; 252 trading days as is usual.
    """
    days: dict[int, float] = {}
    for sample in samples:
        # Monday to Friday: a weekend has no market, and would only make the spread look small.
        if (sample.time_msc // DAY_MSC + 3) % 7 < 5:
            days[sample.time_msc // DAY_MSC] = sample.equity
    equity = list(days.values())
    changes = [after / before - 1 for before, after in pairwise(equity) if before > 0]
    if len(changes) < _FEWEST_DAYS:
        return None
    mean = math.fsum(changes) / len(changes)
    variance = math.fsum((change - mean) ** 2 for change in changes) / (len(changes) - 1)
    return mean / math.sqrt(variance) * math.sqrt(TRADING_DAYS) if variance > 0 else None


def exposure_percent(rows: Sequence[TradeRow], begin: int, end: int) -> float:
    """Return the share of the time between two moments in which a position was open. Milliseconds."""
    spans = sorted(
        (msc_of(row.entered_at) or begin, min(end, msc_of(row.exited_at) or end))
        for row in rows
        if row.state != "orphan"
    )
    covered, reached = 0, begin
    for entered, exited in spans:
        covered += max(0, exited - max(entered, reached))
        reached = max(reached, exited)
    return 100 * covered / (end - begin) if end > begin else 0.0


def deal_of(deal: BrokerDeal) -> Deal:
    """Return the broker's deal as the journal keeps it."""
    return Deal(
        ticket=deal.ticket,
        position_id=deal.position_id or None,
        order_id=deal.order or None,
        symbol=deal.symbol,
        kind=deal.type,
        entry=deal.entry,
        volume=Decimal(str(deal.volume)),
        price=Decimal(str(deal.price)),
        executed_at=datetime.fromtimestamp(deal.time_msc / 1000, UTC),
        profit=deal.profit,
        commission=deal.commission,
        swap=deal.swap,
        fee=deal.fee,
        magic=deal.magic,
        reason=deal.reason,
        stop_loss=None if deal.sl is None else Decimal(str(deal.sl)),
        take_profit=None if deal.tp is None else Decimal(str(deal.tp)),
        comment=deal.comment,
    )


def line_of(row: TradeRow) -> TradeLine:
    """Return a folded trade as the report has it."""
    return TradeLine(
        position=row.position_id,
        symbol=row.symbol,
        side=row.side,
        volume=float(row.volume),
        entered_msc=msc_of(row.entered_at),
        exited_msc=msc_of(row.exited_at),
        entry_price=_number(row.entry_price),
        exit_price=_number(row.exit_price),
        sl=_number(row.stop_loss),
        tp=_number(row.take_profit),
        profit=float(row.profit),
        costs=float(row.commission + row.swap + row.fee),
        net=float(row.net_profit),
        exit_reason=row.exit_reason,
        magic=row.magic or 0,
        comment=row.comment,
    )


_NEVER: Final = datetime.max.replace(tzinfo=UTC)


def entered(row: TradeRow) -> tuple[datetime, int, int]:
    """Return what trades are sorted by."""
    return row.entered_at or row.exited_at or _NEVER, row.position_id, row.part


def _exited(row: TradeRow) -> datetime:
    return row.exited_at or _NEVER


def msc_of(at: datetime | None) -> int | None:
    """Return a moment in Unix milliseconds."""
    return None if at is None else round(at.timestamp() * 1000)


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
