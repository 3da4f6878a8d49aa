"""POST /heartbeat: a terminal is alive; what it sees of its account and its EA; what we want of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NoReturn
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from metafleet.hub.fleet import delivery, tokens
from metafleet.hub.fleet import intake as fleet
from metafleet.hub.gateway import fields, flat, replies
from metafleet.hub.gateway.body import decode
from metafleet.hub.gateway.callers import Caller, revoked
from metafleet.hub.gateway.commands import as_message
from metafleet.hub.gateway.edge import Call, admit
from metafleet.hub.gateway.errors import WrongAccount
from metafleet.hub.gateway.gateway import Gateway
from metafleet.hub.journal import intake as journal
from metafleet.hub.kernel.errors import Fault, Malformed
from metafleet.wire import messages, scalars

_INT4: Final = 2**31 - 1
_WORDS: Final = 2_000
"""Characters of an error that are kept."""


@dataclass(frozen=True, slots=True)
class Outcome:
    is_news: bool
    known_ticket: int
    leased: delivery.Leased | None


async def post_heartbeat(gateway: Gateway, request: Request) -> Response:
    call = await admit(gateway, request, "heartbeat")
    said = decode(call.body, messages.Heartbeat)
    slot = call.caller.slot
    check_account(slot, said.account_info)
    beat = _beat(slot, said)
    is_flat = said.protocol < messages.PROTOCOL_VERSION
    wants_commands = is_flat or not await gateway.polls.is_polling(slot.terminal_id)

    async def write(connection: fleet.Connection) -> Outcome:
        is_news = await fleet.observe_beat(connection, slot, beat, call.now)
        if beat.account is not None:
            balance, equity = beat.account.balance, beat.account.equity
            await journal.note_equity(connection, slot, balance=balance, equity=equity, now=call.now)
        leased = None
        if wants_commands:
            most = 1 if is_flat else delivery.MOST
            leased = await delivery.lease(connection, slot, call.now, most=most, flat=is_flat)
        return Outcome(is_news, await journal.known_ticket(connection, slot), leased)

    try:
        outcome = await gateway.database.in_tenant(slot.tenant_id, write)
    except fleet.FencedOff:
        raise revoked() from None
    _tell(gateway, slot, said, beat, outcome, call.now)
    return replies.reply(_reply(gateway, call, outcome, is_flat=is_flat))


def check_account(slot: fleet.Slot, account: messages.AccountInfo | None) -> None:
    """Raise WrongAccount when the terminal is signed in elsewhere: its data would be another account's."""
    if account is None:
        return
    login_differs = account.login is not None and str(account.login).strip() != str(slot.login)
    server_differs = account.server is not None and account.server != slot.server
    if login_differs or server_differs:
        raise WrongAccount(
            f"This terminal is for account {slot.login} at {slot.server}; it is signed in to another one."
        )


def _beat(slot: fleet.Slot, said: messages.Heartbeat) -> fleet.Beat:
    """Check what is said. Raises Malformed."""
    build = None if said.build is None else _whole("/build", said.build)
    offset = None
    if said.utc_offset is not None:
        try:
            offset = scalars.utc_offset(said.utc_offset)
        except scalars.ScalarRefused as error:
            raise Malformed(Fault("/utcOffset", str(error))) from None
    return fleet.Beat(
        build=build,
        version=None if said.version is None else fields.text(said.version, 40),
        utc_offset_s=offset,
        account=_account(said),
        run=_run(slot, said),
    )


def _account(said: messages.Heartbeat) -> fleet.AccountReading | None:
    account = said.account_info
    positions = None if said.open_positions is None else _whole("/openPositions", said.open_positions)
    if account is None:
        return None
    try:
        return fleet.AccountReading(
            balance=fields.money("balance", account.balance),
            equity=fields.money("equity", account.equity),
            margin=fields.money("margin", account.margin),
            free_margin=fields.money("freeMargin", account.free_margin),
            open_positions=positions,
        )
    except fields.FieldRefused as error:
        _refuse("/accountInfo/", error)


def _run(slot: fleet.Slot, said: messages.Heartbeat) -> fleet.RunReading | None:
    """Return what a runner says of its run; None for a terminal that is no runner of ours."""
    expert = said.expert
    if expert is None or expert.run_id is None or expert.generation is None or slot.instance_id is None:
        return None
    if not 0 <= expert.generation <= _INT4:
        raise Malformed(Fault("/expert/generation", "expected a whole number that a run can have"))
    try:
        run_id, instance_id = UUID(expert.run_id), UUID(expert.instance_id)
    except ValueError:
        raise Malformed(Fault("/expert/runId", "runId and instanceId are UUIDs")) from None
    if instance_id != slot.instance_id:
        return None
    first_tick_at = None if expert.first_tick_at is None else fields.text(expert.first_tick_at, 40)
    return fleet.RunReading(
        run_id=run_id,
        generation=expert.generation,
        status=expert.status,
        error=fields.text(expert.last_error or "", _WORDS),
        report=_report(expert, said.account_info, first_tick_at),
        first_tick_at=first_tick_at,
    )


def _report(
    expert: messages.ExpertInfo, account: messages.AccountInfo | None, first_tick_at: str | None
) -> dict[str, Any] | None:
    """Return the run's proof of what it is, once it knows the account that it is signed in to."""
    if account is None or account.login is None or account.server is None:
        return None
    return {
        "login": str(account.login).strip(),
        "server": account.server,
        "hash": None if expert.hash is None else fields.text(expert.hash, 80),
        "version": None if expert.version is None else fields.text(expert.version, 20),
        "symbol": None if expert.symbol is None else fields.text(expert.symbol, 32),
        "status": expert.status,
        "firstTickAt": first_tick_at,
    }


def _tell(
    gateway: Gateway,
    slot: fleet.Slot,
    said: messages.Heartbeat,
    beat: fleet.Beat,
    outcome: Outcome,
    now: datetime,
) -> None:
    """Tell the screens and, where something is new, the reconciler."""
    if beat.account is not None:
        gateway.announcer.say(slot.tenant_id, "heartbeat", **_live(slot, said, beat.account, now))
    if outcome.is_news or (outcome.leased is not None and outcome.leased.died):
        if slot.instance_id is not None:
            gateway.announcer.say(
                slot.tenant_id, "instance", id=str(slot.instance_id), accountId=str(slot.account_id)
            )
        gateway.nudger.nudge(slot.tenant_id, slot.instance_id)


def _live(
    slot: fleet.Slot, said: messages.Heartbeat, account: fleet.AccountReading, now: datetime
) -> dict[str, Any]:
    return {
        "accountId": str(slot.account_id),
        "instanceId": str(slot.instance_id) if slot.instance_id else None,
        "at": now.isoformat(),
        "balance": float(account.balance),
        "equity": float(account.equity),
        "margin": float(account.margin),
        "freeMargin": float(account.free_margin),
        "profit": float(account.equity - account.balance),
        "openPositions": account.open_positions,
        "status": said.expert.status if said.expert else None,
    }


def _reply(gateway: Gateway, call: Call, outcome: Outcome, *, is_flat: bool) -> messages.HeartbeatReply:
    extras: dict[str, Any] = {}
    if outcome.leased is not None:
        commands = outcome.leased.commands
        extras = (
            flat.command(commands, call.caller.slot.utc_offset_s)
            if is_flat
            else {"commands": [as_message(command) for command in commands]}
        )
    if token := _renewed(call.caller, call.now):
        extras["token"] = token
    return messages.HeartbeatReply(
        server_time=call.now.isoformat(),
        next_heartbeat=gateway.configuration.heartbeat_interval_s,
        known_deal_ticket=outcome.known_ticket,
        **extras,
    )


def _renewed(caller: Caller, now: datetime) -> str | None:
    if not caller.token.is_past_half_life(now):
        return None
    return tokens.issue(terminal_id=caller.slot.terminal_id, version=caller.token.version, now=now)


def _whole(pointer: str, value: int) -> int:
    if not 0 <= value <= _INT4:
        raise Malformed(Fault(pointer, f"expected a whole number from 0 to {_INT4}"))
    return value


def _refuse(prefix: str, error: fields.FieldRefused) -> NoReturn:
    raise Malformed(Fault(f"{prefix}{error.name}", error.detail)) from None
