"""The kill switch: preview, use, progress and history; and an operator's over all tenants."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID, uuid5

from django.db.models import Count, Q, Sum
from django.http import HttpRequest
from ninja import Router, Status

from metafleet.hub.console.access import Actor, actor, needs
from metafleet.hub.console.schemas import kill_switch as schemas
from metafleet.hub.fleet import kill_switch
from metafleet.hub.fleet.kill_switch import Lots
from metafleet.hub.fleet.models import AccountState, DesiredState, EAInstance, KillSwitch, TradingAccount
from metafleet.hub.identity.rights import Right
from metafleet.hub.journal import exposure
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.errors import Fault, Malformed, NotFound, Refused
from metafleet.hub.kernel.tenancy import operator_scope, tenant_scope

router = Router(by_alias=True)
PHRASE: Final = "FLATTEN"
OPERATORS_PHRASE: Final = "FLATTEN EVERYONE"
SHOWN: Final = 50
OPERATOR_SHOWN: Final = 200

_log = logging.getLogger(__name__)


@router.get("/kill-switch/preview", response=schemas.KillSwitchPreview)
@needs(Right.READ, takes_limited_keys=False)
def preview_kill_switch(request: HttpRequest) -> schemas.KillSwitchPreview:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        lots = exposure.lots(tenant_id=who.tenant_id)
        found = kill_switch.preview(tenant_id=who.tenant_id, lots=lots, now=clock.now())
        return schemas.KillSwitchPreview.model_validate(
            {"phrase": PHRASE, "eas": found.eas, "accounts": found.accounts, "symbols": found.symbols}
        )


@router.get("/kill-switch", response=list[schemas.KillSwitch])
@needs(Right.READ, takes_limited_keys=False)
def list_kill_switches(request: HttpRequest) -> list[schemas.KillSwitch]:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        rows = KillSwitch.objects.filter(tenant_id=who.tenant_id).order_by("-created_at")[:SHOWN]
        lots = exposure.lots(tenant_id=who.tenant_id)
        return [_shown(row, lots) for row in rows]


@router.post("/kill-switch", response={202: schemas.KillSwitch})
@needs(Right.TRADE, takes_limited_keys=False)
def use_kill_switch(request: HttpRequest, form: schemas.KillSwitchForm) -> Status[schemas.KillSwitch]:
    who = actor(request)
    _check(form, PHRASE)
    with tenant_scope(who.tenant_id):
        wish = kill_switch.Wish(form.reason, form.closes_foreign, form.id)
        row = _use(who.tenant_id, who.name, wish)
        return Status(202, _shown(row, exposure.lots(tenant_id=who.tenant_id)))


@router.get("/kill-switch/{uuid:switch_id}", response=schemas.KillSwitch)
@needs(Right.READ, takes_limited_keys=False)
def get_kill_switch(request: HttpRequest, switch_id: UUID) -> schemas.KillSwitch:
    who = actor(request)
    with tenant_scope(who.tenant_id):
        row = KillSwitch.objects.filter(tenant_id=who.tenant_id, id=switch_id).first()
        if row is None:
            raise NotFound("use of the kill switch")
        return _shown(row, exposure.lots(tenant_id=who.tenant_id))


@router.get("/operator/kill-switch/preview", response=schemas.OperatorPreview)
@needs(Right.AUDIT)
def preview_for_all(request: HttpRequest) -> schemas.OperatorPreview:
    with operator_scope():
        accounts = TradingAccount.objects.filter(deleted_at=None)
        eas = EAInstance.objects.filter(_ACTIVE)
        held = AccountState.objects.filter(account__deleted_at=None).aggregate(all=Sum("open_positions"))
        return schemas.OperatorPreview(
            phrase=OPERATORS_PHRASE,
            tenants=accounts.aggregate(n=Count("tenant_id", distinct=True))["n"],
            accounts=accounts.count(),
            eas=eas.count(),
            positions=held["all"] or 0,
        )


@router.get("/operator/kill-switch", response=list[schemas.OperatorKillSwitch])
@needs(Right.AUDIT)
def list_for_all(request: HttpRequest) -> list[schemas.OperatorKillSwitch]:
    with operator_scope():
        rows = KillSwitch.objects.select_related("tenant").order_by("-created_at")[:OPERATOR_SHOWN]
        return [_seen_by_operator(row) for row in rows]


@router.post("/operator/kill-switch", response={202: schemas.OperatorUse})
@needs(Right.OPERATE)
def use_for_all(request: HttpRequest, form: schemas.KillSwitchForm) -> Status[schemas.OperatorUse]:
    """Use it for every tenant, each in a transaction of its own: one that fails holds up no other."""
    who = actor(request)
    _check(form, OPERATORS_PHRASE)
    used, failed = 0, []
    for tenant_id in _tenants_at_stake():
        # Named after request and tenant: a request that is sent again is the same use for each.
        wish = kill_switch.Wish(form.reason, form.closes_foreign, uuid5(form.id, str(tenant_id)))
        try:
            with tenant_scope(tenant_id):
                _use(tenant_id, _operator(who), wish)
        except Refused as refusal:
            failed.append(f"{tenant_id}: {refusal.detail}")
        except Exception:  # noqa: BLE001 - the other tenants are not to wait for one that breaks
            _log.exception("the kill switch failed for tenant %s", tenant_id)
            failed.append(f"{tenant_id}: an error of ours, see the log of the web process")
        else:
            used += 1
    return Status(202, schemas.OperatorUse(used=used, failed=failed))


_ACTIVE: Final = Q(deleted_at=None) & ~Q(desired_state=DesiredState.STOPPED)


def _tenants_at_stake() -> list[UUID]:
    with operator_scope():
        held = AccountState.objects.filter(open_positions__gt=0, account__deleted_at=None)
        active = EAInstance.objects.filter(_ACTIVE)
        return sorted({row.tenant_id for queryset in (held, active) for row in queryset.only("tenant_id")})


def _use(tenant_id: UUID, name: str, wish: kill_switch.Wish) -> KillSwitch:
    lots = exposure.lots(tenant_id=tenant_id)
    return kill_switch.use(tenant_id=tenant_id, actor=name, wish=wish, lots=lots, now=clock.now())


def _operator(who: Actor) -> str:
    return f"operator {who.name}"


def _check(form: schemas.KillSwitchForm, phrase: str) -> None:
    if form.confirmation != phrase:
        raise Malformed(Fault("/confirmation", f"Type {phrase} to confirm, in capital letters."))


def _shown(row: KillSwitch, lots: Sequence[Lots]) -> schemas.KillSwitch:
    open_still = {} if row.flat_at else kill_switch.left(row, lots)
    accounts: list[dict[str, Any]] = [
        found | {"left": open_still.get(UUID(found["account_id"]), 0)} for found in row.preview["accounts"]
    ]
    return schemas.KillSwitch.model_validate(
        {
            **_common(row),
            "is_watched": row.due_at is not None,
            "left": sum(open_still.values()),
            "eas": row.preview["eas"],
            "accounts": accounts,
            "symbols": row.preview["symbols"],
        }
    )


def _seen_by_operator(row: KillSwitch) -> schemas.OperatorKillSwitch:
    accounts = row.preview["accounts"]
    return schemas.OperatorKillSwitch.model_validate(
        {
            **_common(row),
            "tenant_id": row.tenant_id,
            "tenant_name": row.tenant.name,
            "eas": row.preview["eas"],
            "accounts": len(accounts),
            "positions": sum(found["own"] + found["foreign"] for found in accounts),
        }
    )


def _common(row: KillSwitch) -> dict[str, Any]:
    return {
        "id": row.id,
        "requested_by": row.requested_by,
        "reason": row.reason,
        "closes_foreign": row.closes_foreign,
        "used_at": kill_switch.used_at(row),
        "flat_at": row.flat_at,
        "seconds_to_flat": kill_switch.seconds_to_flat(row),
    }
