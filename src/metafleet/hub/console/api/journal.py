"""The overview, the days behind it, and the record of who did what."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from ninja.params.functions import Query as QueryParam

from metafleet.hub.audit import queries as audit
from metafleet.hub.console import present, schemas
from metafleet.hub.console.access import Actor, actor
from metafleet.hub.fleet import queries as fleet
from metafleet.hub.fleet.models import InstanceState, TradingAccount
from metafleet.hub.journal import queries as journal
from metafleet.hub.journal.queries import Result
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope

router = Router(by_alias=True)


@router.get("/journal/days", response=list[schemas.DayResult])
def days(
    request: HttpRequest, account: UUID | None = None, days: int = QueryParam(30, ge=1, le=366)
) -> list[schemas.DayResult]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        accounts = [row.id for row in fleet.accounts(tenant_id=who.tenant_id)]
        chosen = [account_id for account_id in accounts if account in {None, account_id}]
        return _days(who, chosen, days)


@router.get("/overview", response=list[schemas.Overview])
def overview(request: HttpRequest) -> list[schemas.Overview]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        accounts = list(fleet.accounts(tenant_id=who.tenant_id))
        instances = fleet.states(tenant_id=who.tenant_id)
        made = journal.results(tenant_id=who.tenant_id, midnight=clock.midnight(), totals=False)
        currencies = sorted({row.currency for row in accounts})
        return [_overview(who, currency, accounts, instances, made) for currency in currencies]


@router.get("/audit", response=list[schemas.AuditEntry])
def audit_entries(
    request: HttpRequest, limit: int = QueryParam(100, ge=1, le=500)
) -> list[schemas.AuditEntry]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        return [
            schemas.AuditEntry.model_validate(row)
            for row in audit.newest_entries(tenant_id=who.tenant_id, limit=limit)
        ]


def _overview(
    who: Actor,
    currency: str,
    accounts: list[TradingAccount],
    instances: list[tuple[UUID, str]],
    made: dict[journal.Key, Result],
) -> schemas.Overview:
    own = [row for row in accounts if row.currency == currency]
    ids = {row.id for row in own}
    result = journal.total(row for (account_id, _), row in made.items() if account_id in ids)
    states = [state for account_id, state in instances if account_id in ids]
    shown = [present.account(row, Result(), clock.now()) for row in own]
    return schemas.Overview(
        currency=currency,
        balance=round(sum(row.balance or 0 for row in shown), 2),
        equity=round(sum(row.equity or 0 for row in shown), 2),
        day_profit=float(result.today + result.floating),
        open_positions=result.open_positions,
        running=states.count(InstanceState.RUNNING),
        paused=states.count(InstanceState.PAUSED),
        failing=states.count(InstanceState.ERROR),
        days=_days(who, list(ids), 14),
    )


def _days(who: Actor, accounts: list[UUID], count: int) -> list[schemas.DayResult]:
    """Every day of the span, those without a trade as zero, so that bars keep their places."""
    since: datetime = clock.midnight() - timedelta(days=count - 1)
    made = {
        day: (net, trades)
        for day, net, trades in journal.days(tenant_id=who.tenant_id, accounts=accounts, since=since)
    }
    span = [(since + timedelta(days=offset)).date() for offset in range(count)]
    return [
        schemas.DayResult(
            day=day.isoformat(), net_profit=float(made.get(day, (0, 0))[0]), trades=made.get(day, (0, 0))[1]
        )
        for day in span
    ]
