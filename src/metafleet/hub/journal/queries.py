"""Questions about deals, trades, positions and equity. Nothing here writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Avg, Count, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import TruncDate

from metafleet.hub.journal.models import EquityPoint, Position, Trade, TradeState

ZERO = Decimal(0)
Key = tuple[UUID, int | None]
"""An EA's trades are named by account and magic number."""

_CURVE = """
    SELECT date_bin(make_interval(secs => %(step)s), at, timestamptz '2000-01-01') AS bin,
           (array_agg(balance ORDER BY at DESC))[1], (array_agg(equity ORDER BY at DESC))[1]
    FROM journal_equitypoint WHERE account_id = %(account)s AND at >= %(since)s
    GROUP BY bin ORDER BY bin
"""
# Before the first equity point there are only deals: the balance they make, step by step.
_BALANCE = """
    SELECT executed_at, sum(profit + commission + swap + fee) OVER (ORDER BY executed_at, ticket)
    FROM journal_deal WHERE account_id = %(account)s
"""
_SORTS = {"exited_at", "entered_at", "net_profit", "symbol", "volume", "profit"}


@dataclass(frozen=True, slots=True)
class Result:
    """What an EA made: money in account currency, costs included."""

    total: Decimal = ZERO
    today: Decimal = ZERO
    trades: int = 0
    floating: Decimal = ZERO
    open_positions: int = 0


@dataclass(frozen=True, slots=True)
class TradeFilter:
    """Which trades; None and "" mean any. `magic` goes with `account_id`."""

    account_id: UUID | None = None
    magic: int | None = None
    symbol: str = ""
    state: str = ""
    side: str = ""
    since: datetime | None = None
    until: datetime | None = None
    sort: str = "-exited_at"
    accounts: tuple[UUID, ...] = field(default=())


def results(*, tenant_id: UUID, midnight: datetime) -> dict[Key, Result]:
    """Return what each EA (account, magic) made, in two queries however many there are."""
    trades = (
        Trade.objects.filter(tenant_id=tenant_id)
        .values("account_id", "magic")
        .annotate(
            total=Sum("net_profit"),
            today=Sum("net_profit", filter=Q(exited_at__gte=midnight)),
            trades=Count("id"),
        )
        .order_by()
    )
    floating = {
        (row["account_id"], row["magic"]): row
        for row in Position.objects.filter(tenant_id=tenant_id)
        .values("account_id", "magic")
        .annotate(floating=Sum("profit"), swaps=Sum("swap"), positions=Count("ticket"))
        .order_by()
    }
    made = {(row["account_id"], row["magic"]): row for row in trades}
    return {key: _result(made.get(key) or {}, floating.get(key) or {}) for key in {*made, *floating}}


def total(results_of: Iterable[Result]) -> Result:
    """Return the sum of several EAs' results."""
    rows = list(results_of)
    return Result(
        total=sum((row.total for row in rows), ZERO),
        today=sum((row.today for row in rows), ZERO),
        trades=sum(row.trades for row in rows),
        floating=sum((row.floating for row in rows), ZERO),
        open_positions=sum(row.open_positions for row in rows),
    )


def trades(*, tenant_id: UUID, chosen: TradeFilter) -> QuerySet[Trade]:
    """Return the trades that the filter matches, sorted; unknown sort keys fall back to the newest exit."""
    found = Trade.objects.filter(tenant_id=tenant_id)
    if chosen.account_id:
        found = found.filter(account_id=chosen.account_id)
    if chosen.magic is not None:
        found = found.filter(magic=chosen.magic)
    for name in ("symbol", "state", "side"):
        if value := getattr(chosen, name):
            found = found.filter(**{name: value})
    if chosen.since:
        found = found.filter(Q(exited_at__gte=chosen.since) | Q(exited_at__isnull=True))
    if chosen.until:
        found = found.filter(entered_at__lt=chosen.until)
    return _sorted(found, chosen.sort)


def trade_totals(trades: QuerySet[Trade]) -> dict[str, Any]:
    """Return the totals over all of these trades in one query. Money in account currency."""
    closed = Q(state=TradeState.CLOSED)
    win, loss = closed & Q(net_profit__gt=0), closed & Q(net_profit__lt=0)
    money = ("profit", "commission", "swap", "fee", "net_profit")
    found = trades.order_by().aggregate(
        # An aggregate may not have the name of a column that a later one sums.
        **{f"sum_{name}": Sum(name, default=ZERO) for name in money},
        trades=Count("id"),
        open=Count("id", filter=Q(state=TradeState.OPEN)),
        wins=Count("id", filter=win),
        losses=Count("id", filter=loss),
        gross_win=Sum("net_profit", filter=win, default=ZERO),
        gross_loss=Sum("net_profit", filter=loss, default=ZERO),
        average_win=Avg("net_profit", filter=win),
        average_loss=Avg("net_profit", filter=loss),
        best=Max("net_profit", filter=closed),
        worst=Min("net_profit", filter=closed),
    )
    return {name.removeprefix("sum_"): value for name, value in found.items()}


def days(*, tenant_id: UUID, accounts: Iterable[UUID], since: datetime) -> list[tuple[date, Decimal, int]]:
    """Return (UTC day, net profit, trades) of the days on which trades closed, oldest first."""
    rows = (
        Trade.objects.filter(tenant_id=tenant_id, account_id__in=list(accounts), exited_at__gte=since)
        .annotate(day=TruncDate("exited_at"))
        .values("day")
        .annotate(made=Sum("net_profit"), trades=Count("id"))
        .order_by("day")
    )
    return [(row["day"], row["made"], row["trades"]) for row in rows]


def equity_curve(
    *, account_id: UUID, since: datetime, now: datetime, points: int = 400
) -> list[tuple[datetime, Decimal, Decimal]]:
    """Return (instant, balance, equity) at most `points` often, oldest first.

    Before the first equity point, the balance that the deals made stands for both.
    """
    step = max((now - since) / points, timedelta(seconds=15))
    with connection.cursor() as cursor:
        cursor.execute(_CURVE, {"step": step.total_seconds(), "account": account_id, "since": since})
        observed: list[tuple[datetime, Decimal, Decimal]] = list(cursor.fetchall())
        cursor.execute(_BALANCE, {"account": account_id})
        balances = cursor.fetchall()
    first = EquityPoint.objects.filter(account_id=account_id).order_by("at").first()
    until = first.at if first else now
    booked = [(at, balance, balance) for at, balance in balances if since <= at < until]
    earlier = [balance for at, balance in balances if at < since and at < until]
    start = [(since, earlier[-1], earlier[-1])] if earlier else []
    return start + booked[:: max(1, len(booked) // points)] + observed


def open_positions(*, account_id: UUID, magic: int | None = None) -> list[Position]:
    found = Position.objects.filter(account_id=account_id)
    if magic is not None:
        found = found.filter(magic=magic)
    return list(found.order_by("opened_at", "ticket"))


def _result(made: Mapping[str, Any], floating: Mapping[str, Any]) -> Result:
    open_profit = (floating.get("floating") or ZERO) + (floating.get("swaps") or ZERO)
    return Result(
        total=made.get("total") or ZERO,
        today=made.get("today") or ZERO,
        trades=made.get("trades") or 0,
        floating=open_profit,
        open_positions=floating.get("positions") or 0,
    )


def _sorted(found: QuerySet[Trade], sort: str) -> QuerySet[Trade]:
    name = sort.removeprefix("-")
    if name not in _SORTS:
        sort, name = "-exited_at", "exited_at"
    # Open trades have no exit: they stand first among the newest.
    return found.order_by(sort, "-entered_at", "-position_id")
