"""What people say of accounts: holder, firm, phase, group, programme, initial balance. Verbs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

from django.db.models import QuerySet

from metafleet.hub.audit import changes
from metafleet.hub.audit import operations as audit
from metafleet.hub.fleet.models import TradingAccount
from metafleet.hub.kernel import live
from metafleet.hub.kernel.errors import Fault, Malformed, NotFound
from metafleet.hub.monitor.models import AccountGroup, AccountProfile, ProfileChange, Programme

Field: TypeAlias = Literal["phase", "group", "holder", "firm", "programme_id", "initial_balance"]
Wish: TypeAlias = Mapping[Field, Any]
"""What to set, by field. group: its name, "" for none; a new name makes the group. programme_id: None
for none. initial_balance: in account currency, None for the first that was seen."""

PUT_BACK_WITHIN: Final = timedelta(minutes=10)
"""A phase that is set back so soon was never left: it goes on since it began."""
_NAMED_IN_AUDIT: Final = 50


def change(
    *,
    tenant_id: UUID,
    actor: str,
    account_ids: Collection[UUID],
    wish: Wish,
    now: datetime,
    is_anew: bool = False,
) -> dict[UUID, AccountProfile]:
    """Set these fields of all of these accounts, or of none; return the profiles as they are then.

    Each value that differs becomes a row of its account's history; what is so already is left alone.
    is_anew: the phase begins now, also where it has that name already, and its history says so.
    Raises NotFound where one account is not the tenant's, Malformed.
    """
    accounts = _held(tenant_id, account_ids)
    wanted = _wanted(tenant_id, wish)
    kept = {
        row.account_id: row
        for row in AccountProfile.objects.filter(account_id__in=accounts).select_related("group", "programme")
    }
    profiles = {id: kept.get(id) or AccountProfile(account_id=id, tenant_id=tenant_id) for id in accounts}  # noqa: A001
    is_moved = "phase" in wanted and not is_anew
    began = _began_before(profiles, str(wanted["phase"]), now) if is_moved else {}
    history: list[ProfileChange] = []
    for id, row in profiles.items():  # noqa: A001
        found = _apply(row, wanted, actor, now)
        if is_anew and not any(one.field == "phase" for one in found):
            found.append(_changed(row, "phase", row.phase, row.phase, actor, now))
        if any(one.field == "phase" for one in found):
            row.phase_since = began.get(id, now)
        history += found
    touched = {one.account_id for one in history}
    _save([profiles[id] for id in touched])  # noqa: A001
    ProfileChange.objects.bulk_create(history)
    if history:
        named = [accounts[id] for id in accounts if id in touched]  # noqa: A001
        _record(tenant_id, actor, named, history, now, is_anew=is_anew)
    return profiles


def history(*, account_id: UUID) -> QuerySet[ProfileChange]:
    """Return the account's changes, the newest first."""
    return ProfileChange.objects.filter(account_id=account_id).order_by("-at", "-created_at")


def _held(tenant_id: UUID, ids: Collection[UUID]) -> dict[UUID, TradingAccount]:
    """Return the accounts, their rows held until commit, so that two changes are one after the other."""
    found = TradingAccount.objects.filter(tenant_id=tenant_id, id__in=set(ids), deleted_at=None)
    rows = {row.id: row for row in found.order_by("id").select_for_update()}
    if len(rows) != len(set(ids)):
        raise NotFound("trading account")
    return rows


def _wanted(tenant_id: UUID, wish: Wish) -> dict[str, Any]:
    """Return the values as a profile has them."""
    wanted: dict[str, Any] = {str(field): value for field, value in wish.items()}
    if wanted.get("phase", "-") == "":
        raise Malformed(Fault("/phase", "Name the phase, as F1, F2 or funded."))
    if (balance := wanted.get("initial_balance")) is not None and balance <= 0:
        raise Malformed(Fault("/initialBalance", "Write a balance above zero, or leave it empty."))
    if "group" in wanted:
        name = wanted["group"]
        made = AccountGroup.objects.get_or_create(tenant_id=tenant_id, name=name)[0] if name else None
        wanted["group"] = made
    if "programme_id" in wanted:
        wanted["programme"] = _programme(tenant_id, wanted.pop("programme_id"))
    return wanted


def _programme(tenant_id: UUID, programme_id: UUID | None) -> Programme | None:
    if programme_id is None:
        return None
    found = Programme.objects.filter(tenant_id=tenant_id, id=programme_id).first()
    if found is None:
        raise NotFound("programme")
    return found


def _apply(row: AccountProfile, wanted: Mapping[str, Any], actor: str, now: datetime) -> list[ProfileChange]:
    found = []
    for field, value in wanted.items():
        before, after = _said(getattr(row, field)), _said(value)
        if before == after:
            continue
        setattr(row, field, value)
        found.append(_changed(row, field, before, after, actor, now))
    return found


def _changed(
    row: AccountProfile, field: str, before: str, after: str, actor: str, now: datetime
) -> ProfileChange:
    owner = {"tenant_id": row.tenant_id, "account_id": row.account_id}
    return ProfileChange(**owner, field=field, before=before, after=after, actor=actor, at=now)


def _said(value: Any) -> str:
    match value:
        case None:
            return ""
        case AccountGroup():
            return value.name
        case Programme():
            return f"{value.firm} {value.name}"[:120]
        case Decimal():
            return f"{value:.2f}"
        case _:
            return str(value)


def _began_before(ids: Collection[UUID], phase: str, now: datetime) -> dict[UUID, datetime | None]:
    """Return since when those accounts were in this phase that left it just now, by mistake."""
    steps: dict[UUID, list[ProfileChange]] = defaultdict(list)
    for row in ProfileChange.objects.filter(account_id__in=ids, field="phase").order_by("-at"):
        steps[row.account_id].append(row)
    return {
        id: rows[1].at if len(rows) > 1 else None
        for id, rows in steps.items()  # noqa: A001
        if rows[0].before == phase and now - rows[0].at <= PUT_BACK_WITHIN
    }


def _save(rows: list[AccountProfile]) -> None:
    AccountProfile.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["account"],
        update_fields=[
            *("holder", "firm", "phase", "phase_since", "group", "programme", "initial_balance"),
            "updated_at",
        ],
        batch_size=1000,
    )


def _record(
    tenant_id: UUID,
    actor: str,
    accounts: list[TradingAccount],
    made: list[ProfileChange],
    now: datetime,
    *,
    is_anew: bool,
) -> None:
    """One entry for one deed. Of many accounts the history of each says what it was before."""
    one = accounts[0] if len(accounts) == 1 else None
    detail = {} if one else {"accounts": ", ".join(row.label for row in accounts[:_NAMED_IN_AUDIT])}
    if is_anew:
        detail["phase"] = "begun anew"
    before = {row.field: row.before for row in made} if one else {}
    audit.record(
        tenant_id=tenant_id,
        actor=actor,
        action="account.profile_changed",
        subject=f"{one.label} ({one.login} at {one.server})" if one else f"{len(accounts)} accounts",
        subject_id=one.id if one else None,
        now=now,
        detail=detail,
        changes=changes.between(before, {row.field: row.after for row in made}),
    )
    live.publish_on_commit(tenant_id, "board")
