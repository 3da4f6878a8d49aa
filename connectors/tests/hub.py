"""A hub in a few lines, for tests that need many answers quickly: it keeps to the protocol, and no more."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid5

from connectors.harness.machine import Machine

URL: Final = "http://hub.test"
LEASE_S: Final = 30
_SPACE: Final = UUID(int=11)


@dataclass
class Asked:
    """A command. `answers`: the results that were told."""

    id: str
    type: str
    payload: dict[str, Any]
    attempt: int = 0
    leased_until_s: float = 0
    answers: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Hub:
    """Answers a machine's requests. `deals`: by ticket, as they were told first."""

    machine: Machine
    commands: dict[str, Asked] = field(default_factory=dict)
    deals: dict[int, dict[str, Any]] = field(default_factory=dict)
    offset_s: int | None = None
    expires_in_s: float = 600

    def ask(self, kind: str, **payload: Any) -> Asked:
        command = Asked(str(uuid5(_SPACE, str(len(self.commands)))), kind, payload)
        self.commands[command.id] = command
        return command

    def __call__(self, method: str, address: str, body: bytes) -> tuple[int, bytes, bytes]:
        path = address.removeprefix(URL + "/webhook/terminal").partition("?")[0]
        said = json.loads(body) if body else {}
        answer = {"success": True, **self._answer(path.strip("/").split("/"), said)}
        return 200, b"", json.dumps(answer).encode()

    def _answer(self, path: list[str], said: dict[str, Any]) -> dict[str, Any]:
        match path:
            case ["enrol"]:
                return {"terminalId": "t", "token": "secret"}
            case ["heartbeat"]:
                self.offset_s = said.get("utcOffset", self.offset_s)
                now = datetime.fromtimestamp(self.machine.now_msc() / 1000, UTC)
                known = str(max(self.deals, default=0))
                return {"serverTime": now.isoformat(), "nextHeartbeat": 5, "knownDealTicket": known}
            case ["trades"]:
                for deal in said["trades"]:
                    self.deals.setdefault(int(deal["ticket"]), deal)
                return {"knownDealTicket": str(max(self.deals, default=0))}
            case ["commands"]:
                return {"commands": self._leased()}
            case ["commands", name, "result"]:
                self.commands[name].answers.append(said)
        return {}

    def _leased(self) -> list[dict[str, Any]]:
        now_s, found = self.machine.now_msc() / 1000, []
        for one in self.commands.values():
            if not one.answers and one.leased_until_s <= now_s:
                one.attempt += 1
                one.leased_until_s = now_s + LEASE_S
                expires = datetime.fromtimestamp(now_s + self.expires_in_s, UTC).isoformat()
                told = {"id": one.id, "type": one.type, "payload": one.payload, "attempt": one.attempt}
                found.append({**told, "expiresAt": expires})
        return found
