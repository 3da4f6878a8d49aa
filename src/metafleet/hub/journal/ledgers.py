"""What statistics and curves are worked out from: closed trades in order, cash flows, balances.

One currency at a time: the accounts that are passed in share it. Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID

from django.db import connection
from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Q, QuerySet, Sum

from metafleet.engine.statements import statistics
from metafleet.hub.journal import trades
from metafleet.hub.journal.models import Deal, Import, ImportState, Trade, TradeState
from metafleet.hub.journal.sql import statistics as sql
from metafleet.hub.journal.trades import TradeFilter

Counted = Literal["deals", "trades"]
BALANCE, CREDIT = 2, 3
"""DEAL_TYPE: from BALANCE on nothing is traded; credit is no part of the balance."""

CASH_KINDS: Final = {
    3: "credit", 4: "charge", 5: "correction", 6: "bonus", 7: "commission", 8: "commission", 9: "commission",
    10: "commission", 11: "commission", 12: "interest", 15: "dividend", 16: "dividend", 17: "tax",
}  # fmt: skip
"""DEAL_TYPE as the journal's words; a balance operation (2) is a deposit or a withdrawal by its sign."""

POINTS: Final = 400
"""Of a curve: more than a screen has pixels to tell apart."""

MOST_WITH_EQUITY: Final = 25
"""Accounts whose equity is added up: each point of each is a look into the index."""

ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Ledger:
    """A currency's closed trades with what surrounds them. Money in that currency.

    `series` is what the figures are worked out from. `opened_with` is the balance at the
    beginning of the span, `ended_with` the one at its end, of whole accounts.
    """

    series: statistics.Series
    volume: float
    positions: int
    average_r: float | None
    average_duration_s: float | None
    commission: float
    swap: float
    fee: float
    deposits: float
    withdrawals: float
    opened_with: float
    ended_with: float


@dataclass(frozen=True, slots=True)
class Point:
    """One step of a curve; `drawdown` 0 to 1 of what was traded, cash flows left out."""

    at: datetime
    balance: float
    equity: float | None
    growth: float
    drawdown: float


def ledger(*, tenant_id: UUID, accounts: Sequence[UUID], chosen: TradeFilter, counted: Counted) -> Ledger:
    """Return what the chosen trades of these accounts made. A trade belongs to a span by its exit."""
    narrowed = replace(chosen, accounts=tuple(accounts))
    found = trades.matching(tenant_id=tenant_id, chosen=narrowed, any_time=True)
    at, net, is_long, volume = _closings(tenant_id, narrowed, found, counted)
    flows = cash_flows(tenant_id=tenant_id, accounts=accounts, chosen=chosen).exclude(kind=CREDIT)
    moved = [(deal.executed_at.timestamp(), deal.kind, float(amount_of(deal))) for deal in flows]
    came = [amount for _, kind, amount in moved if kind == BALANCE]
    begins_with, ends_with = _balances(tenant_id, narrowed)
    opening, later = _opening(begins_with, [(when, amount) for when, _, amount in moved], at)
    sums = _sums(found, chosen)
    return Ledger(
        series=statistics.Series(at, net, is_long, opening, later),
        volume=volume,
        positions=sums["positions"],
        average_r=_float(sums["r"]),
        average_duration_s=sums["held"].total_seconds() if sums["held"] is not None else None,
        commission=float(sums["commission"]),
        swap=float(sums["swap"]),
        fee=float(sums["fee"]),
        deposits=sum(amount for amount in came if amount > 0),
        withdrawals=sum(amount for amount in came if amount < 0),
        opened_with=begins_with,
        ended_with=ends_with,
    )


def cash_flows(*, tenant_id: UUID, accounts: Sequence[UUID], chosen: TradeFilter) -> QuerySet[Deal]:
    """Return what came and went and was not traded, oldest first."""
    found = Deal.objects.filter(tenant_id=tenant_id, account_id__in=list(accounts), kind__gte=BALANCE)
    if chosen.since:
        found = found.filter(executed_at__gte=chosen.since)
    if chosen.until:
        found = found.filter(executed_at__lt=chosen.until)
    return found.order_by("executed_at", "ticket")


def amount_of(deal: Deal) -> Decimal:
    """Return what the deal moved, whichever column the broker wrote it in."""
    return deal.profit + deal.commission + deal.swap + deal.fee


def kind_of(deal: Deal) -> str:
    """Return the journal's word for a deal that is no trade."""
    if deal.kind == BALANCE:
        return "withdrawal" if amount_of(deal) < 0 else "deposit"
    return CASH_KINDS.get(deal.kind, "other")


def balance_curve(*, tenant_id: UUID, accounts: Sequence[UUID], chosen: TradeFilter) -> list[Point]:
    """Return the balance of whole accounts, cash flows included, and their equity where it was seen.

    About POINTS points, oldest first. The equity of several accounts is known once all were seen.
    """
    narrowed = replace(chosen, accounts=tuple(accounts))
    span = _span(tenant_id, narrowed)
    if span is None:
        return []
    begins_with, _ = _balances(tenant_id, narrowed)
    moves = {row[-1]: row for row in _rows(sql.BALANCE_BINS, span)}
    equity = _equity(accounts, span)
    balance, growth, peak, points = begins_with, 1.0, 1.0, []
    for begin in sorted({*moves, *equity}):
        at, traded, came, _ = moves.get(begin, (None, 0.0, 0.0, begin))
        seen_at, seen = equity.get(begin, (None, None))
        if balance + came > 0:
            growth = max(0.0, growth * (1 + traded / (balance + came)))
        balance += traded + came
        peak = max(peak, growth)
        moments = [moment for moment in (at, seen_at) if moment is not None]
        points.append(Point(max(moments), balance, seen, growth, 1 - growth / peak))
    return points


def trade_curve(*, tenant_id: UUID, accounts: Sequence[UUID], chosen: TradeFilter) -> list[Point]:
    """Return what the chosen trades added up to, from zero, by their exits; about POINTS points.

    The growth and the drawdown are those of the balance that they began with, if it is known.
    """
    made = ledger(
        tenant_id=tenant_id,
        accounts=accounts,
        chosen=replace(chosen, state=TradeState.CLOSED),
        counted="trades",
    )
    return thin(made.series)


def thin(series: statistics.Series, most: int = POINTS) -> list[Point]:
    """Return what a series added up to, from zero, by about `most` points; the last is its end."""
    count = len(series.net)
    step = max(1, -(-count // most))
    opening = series.opening if series.opening > 0 else 0.0
    total = peak = 0.0
    points: list[Point] = []
    for index, made in enumerate(series.net, 1):
        total += made
        peak = max(peak, total)
        if index % step and index != count:
            continue
        base = opening + peak
        at = datetime.fromtimestamp(series.at[index - 1], UTC)
        growth = 1 + total / opening if opening else 1.0
        points.append(Point(at, total, None, growth, (peak - total) / base if base > 0 else 0.0))
    return points


def _closings(
    tenant_id: UUID, chosen: TradeFilter, found: QuerySet[Trade], counted: Counted
) -> tuple[list[float], list[float], list[bool], float]:
    """Return (epoch seconds, net, is long) of each closing, oldest first, and the volume of all."""
    columns = (
        "account_id", "position_id", "part", "state", "side", "volume", "closed_volume", "entered_at",
        "exited_at", "net_profit",
    )  # fmt: skip
    span = [chosen.since, chosen.since, chosen.until, chosen.until]
    if counted == "trades":
        found = found.filter(state=TradeState.CLOSED)
    text, parameters = found.values(*columns).query.sql_with_params()
    if counted == "trades":
        statement, asked = sql.CLOSED_TRADES, [*parameters, *span]
    else:
        statement, asked = sql.CLOSINGS, [*parameters, tenant_id, list(chosen.accounts), *span]
    with connection.cursor() as cursor:
        cursor.execute(sql.ROOM)
        cursor.execute(statement.format(chosen=text), asked)
        at, net, is_long, volume = cursor.fetchone()
    return at or [], net or [], is_long or [], float(volume or 0)


def _balances(tenant_id: UUID, chosen: TradeFilter) -> tuple[float, float]:
    """Return the balance of the chosen accounts at the beginning of the span and at its end.

    What the broker said last and the deals do not explain was there from the beginning. Of an
    account that nobody reports, an imported file may say what there was before its first row.
    """
    accounts = list(chosen.accounts)
    untold = booked = ZERO
    for account_id, is_told, rest, made in _rows(sql.BALANCES, {"tenant": tenant_id, "accounts": accounts}):
        missing = rest if is_told else _untold_by_file(tenant_id, account_id)
        untold += missing if abs(missing) >= _CENT else ZERO
        booked += made
    before = _booked_before(tenant_id, accounts, chosen.since) if chosen.since else ZERO
    until = _booked_before(tenant_id, accounts, chosen.until) if chosen.until else booked
    return float(untold + before), float(untold + until)


def _untold_by_file(tenant_id: UUID, account_id: UUID) -> Decimal:
    done = Import.objects.filter(
        tenant_id=tenant_id,
        account_id=account_id,
        state=ImportState.DONE,
        summary__start_balance__isnull=False,
    ).values_list("summary__start_balance", "summary__from")
    begun = [(begin, Decimal(str(balance))) for balance, begin in done if balance is not None and begin]
    if not begun:
        return ZERO
    begin, balance = min(begun)
    return balance - _booked_before(tenant_id, [account_id], datetime.fromisoformat(begin))


def _booked_before(tenant_id: UUID, accounts: Sequence[UUID], at: datetime) -> Decimal:
    asked = {"tenant": tenant_id, "accounts": list(accounts), "at": at}
    [(booked,)] = _rows(sql.BOOKED_BEFORE, asked)
    return Decimal(booked)


def _opening(
    begins_with: float, flows: Sequence[tuple[float, float]], at: Sequence[float]
) -> tuple[float, list[tuple[float, float]]]:
    """Return the balance before the first closing, and the flows after it.

    Where nothing was there yet, the first deposit that follows is what the account began with.
    """
    first = at[0] if at else float("inf")
    opening = begins_with + sum(amount for when, amount in flows if when <= first)
    later = [flow for flow in flows if flow[0] > first]
    if opening <= 0:
        deposit = next((flow for flow in later if flow[1] > 0), None)
        if deposit:
            later.remove(deposit)
            opening = deposit[1]
    return opening, later


def _sums(found: QuerySet[Trade], chosen: TradeFilter) -> dict[str, Any]:
    over = Q(state=TradeState.CLOSED)
    held = ExpressionWrapper(F("exited_at") - F("entered_at"), output_field=DurationField())
    if chosen.since:
        found = found.filter(exited_at__gte=chosen.since)
    if chosen.until:
        found = found.filter(exited_at__lt=chosen.until)
    return found.exclude(state=TradeState.OPEN).aggregate(
        positions=Count("id", filter=over),
        r=Avg(trades.r_expression(), filter=over),
        held=Avg(held, filter=over),
        **{name: Sum(name, default=ZERO) for name in ("commission", "swap", "fee")},
    )


def _span(tenant_id: UUID, chosen: TradeFilter) -> dict[str, Any] | None:
    """Return from when to when there are deals, and how long a bin is."""
    asked = {
        "tenant": tenant_id, "accounts": list(chosen.accounts), "since": chosen.since, "until": chosen.until,
    }  # fmt: skip
    [(first, last)] = _rows(sql.SPAN, asked)
    if first is None:
        return None
    step = max((last - first) / POINTS, timedelta(seconds=1))
    return {**asked, "first": first, "last": last, "step": step.total_seconds()}


def _equity(
    accounts: Sequence[UUID], span: dict[str, Any]
) -> dict[datetime, tuple[datetime | None, float | None]]:
    """Return (instant, equity of all accounts) by bin; an account that is not seen in one goes on."""
    if len(accounts) > MOST_WITH_EQUITY:
        return {}
    seen = {account_id: _rows(sql.EQUITY_BINS, {**span, "account": account_id}) for account_id in accounts}
    news: dict[datetime, list[tuple[UUID, datetime, float]]] = {}
    for account_id, rows in seen.items():
        for begin, at, equity in rows:
            news.setdefault(begin, []).append((account_id, at, equity))
    latest: dict[UUID, float] = {}
    together: dict[datetime, tuple[datetime | None, float | None]] = {}
    for begin in sorted(news):
        latest |= {account_id: equity for account_id, _, equity in news[begin]}
        is_known = len(latest) == len(accounts)
        together[begin] = (max(at for _, at, _ in news[begin]), sum(latest.values()) if is_known else None)
    return together


def _rows(statement: str, asked: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return list(cursor.fetchall())


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


_CENT: Final = Decimal("0.01")
