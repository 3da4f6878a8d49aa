"""What runners are told to enforce by themselves: an account's programme, and its marks as they are now."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import msgspec

from metafleet.hub.fleet import commands
from metafleet.hub.fleet.models import DesiredState, Terminal
from metafleet.hub.monitor.models import AccountMark, AccountProfile
from metafleet.wire import messages

COMMAND = "GUARD"


def guard_of(account_id: UUID) -> messages.Guard | None:
    """Return what a runner is to hold the account's equity against, in its tenant's scope.

    None where no programme judges it, it was never looked at, or its limit is broken already.
    """
    return _guards([account_id]).get(account_id)


def tell(account_ids: Collection[UUID], *, actor: str, now: datetime) -> None:
    """Tell every runner of these accounts what it is to enforce from now on, in their tenant's scope."""
    rows = Terminal.objects.filter(
        account_id__in=account_ids, revoked_at=None, instance__isnull=False, instance__deleted_at=None
    ).exclude(instance__desired_state=DesiredState.STOPPED)
    terminals = list(rows.order_by("id"))
    found = _guards({terminal.account_id for terminal in terminals})
    for terminal in terminals:
        guard = found.get(terminal.account_id)
        payload = {"guard": msgspec.to_builtins(guard) if guard else None}
        commands.queue(terminal=terminal, type=COMMAND, payload=payload, actor=actor, now=now)


def _guards(account_ids: Collection[UUID]) -> dict[UUID, messages.Guard]:
    if not account_ids:
        return {}
    marks = {mark.account_id: mark for mark in AccountMark.objects.filter(account_id__in=account_ids)}
    profiles = AccountProfile.objects.filter(account_id__in=marks, programme__isnull=False)
    return {
        profile.account_id: _guard(profile, marks[profile.account_id])
        for profile in profiles.select_related("programme")
        if not marks[profile.account_id].verdict.get("breach")
    }


def _guard(profile: AccountProfile, mark: AccountMark) -> messages.Guard:
    if profile.programme is None:
        raise ValueError("an account that is in no programme has no guard")
    marks = messages.GuardMarks(
        since=mark.since,
        first_balance=mark.first_balance,
        day=mark.day,
        day_balance=mark.day_balance,
        day_equity=mark.day_equity,
        peak_equity=mark.peak_equity,
        peak_balance=mark.peak_balance,
        eod_peak=mark.eod_peak,
        at=mark.observed_at,
        balance=mark.last_balance,
        equity=mark.last_equity,
    )
    return messages.Guard(programme=profile.programme.document, phase=profile.phase, marks=marks)
