"""POST /heartbeat: a terminal is alive; what it sees of its account and its EA; what we want of it."""

from __future__ import annotations

import re
from collections.abc import Awaitable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from metafleet.hub.fleet import delivery, tokens, trading_lease
from metafleet.hub.fleet import intake as fleet
from metafleet.hub.gateway import flat, replies
from metafleet.hub.gateway.beats import Amount, Beat, Outcome, RunRow
from metafleet.hub.gateway.callers import Caller, revoked
from metafleet.hub.gateway.commands import as_message
from metafleet.hub.gateway.edge import Call, admit, is_elsewhere, showing_limits, spend, wrong_account
from metafleet.hub.gateway.gateway import Gateway
from metafleet.hub.gateway.http import Request, Response
from metafleet.hub.journal import fields
from metafleet.hub.kernel.errors import Fault, Malformed
from metafleet.wire import messages, scalars

KIND: Final = "heartbeat"
_INT4: Final = 2**31 - 1
_WORDS: Final = 2_000
"""Characters of an error that are kept."""
_PLAIN_BELOW: Final = 1e11
"""A number under it is money that the database takes as it is."""
_PLAIN: Final = re.compile(r"-?[0-9]{1,11}(?:\.[0-9]{1,8})?").fullmatch
_WIDEST: Final = 1e7
"""Points of spread, from which on it is none."""
_CURRENCY: Final = re.compile(r"[A-Za-z0-9]{2,8}").fullmatch
DECODER: Final = msgspec.json.Decoder(messages.Heartbeat)


async def post_heartbeat(gateway: Gateway, request: Request) -> Response:
    call = await admit(gateway, request, KIND, DECODER, is_spent_later=True)
    said, slot = call.said, call.caller.slot
    is_spent = is_unusual(slot, said.account_info)
    if is_spent:
        await spend(gateway, slot, KIND, call.now)
        await _look_at(gateway, call, said.account_info)
    beat = await _checked(gateway, call, is_spent=is_spent)
    return replies.reply(await finish(gateway, request.id, call, beat, gateway.beats.submit(beat)))


async def finish(
    gateway: Gateway,
    request_id: str,
    call: Call[messages.Heartbeat],
    beat: Beat,
    written: Awaitable[Outcome],
) -> messages.HeartbeatReply:
    """Wait until it is written, and return what to answer. Raises Throttled, Unauthorised, Unavailable."""
    slot = beat.slot
    with showing_limits(gateway, slot, KIND, call.now):
        outcome = await written
    if not outcome.is_current:
        raise revoked()
    is_flat = call.said.protocol < messages.PROTOCOL_VERSION
    leased = None
    if outcome.is_due and (is_flat or not await gateway.polls.is_polling(slot.terminal_id)):
        leased = await _lease(gateway, slot, is_flat=is_flat)
    return answered(gateway, request_id, call, beat, outcome, leased)


def answered(
    gateway: Gateway,
    request_id: str,
    call: Call[messages.Heartbeat],
    beat: Beat,
    outcome: Outcome,
    leased: delivery.Leased | None = None,
) -> messages.HeartbeatReply:
    """Tell everybody of a heartbeat that is written, and return what to answer."""
    slot = beat.slot
    if (beat.utc_offset not in {None, slot.utc_offset_s}) or beat.protocol != slot.protocol:
        # What comes next is read by the clock that was just told, before any notice of it arrives.
        gateway.callers.forget(slot.name)
    _tell(gateway, request_id, call, beat, outcome, leased)
    return _reply(gateway, call, beat, outcome, leased)


def is_unusual(slot: fleet.Slot, said: messages.AccountInfo | None) -> bool:
    """Whether what is said of the account takes more than writing the heartbeat down."""
    return said is not None and (
        slot.is_crossed or is_elsewhere(slot, said.login, said.server) or _says_terms(slot, said)
    )


async def _look_at(
    gateway: Gateway, call: Call[messages.Heartbeat], said: messages.AccountInfo | None
) -> None:
    slot = call.caller.slot
    if said is None:
        return
    if is_elsewhere(slot, said.login, said.server):
        raise await wrong_account(gateway, slot, said.login, said.server, call.now)
    if said.login is not None:
        await gateway.cross(slot, is_crossed=False)
        await _note_terms(gateway, slot, said)


async def _checked(gateway: Gateway, call: Call[messages.Heartbeat], *, is_spent: bool) -> Beat:
    """Return the heartbeat as it is to be written. One that is none counts all the same."""
    try:
        beat = read(call.caller.slot, call.said)
    except Malformed:
        if not is_spent:
            await spend(gateway, call.caller.slot, KIND, call.now)
        raise
    beat.is_spent = is_spent
    return beat


def _says_terms(slot: fleet.Slot, said: messages.AccountInfo) -> bool:
    """Whether it may be another currency, leverage or way to net than are known."""
    return (
        said.currency not in {None, slot.currency}
        or said.leverage not in {None, slot.leverage}
        or said.margin_mode not in {None, slot.margin_mode}
    )


async def _note_terms(gateway: Gateway, slot: fleet.Slot, said: messages.AccountInfo) -> None:
    """What cannot be a currency or a leverage is not taken: the beat counts without it."""
    currency = said.currency.strip() if said.currency else None
    leverage = said.leverage
    terms = fleet.Terms(
        slot,
        currency if currency and _CURRENCY(currency) else None,
        leverage if leverage and 0 < leverage <= _INT4 else None,
        said.margin_mode,
    )
    await gateway.note_terms(terms)


async def _lease(gateway: Gateway, slot: fleet.Slot, *, is_flat: bool) -> delivery.Leased:
    try:
        return await gateway.leases.submit(
            delivery.Ask(slot, most=1 if is_flat else delivery.MOST, flat=is_flat)
        )
    except fleet.FencedOff:
        raise revoked() from None


def read(slot: fleet.Slot, said: messages.Heartbeat) -> Beat:
    """Check what is said. Raises Malformed."""
    offset = None
    if said.utc_offset is not None:
        try:
            offset = scalars.utc_offset(said.utc_offset)
        except scalars.ScalarRefused as error:
            raise Malformed(Fault("/utcOffset", str(error))) from None
    account = said.account_info
    beat = Beat(
        slot=slot,
        protocol=1 if said.protocol < messages.PROTOCOL_VERSION else messages.PROTOCOL_VERSION,
        build=None if said.build is None else _whole("/build", said.build),
        version=None if said.version is None else fields.text(said.version, 40),
        utc_offset=offset,
        positions=None if said.open_positions is None else _whole("/openPositions", said.open_positions),
        run=_run(slot, said),
    )
    if account is not None:
        beat.allowed = account.trade_allowed
        beat.balance = _amount("balance", account.balance)
        beat.equity = _amount("equity", account.equity)
        beat.margin = _amount("margin", account.margin)
        beat.free = _amount("freeMargin", account.free_margin)
    return beat


def _amount(name: str, value: messages.Number) -> Amount:
    is_plain = _PLAIN(value) if isinstance(value, str) else -_PLAIN_BELOW < value < _PLAIN_BELOW
    if is_plain:
        return value
    try:
        return fields.money(name, value)
    except fields.FieldRefused as error:
        raise Malformed(Fault(f"/accountInfo/{error.name}", error.detail)) from None


def _run(slot: fleet.Slot, said: messages.Heartbeat) -> RunRow | None:
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
    ticked = None if expert.first_tick_at is None else fields.text(expert.first_tick_at, 40)
    return RunRow(
        run=run_id,
        instance=instance_id,
        generation=expert.generation,
        status=expert.status,
        error=fields.text(expert.last_error or "", _WORDS),
        report=_report(expert, said.account_info, ticked),
        ticked=ticked,
        guard=None if expert.guard is None else _guard(expert.guard),
        spread=_spread(expert.spread_points),
    )


def _guard(fired: messages.GuardFired) -> dict[str, Any]:
    """Return what a runner did, as it is kept. What cannot be a time or an amount is left out."""
    return {
        "kind": fields.text(fired.kind, 20),
        "at": fields.text(fired.at, 40),
        "equity": fired.equity,
        "floor": fired.floor,
        "did": fired.did,
    }


def _spread(points: float | None) -> float | None:
    return points if points is not None and 0 <= points < _WIDEST else None


def _report(
    expert: messages.ExpertInfo, account: messages.AccountInfo | None, first_tick_at: str | None
) -> dict[str, Any] | None:
    """Return the run's proof of what it is, once it knows the account that it is signed in to."""
    if account is None or account.login is None or account.server is None:
        return None
    return {
        "login": str(account.login).strip(),
        "server": account.server.strip(),
        "hash": None if expert.hash is None else fields.text(expert.hash, 80),
        "version": None if expert.version is None else fields.text(expert.version, 20),
        "symbol": None if expert.symbol is None else fields.text(expert.symbol, 32),
        "status": expert.status,
        "firstTickAt": first_tick_at,
    }


def _tell(
    gateway: Gateway,
    request_id: str,
    call: Call[messages.Heartbeat],
    beat: Beat,
    outcome: Outcome,
    leased: delivery.Leased | None,
) -> None:
    """Tell the screens and, where something is new, the reconciler."""
    slot, said, now = beat.slot, call.said, call.now
    if beat.balance is not None and beat.equity is not None:
        gateway.curve.draw(slot, beat.balance, beat.equity, now)
        if gateway.announcer.is_heard(slot.tenant_id):
            gateway.announcer.say_latest(
                slot.tenant_id, "heartbeat", slot.terminal_id, **_live(beat, said, now)
            )
    if outcome.is_news or (leased is not None and leased.died):
        if slot.instance_id is not None:
            gateway.announcer.say(
                slot.tenant_id, "instance", id=str(slot.instance_id), accountId=slot.account_name
            )
        gateway.nudger.nudge(slot.tenant_id, slot.instance_id, request_id)


def _live(beat: Beat, said: messages.Heartbeat, now: datetime) -> dict[str, Any]:
    slot = beat.slot
    balance, equity = float(beat.balance or 0), float(beat.equity or 0)
    return {
        "accountId": slot.account_name,
        "instanceId": str(slot.instance_id) if slot.instance_id else None,
        "at": now.isoformat(),
        "balance": balance,
        "equity": equity,
        "margin": float(beat.margin or 0),
        "freeMargin": float(beat.free or 0),
        "profit": round(equity - balance, 8),
        "openPositions": beat.positions,
        "status": said.expert.status if said.expert else None,
    }


def _reply(
    gateway: Gateway,
    call: Call[messages.Heartbeat],
    beat: Beat,
    outcome: Outcome,
    leased: delivery.Leased | None,
) -> messages.HeartbeatReply:
    extras: dict[str, Any] = {}
    if beat.run is not None:
        extras["lease"] = trading_lease.terms(gateway.configuration.lease_s)
    if beat.protocol < messages.PROTOCOL_VERSION:
        extras = flat.command(leased.commands if leased else [], call.caller.slot.clock)
    else:
        extras["commands"] = [as_message(command) for command in leased.commands] if leased else []
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
