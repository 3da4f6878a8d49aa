"""A desk's prop-firm programmes: copied, made, changed, removed; accounts put into them and taken out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import Count, QuerySet

from metafleet.engine.programmes import terms
from metafleet.hub.audit import changes
from metafleet.hub.audit import operations as audit
from metafleet.hub.kernel import live
from metafleet.hub.kernel.errors import Fault, Malformed, NotFound, Refused
from metafleet.hub.monitor import incidents, profiles
from metafleet.hub.monitor.models import AccountMark, AccountProfile, Incident, IncidentState, Programme

MOST: Final = 50


class TooManyProgrammes(Refused):
    def __init__(self) -> None:
        super().__init__(f"This desk has {MOST} programmes, which is the most. Remove one first.")


class NameTaken(Refused):
    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is a programme {name} already. Choose another name.",
            faults=(Fault("/terms/name", "This firm has a programme of that name. Choose another."),),
        )


class InUse(Refused):
    def __init__(self, accounts: int) -> None:
        super().__init__(f"{_accounts(accounts)} in this programme. Take them out of it first.")


class PhaseInUse(Refused):
    def __init__(self, phase: str, accounts: int) -> None:
        super().__init__(
            f"{_accounts(accounts)} in phase {phase}, which would be gone. Move them to another phase first."
        )


class NameHeld(Refused):
    def __init__(self, accounts: int) -> None:
        many = "1 account has" if accounts == 1 else f"{accounts} accounts have"
        super().__init__(
            f"{many} broken a limit under this name. Keep the name, or begin their phases anew first."
        )


class NoProgramme(Refused):
    def __init__(self) -> None:
        super().__init__(
            "This account is in no programme, so it has no phase to begin. Put it into one first."
        )


def programmes(*, tenant_id: UUID) -> QuerySet[Programme]:
    """Return the tenant's programmes by firm and name."""
    return Programme.objects.filter(tenant_id=tenant_id).order_by("firm", "name")


def find(*, tenant_id: UUID, programme_id: UUID, is_held: bool = False) -> Programme:
    """Return it; held, until commit. Raises NotFound, also for another tenant's."""
    rows = programmes(tenant_id=tenant_id).filter(id=programme_id)
    row = (rows.select_for_update() if is_held else rows).first()
    if row is None:
        raise NotFound("programme")
    return row


def counts(*, tenant_id: UUID) -> dict[UUID, dict[str, int]]:
    """Return how many accounts are in each phase of each programme that has any."""
    found: dict[UUID, dict[str, int]] = {}
    rows = (
        _members(tenant_id)
        .values_list("programme_id", "phase")
        .annotate(accounts=Count("*"))
        .order_by("phase")
    )
    for programme_id, phase, accounts in rows:
        found.setdefault(programme_id, {})[phase] = accounts
    return found


def add(
    *, tenant_id: UUID, document: Mapping[str, Any] | None, origin: str, actor: str, now: datetime
) -> Programme:
    """Make a programme.

    origin: the key of the shipped one that it is taken from, "" for none. document: its terms; None for
    those of the shipped one as they are. Raises Malformed, TooManyProgrammes, NameTaken.
    """
    if origin and origin not in terms.shipped():
        raise Malformed(Fault("/origin", f"Name one of {', '.join(terms.shipped())}, or leave it empty."))
    if document is None and not origin:
        raise Malformed(Fault("/terms", "Say the terms, or name the programme to copy in origin."))
    wanted = terms.shipped()[origin] if document is None else _read(document)
    if programmes(tenant_id=tenant_id).count() >= MOST:
        raise TooManyProgrammes
    row = Programme(tenant_id=tenant_id, origin=origin)
    _write(row, wanted)
    _record(row, actor, "programme.added", now)
    return row


def change(
    *, tenant_id: UUID, programme_id: UUID, document: Mapping[str, Any], actor: str, now: datetime
) -> Programme:
    """Change its terms, for every account that is in it.

    Raises NotFound, Malformed, NameTaken, NameHeld, PhaseInUse.
    """
    wanted = _read(document)
    row = find(tenant_id=tenant_id, programme_id=programme_id, is_held=True)
    for phase, accounts in counts(tenant_id=tenant_id).get(row.id, {}).items():
        if wanted.phase(phase) is None and phase in _phases(row):
            raise PhaseInUse(phase, accounts)
    _check_name(row, wanted)
    before = row.document
    _write(row, wanted)
    _record(row, actor, "programme.changed", now, before)
    return row


def remove(*, tenant_id: UUID, programme_id: UUID, actor: str, now: datetime) -> None:
    """Remove it. Raises NotFound, InUse."""
    row = find(tenant_id=tenant_id, programme_id=programme_id, is_held=True)
    accounts = _members(tenant_id).filter(programme=row).count()
    if accounts:
        raise InUse(accounts)
    _record(row, actor, "programme.removed", now)
    row.delete()


def assign(
    *,
    tenant_id: UUID,
    programme_id: UUID,
    account_ids: Collection[UUID],
    phase: str,
    initial_balance: Decimal | None,
    actor: str,
    now: datetime,
) -> None:
    """Put accounts into a phase of it, which begins now for all of them.

    initial_balance: in account currency, what the firm counts from; None for the balance at that moment.
    Raises NotFound, Malformed.
    """
    row = find(tenant_id=tenant_id, programme_id=programme_id, is_held=True)
    if phase not in _phases(row):
        raise Malformed(Fault("/phase", f"Name a phase of this programme: {', '.join(_phases(row))}."))
    wish: profiles.Wish = {"programme_id": row.id, "phase": phase, "initial_balance": initial_balance}
    _begin(tenant_id, account_ids, wish, actor, now)


def begin_anew(
    *, tenant_id: UUID, account_id: UUID, initial_balance: Decimal | None, actor: str, now: datetime
) -> None:
    """Begin the account's phase once more: what was broken in it counts no longer.

    initial_balance: as for `assign`. Raises NoProgramme, Malformed.
    """
    if not _members(tenant_id).filter(account_id=account_id).exists():
        raise NoProgramme
    _begin(tenant_id, [account_id], {"initial_balance": initial_balance}, actor, now)


def take_out(
    *, tenant_id: UUID, programme_id: UUID, account_ids: Collection[UUID], actor: str, now: datetime
) -> None:
    """Take accounts out of it: no programme judges them then. Those that are not in it are left alone.

    Raises NotFound.
    """
    row = find(tenant_id=tenant_id, programme_id=programme_id, is_held=True)
    inside = _members(tenant_id).filter(programme=row, account_id__in=set(account_ids))
    profiles.change(
        tenant_id=tenant_id,
        actor=actor,
        account_ids=list(inside.values_list("account_id", flat=True)),
        wish={"programme_id": None},
        now=now,
    )


def _begin(
    tenant_id: UUID, account_ids: Collection[UUID], wish: profiles.Wish, actor: str, now: datetime
) -> None:
    """Begin a phase, and close what was told of the one before."""
    profiles.change(
        tenant_id=tenant_id, actor=actor, account_ids=account_ids, wish=wish, now=now, is_anew=True
    )
    told = Incident.objects.filter(
        tenant_id=tenant_id, account_id__in=set(account_ids), kind__startswith="programme_"
    ).exclude(state=IncidentState.RESOLVED)
    for incident_id in told.order_by("id").values_list("id", flat=True):
        incidents.resolve(
            tenant_id=tenant_id, incident_id=incident_id, actor=actor, text="A phase was begun anew.", now=now
        )


def _read(document: Mapping[str, Any]) -> terms.Programme:
    try:
        return terms.read(document)
    except terms.TermsRefused as refused:
        raise Malformed(Fault(f"/terms{refused.pointer}".rstrip("/"), str(refused))) from None


def _write(row: Programme, wanted: terms.Programme) -> None:
    row.firm, row.name = wanted.firm, wanted.name
    row.document = msgspec.json.decode(msgspec.json.encode(wanted))
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise NameTaken(_title(row)) from None
    live.publish_on_commit(row.tenant_id, "board")


def _check_name(row: Programme, wanted: terms.Programme) -> None:
    """A verdict names its programme: under another name it would be none, and a breach forgotten."""
    broken = AccountMark.objects.filter(
        tenant_id=row.tenant_id,
        account__profile__programme=row,
        verdict__programme=_title(row),
        verdict__breach__at__isnull=False,
    ).count()
    if broken and (wanted.firm, wanted.name) != (row.firm, row.name):
        raise NameHeld(broken)


def _members(tenant_id: UUID) -> QuerySet[AccountProfile]:
    return AccountProfile.objects.filter(
        tenant_id=tenant_id, programme__isnull=False, account__deleted_at=None
    )


def _phases(row: Programme) -> list[str]:
    return [phase["name"] for phase in row.document["phases"]]


def _title(row: Programme) -> str:
    return f"{row.firm} {row.name}"


def _accounts(count: int) -> str:
    return "1 account is" if count == 1 else f"{count} accounts are"


def _record(
    row: Programme, actor: str, action: str, now: datetime, before: Mapping[str, Any] | None = None
) -> None:
    after = row.document if before is not None else {}
    audit.record(
        tenant_id=row.tenant_id,
        actor=actor,
        action=action,
        subject=_title(row),
        subject_id=row.id,
        now=now,
        detail={"origin": row.origin} if row.origin else {},
        changes=changes.between(before or {}, after),
    )
