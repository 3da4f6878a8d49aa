"""Which of an account's terminals a command goes to."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from metafleet.hub.fleet import truths
from metafleet.hub.fleet.errors import NoTerminal
from metafleet.hub.fleet.models import DesiredState, Terminal, TradingAccount
from metafleet.hub.kernel.errors import NotFound

ACKNOWLEDGES_FROM: Final = 2
"""The first version of the protocol whose clients take orders and say what became of them."""


class Wanted(Protocol):
    """What the choice goes by."""

    @property
    def type(self) -> str: ...
    @property
    def terminal_id(self) -> UUID | None: ...
    @property
    def magic(self) -> int | None: ...


def choose(*, account: TradingAccount, wish: Wanted, is_question: bool, now: datetime) -> Terminal:
    """Return the terminal that is asked for; else that of the position's EA; else the freshest online.

    Nobody need be online for a question: it waits for whoever was heard last.
    Raises NotFound for a terminal that is not the account's, NoTerminal.
    """
    if wish.terminal_id is not None:
        named = account.terminals.select_related("account", "instance").filter(id=wish.terminal_id).first()
        if named is None:
            raise NotFound("terminal of this account")
        check(named, is_question=is_question, type=wish.type, now=now)
        return named
    able = [row for row in _usable(account) if is_question or _takes_orders(row)]
    heard = sorted(able, key=lambda row: (row.heartbeat_at is not None, row.heartbeat_at), reverse=True)
    online = [row for row in heard if truths.is_online(voice(row), now)]
    of_the_ea = [row for row in online if row.instance and row.instance.magic == wish.magic]
    for candidates in (of_the_ea, online, heard if is_question else []):
        if candidates:
            return candidates[0]
    raise NoTerminal(_why_none(account, wish.type, now))


def check(terminal: Terminal, *, is_question: bool, type: str, now: datetime) -> None:  # noqa: A002
    """Raises NoTerminal unless this terminal can be given such a command now."""
    name = name_of(terminal)
    if terminal.revoked_at is not None:
        raise NoTerminal(f"{name} was revoked. Pair it anew, or choose another terminal.")
    if is_question:
        return
    if not _takes_orders(terminal):
        raise NoTerminal(_too_old(name, type))
    if not truths.is_online(voice(terminal), now):
        raise NoTerminal(f"{name} is not online. Start it, or choose another terminal.")


def can_carry(terminal: Terminal) -> bool:
    """Whether the terminal may be given orders, now or once it is there: it is paired or of an EA that
    is not to stop, and speaks a protocol that takes them."""
    if terminal.revoked_at is not None or not _takes_orders(terminal):
        return False
    if terminal.instance is None:
        return terminal.enrolled_at is not None
    return terminal.instance.deleted_at is None and terminal.instance.desired_state != DesiredState.STOPPED


def voice(terminal: Terminal) -> truths.Voice:
    """Return what the terminal said last, and how often it is to be heard."""
    speaks_ours = terminal.instance_id is not None or (terminal.protocol or 1) >= ACKNOWLEDGES_FROM
    interval_s = float(settings.HEARTBEAT_INTERVAL_S)
    return truths.Voice(
        heartbeat_at=terminal.heartbeat_at,
        linked_at=terminal.linked_at,
        trade_allowed=terminal.trade_allowed,
        interval_s=interval_s if speaks_ours else max(truths.VERSION_1_INTERVAL_S, interval_s),
    )


def name_of(terminal: Terminal) -> str:
    if terminal.instance is not None:
        return f"The terminal of {terminal.instance.name}"
    return terminal.label or "This terminal"


def _usable(account: TradingAccount) -> QuerySet[Terminal]:
    """Own terminals that are paired, and those of EAs that are not to stop."""
    hosted = Q(instance__deleted_at=None) & ~Q(instance__desired_state=DesiredState.STOPPED)
    own = Q(instance=None, enrolled_at__isnull=False)
    found = account.terminals.select_related("account", "instance").filter(revoked_at=None)
    return found.filter(own | (Q(instance__isnull=False) & hosted))


def _takes_orders(terminal: Terminal) -> bool:
    return terminal.instance_id is not None or (terminal.protocol or 1) >= ACKNOWLEDGES_FROM


def _why_none(account: TradingAccount, type: str, now: datetime) -> str:  # noqa: A002
    usable = list(_usable(account))
    if not usable:
        return f"No terminal reports for {account.label} yet. Pair one, or deploy an EA, then try again."
    old = [row for row in usable if not _takes_orders(row) and truths.is_online(voice(row), now)]
    if old:
        return _too_old(name_of(old[0]), type)
    return f"No terminal of {account.label} is online. Start one, then try again."


def _too_old(name: str, type: str) -> str:  # noqa: A002
    return (
        f"{name} runs a connector of protocol version 1, which cannot take {type}: it only fetches "
        "candles and sends trades again. Give it a connector that speaks version 2."
    )
