"""Questions about deals, trades, positions and equity. Nothing here writes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import TruncDate

from metafleet.hub.fleet.models import TradingAccount
from metafleet.hub.journal.models import Deal, EquityPoint, Position, Trade

ZERO = Decimal(0)
Key = tuple[UUID, int | None]
"""An EA's trades are named by account and magic number."""

_CURVE = """
    SELECT max(at), (array_agg(balance ORDER BY at DESC))[1], (array_agg(equity ORDER BY at DESC))[1]
    FROM journal_equitypoint WHERE account_id = %(account)s AND at > %(since)s
    GROUP BY date_bin(make_interval(secs => %(step)s), at, timestamptz '2000-01-01') ORDER BY 1
"""
# Before the first equity point there are only deals: what they add up to, step by step, without
# credit. What they had made by `since` is the first step.
_BALANCE = """
    WITH step AS (
        SELECT executed_at, ticket,
               sum(profit + commission + swap + fee) OVER (ORDER BY executed_at, ticket) AS balance
        FROM journal_deal
        WHERE account_id = %(account)s AND executed_at < %(until)s AND kind IS DISTINCT FROM 3
    )
    SELECT greatest(max(executed_at), %(since)s),
           (array_agg(balance ORDER BY executed_at DESC, ticket DESC))[1]
    FROM step
    GROUP BY CASE WHEN executed_at > %(since)s
             THEN date_bin(make_interval(secs => %(step)s), executed_at, timestamptz '2000-01-01') END
    ORDER BY 1
"""
_BALANCE_KIND = 2
"""DEAL_TYPE below it is trading; from it on, deposits and the like."""


@dataclass(frozen=True, slots=True)
class Result:
    """What an EA made: money in account currency, costs included."""

    total: Decimal = ZERO
    today: Decimal = ZERO
    trades: int = 0
    floating: Decimal = ZERO
    open_positions: int = 0


def results(
    *,
    tenant_id: UUID,
    midnight: datetime,
    of: Key | None = None,
    accounts: Collection[UUID] | None = None,
    totals: bool = True,
) -> dict[Key, Result]:
    """Return what each EA (account, magic) made, in three queries however many there are.

    of: add up the trades of this one alone. accounts: look at these alone. Without `totals` no
    trade is read: then `total` and `trades` are 0, and today's and floating results are all that is told.
    """
    trades = Trade.objects.filter(tenant_id=tenant_id)
    if of is not None:
        trades = trades.filter(account_id=of[0], magic=of[1])
    open_now = Position.objects.filter(tenant_id=tenant_id)
    owners = TradingAccount.objects.filter(tenant_id=tenant_id)
    if accounts is not None:
        trades, open_now = trades.filter(account_id__in=accounts), open_now.filter(account_id__in=accounts)
        owners = owners.filter(id__in=accounts)
    added = (
        trades.values("account_id", "magic").annotate(total=Sum("net_profit"), trades=Count("*")).order_by()
    )
    today = _made_since(tenant_id, owners, midnight)
    floating = {
        (row["account_id"], row["magic"]): row
        for row in open_now.values("account_id", "magic")
        .annotate(floating=Sum("profit"), swaps=Sum("swap"), positions=Count("ticket"))
        .order_by()
    }
    made = {(row["account_id"], row["magic"]): row for row in added} if totals else {}
    return {
        key: _result(made.get(key) or {}, floating.get(key) or {}, today.get(key, ZERO))
        for key in {*made, *floating, *today}
    }


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
    """Return (instant, balance, equity) about `points` times, oldest first; it starts at `since`.

    Before the first equity point, the balance that the deals made stands for both. What they do not
    explain of the first known balance was there before them; deals alone, without a deposit or a
    known balance, tell none, and give no curve.
    """
    step = max((now - since) / points, timedelta(seconds=15))
    read = EquityPoint.objects.filter(account_id=account_id)
    before, first = read.filter(at__lte=since).order_by("-at").first(), read.order_by("at").first()
    asked: dict[str, Any] = {"step": step.total_seconds(), "account": account_id, "since": since}
    with connection.cursor() as cursor:
        cursor.execute(_CURVE, asked)
        observed: list[tuple[datetime, Decimal, Decimal]] = list(cursor.fetchall())
        if before:
            return [(since, before.balance, before.equity), *observed]
        cursor.execute(_BALANCE, {**asked, "until": first.at if first else now})
        steps: list[tuple[datetime, Decimal]] = list(cursor.fetchall())
    untold = _untold(account_id, first, steps[-1][1]) if steps else None
    if untold is None:
        return observed
    return [(at, untold + made, untold + made) for at, made in steps] + observed


def _untold(account_id: UUID, first: EquityPoint | None, made: Decimal) -> Decimal | None:
    """Return what was there before all deals; None where nobody knows.

    made: what the deals before the first reading add up to.
    """
    if first:
        return first.balance - made
    came = Deal.objects.filter(account_id=account_id, kind__gte=_BALANCE_KIND)
    return ZERO if came.exists() else None


def open_positions(*, account_id: UUID, magic: int | None = None) -> list[Position]:
    found = Position.objects.filter(account_id=account_id)
    if magic is not None:
        found = found.filter(magic=magic)
    return list(found.order_by("opened_at", "ticket"))


def _made_since(tenant_id: UUID, owners: QuerySet[TradingAccount], since: datetime) -> dict[Key, Decimal]:
    """Return what was realised since then, by deals: a trade closed in parts realises on several days."""
    accounts = owners.values("id")
    # A close by a stop or by hand may bear another magic number: the trade says whose it is.
    trade = Trade.objects.filter(account_id=OuterRef("account_id"), position_id=OuterRef("position_id"))
    rows = (
        Deal.objects.filter(
            tenant_id=tenant_id, account_id__in=accounts, executed_at__gte=since, kind__lt=_BALANCE_KIND
        )
        .annotate(owner=Subquery(trade.order_by("part").values("magic")[:1]))
        .values("account_id", "owner")
        .annotate(made=Sum(F("profit") + F("commission") + F("swap") + F("fee")))
        .order_by()
    )
    return {(row["account_id"], row["owner"]): row["made"] for row in rows}


def _result(made: Mapping[str, Any], floating: Mapping[str, Any], today: Decimal) -> Result:
    open_profit = (floating.get("floating") or ZERO) + (floating.get("swaps") or ZERO)
    return Result(
        total=made.get("total") or ZERO,
        today=today,
        trades=made.get("trades") or 0,
        floating=open_profit,
        open_positions=floating.get("positions") or 0,
    )
