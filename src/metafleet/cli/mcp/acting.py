"""What an assistant may do: see what a deed would mean, and confirm it by a word that holds for it alone."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal
from uuid import uuid4

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from metafleet.cli.mcp.desk import Desk, kept
from metafleet.cli.mcp.reading import Id

VALID_S: Final = 120.0
"""As long as somebody reads a preview; prices and positions move on meanwhile."""
MOST_OPEN: Final = 50
_SAID: Final = ("id", "name", "label", "symbol", "state", "desiredState", "type", "statusText", "error")

Look = Callable[[], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Intent:
    """A deed that was shown and not yet confirmed. seen: what the preview showed, to be found unchanged."""

    title: str
    look: Look
    do: Callable[[], Any]
    seen: Mapping[str, Any]
    until_s: float


@dataclass(slots=True)
class Intents:
    """Deeds by the word that confirms them, each for a while and for once."""

    clock: Callable[[], float] = time.monotonic
    _open: dict[str, Intent] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def propose(self, title: str, look: Look, do: Callable[[], Any]) -> dict[str, Any]:
        """Return the preview of a deed with the word that confirms it."""
        seen = look()
        token = secrets.token_urlsafe(12)
        now_s = self.clock()
        with self._lock:
            for old in [word for word, one in self._open.items() if one.until_s < now_s]:
                del self._open[old]
            if len(self._open) >= MOST_OPEN:
                raise ToolError("Too many deeds wait to be confirmed. Confirm one, or wait two minutes.")
            self._open[token] = Intent(title, look, do, seen, now_s + VALID_S)
        return {
            "wouldDo": title,
            "now": dict(seen),
            "confirmationToken": token,
            "validForSeconds": int(VALID_S),
            "next": "Show this to the person. Call confirm with the token only once they have agreed.",
        }

    def take(self, token: str) -> Intent:
        """Return the deed of this word, which is spent by that. Raises ToolError."""
        with self._lock:
            intent = self._open.pop(token, None)
        if intent is None or intent.until_s < self.clock():
            raise ToolError(
                "This confirmation token is not known, was used, or is older than two minutes. "
                "Ask for the preview again."
            )
        return intent


class Acting:
    """Tools that lead to a change. All but `confirm` only show it."""

    def __init__(self, desk: Desk, intents: Intents | None = None) -> None:
        self._desk = desk
        self._intents = intents or Intents()

    def preview_pause_ea(
        self,
        ea_id: Id,
        mode: Annotated[
            Literal["hold", "tighten", "flatten", "freeze"],
            Field(description="hold keeps positions and their stops; flatten closes the EA's positions."),
        ] = "hold",
        reason: Annotated[str, Field(max_length=300)] = "",
    ) -> dict[str, Any]:
        """Show what pausing an EA instance would mean. A paused EA opens nothing new."""
        title = f"Pause the EA ({mode})."
        return self._of_ea(ea_id, title, "pause", {"mode": mode, "reason": reason})

    def preview_resume_ea(self, ea_id: Id) -> dict[str, Any]:
        """Show what resuming a paused EA instance would mean: it trades again."""
        return self._of_ea(ea_id, "Resume the EA: it trades again.", "resume", None)

    def preview_stop_ea(self, ea_id: Id, close_positions: bool = False) -> dict[str, Any]:
        """Show what stopping an EA instance would mean; close_positions has it close what it holds first."""
        title = "Stop the EA and close its positions." if close_positions else "Stop the EA; positions stay."
        return self._of_ea(ea_id, title, "stop", {"closePositions": close_positions})

    def preview_close_position(
        self,
        account_id: Id,
        ticket: Annotated[int, Field(ge=1)],
        volume: Annotated[float | None, Field(gt=0, description="Lots; none closes all of it.")] = None,
    ) -> dict[str, Any]:
        """Show what closing an open position at market, or a part of it, would mean."""

        def look() -> Mapping[str, Any]:
            held = self._desk.get(f"/api/accounts/{account_id}/positions")
            found = [one for one in held if int(one["ticket"]) == ticket]
            if not found:
                raise ToolError(f"The account holds no position {ticket}. Ask for its positions again.")
            return kept(found[0], ("ticket", "symbol", "side", "volume", "openPrice", "stopLoss", "comment"))

        part = f"{volume:g} lots of position" if volume else "position"
        payload = {"ticket": ticket, **({"volume": volume} if volume else {})}
        # One id for the deed: sent twice it is still one command.
        body = {"id": str(uuid4()), "type": "CLOSE", "payload": payload}
        return self._intents.propose(
            f"Close {part} {ticket} at market.",
            look,
            lambda: self._desk.post(f"/api/accounts/{account_id}/commands", body),
        )

    def preview_deploy_on_paper(
        self,
        template_id: Id,
        account_id: Id,
        symbol: Annotated[str, Field(max_length=32)],
        inputs: Annotated[dict[str, Any] | None, Field(description="Those that differ from default.")] = None,
        name: Annotated[str, Field(max_length=60)] = "",
    ) -> dict[str, Any]:
        """Show what deploying an EA on a paper account would mean. On real accounts a person deploys."""
        form = {
            "templateId": template_id,
            "accountId": account_id,
            "symbol": symbol,
            "inputs": inputs or {},
            "name": name,
        }

        def look() -> Mapping[str, Any]:
            account = self._desk.get(f"/api/accounts/{account_id}")
            if account["platform"] != "paper":
                raise ToolError(
                    f"{account['label']} is a real account. A person deploys there, on the platform's page."
                )
            review = self._desk.post("/api/instances/review", form)
            if review["problems"]:
                raise ToolError(" ".join(one["detail"] for one in review["problems"]))
            return {"account": account["label"], **kept(review, ("inputs", "instances", "active"))}

        return self._intents.propose(
            f"Deploy the EA on {symbol}, on paper.", look, lambda: self._desk.post("/api/instances", form)
        )

    def confirm(self, confirmation_token: Annotated[str, Field(max_length=64)]) -> dict[str, Any]:
        """Do what a preview showed, once, if what it showed is still so. Only after the person has agreed."""
        intent = self._intents.take(confirmation_token)
        if dict(intent.look()) != dict(intent.seen):
            raise ToolError("It has changed since the preview: nothing was done. Ask for the preview again.")
        return {"asked": intent.title, "answer": kept(intent.do() or {}, _SAID)}

    def _of_ea(self, ea_id: str, title: str, verb: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
        def look() -> Mapping[str, Any]:
            row = self._desk.get(f"/api/instances/{ea_id}")
            words = ("name", "accountLabel", "symbol", "state", "desiredState", "openPositions", "version")
            return kept(row, words)

        return self._intents.propose(
            title, look, lambda: self._desk.post(f"/api/instances/{ea_id}/{verb}", body)
        )
