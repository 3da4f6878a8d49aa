"""How an account stands by its programme, and to begin its phase anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router

from metafleet.hub.console.access import Actor, actor, needs
from metafleet.hub.console.api.accounts import find_account
from metafleet.hub.console.api.programmes import cents
from metafleet.hub.console.schemas import limits as shown
from metafleet.hub.identity.rights import Right
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor import desk_programmes, limits, volatility
from metafleet.hub.monitor.models import FIRST_PHASE, AccountMark

router = Router(by_alias=True)


@router.get("/accounts/{uuid:account_id}/limits", response=shown.AccountLimits)
@needs(Right.READ, takes_limited_keys=False)
def get_limits(request: HttpRequest, account_id: UUID) -> shown.AccountLimits:
    """How much of each limit is used, how far a breach is, and what is to be reached."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        return _limits(who, account_id)


@router.post("/accounts/{uuid:account_id}/limits/begin-anew", response=shown.AccountLimits)
@needs(Right.DEPLOY, takes_limited_keys=False)
def begin_anew(request: HttpRequest, account_id: UUID, form: shown.BeginForm) -> shown.AccountLimits:
    """Begin the account's phase once more: what was broken in it counts no longer."""
    who = actor(request)
    with tenant_scope(who.tenant_id):
        desk_programmes.begin_anew(
            tenant_id=who.tenant_id,
            account_id=find_account(who, account_id).id,
            initial_balance=cents(form.initial_balance),
            actor=who.name,
            now=clock.now(),
        )
        return _limits(who, account_id)


def _limits(who: Actor, account_id: UUID) -> shown.AccountLimits:
    account, now = find_account(who, account_id), clock.now()
    found = limits.of_account(account_id=account.id, now=now)
    moves = volatility.moves(account=account, now=now) if found.verdict else []
    return shown.AccountLimits(
        state=found.state,
        currency=account.currency,
        **_about(found),
        **_figures(found),
        **_said(found, moves),
    )


def _about(found: limits.Standing) -> dict[str, Any]:
    """Say which phase of which programme it is, and whose midnight counts."""
    profile, terms, phase = found.profile, found.terms, found.phase
    initial = profile.initial_balance if profile else None
    return {
        "programme_id": profile.programme_id if profile else None,
        "firm": terms.firm if terms else "",
        "programme": terms.name if terms else "",
        "phase": profile.phase if profile else FIRST_PHASE,
        "phases": [one.name for one in terms.phases] if terms else [],
        "timezone": terms.timezone if terms else "",
        "day_starts": terms.day_starts if terms else "",
        "daily_basis": phase.daily_basis if phase else None,
        "total_kind": phase.total_kind if phase else None,
        "on_breach": phase.on_breach if phase else None,
        "resets_at": found.resets_at,
        "initial_balance": None if initial is None else float(initial),
    }


def _figures(found: limits.Standing) -> dict[str, Any]:
    mark = found.mark
    return {
        "since": mark.since if mark else found.profile.phase_since if found.profile else None,
        "first_balance": float(mark.first_balance) if mark else None,
        "balance": float(mark.last_balance) if mark else None,
        "equity": float(mark.last_equity) if mark else None,
        "observed_at": mark.observed_at if mark else None,
        "day": _day(mark, is_today=found.is_today) if mark else None,
    }


def _day(mark: AccountMark, *, is_today: bool) -> shown.AccountDay:
    return shown.AccountDay(
        date=mark.day,
        began_at=mark.day_began_at,
        balance=float(mark.day_balance),
        equity=float(mark.day_equity),
        low=float(mark.day_low),
        high=float(mark.day_high),
        is_today=is_today,
    )


def _said(found: limits.Standing, moves: Sequence[volatility.Move]) -> dict[str, Any]:
    verdict = found.verdict
    breach = verdict.get("breach")
    return {
        "limits": [shown.AccountLimit.model_validate(one) for one in verdict.get("limits", ())],
        "goals": [shown.AccountGoal.model_validate(one) for one in verdict.get("goals", ())],
        "is_passed": bool(verdict.get("isPassed")),
        "breach": shown.AccountBreach.model_validate(breach) if breach else None,
        "moves": [shown.DailyMove.model_validate(one) for one in moves],
    }
