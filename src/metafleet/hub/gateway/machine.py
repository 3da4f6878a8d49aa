"""POST /machine: a host agent says how its machine is, and how one terminal's program on it is."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from metafleet.hub.gateway import replies
from metafleet.hub.gateway.callers import revoked
from metafleet.hub.gateway.edge import admit
from metafleet.hub.gateway.gateway import Gateway
from metafleet.hub.gateway.http import Request, Response
from metafleet.hub.journal import fields
from metafleet.hub.kernel.errors import Fault, Malformed
from metafleet.wire import messages

MOST: Final = 1_000
"""Machines of one tenant."""
MOST_LINES: Final = 40
MOST_EXPERTS: Final = 50
KEPT_H: Final = 48
"""How long samples of a machine are kept."""
_INT4: Final = 2**31 - 1
_LATEST_S: Final = 4e9
_WRITE: Final = "SELECT outcome FROM gateway_machine(%s::jsonb)"
_DECODER: Final = msgspec.json.Decoder(messages.MachineReport)


async def post_machine(gateway: Gateway, request: Request) -> Response:
    """Write the latest. A machine that is new to the tenant is a new row; another tenant's is not found."""
    call = await admit(gateway, request, "machine", _DECODER)
    slot = call.caller.slot
    report = {
        "t": slot.name,
        "v": slot.token_version,
        "at": call.now.isoformat(),
        "most": MOST,
        "kept_h": KEPT_H,
        "machine": (machine := _machine(call.said.machine)),
        "terminal": _terminal(call.said.terminal),
    }
    rows = await gateway.database.ask(_WRITE, [msgspec.json.encode(report).decode()])
    match rows[0][0]:
        case "fenced":
            raise revoked()
        case "other":
            raise Malformed(Fault("/machine/id", "make up an id of your own: this one is taken"))
        case "full":
            raise Malformed(Fault("/machine/id", f"there are {MOST} machines; forget one first"))
    gateway.announcer.say_latest(slot.tenant_id, "machine", UUID(machine["id"]), id=machine["id"])
    return replies.reply(messages.Success())


def _machine(said: messages.Machine) -> dict[str, Any]:
    """Raises Malformed."""
    try:
        machine_id = UUID(said.id)
    except ValueError:
        raise Malformed(Fault("/machine/id", "expected a UUID")) from None
    name = fields.text(said.name, 120).strip()
    if not name:
        raise Malformed(Fault("/machine/name", "expected the machine's name"))
    return {
        "id": str(machine_id),
        "name": name,
        "system": fields.text(said.system, 120),
        "version": fields.text(said.version, 40),
        "cpu_percent": _real("/machine/cpuPercent", said.cpu_percent),
        "memory_mb": _whole("/machine/memoryMb", said.memory_mb),
        "memory_used_mb": _whole("/machine/memoryUsedMb", said.memory_used_mb),
        "disk_mb": _whole("/machine/diskMb", said.disk_mb),
        "disk_free_mb": _whole("/machine/diskFreeMb", said.disk_free_mb),
        "clock_skew_ms": _whole("/machine/clockSkewMs", said.clock_skew_ms, low=-_INT4),
        "started_at": _instant("/machine/startedAt", said.started_at),
    }


def _terminal(said: messages.SeenTerminal) -> dict[str, Any]:
    """Raises Malformed."""
    return {
        "path": fields.text(said.path, 260),
        "process_state": said.process,
        "is_connected": said.connected,
        "is_algo_trading": said.algo_trading,
        "last_tick_at": _instant("/terminal/lastTickAt", said.last_tick_at),
        "latency_ms": _real("/terminal/latencyMs", said.latency_ms),
        "log_errors": _whole("/terminal/logErrors", said.log_errors),
        "last_log_error": fields.text(said.last_log_error, 300),
        "restarts": _whole("/terminal/restarts", said.restarts),
        "experts": None if said.experts is None else _experts(said.experts),
        "log_lines": None if said.log_lines is None else _lines(said.log_lines),
    }


def _experts(said: list[str]) -> list[str]:
    """Raises Malformed."""
    if len(said) > MOST_EXPERTS:
        raise Malformed(Fault("/terminal/experts", f"expected at most {MOST_EXPERTS} names"))
    return [fields.text(name, 120) for name in said]


def _lines(said: list[messages.LogLine]) -> list[dict[str, Any]]:
    """Raises Malformed."""
    if len(said) > MOST_LINES:
        raise Malformed(Fault("/terminal/logLines", f"expected at most {MOST_LINES} lines, the newest"))
    return [
        {
            "at": fields.text(line.at, 20),
            "file": fields.text(line.file, 40),
            "text": fields.text(line.text, 300),
            "isError": line.is_error,
        }
        for line in said
    ]


def _whole(pointer: str, value: int | None, *, low: int = 0) -> int | None:
    if value is not None and not low <= value <= _INT4:
        raise Malformed(Fault(pointer, f"expected a whole number from {low} to {_INT4}"))
    return value


def _real(pointer: str, value: float | None) -> float | None:
    if value is not None and not (math.isfinite(value) and 0 <= value <= _INT4):
        raise Malformed(Fault(pointer, f"expected a number from 0 to {_INT4}"))
    return value


def _instant(pointer: str, value: float | None) -> str | None:
    if value is None:
        return None
    if not 0 <= value <= _LATEST_S:
        raise Malformed(Fault(pointer, "expected seconds since 1970, UTC"))
    return datetime.fromtimestamp(value, UTC).isoformat()
