"""A desk's week in figures. Money in each account's own currency; a week is Monday to Sunday on one clock."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count, Max, Min, Q, Sum

from metafleet.hub.fleet.models import EAInstance, InstanceState, Run, TradingAccount
from metafleet.hub.journal.models import Trade, TradeState
from metafleet.hub.monitor.models import EventKind, Incident, IncidentEvent, Severity

SHOWN: Final = 10
"""Incidents, and EAs that were down."""
_CRASHES: Final = ("crash", "permanent")
_GRAVEST_FIRST: Final = tuple(reversed(Severity.values))
_ZERO: Final = Decimal(0)

# The deepest fall of each account's equity from its highest so far in the week.
_EQUITY_FALL: Final = """
    SELECT account_id, max(1 - equity / peak) FROM (
        SELECT account_id, equity, max(equity) OVER (PARTITION BY account_id ORDER BY at) AS peak
        FROM journal_equitypoint
        WHERE tenant_id = %(tenant)s AND account_id = ANY (%(ids)s) AND at >= %(begin)s AND at < %(end)s
    ) AS curve WHERE peak > 0 GROUP BY account_id
"""
# The same of the balance that the week's trading made, whatever was paid in or out meanwhile: of weeks in
# which nobody looked at the equity, as before an account was connected.
_BALANCE_FALL: Final = """
    WITH start AS (
        SELECT account_id, sum(profit + commission + swap + fee) AS balance FROM journal_deal
        WHERE tenant_id = %(tenant)s AND account_id = ANY (%(ids)s) AND executed_at < %(begin)s
        GROUP BY account_id
    ), traded AS (
        SELECT deal.account_id, deal.executed_at, deal.ticket, start.balance AS first,
               start.balance + sum(profit + commission + swap + fee)
                   OVER (PARTITION BY deal.account_id ORDER BY executed_at, ticket) AS balance
        FROM journal_deal AS deal JOIN start USING (account_id)
        WHERE deal.tenant_id = %(tenant)s AND kind < 2 AND executed_at >= %(begin)s AND executed_at < %(end)s
    )
    SELECT account_id, max(1 - balance / peak) FROM (
        SELECT account_id, balance, greatest(
            first, max(balance) OVER (PARTITION BY account_id ORDER BY executed_at, ticket)) AS peak
        FROM traded
    ) AS curve WHERE peak > 0 GROUP BY account_id
"""


@dataclass(frozen=True, slots=True)
class Week:
    """monday: its first day, on the clock of `timezone` (an IANA name)."""

    monday: date
    timezone: str

    @property
    def begins_at(self) -> datetime:
        return datetime.combine(self.monday, time(), ZoneInfo(self.timezone))

    @property
    def ends_at(self) -> datetime:
        return datetime.combine(self.monday + timedelta(days=7), time(), ZoneInfo(self.timezone))

    def before(self) -> Week:
        return Week(self.monday - timedelta(days=7), self.timezone)


def week_of(now: datetime, timezone: str) -> Week:
    """Return the week that `now` is in."""
    today = now.astimezone(ZoneInfo(timezone)).date()
    return Week(today - timedelta(days=today.weekday()), timezone)


def figures(*, tenant_id: UUID, desk: str, week: Week, now: datetime) -> dict[str, Any]:
    """Return the desk's week as JSON has it, in its scope: money as text, ratios from 0 to 1."""
    span = (week.begins_at, min(week.ends_at, now))
    accounts = _accounts(tenant_id, span)
    return {
        "desk": desk,
        "from": week.monday.isoformat(),
        "to": (week.monday + timedelta(days=6)).isoformat(),
        "timezone": week.timezone,
        "isWhole": now >= week.ends_at,
        "totals": _totals(accounts),
        "accounts": accounts,
        "best": _trade(tenant_id, span, "-net_profit"),
        "worst": _trade(tenant_id, span, "net_profit"),
        "incidents": _incidents(tenant_id, span),
        "down": _down(tenant_id, span),
    }


def _accounts(tenant_id: UUID, span: tuple[datetime, datetime]) -> list[dict[str, Any]]:
    """Return each account with its week, the best first."""
    rows = TradingAccount.objects.filter(tenant_id=tenant_id, deleted_at=None).select_related("state")
    made = {row["account_id"]: row for row in _closed(tenant_id, span).values("account_id").annotate(**_SUMS)}
    falls = _drawdowns(tenant_id, [row.id for row in rows], span)
    found = [_account(row, made.get(row.id, {}), falls.get(row.id)) for row in rows]
    return sorted(found, key=lambda one: (-Decimal(one["profit"]), one["label"]))


_SUMS: Final = {
    "profit": Sum("net_profit"),
    "trades": Count("id"),
    "wins": Count("id", filter=Q(net_profit__gt=0)),
    "best": Max("net_profit"),
    "worst": Min("net_profit"),
}


def _closed(tenant_id: UUID, span: tuple[datetime, datetime]) -> Any:
    return Trade.objects.filter(
        tenant_id=tenant_id, state=TradeState.CLOSED, exited_at__gte=span[0], exited_at__lt=span[1]
    ).order_by()


def _account(row: TradingAccount, made: Mapping[str, Any], fall: float | None) -> dict[str, Any]:
    state = getattr(row, "state", None)
    return {
        "label": row.label,
        "login": str(row.login),
        "currency": row.currency,
        "profit": _money(made.get("profit", _ZERO)),
        "trades": made.get("trades", 0),
        "wins": made.get("wins", 0),
        "balance": _money(state.balance) if state else None,
        "drawdown": fall,
    }


def _drawdowns(tenant_id: UUID, ids: list[UUID], span: tuple[datetime, datetime]) -> dict[UUID, float]:
    values: dict[str, Any] = {"tenant": tenant_id, "ids": ids, "begin": span[0], "end": span[1]}
    falls: dict[UUID, float] = {}
    with connection.cursor() as cursor:
        for statement in (_EQUITY_FALL, _BALANCE_FALL):
            cursor.execute(statement, values)
            for account_id, fall in cursor.fetchall():
                falls[account_id] = max(falls.get(account_id, 0.0), float(fall))
    return falls


def _totals(accounts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the sums by currency, that of most accounts first."""
    by_currency: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for one in accounts:
        by_currency[one["currency"]].append(one)
    return [
        {
            "currency": currency,
            "accounts": len(rows),
            "profit": _money(sum((Decimal(row["profit"]) for row in rows), _ZERO)),
            "trades": sum(row["trades"] for row in rows),
            "wins": sum(row["wins"] for row in rows),
            "drawdown": max((row["drawdown"] for row in rows if row["drawdown"] is not None), default=None),
        }
        for currency, rows in sorted(by_currency.items(), key=lambda one: (-len(one[1]), one[0]))
    ]


def _trade(tenant_id: UUID, span: tuple[datetime, datetime], order: str) -> dict[str, Any] | None:
    row = _closed(tenant_id, span).select_related("account").order_by(order).first()
    if row is None:
        return None
    return {
        "symbol": row.symbol,
        "side": row.side,
        "lots": str(row.volume.normalize() + 0),
        "profit": _money(row.net_profit),
        "currency": row.account.currency,
        "account": row.account.label,
    }


def _incidents(tenant_id: UUID, span: tuple[datetime, datetime]) -> dict[str, Any]:
    opened = list(Incident.objects.filter(tenant_id=tenant_id, opened_at__gte=span[0], opened_at__lt=span[1]))
    resolved = Incident.objects.filter(tenant_id=tenant_id, resolved_at__gte=span[0], resolved_at__lt=span[1])
    opened.sort(key=lambda row: (_GRAVEST_FIRST.index(row.severity), row.opened_at))
    shown = opened[:SHOWN]
    done: dict[UUID, list[str]] = defaultdict(list)
    acts = IncidentEvent.objects.filter(incident__in=shown, kind=EventKind.ACTED).order_by("at")
    for act in acts:
        done[act.incident_id].append(act.text)
    return {
        "opened": len(opened),
        "resolved": resolved.count(),
        "stillOpen": Incident.objects.filter(tenant_id=tenant_id, resolved_at=None).count(),
        "critical": Counter(row.severity for row in opened)[Severity.CRITICAL],
        "shown": [
            {
                "title": row.title,
                "subject": row.subject_label,
                "severity": row.severity,
                "at": row.opened_at.isoformat(),
                "isResolved": row.resolved_at is not None,
                "done": done[row.id],
            }
            for row in shown
        ],
    }


def _down(tenant_id: UUID, span: tuple[datetime, datetime]) -> list[dict[str, Any]]:
    """Return the EAs that crashed in the week or are in error now, most crashes first."""
    ended = Run.objects.filter(tenant_id=tenant_id, ended_at__gte=span[0], ended_at__lt=span[1])
    crashed = ended.filter(outcome__in=_CRASHES).values_list("instance_id", flat=True)
    crashes = Counter(crashed)
    is_down = Q(id__in=crashes) | Q(state=InstanceState.ERROR)
    rows = EAInstance.objects.filter(is_down, tenant_id=tenant_id, deleted_at=None).select_related("account")
    found: list[dict[str, Any]] = [
        {
            "name": row.name,
            "symbol": row.symbol,
            "account": row.account.label,
            "crashes": crashes[row.id],
            "isDown": row.state == InstanceState.ERROR,
            "error": row.last_error[:120] if row.state == InstanceState.ERROR else "",
        }
        for row in rows
    ]
    return sorted(found, key=lambda one: (not one["isDown"], -one["crashes"], one["name"]))[:SHOWN]


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"
