"""The overview, and the days behind it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from ninja.params.functions import Query as QueryParam

from metafleet.hub.console import schemas
from metafleet.hub.console.access import Actor, actor, needs
from metafleet.hub.fleet import queries as fleet
from metafleet.hub.fleet.models import InstanceState
from metafleet.hub.identity.rights import Right
from metafleet.hub.journal import queries as journal
from metafleet.hub.journal.queries import Result
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope

router = Router(by_alias=True)


@router.get("/journal/days", response=list[schemas.DayResult])
@needs(Right.READ)
def days(
    request: HttpRequest, account: UUID | None = None, days: int = QueryParam(30, ge=1, le=366)
) -> list[schemas.DayResult]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        accounts = [row.id for row in fleet.accounts(tenant_id=who.tenant_id)]
        chosen = [account_id for account_id in accounts if account in {None, account_id}]
        return _days(who, chosen, days)


@router.get("/overview", response=list[schemas.Overview])
@needs(Right.READ)
def overview(request: HttpRequest) -> list[schemas.Overview]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        balances = fleet.balances(tenant_id=who.tenant_id)
        counts = fleet.state_counts(tenant_id=who.tenant_id)
        made = journal.results(tenant_id=who.tenant_id, midnight=clock.midnight(), totals=False)
        currencies = sorted({currency for _, currency, _, _ in balances})
        return [_overview(who, currency, balances, counts, made) for currency in currencies]


def _overview(
    who: Actor,
    currency: str,
    balances: list[tuple[UUID, str, Decimal, Decimal]],
    counts: dict[tuple[str, str], int],
    made: dict[journal.Key, Result],
) -> schemas.Overview:
    own = {
        account_id: (balance, equity)
        for account_id, of_currency, balance, equity in balances
        if of_currency == currency
    }
    result = journal.total(row for (account_id, _), row in made.items() if account_id in own)
    return schemas.Overview(
        currency=currency,
        accounts=len(own),
        balance=round(float(sum(balance for balance, _ in own.values())), 2),
        equity=round(float(sum(equity for _, equity in own.values())), 2),
        day_profit=float(result.today + result.floating),
        open_positions=result.open_positions,
        running=counts.get((currency, InstanceState.RUNNING), 0),
        paused=counts.get((currency, InstanceState.PAUSED), 0),
        failing=counts.get((currency, InstanceState.ERROR), 0),
        days=_days(who, list(own), 14),
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
