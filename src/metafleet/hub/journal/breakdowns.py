"""Closed trades in groups: what they were, when they were entered, what was said of them. Nothing writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import reduce
from operator import add, and_
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import (
    Case,
    Count,
    DateField,
    DecimalField,
    DurationField,
    ExpressionWrapper,
    F,
    IntegerField,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, ExtractHour, ExtractIsoWeekDay, TruncDate, TruncMonth
from django.db.models.lookups import LessThan

from metafleet.hub.journal import trades
from metafleet.hub.journal.models import Trade, TradeState
from metafleet.hub.journal.sql import statistics as sql
from metafleet.hub.journal.trades import SESSIONS, TradeFilter

ZERO: Final = Decimal(0)

DURATIONS: Final = (
    ("under 1 minute", timedelta(minutes=1)),
    ("1 to 5 minutes", timedelta(minutes=5)),
    ("5 to 15 minutes", timedelta(minutes=15)),
    ("15 to 60 minutes", timedelta(hours=1)),
    ("1 to 4 hours", timedelta(hours=4)),
    ("4 to 24 hours", timedelta(days=1)),
    ("1 to 7 days", timedelta(days=7)),
    ("over 7 days", timedelta.max),
)
"""How long trades were held: each up to, and without, its limit."""

OFF_HOURS: Final = "off"
"""Entered in no market's session."""


@dataclass(frozen=True, slots=True)
class Group:
    """Closed trades of one account that share a key; another group may have the rest of them.

    Money in the account's currency; losses are negative. `total_r` is over the `measured` trades
    alone, which are those with a stop.
    """

    account_id: UUID
    key: Any
    trades: int
    wins: int
    losses: int
    net_profit: Decimal
    gross_win: Decimal
    gross_loss: Decimal
    volume: Decimal
    measured: int
    total_r: Decimal


def closed(*, tenant_id: UUID, chosen: TradeFilter) -> QuerySet[Trade]:
    """Return the chosen trades that closed in the span, by their exit."""
    found = trades.matching(tenant_id=tenant_id, chosen=chosen, any_time=True).filter(state=TradeState.CLOSED)
    if chosen.since:
        found = found.filter(exited_at__gte=chosen.since)
    if chosen.until:
        found = found.filter(exited_at__lt=chosen.until)
    return found


def groups(*, tenant_id: UUID, chosen: TradeFilter, by: str) -> list[Group]:
    """Return the closed trades in groups, each group of one account.

    by: "account", "ea" (magic number), "symbol", "tag", "weekday" (0 is Monday) and "hour" of the
    entry, "session" of the entry, "side", "month" of the exit as a date, "duration" as a number
    into DURATIONS. A trade with several tags or in two sessions is in each of these groups.
    """
    found = closed(tenant_id=tenant_id, chosen=chosen)
    if by == "session":
        return _by_session(found)
    if by == "tag":
        return _by_tag(tenant_id, found)
    return _grouped(found, _KEYS[by](chosen.zone))


def days(*, tenant_id: UUID, chosen: TradeFilter) -> list[Group]:
    """Return the closed trades by the day of their exit in the filter's zone, each day of one account."""
    found = closed(tenant_id=tenant_id, chosen=chosen)
    return _grouped(found, TruncDate("exited_at", tzinfo=chosen.zone), with_r=False)


def month_span(month: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the first instant of the month and that of the next, in the zone."""
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return _begin(month.replace(day=1), zone), _begin(following, zone)


def year_span(year: int, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return _begin(date(year, 1, 1), zone), _begin(date(year + 1, 1, 1), zone)


def _begin(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _duration(_: ZoneInfo) -> Case:
    held = ExpressionWrapper(F("exited_at") - F("entered_at"), output_field=DurationField())
    steps = [
        When(LessThan(held, limit), then=Value(place)) for place, (_, limit) in enumerate(DURATIONS[:-1])
    ]
    return Case(*steps, default=Value(len(DURATIONS) - 1), output_field=IntegerField())


_KEYS: Final[dict[str, Callable[[ZoneInfo], Any]]] = {
    "account": lambda _: F("account_id"),
    "ea": lambda _: F("magic"),
    "symbol": lambda _: F("symbol"),
    "side": lambda _: F("side"),
    "weekday": lambda zone: ExtractIsoWeekDay("entered_at", tzinfo=zone) - 1,
    "hour": lambda zone: ExtractHour("entered_at", tzinfo=zone),
    "month": lambda zone: TruncMonth("exited_at", tzinfo=zone, output_field=DateField()),
    "duration": _duration,
}

_WON, _LOST = Q(net_profit__gt=0), Q(net_profit__lt=0)


def _grouped(found: QuerySet[Trade], key: Any, *, with_r: bool = True) -> list[Group]:
    r = trades.r_expression() if with_r else Cast(Value(None), DecimalField(max_digits=20, decimal_places=8))
    rows = (
        found.values("account_id", key=key)
        # An aggregate may not have the name of a column that a later one sums.
        .annotate(
            trades=Count("*"),
            wins=Count("id", filter=_WON),
            losses=Count("id", filter=_LOST),
            net=Sum("net_profit", default=ZERO),
            gross_win=Sum("net_profit", filter=_WON, default=ZERO),
            gross_loss=Sum("net_profit", filter=_LOST, default=ZERO),
            lots=Sum("closed_volume", default=ZERO),
            measured=Count(r),
            total_r=Sum(r, default=ZERO),
        )
        .order_by("key")
    )
    return [_group(dict(row)) for row in rows]


def _group(row: dict[str, Any]) -> Group:
    return Group(
        account_id=row["account_id"],
        key=row["key"],
        trades=row["trades"],
        wins=row["wins"],
        losses=row["losses"],
        net_profit=row["net"],
        gross_win=row["gross_win"],
        gross_loss=row["gross_loss"],
        volume=row["lots"],
        measured=row["measured"],
        total_r=row["total_r"],
    )


def _by_session(found: QuerySet[Trade]) -> list[Group]:
    """In one pass: by the sessions that trades were entered in together, then into the group of each."""
    bits = [
        Case(When(reduce(and_, map(Q, trades.in_session(name))), then=Value(1 << place)), default=Value(0))
        for place, name in enumerate(SESSIONS)
    ]
    made: dict[str, list[Group]] = {name: [] for name in (*SESSIONS, OFF_HOURS)}
    for group in _grouped(found, reduce(add, bits)):
        inside = [name for place, name in enumerate(SESSIONS) if group.key & 1 << place]
        for name in inside or [OFF_HOURS]:
            made[name].append(replace(group, key=name))
    return [group for groups_of_session in made.values() for group in groups_of_session]


def _by_tag(tenant_id: UUID, found: QuerySet[Trade]) -> list[Group]:
    chosen = found.annotate(r=trades.r_expression()).values(
        "account_id", "position_id", "part", "net_profit", "closed_volume", "r"
    )
    text, parameters = chosen.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(sql.BY_TAG.format(chosen=text), [*parameters, tenant_id])
        names = [column.name for column in cursor.description]
        return [_group(dict(zip(names, row, strict=True))) for row in cursor.fetchall()]
