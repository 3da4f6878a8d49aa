"""The kill switch over a tenant's fleet: everything to the market's side line, in one transaction.

1. Every EA that is not stopped is paused to flatten, by a person's pause: nothing resumes it but a person.
2. Each account's terminal is told to close what is open: what EAs of ours opened, or really all.
3. The row is looked at until no position is left; what was refused is asked for again.

What is open is the journal's knowledge, which lies above: callers bring it as `Lots`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from metafleet.hub.audit import operations as audit
from metafleet.hub.fleet import addressees, commands, operations, pauses, truths
from metafleet.hub.fleet.errors import CommandUnknown, WrongState
from metafleet.hub.fleet.models import (
    Command,
    DesiredState,
    EAInstance,
    KillSwitch,
    PauseMode,
    Terminal,
    TradingAccount,
)
from metafleet.hub.kernel import live
from metafleet.hub.kernel.errors import NotFound
from metafleet.hub.kernel.tenancy import operator_scope

SOON: Final = timedelta(seconds=1)
LATER: Final = timedelta(seconds=15)
HURRY_FOR: Final = timedelta(minutes=5)
"""How long it is looked at every second; a market that is closed after that stays so for a while."""
GIVEN_UP_AFTER: Final = timedelta(days=3)
"""Longer than a weekend's closed market."""
ASK_AGAIN_AFTER: Final = timedelta(seconds=15)
MOST_COMMANDS: Final = 200
"""That one use sends in all: what is refused so often needs a person."""

TerminalWord = Literal["online", "away", "none"]


@dataclass(frozen=True, slots=True)
class Lots:
    """Open positions of one account, EA, symbol and side, added up. floating: in account currency."""

    account_id: UUID
    magic: int | None
    symbol: str
    side: str
    positions: int
    volume: Decimal
    floating: Decimal


@dataclass(slots=True)
class AtStake:
    """One account: what is open on it, and who could close it. Foreign: no EA of ours opened it."""

    account_id: UUID
    label: str
    login: int
    server: str
    currency: str
    eas: int = 0
    terminal: TerminalWord = "none"
    own: int = 0
    foreign: int = 0
    own_floating: Decimal = Decimal(0)
    foreign_floating: Decimal = Decimal(0)


@dataclass(slots=True)
class SymbolAtStake:
    """Lots open in one symbol over all accounts, of EAs of ours or of others."""

    symbol: str
    is_own: bool
    buy_lots: Decimal = Decimal(0)
    sell_lots: Decimal = Decimal(0)
    positions: int = 0


@dataclass(frozen=True, slots=True)
class Preview:
    """What the switch would meet now."""

    accounts: list[AtStake]
    symbols: list[SymbolAtStake]
    eas: int


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants. id: made by the client, so that a request sent twice is one use."""

    reason: str
    closes_foreign: bool = False
    id: UUID = field(default_factory=uuid4)


def preview(*, tenant_id: UUID, lots: Sequence[Lots], now: datetime) -> Preview:
    """Return what is at stake, accounts with the most positions first; writes nothing."""
    found: dict[UUID, AtStake] = {}
    for account in TradingAccount.objects.filter(tenant_id=tenant_id, deleted_at=None).order_by("created_at"):
        found[account.id] = AtStake(
            account.id, account.label, account.login, account.server, account.currency
        )
    for instance in _active(tenant_id):
        if instance.account_id in found:
            found[instance.account_id].eas += 1
    for account_id, terminals in _carriers(tenant_id).items():
        if account_id in found and terminals:
            found[account_id].terminal = "online" if _is_online(terminals[0], now) else "away"
    magics = _magics(tenant_id)
    symbols: dict[tuple[str, bool], SymbolAtStake] = {}
    for lot in lots:
        if lot.account_id not in found:
            continue
        is_own = lot.magic in magics[lot.account_id]
        _add(found[lot.account_id], lot, is_own)
        row = symbols.setdefault((lot.symbol, is_own), SymbolAtStake(lot.symbol, is_own))
        row.positions += lot.positions
        if lot.side == "buy":
            row.buy_lots += lot.volume
        else:
            row.sell_lots += lot.volume
    touched = [row for row in found.values() if row.eas or row.own or row.foreign]
    return Preview(
        accounts=sorted(touched, key=lambda row: -(row.own + row.foreign)),
        symbols=sorted(symbols.values(), key=lambda row: (not row.is_own, row.symbol)),
        eas=sum(row.eas for row in touched),
    )


def use(*, tenant_id: UUID, actor: str, wish: Wish, lots: Sequence[Lots], now: datetime) -> KillSwitch:
    """Pause every EA to flatten and have every account's terminal close what is open.

    lots: what is open now, as the journal knows it. Returns the use that this very request has made
    before, where it has. Raises CommandUnknown where the id is another use's.
    """
    earlier = KillSwitch.objects.filter(id=wish.id, tenant_id=tenant_id).first()
    if earlier is not None:
        return earlier
    seen = preview(tenant_id=tenant_id, lots=lots, now=now)
    _flatten(tenant_id, actor, wish.reason, now)
    sent = _close_all(tenant_id, actor, wish, lots, now)
    row = KillSwitch(
        id=wish.id,
        tenant_id=tenant_id,
        requested_by=actor,
        reason=wish.reason,
        preview=_document(seen, now),
        closes_foreign=wish.closes_foreign,
        command_ids=[str(command.id) for command in sent],
        due_at=now,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise CommandUnknown from None
    _record(row, actor, "kill_switch.used", now, _counts(seen, wish))
    _tell(row)
    return row


def due(*, now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """Return (tenant, use) of all tenants that are to be looked at, longest due first."""
    with operator_scope():
        rows = KillSwitch.objects.filter(due_at__lte=now).order_by("due_at")
        return list(rows.values_list("tenant_id", "id")[:limit])


def look(
    *, switch_id: UUID, lots: Sequence[Lots], closed_at: Mapping[UUID, datetime], now: datetime
) -> KillSwitch | None:
    """See whether all is flat; if not, ask again for what was refused and look again later.

    closed_at: when the hub heard of each account's last closing deal in scope since the use; the
    time to flat is measured by it. Returns None where nobody looks any more.
    """
    row = KillSwitch.objects.select_for_update().filter(id=switch_id, due_at__isnull=False).first()
    if row is None:
        return None
    open_still = left(row, lots)
    if not open_still and not _unseen(row):
        _settle(row, closed_at, now)
    elif now - used_at(row) > GIVEN_UP_AFTER:
        row.due_at = None
        row.save(update_fields=("due_at", "updated_at"))
        _record(row, "system:fleet", "kill_switch.given_up", now, {"open": sum(open_still.values())})
    else:
        row.due_at = now + (SOON if now - used_at(row) < HURRY_FOR else LATER)
        _ask_again(row, lots, now)
        row.save(update_fields=("due_at", "command_ids", "updated_at"))
    _tell(row)
    return row


def left(row: KillSwitch, lots: Iterable[Lots]) -> dict[UUID, int]:
    """Return how many positions in the use's scope are open still, by account."""
    counted: dict[UUID, int] = defaultdict(int)
    for lot in _in_scope(row.tenant_id, row.closes_foreign, lots):
        counted[lot.account_id] += lot.positions
    return dict(counted)


def scope(row: KillSwitch) -> dict[UUID, set[int] | None]:
    """Return whose deals count for the use: each account's EAs by magic number, or None for all."""
    magics = _magics(row.tenant_id)
    accounts = [UUID(found["account_id"]) for found in row.preview["accounts"]]
    return {account: None if row.closes_foreign else magics[account] for account in accounts}


def used_at(row: KillSwitch) -> datetime:
    """Return when the switch was used, by the clock of whoever used it."""
    return datetime.fromisoformat(row.preview["at"])


def seconds_to_flat(row: KillSwitch) -> float | None:
    """Return how long it took until nothing was open; None while something is."""
    return (row.flat_at - used_at(row)).total_seconds() if row.flat_at else None


def _flatten(tenant_id: UUID, actor: str, reason: str, now: datetime) -> None:
    wish = pauses.Wish(PauseMode.FLATTEN, f"Kill switch: {reason}"[:300])
    for instance in _active(tenant_id):
        # Somebody may have stopped it in this moment: that must not keep the others from being paused.
        with suppress(WrongState, NotFound):
            operations.pause(instance_id=instance.id, tenant_id=tenant_id, actor=actor, now=now, wish=wish)


def _close_all(tenant_id: UUID, actor: str, wish: Wish, lots: Sequence[Lots], now: datetime) -> list[Command]:
    """Ask each account's best terminal to close what is in scope; where there is none, start a runner
    of the EA that left it open, to close it and end."""
    carriers = _carriers(tenant_id)
    sent: list[Command] = []
    for account_id, payloads in _orders(tenant_id, wish.closes_foreign, lots, carriers).items():
        if carriers[account_id]:
            terminal = carriers[account_id][0]
            sent += [_queue(terminal, payload, actor, now) for payload in payloads]
        else:
            _start_closers(tenant_id, account_id, lots, actor, now)
    return sent


def _orders(
    tenant_id: UUID, closes_foreign: bool, lots: Sequence[Lots], carriers: Mapping[UUID, Sequence[Terminal]]
) -> dict[UUID, list[dict[str, Any]]]:
    """Return the payloads of CLOSE_ALL for each account.

    Where really all is meant it also goes to accounts on which nothing is known to be open: what was
    opened a moment ago is not known yet. What EAs of ours opened so lately their own pause closes.
    """
    if closes_foreign:
        return {account: [{}] for account in {*carriers, *(lot.account_id for lot in lots)}}
    magics: dict[UUID, set[int]] = defaultdict(set)
    for lot in _in_scope(tenant_id, False, lots):
        if lot.magic is not None:
            magics[lot.account_id].add(lot.magic)
    return {account: [{"magic": magic} for magic in sorted(found)] for account, found in magics.items()}


def _queue(terminal: Terminal, payload: dict[str, Any], actor: str, now: datetime) -> Command:
    return commands.queue(terminal=terminal, type="CLOSE_ALL", payload=payload, actor=actor, now=now)


def _start_closers(
    tenant_id: UUID, account_id: UUID, lots: Sequence[Lots], actor: str, now: datetime
) -> None:
    magics = {lot.magic for lot in lots if lot.account_id == account_id and lot.magic is not None}
    idle = EAInstance.objects.filter(
        tenant_id=tenant_id, account_id=account_id, magic__in=magics, deleted_at=None, desired_state="stopped"
    )
    for instance_id in idle.order_by("created_at", "id").values_list("id", flat=True):
        operations.stop(
            instance_id=instance_id, tenant_id=tenant_id, actor=actor, close_positions=True, now=now
        )


def _ask_again(row: KillSwitch, lots: Sequence[Lots], now: datetime) -> None:
    """Queue anew what has ended and left something open, once in a while."""
    if len(row.command_ids) >= MOST_COMMANDS:
        return
    sent = Command.objects.filter(id__in=row.command_ids).select_related("terminal")
    carriers = _carriers(row.tenant_id)
    waits = {
        command.terminal.account_id
        for command in sent
        if command.finished_at is None or now - command.finished_at < ASK_AGAIN_AFTER
    }
    wanted = _orders(row.tenant_id, row.closes_foreign, lots, {})
    for account_id, payloads in wanted.items():
        if account_id in waits or not carriers[account_id]:
            continue
        if now - used_at(row) < ASK_AGAIN_AFTER:
            continue
        terminal = carriers[account_id][0]
        row.command_ids += [str(_queue(terminal, payload, row.requested_by, now).id) for payload in payloads]


def _settle(row: KillSwitch, closed_at: Mapping[UUID, datetime], now: datetime) -> None:
    start = used_at(row)
    row.flat_at = max([at for at in closed_at.values() if at > start], default=start)
    row.due_at = None
    row.save(update_fields=("flat_at", "due_at", "updated_at"))
    _record(row, "system:fleet", "kill_switch.flat", now, {"seconds": seconds_to_flat(row)})


def _unseen(row: KillSwitch) -> bool:
    """Whether an account that may have had something open was not heard since: silence proves nothing."""
    start = used_at(row)
    for found in row.preview["accounts"]:
        had = found["own"] + (found["foreign"] if row.closes_foreign else 0)
        if not had and found["terminal"] != "online":
            continue
        heard = Terminal.objects.filter(account_id=found["account_id"], snapshot_at__gt=start)
        if not heard.exists():
            return True
    return False


def _in_scope(tenant_id: UUID, closes_foreign: bool, lots: Iterable[Lots]) -> list[Lots]:
    magics = _magics(tenant_id)
    return [lot for lot in lots if closes_foreign or lot.magic in magics[lot.account_id]]


def _magics(tenant_id: UUID) -> Mapping[UUID, set[int]]:
    """Return the magic numbers of every EA that ever was deployed on each account."""
    found: dict[UUID, set[int]] = defaultdict(set)
    for account_id, magic in EAInstance.objects.filter(tenant_id=tenant_id).values_list(
        "account_id", "magic"
    ):
        found[account_id].add(magic)
    return found


def _active(tenant_id: UUID) -> list[EAInstance]:
    rows = EAInstance.objects.filter(tenant_id=tenant_id, deleted_at=None)
    return list(rows.exclude(desired_state=DesiredState.STOPPED).order_by("created_at", "id"))


def _carriers(tenant_id: UUID) -> Mapping[UUID, list[Terminal]]:
    """Return each account's terminals that take orders, the one heard last first.

    One that is away is among them: a runner that is being started is not heard yet.
    """
    found: dict[UUID, list[Terminal]] = defaultdict(list)
    terminals = Terminal.objects.filter(tenant_id=tenant_id, revoked_at=None).select_related(
        "account", "instance"
    )
    for terminal in terminals:
        if addressees.can_carry(terminal):
            found[terminal.account_id].append(terminal)
    for able in found.values():
        able.sort(key=lambda row: (row.heartbeat_at is not None, row.heartbeat_at), reverse=True)
    return found


def _is_online(terminal: Terminal, now: datetime) -> bool:
    return truths.is_online(addressees.voice(terminal), now)


def _add(row: AtStake, lot: Lots, is_own: bool) -> None:
    if is_own:
        row.own += lot.positions
        row.own_floating += lot.floating
    else:
        row.foreign += lot.positions
        row.foreign_floating += lot.floating


def _document(seen: Preview, now: datetime) -> dict[str, Any]:
    """Return the preview as the row keeps it: decimals as text, beside the instant of the use."""
    return {
        "at": now.isoformat(),
        "eas": seen.eas,
        "accounts": [
            {
                "account_id": str(row.account_id),
                "label": row.label,
                "login": row.login,
                "server": row.server,
                "currency": row.currency,
                "eas": row.eas,
                "terminal": row.terminal,
                "own": row.own,
                "foreign": row.foreign,
                "own_floating": str(row.own_floating),
                "foreign_floating": str(row.foreign_floating),
            }
            for row in seen.accounts
        ],
        "symbols": [
            {
                "symbol": row.symbol,
                "is_own": row.is_own,
                "buy_lots": str(row.buy_lots),
                "sell_lots": str(row.sell_lots),
                "positions": row.positions,
            }
            for row in seen.symbols
        ],
    }


def _counts(seen: Preview, wish: Wish) -> dict[str, Any]:
    return {
        "reason": wish.reason,
        "eas": seen.eas,
        "accounts": len(seen.accounts),
        "positions": sum(row.own for row in seen.accounts),
        "foreignPositions": sum(row.foreign for row in seen.accounts),
        "closesForeign": wish.closes_foreign,
    }


def _record(row: KillSwitch, actor: str, action: str, now: datetime, detail: dict[str, Any]) -> None:
    audit.record(
        tenant_id=row.tenant_id,
        actor=actor,
        action=action,
        subject="All accounts" if row.closes_foreign else "All EAs",
        subject_id=row.id,
        now=now,
        detail=detail,
    )


def _tell(row: KillSwitch) -> None:
    live.publish_on_commit(row.tenant_id, "kill-switch", id=row.id)
