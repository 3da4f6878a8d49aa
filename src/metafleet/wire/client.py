"""A small blocking client of the terminal protocol, for what runs beside a terminal."""

from __future__ import annotations

import urllib.parse
from typing import Final

import msgspec

from metafleet.wire import messages
from metafleet.wire.caller import Caller, WireError, decode

__all__ = ["WireClient", "WireError"]

LONG_POLL_SLACK_S: Final = 10.0
"""How much longer than its `wait` a long poll may take before the line counts as dead."""

_TERMINAL: Final = "/webhook/terminal"


class WireClient:
    """Speak the protocol to one gateway. Safe to use from several threads.

    Each thread has its own kept-alive connection. Every method raises WireError.
    """

    def __init__(self, gateway_url: str, *, token: str | None = None, timeout_s: float = 10.0) -> None:
        """Raise ValueError when `gateway_url` is no http:// or https:// address."""
        self._caller = Caller(gateway_url, token=token, timeout_s=timeout_s)
        self.gateway_url = gateway_url
        """Whom it speaks to."""
        self.traceparent = ""
        """The trace that heartbeats are part of, by W3C Trace Context; "" for none."""

    @property
    def token(self) -> str | None:
        """The bearer token in use; a heartbeat's reply may renew it."""
        return self._caller.token

    @token.setter
    def token(self, token: str | None) -> None:
        self._caller.token = token

    def assignment(self, assignment_token: str, runner: str | None = None) -> messages.Assignment:
        """Trade a one-start token for the work of this run. It uses no bearer token."""
        word = runner or msgspec.UNSET
        request = messages.AssignmentRequest(assignment_token=assignment_token, runner=word)
        body = self._caller.call("POST", "/webhook/runner/assignment", request, authorised=False)
        return decode(body, messages.Assignment)

    def enrol(self, enrolment: messages.Enrolment) -> messages.EnrolmentReply:
        """Trade a pairing code for a token, and speak with it from now on. It uses no bearer token."""
        body = self._caller.call("POST", f"{_TERMINAL}/enrol", enrolment, authorised=False)
        reply = decode(body, messages.EnrolmentReply)
        self._caller.token = reply.token
        return reply

    def heartbeat(self, heartbeat: messages.Heartbeat) -> messages.HeartbeatReply:
        """Post a heartbeat, and go on with the new token when the reply brings one."""
        reply = decode(
            self._caller.call("POST", f"{_TERMINAL}/heartbeat", heartbeat, traceparent=self.traceparent),
            messages.HeartbeatReply,
        )
        if isinstance(reply.token, str):
            self._caller.token = reply.token
        return reply

    def trades(self, trades: messages.Trades) -> messages.TradesReply:
        """Post at most 1,000 deals."""
        return decode(self._caller.call("POST", f"{_TERMINAL}/trades", trades), messages.TradesReply)

    def positions(self, positions: messages.Positions) -> messages.Success:
        """Post a full snapshot of the open positions."""
        return decode(self._caller.call("POST", f"{_TERMINAL}/positions", positions), messages.Success)

    def machine(self, report: messages.MachineReport) -> messages.Success:
        """Post how the machine is and how the terminal's program is."""
        return decode(self._caller.call("POST", f"{_TERMINAL}/machine", report), messages.Success)

    def spans(self, spans: messages.Spans) -> messages.Success:
        """Tell how a run's start went, for the trace that it is part of."""
        return decode(self._caller.call("POST", "/webhook/runner/spans", spans), messages.Success)

    def candles(self, candles: messages.Candles) -> messages.CandlesReply:
        """Post at most 10,000 bars of one symbol."""
        return decode(self._caller.call("POST", f"{_TERMINAL}/candles", candles), messages.CandlesReply)

    def commands(self, wait_s: int = 0) -> list[messages.Command]:
        """Lease up to 20 commands, waiting at most `wait_s` (0 to 25) for the first."""
        path = f"{_TERMINAL}/commands?wait={wait_s}"
        body = self._caller.call("GET", path, timeout_s=wait_s + LONG_POLL_SLACK_S)
        return decode(body, messages.CommandsReply).commands

    def command_result(self, command_id: str, result: messages.CommandResult) -> messages.Success:
        """End one command."""
        quoted = urllib.parse.quote(command_id, safe="")
        return decode(
            self._caller.call("POST", f"{_TERMINAL}/commands/{quoted}/result", result), messages.Success
        )

    def close(self) -> None:
        """Close this thread's connection."""
        self._caller.close()
