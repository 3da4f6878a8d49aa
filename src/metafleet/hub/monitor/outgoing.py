"""Calls to addresses that customers gave: only outward, to the very address that was checked, bounded.

A name is resolved once, every address that it has is judged, and the connection goes to one of those
judged: a name that changes its mind in between (DNS rebinding) changes nothing. No redirect is followed.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Final
from urllib.parse import SplitResult, urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

TIMEOUT_S: Final = 10
"""From the connection to the last byte of the reply, however slowly it comes."""
REPLY_BYTES: Final = 2000
PORTS: Final = frozenset({80, 443})
"""What may be called outside named networks: other services' ports are no receivers of messages."""
_SCHEMES: Final = {"http": 80, "https": 443}
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


class AddressRefused(Exception):
    """Nothing was sent: the address is none that the hub may call."""


class Unreachable(Exception):
    """No whole reply came; whether the message arrived is not known."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    text: str
    """At most so much of it as the caller reads."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What may be called: the public internet, and private networks that the operator named.

    `stand_ins` puts one origin in another's place ("https://api.telegram.org": "http://127.0.0.1:9"),
    for a proxy or a test.
    """

    networks: Sequence[Network] = ()
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    reply_bytes: int = REPLY_BYTES
    """Of a reply: what comes after them is not read."""

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Post the body. Raises AddressRefused, Unreachable."""
        parts = self._parts(url)
        port = _port(parts)
        address = self._checked(parts.hostname or "", port)
        connection = _Plain(parts.hostname or "", port, address)
        if parts.scheme == "https":
            connection = _Encrypted(parts.hostname or "", port, address)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            with _ended_after(connection):
                connection.request("POST", target, body, {"User-Agent": "metafleet", **headers})
                return _read(connection.getresponse(), self.reply_bytes)
        except (OSError, HTTPException, ValueError) as error:
            raise Unreachable(f"{parts.hostname} did not answer: {error or type(error).__name__}") from error

    def check(self, url: str) -> None:
        """Raises AddressRefused for what may not be called; a name that is not there yet passes."""
        parts = self._parts(url)
        try:
            self._checked(parts.hostname or "", _port(parts))
        except Unreachable:
            return

    def _parts(self, url: str) -> SplitResult:
        for origin, stand_in in self.stand_ins.items():
            url = stand_in + url.removeprefix(origin) if url.startswith(origin + "/") else url
        try:
            parts = urlsplit(url)
            _ = parts.port
        except ValueError as error:
            raise AddressRefused("That is no web address.") from error
        if parts.scheme not in _SCHEMES or not parts.hostname:
            raise AddressRefused("Give a whole address, like https://example.com/alerts.")
        if parts.username or parts.password:
            raise AddressRefused("Leave name and password out of the address.")
        return parts

    def _checked(self, host: str, port: int) -> Address:
        found = _resolved(host, port)
        for address in found:
            self.judge(address, port, host)
        return found[0]

    def judge(self, address: Address, port: int, host: str) -> None:
        """Raises AddressRefused where this address, which the host has, may not be called."""
        address = _plainest(address)
        if any(address in network for network in self.networks):
            return
        if not _is_public(address):
            raise AddressRefused(f"{host} leads to {address}, which is no public address.")
        if port not in PORTS:
            raise AddressRefused(f"Port {port} is not called; 80 and 443 are.")


def _port(parts: SplitResult) -> int:
    return parts.port or _SCHEMES[parts.scheme]


def _resolved(host: str, port: int) -> list[Address]:
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"There is no {host}.") from error
    return [_plainest(ipaddress.ip_address(str(row[4][0]).partition("%")[0])) for row in rows]


def _plainest(address: Address) -> Address:
    """An IPv4 address in IPv6 clothes is judged, and called, as what it is."""
    return (isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped) or address


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and (
        address.sixtofour or address.teredo or address in _NAT64
    ):
        return False  # an IPv4 address in disguise, whichever it is
    return address.is_global and not address.is_multicast


class _Plain(HTTPConnection):
    def __init__(self, host: str, port: int, address: Address) -> None:
        super().__init__(host, port, timeout=TIMEOUT_S)
        self._address = str(address)

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), TIMEOUT_S)


class _Encrypted(_Plain):
    default_port = HTTPSConnection.default_port

    def connect(self) -> None:
        super().connect()
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


@contextmanager
def _ended_after(connection: HTTPConnection) -> Iterator[None]:
    """A receiver that dribbles is cut off: each byte in time is not all of them in time."""
    timer = threading.Timer(TIMEOUT_S, _cut, (connection,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        connection.close()


def _cut(connection: HTTPConnection) -> None:
    if connection.sock:
        try:
            connection.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it has ended by itself


def _read(response: HTTPResponse, most: int) -> Reply:
    return Reply(response.status, response.read(most).decode(errors="replace"))
