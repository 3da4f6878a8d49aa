"""A small blocking client of the terminal protocol, for what runs beside a terminal.

It stands on `http.client` alone: a runner is one process per EA instance, and a
larger HTTP library would be the largest thing in it (measured: 4 MB and 50 ms of
start for each runner). Every call is safe to repeat, because the hub is idempotent;
so a kept-alive connection that turns out dead is replaced and the call sent once more.
"""

from __future__ import annotations

import http.client
import threading
import urllib.parse
import zlib
from typing import Final, TypeVar

import msgspec

from metafleet.wire import messages

COMPRESS_ABOVE_BYTES: Final = 1024
"""Below this gzip costs more time than it saves bytes on a local network."""

LONG_POLL_SLACK_S: Final = 10.0
"""How much longer than its `wait` a long poll may take before the line counts as dead."""

_PASSING_STATUSES: Final = frozenset({408, 425, 429})
_GZIP_WBITS: Final = 31
_TERMINAL: Final = "/webhook/terminal"

Reply = TypeVar("Reply")


class WireError(Exception):
    """A call that got no good answer.

    permanent: the same call will be refused again (a 4xx other than 408, 425, 429).
    status: the HTTP status, or None when there was no answer at all.
    retry_after_s: what the hub asked for by `Retry-After`, in seconds, else None.
    """

    def __init__(
        self, detail: str, *, permanent: bool, status: int | None = None, retry_after_s: float | None = None
    ) -> None:
        super().__init__(detail)
        self.permanent = permanent
        self.status = status
        self.detail = detail
        self.retry_after_s = retry_after_s

    @property
    def is_unauthorised(self) -> bool:
        """Whether the token was refused: missing, expired, revoked or fenced off."""
        return self.status == 401


class WireClient:
    """Speak the protocol to one gateway. Safe to use from several threads.

    Each thread has its own kept-alive connection. Every method raises WireError.
    """

    def __init__(self, gateway_url: str, *, token: str | None = None, timeout_s: float = 10.0) -> None:
        """Raise ValueError when `gateway_url` is no http:// or https:// address."""
        address = urllib.parse.urlsplit(gateway_url)
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise ValueError(f"expected a gateway address like http://host:8001, found {gateway_url!r}")
        self._address = address
        self._prefix = address.path.rstrip("/")
        self._timeout_s = timeout_s
        self._token = token
        self._lines = threading.local()
        self.traceparent = ""
        """The trace that heartbeats are part of, by W3C Trace Context; "" for none."""

    @property
    def token(self) -> str | None:
        """The bearer token in use; a heartbeat's reply may renew it."""
        return self._token

    @token.setter
    def token(self, token: str | None) -> None:
        self._token = token

    def assignment(self, assignment_token: str, runner: str | None = None) -> messages.Assignment:
        """Trade a one-start token for the work of this run. It uses no bearer token."""
        word = runner or msgspec.UNSET
        request = messages.AssignmentRequest(assignment_token=assignment_token, runner=word)
        body = self._call("POST", "/webhook/runner/assignment", request, authorised=False)
        return _decode(body, messages.Assignment)

    def enrol(self, enrolment: messages.Enrolment) -> messages.EnrolmentReply:
        """Trade a pairing code for a token, and speak with it from now on. It uses no bearer token."""
        body = self._call("POST", f"{_TERMINAL}/enrol", enrolment, authorised=False)
        reply = _decode(body, messages.EnrolmentReply)
        self._token = reply.token
        return reply

    def heartbeat(self, heartbeat: messages.Heartbeat) -> messages.HeartbeatReply:
        """Post a heartbeat, and go on with the new token when the reply brings one."""
        reply = _decode(
            self._call("POST", f"{_TERMINAL}/heartbeat", heartbeat, traced=True), messages.HeartbeatReply
        )
        if isinstance(reply.token, str):
            self._token = reply.token
        return reply

    def trades(self, trades: messages.Trades) -> messages.TradesReply:
        """Post at most 1,000 deals."""
        return _decode(self._call("POST", f"{_TERMINAL}/trades", trades), messages.TradesReply)

    def positions(self, positions: messages.Positions) -> messages.Success:
        """Post a full snapshot of the open positions."""
        return _decode(self._call("POST", f"{_TERMINAL}/positions", positions), messages.Success)

    def machine(self, report: messages.MachineReport) -> messages.Success:
        """Post how the machine is and how the terminal's program is."""
        return _decode(self._call("POST", f"{_TERMINAL}/machine", report), messages.Success)

    def spans(self, spans: messages.Spans) -> messages.Success:
        """Tell how a run's start went, for the trace that it is part of."""
        return _decode(self._call("POST", "/webhook/runner/spans", spans), messages.Success)

    def candles(self, candles: messages.Candles) -> messages.CandlesReply:
        """Post at most 10,000 bars of one symbol."""
        return _decode(self._call("POST", f"{_TERMINAL}/candles", candles), messages.CandlesReply)

    def commands(self, wait_s: int = 0) -> list[messages.Command]:
        """Lease up to 20 commands, waiting at most `wait_s` (0 to 25) for the first."""
        path = f"{_TERMINAL}/commands?wait={wait_s}"
        body = self._call("GET", path, timeout_s=wait_s + LONG_POLL_SLACK_S)
        return _decode(body, messages.CommandsReply).commands

    def command_result(self, command_id: str, result: messages.CommandResult) -> messages.Success:
        """End one command."""
        quoted = urllib.parse.quote(command_id, safe="")
        return _decode(self._call("POST", f"{_TERMINAL}/commands/{quoted}/result", result), messages.Success)

    def close(self) -> None:
        """Close this thread's connection."""
        line: http.client.HTTPConnection | None = getattr(self._lines, "line", None)
        self._lines.line = None
        if line is not None:
            line.close()

    def _call(
        self,
        method: str,
        path: str,
        message: messages.Message | None = None,
        *,
        authorised: bool = True,
        traced: bool = False,
        timeout_s: float | None = None,
    ) -> bytes:
        headers, body = _encode(message)
        if authorised and self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        if traced and self.traceparent:
            headers["traceparent"] = self.traceparent
        status, answer, retry_after = self._exchange(
            method, self._prefix + path, headers, body, timeout_s or self._timeout_s
        )
        if status != 200:
            raise _refusal(status, answer, retry_after)
        return answer

    def _exchange(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None, timeout_s: float
    ) -> tuple[int, bytes, str | None]:
        """Return status, body and Retry-After; try again once where the kept line was dead."""
        while True:
            line, is_kept = self._line(timeout_s)
            try:
                line.request(method, path, body=body, headers=headers)
                response = line.getresponse()
                return response.status, response.read(), response.getheader("Retry-After")
            except (ConnectionError, http.client.RemoteDisconnected) as lost:
                self.close()
                if not is_kept:
                    raise WireError(f"no connection to the gateway: {lost}", permanent=False) from lost
            except (OSError, http.client.HTTPException) as trouble:
                self.close()
                raise WireError(f"no answer from the gateway: {trouble}", permanent=False) from trouble

    def _line(self, timeout_s: float) -> tuple[http.client.HTTPConnection, bool]:
        """This thread's connection, and whether it has served before."""
        line: http.client.HTTPConnection | None = getattr(self._lines, "line", None)
        if line is not None and line.sock is not None:
            line.sock.settimeout(timeout_s)
            return line, True
        host, port = self._address.hostname or "", self._address.port
        if self._address.scheme == "https":
            line = http.client.HTTPSConnection(host, port, timeout=timeout_s)
        else:
            line = http.client.HTTPConnection(host, port, timeout=timeout_s)
        self._lines.line = line
        return line, False


def _encode(message: messages.Message | None) -> tuple[dict[str, str], bytes | None]:
    headers = {"Accept": "application/json"}
    if message is None:
        return headers, None
    body = msgspec.json.encode(message)
    headers["Content-Type"] = "application/json"
    if len(body) > COMPRESS_ABOVE_BYTES:
        squeeze = zlib.compressobj(level=1, wbits=_GZIP_WBITS)
        body = squeeze.compress(body) + squeeze.flush()
        headers["Content-Encoding"] = "gzip"
    return headers, body


def _decode(body: bytes, kind: type[Reply]) -> Reply:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as garbled:
        raise WireError(
            f"the gateway's answer is not a {kind.__name__}: {garbled}", permanent=False
        ) from garbled


def _refusal(status: int, body: bytes, retry_after: str | None) -> WireError:
    permanent = 400 <= status < 500 and status not in _PASSING_STATUSES
    wait_s = float(retry_after) if retry_after is not None and retry_after.strip().isdigit() else None
    return WireError(f"{status}: {_detail(body)}", permanent=permanent, status=status, retry_after_s=wait_s)


def _detail(body: bytes) -> str:
    """The refusal's own words (RFC 9457), or the start of a body that is none."""
    try:
        problem = msgspec.json.decode(body, type=messages.Problem)
    except msgspec.DecodeError:
        return body[:200].decode("utf-8", "replace").strip() or "no details given"
    faults = [f"{fault.pointer}: {fault.detail}" for fault in problem.errors]
    return "; ".join([problem.detail, *faults])
