"""POST /brain/v1/signal and /brain/v1/signals: what the models say of a market, to an EA that asks."""

from __future__ import annotations

import asyncio
from datetime import UTC
from typing import Any, Final

import msgspec

from metafleet.hub.gateway import replies
from metafleet.hub.gateway.brain_desk import Told
from metafleet.hub.gateway.edge import admit
from metafleet.hub.gateway.gateway import Gateway
from metafleet.hub.gateway.http import Request, Response
from metafleet.hub.kernel.errors import Fault, Malformed, Refused
from metafleet.hub.signals.serving.counter import Asked
from metafleet.wire import brain

_ONE: Final = msgspec.json.Decoder(brain.SignalRequest)
_MANY: Final = msgspec.json.Decoder(brain.SignalsRequest)


async def post_signal(gateway: Gateway, request: Request) -> Response:
    """One question, and its signal; else a refusal in one sentence, which no EA takes for one."""
    call = await admit(gateway, request, "signal", _ONE)
    said = call.said
    check_version(said.protocol_version)
    asked = Asked(call.caller.slot, said.symbol, said.timeframe, said.bars, call.now)
    told = await gateway.brain.signal(asked, said.model)
    announce(gateway, told)
    return replies.reply(brain.SignalReply(**fields(told)))


async def post_signals(gateway: Gateway, request: Request) -> Response:
    """Several questions at once; one that has no answer spoils no other."""
    call = await admit(gateway, request, "signals", _MANY)
    said, slot = call.said, call.caller.slot
    check_version(said.protocol_version)
    answers = await asyncio.gather(
        *(
            gateway.brain.signal(Asked(slot, one.symbol, one.timeframe, one.bars, call.now), one.model)
            for one in said.signals
        ),
        return_exceptions=True,
    )
    signals: list[brain.Signal | None] = []
    faults: list[brain.SignalFault] = []
    for index, answer in enumerate(answers):
        if isinstance(answer, Told):
            announce(gateway, answer)
            signals.append(brain.Signal(**fields(answer)))
            continue
        # Who may not speak, and what is nobody's fault, is the whole request's.
        if not isinstance(answer, Refused) or answer.status == 401:
            raise answer
        signals.append(None)
        faults.append(
            brain.SignalFault(index=index, status=answer.status, detail=replies.calm(answer.detail))
        )
    return replies.reply(brain.SignalsReply(signals=signals, errors=faults))


def check_version(version: int) -> None:
    """Raises Malformed."""
    if version != brain.PROTOCOL_VERSION:
        raise Malformed(
            Fault(
                "/protocolVersion",
                f"This hub speaks version {brain.PROTOCOL_VERSION} of the Brain's protocol.",
            )
        )


def fields(told: Told) -> dict[str, Any]:
    """Return a signal's fields, as the row has them."""
    mind, draft, kept = told.mind, told.draft, told.kept
    return {
        "signal_id": str(kept.id),
        "symbol": told.symbol,
        "timeframe": draft.timeframe,
        "bar_time": draft.bar_at,
        "side": kept.side,
        "probability": kept.probability,
        "size": kept.size,
        "model": mind.name,
        "model_version": mind.number,
        "inputs_hash": draft.thought.inputs_hash,
        "valid_until": kept.valid_until.astimezone(UTC),
        "issued_at": kept.issued_at.astimezone(UTC),
        "horizon_bars": mind.spec.horizon_bars,
    }


def announce(gateway: Gateway, told: Told) -> None:
    """Tell the tenant's open screens of a signal that is new."""
    if told.kept.is_new:
        slot = told.draft.slot
        # Of an account with many charts a screen needs to hear once.
        gateway.announcer.say_latest(slot.tenant_id, "signal", slot.account_id, id=str(told.kept.id))
