"""Verbs on imports: look at a file, record it, take it back, throw the look away.

A look does the real thing and rolls it back, so that its figures are the journal's own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import PurePath
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from metafleet.engine.statements.folding import Deal, TradeRow, fold
from metafleet.hub.audit import operations as audit
from metafleet.hub.fleet import addressees, commands
from metafleet.hub.fleet.errors import NoTerminal
from metafleet.hub.fleet.models import Platform, TradingAccount
from metafleet.hub.journal.imports import figures, formats, recording, tickets, trade_lists, zones
from metafleet.hub.journal.imports.errors import FileTooLarge, NotAHistory, WrongState
from metafleet.hub.journal.imports.history import Format, History, Said
from metafleet.hub.journal.models import Import, ImportState
from metafleet.hub.kernel import live
from metafleet.hub.kernel.errors import NotFound

LARGEST: Final = 10 * 1024 * 1024
"""Bytes of a file: ten years of a busy account have about one million."""
KEPT_FOR: Final = timedelta(days=1)
MOST_PREVIEWS: Final = 5
"""Of an account: files that were only looked at are not kept for long, nor in number."""
_MOST_LISTED: Final = 100
"""Of unreadable rows and of conflicts; the numbers say how many there are."""
_SAMPLE: Final = 20


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was uploaded. `timezone`: IANA name of the server's clock, "" for the account's."""

    name: str
    content: bytes
    timezone: str = ""


@dataclass(frozen=True, slots=True)
class _Reading:
    """A file read for an account, its deals in UTC, and what the journal says to them."""

    format: Format
    history: History
    deals: list[Deal]
    zone: str
    plan: recording.Plan


def preview(*, account: TradingAccount, actor: str, import_id: UUID, upload: Upload, now: datetime) -> Import:
    """Read a file and say what recording it would do; nothing is recorded.

    Raises NotAHistory with what the file is, FileTooLarge, UnknownTimezone.
    """
    if len(upload.content) > LARGEST:
        raise FileTooLarge(
            f"The file may have at most {LARGEST // 1024**2} MiB. Export a shorter period, "
            "and import one after another."
        )
    reading = _read(account, upload.content, upload.timezone)
    _make_room(account, now)
    point = transaction.savepoint()
    recording.record(account.id, import_id, reading.plan, now)
    summary = _summary(account, reading)
    transaction.savepoint_rollback(point)
    row = Import(
        id=import_id,
        tenant_id=account.tenant_id,
        account=account,
        file_name=_file_name(upload.name),
        digest=hashlib.sha256(upload.content).digest(),
        format=reading.format.name,
        timezone=reading.zone,
        state=ImportState.PREVIEWED,
        content=upload.content,
        summary=summary,
        requested_by=actor,
    )
    row.save(force_insert=True)
    return row


def confirm(*, tenant_id: UUID, import_id: UUID, actor: str, now: datetime) -> Import:
    """Record what was looked at. A second time changes nothing.

    Raises NotFound, WrongState for one that was undone.
    """
    row = _lock(tenant_id, import_id)
    if row.state == ImportState.DONE:
        return row
    if row.state == ImportState.UNDONE or row.content is None:
        raise WrongState("This import was undone. Upload the file again to import it.")
    reading = _read(row.account, bytes(row.content), row.timezone)
    recording.record(row.account_id, row.id, reading.plan, now)
    row.summary = _summary(row.account, reading) | {
        "notes": row.summary["notes"],
        "shared": {str(other): tickets.pack(found) for other, found in reading.plan.shared.items()},
    }
    row.content = None
    _finish(row, ImportState.DONE, now)
    detail = {"file": row.file_name, "format": row.format, "new": row.summary["new"]}
    _record(row, actor, "import.confirmed", now, detail)
    return row


def undo(*, tenant_id: UUID, import_id: UUID, actor: str, now: datetime) -> Import:
    """Remove what only this import brought; what a terminal or another import has too stays.

    A second time changes nothing. Raises NotFound, WrongState for one that was never recorded.
    """
    row = _lock(tenant_id, import_id)
    if row.state == ImportState.UNDONE:
        return row
    if row.state == ImportState.PREVIEWED:
        raise WrongState("This import was not recorded yet, so there is nothing to undo. Discard it.")
    recording.hold(row.account_id)
    own = set(recording.brought(row.account_id, row.id))
    for other in _others(row):
        also = own.intersection(tickets.unpack(other.summary["shared"][str(row.id)]))
        recording.hand_over(row.account_id, sorted(also), other.id, now)
        own -= also
    recording.remove(row.account_id, sorted(own), now)
    _finish(row, ImportState.UNDONE, now)
    _record(row, actor, "import.undone", now, {"file": row.file_name, "removed": len(own)})
    if own:
        _ask_terminals(row, actor, now)
    return row


def _ask_terminals(row: Import, actor: str, now: datetime) -> None:
    """Have the account's terminal send its deals again: of what went, it may have been told "known"."""
    wish = commands.Wish("SYNC_TRADES", {})
    try:
        terminal = addressees.choose(account=row.account, wish=wish, is_question=True, now=now)
    except NoTerminal:
        return
    commands.queue(terminal=terminal, type=wish.type, payload={}, actor=actor, now=now)


def discard(*, tenant_id: UUID, import_id: UUID) -> None:
    """Throw a look away. Raises NotFound, WrongState for what was recorded."""
    row = _lock(tenant_id, import_id)
    if row.state != ImportState.PREVIEWED:
        raise WrongState("Only a preview can be discarded. An import that was recorded can be undone.")
    row.delete()


def purge_previews(*, tenant_id: UUID, now: datetime) -> int:
    """Throw away what was looked at a day ago and never recorded; return how many."""
    old = Import.objects.filter(
        tenant_id=tenant_id, state=ImportState.PREVIEWED, created_at__lt=now - KEPT_FOR
    )
    return old.delete()[0]


def _read(account: TradingAccount, content: bytes, timezone: str) -> _Reading:
    """Read the file as this account's; the account is held from here on."""
    kind, history = formats.read(content)
    _check_platform(account, kind, history)
    if kind is trade_lists.FTMO and account.platform == Platform.MT4:
        history = trade_lists.as_orders(history)
    if timezone:
        zones.zone_of(timezone)
    recording.hold(account.id)
    known = recording.known_deals(account.id, (deal.ticket for deal in history.deals))
    chosen = zones.choose(
        said=timezone, of_account=account.server_timezone, common=recording.clocks(history, known)
    )
    if chosen.note:
        history.notes.append(chosen.note)
    deals = recording.spelled(account.id, zones.placed(history.deals, chosen.zone))
    planned = recording.plan(account.id, deals, known)
    return _Reading(kind, history, deals, chosen.zone.key, planned)


def _check_platform(account: TradingAccount, kind: Format, history: History) -> None:
    is_mt4 = account.platform == Platform.MT4
    if history.platform == "any" or (history.platform == "mt4") == is_mt4:
        return
    here = "MetaTrader 4" if is_mt4 else "MetaTrader 5"
    raise NotAHistory(
        f"The file is a {kind.label}, and {account.label} is a {here} account. "
        "Choose the account that the file is of, or register it first."
    )


def _summary(account: TradingAccount, reading: _Reading) -> dict[str, Any]:
    """What is shown of an import; its numbers come out of the journal, with the file recorded."""
    history, planned = reading.history, reading.plan
    there = recording.known_deals(account.id, (deal.ticket for deal in reading.deals))
    stored = [found.deal for found in there.values()]
    twins = {deal.ticket for deal in reading.deals} - there.keys()
    if twins:  # a trade that stands under tickets of its own: the file's words are for it
        stored += [deal for deal in reading.deals if deal.ticket in twins]
    moments = sorted(deal.executed_at for deal in reading.deals)
    start = history.start_balance or Decimal(0)
    trades = fold(reading.deals)
    return {
        "account_match": _match(account, history.said),
        "found": {
            "deals": len(reading.deals),
            "trades": len(trades),
            "balance_operations": sum(deal.kind > 1 for deal in reading.deals),
            "open_positions": history.open_positions,
            "cancelled_orders": history.cancelled_orders,
        },
        "new": len(planned.new),
        "known": len(planned.known),
        "conflicting": len(planned.conflicts),
        "replaced": len(planned.replaced),
        "conflicts": planned.conflicts[:_MOST_LISTED],
        "unreadable": [
            {"where": row.where, "detail": row.detail} for row in history.unreadable[:_MOST_LISTED]
        ],
        "unreadable_count": len(history.unreadable),
        "figures": figures.compare(stored, history.printed, platform=history.platform, start=start),
        "notes": [*history.notes, *_start_note(history, account.currency)],
        "start_balance": None if history.start_balance is None else float(history.start_balance),
        "sample": [_shown(trade) for trade in trades[:_SAMPLE]],
        "from": moments[0].isoformat() if moments else None,
        "to": moments[-1].isoformat() if moments else None,
    }


def _start_note(history: History, currency: str) -> Sequence[str]:
    if history.start_balance is None:
        return ()
    return (
        f"The file begins in the middle of the history: its first row found a balance of "
        f"{history.start_balance:,.2f} {history.said.currency or currency}. What made it is not in the "
        "file, and is not made up.",
    )


def _match(account: TradingAccount, said: Said) -> dict[str, Any]:
    """Compare what the file says of its account with the account; what it leaves out matches."""
    wrong = []
    if said.login is not None and said.login != account.login:
        wrong.append(f"login {said.login}, not {account.login}")
    if said.server and said.server.casefold() != account.server.casefold():
        wrong.append(f"server {said.server}, not {account.server}")
    if said.currency and said.currency.casefold() != account.currency.casefold():
        wrong.append(f"currency {said.currency}, not {account.currency}")
    if wrong:
        detail = f"The file says {'; '.join(wrong)}. Is it of {account.label}?"
    elif said.login is None:
        detail = f"The file does not say which account it is of. Make sure that it is {account.label}."
    else:
        detail = f"The file is of {account.label}."
    return {
        "ok": not wrong,
        "said": {
            "login": said.login,
            "server": said.server,
            "currency": said.currency,
            "name": said.name,
        },
        "detail": detail,
    }


def _shown(trade: TradeRow) -> dict[str, Any]:
    return {
        "position_id": str(trade.position_id),
        "symbol": trade.symbol,
        "side": trade.side,
        "state": trade.state,
        "volume": float(trade.volume),
        "entered_at": trade.entered_at.isoformat() if trade.entered_at else None,
        "entry_price": None if trade.entry_price is None else float(trade.entry_price),
        "exited_at": trade.exited_at.isoformat() if trade.exited_at else None,
        "exit_price": None if trade.exit_price is None else float(trade.exit_price),
        "net_profit": float(trade.net_profit),
    }


def _make_room(account: TradingAccount, now: datetime) -> None:
    purge_previews(tenant_id=account.tenant_id, now=now)
    previews = Import.objects.filter(
        tenant_id=account.tenant_id, account=account, state=ImportState.PREVIEWED
    )
    kept = previews.order_by("-created_at").values_list("id", flat=True)[: MOST_PREVIEWS - 1]
    previews.exclude(id__in=list(kept)).delete()


def _others(row: Import) -> QuerySet[Import]:
    """The imports that hold some of this one's deals too, the newest first."""
    return Import.objects.filter(
        tenant_id=row.tenant_id,
        account_id=row.account_id,
        state=ImportState.DONE,
        summary__shared__has_key=str(row.id),
    ).order_by("-finished_at")


def _lock(tenant_id: UUID, import_id: UUID) -> Import:
    row = (
        Import.objects.select_for_update(of=("self",))
        .select_related("account")
        .filter(tenant_id=tenant_id, id=import_id)
        .first()
    )
    if row is None:
        raise NotFound("import")
    return row


def _finish(row: Import, state: ImportState, now: datetime) -> None:
    row.state = state
    row.finished_at = now
    row.save(update_fields=("state", "summary", "content", "finished_at", "updated_at"))
    live.publish_on_commit(row.tenant_id, "trades", accountId=row.account_id)


def _record(row: Import, actor: str, action: str, now: datetime, detail: dict[str, Any]) -> None:
    audit.record(
        tenant_id=row.tenant_id,
        actor=actor,
        action=action,
        subject=row.account.label,
        subject_id=row.account_id,
        now=now,
        detail=detail,
    )


def _file_name(name: str) -> str:
    """The name alone, as it is shown."""
    base = PurePath(name.replace("\\", "/")).name
    return "".join(mark for mark in base if mark.isprintable())[:200] or "file"
