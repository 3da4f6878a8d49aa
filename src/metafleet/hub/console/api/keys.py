"""API keys: list with their use, make, revoke."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from metafleet.hub.billing import operations as billing
from metafleet.hub.console import deeds, key_limits, key_quota
from metafleet.hub.console.access import Actor, RightMissing, actor, needs
from metafleet.hub.console.schemas import keys as shown
from metafleet.hub.fleet.models import EAInstance, TradingAccount
from metafleet.hub.identity import keys
from metafleet.hub.identity.models import ApiKey
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope

router = Router(by_alias=True)
DAYS_SHOWN: Final = 14
MOST_SHOWN: Final = 200


@router.get("/keys", response=shown.ApiKeyList)
@needs(Right.ADMIN, takes_limited_keys=False)
def list_keys(request: HttpRequest) -> shown.ApiKeyList:
    """The desk's keys, the newest first; those that are over too."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        plan = billing.plan_of(tenant_id=who.tenant_id)
        rows = list(keys.keys(tenant_id=who.tenant_id).select_related("user")[:MOST_SHOWN])
        return shown.ApiKeyList(
            keys=_shown(who.tenant_id, rows),
            plan_name=plan.name,
            requests_per_minute=plan.requests_per_minute,
            requests_per_day=plan.requests_per_day,
        )


@router.post("/keys", response={201: shown.NewApiKey})
@needs(Right.ADMIN, takes_limited_keys=False)
def make_key(request: HttpRequest, form: shown.KeyForm) -> Status[shown.NewApiKey]:
    """Make a key in your name. Its text is told this once."""
    who, now = actor(request), clock.now()
    scopes = sorted({Right(scope) for scope in form.scopes})
    if not who.rights.issuperset(scopes):
        raise RightMissing("A key makes no key that may do more than itself. Leave out what it lacks.")
    with tenant_scope(who.tenant_id):
        key_limits.check(tenant_id=who.tenant_id, accounts=form.account_ids, instances=form.instance_ids)
        days = form.expires_in_days
        wish = keys.Wish(
            name=form.name,
            scopes=scopes,
            account_ids=form.account_ids,
            instance_ids=form.instance_ids,
            expires_at=None if days is None else now + timedelta(days=days),
        )
        row, text = keys.make(tenant_id=who.tenant_id, user=who.user, wish=wish, now=now)
        _record(who, "key.made", row, now)
        [made] = _shown(who.tenant_id, [row])
        return Status(201, shown.NewApiKey(key=made, secret=text.reveal()))


@router.post("/keys/{uuid:key_id}/revoke", response=shown.ApiKey)
@needs(Right.ADMIN, takes_limited_keys=False)
def revoke_key(request: HttpRequest, key_id: UUID) -> shown.ApiKey:
    """End the key: the next request with it is refused."""
    who, now = actor(request), clock.now()
    with tenant_scope(who.tenant_id):
        row = keys.find(tenant_id=who.tenant_id, key_id=key_id)
        if keys.revoke(row=row, now=now):
            _record(who, "key.revoked", row, now)
        [changed] = _shown(who.tenant_id, [row])
        return changed


def _record(who: Actor, action: str, row: ApiKey, now: datetime) -> None:
    detail = {
        "prefix": row.prefix,
        "scopes": row.scopes,
        "limits": len(row.account_ids) + len(row.instance_ids),
        "expiresAt": row.expires_at.isoformat() if row.expires_at else None,
    }
    deeds.record(who, action, row.name, subject_id=row.id, now=now, detail=detail)


def _shown(tenant_id: UUID, rows: list[ApiKey]) -> list[shown.ApiKey]:
    now = clock.now()
    since = now.date() - timedelta(days=DAYS_SHOWN - 1)
    used = keys.uses(tenant_id=tenant_id, since=since)
    for key_id, requests in key_quota.today([row.id for row in rows], now).items():
        used[key_id, now.date()] = max(requests, used.get((key_id, now.date()), 0))
    labels = _labels(rows)
    return [_key(row, labels, used, since, now) for row in rows]


def _key(
    row: ApiKey, labels: Mapping[UUID, str], used: Mapping[tuple[UUID, date], int], since: date, now: datetime
) -> shown.ApiKey:
    def limits(ids: Iterable[UUID]) -> list[shown.KeyLimit]:
        return [shown.KeyLimit(id=one, label=labels.get(one, "")) for one in ids]

    days = [since + timedelta(days=number) for number in range(DAYS_SHOWN)]
    return shown.ApiKey(
        id=row.id,
        name=row.name,
        prefix=f"{keys.MARK}_{row.prefix}",
        scopes=row.scopes,  # type: ignore[arg-type]
        accounts=limits(row.account_ids),
        instances=limits(row.instance_ids),
        made_by=row.user.email,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        is_over=keys.is_over(row, now),
        last_used_at=row.last_used_at,
        last_used_from=row.last_used_from,
        requests_today=used.get((row.id, now.date()), 0),
        days=[shown.KeyDay(day=day, requests=used.get((row.id, day), 0)) for day in days],
    )


def _labels(rows: list[ApiKey]) -> dict[UUID, str]:
    """Return the names of what the keys are limited to, also of what was removed since."""
    accounts = {one for row in rows for one in row.account_ids}
    instances = {one for row in rows for one in row.instance_ids}
    found = dict(TradingAccount.objects.filter(id__in=accounts).values_list("id", "label"))
    return found | dict(EAInstance.objects.filter(id__in=instances).values_list("id", "name"))
