"""One HTTP call of the wire: a connection that is kept, a token, and errors that say whether to try again.

It stands on `http.client` alone: a runner is one process per EA instance, and a
larger HTTP library would be the largest thing in it (measured: 4 MB and 50 ms of
start for each runner). Every call is safe to repeat, because the hub is idempotent;
so a kept-alive connection that turns out dead is replaced and the call sent once more.
"""

from __future__ import annotations

import http.client
import threading
import time
import urllib.parse
import zlib
from typing import Final, TypeVar

import msgspec

from metafleet.wire import messages

COMPRESS_ABOVE_BYTES: Final = 1024
"""Below this gzip costs more time than it saves bytes on a local network."""

MOST_BYTES: Final = 16 * 1024 * 1024
"""Of an answer; the longest is an uploaded EA's source."""

_CHUNK_BYTES: Final = 65_536
_PASSING_STATUSES: Final = frozenset({408, 425, 429})
_GZIP_WBITS: Final = 31

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


class Caller:
    """Call one gateway. Safe to use from several threads: each has its own kept-alive connection."""

    def __init__(self, gateway_url: str, *, token: str | None = None, timeout_s: float = 10.0) -> None:
        """Raise ValueError when `gateway_url` is no http:// or https:// address."""
        address = urllib.parse.urlsplit(gateway_url)
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise ValueError(f"expected a gateway address like http://host:8001, found {gateway_url!r}")
        self._address = address
        self._prefix = address.path.rstrip("/")
        self._timeout_s = timeout_s
        self._lines = threading.local()
        self.token = token
        """The bearer token in use."""

    def close(self) -> None:
        """Close this thread's connection."""
        line: http.client.HTTPConnection | None = getattr(self._lines, "line", None)
        self._lines.line = None
        if line is not None:
            line.close()

    def call(
        self,
        method: str,
        path: str,
        message: messages.Message | None = None,
        *,
        authorised: bool = True,
        traceparent: str = "",
        timeout_s: float | None = None,
    ) -> bytes:
        """Return the body of a good answer. Raises WireError.

        timeout_s: of each wait for the other side, the client's own where it is None.
        """
        headers, body = _encode(message)
        if authorised and self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        if traceparent:
            headers["traceparent"] = traceparent
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
                return response.status, _whole(response, timeout_s), response.getheader("Retry-After")
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


def _whole(response: http.client.HTTPResponse, within_s: float) -> bytes:
    """Return the body. One that dribbles or never ends is none: the time-out is of each wait alone."""
    by_s, parts, size = time.monotonic() + within_s, list[bytes](), 0
    while part := response.read1(_CHUNK_BYTES):
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            raise http.client.HTTPException(f"its body is longer than {MOST_BYTES:,} bytes")
        if time.monotonic() > by_s:
            raise http.client.HTTPException(f"its body took longer than {within_s:g} s")
    parts.append(response.read())  # nothing more: it lets go of the line, or says what is missing
    return b"".join(parts)


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


def decode(body: bytes, kind: type[Reply]) -> Reply:
    """Return the message that an answer is. Raises WireError, which may pass."""
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
