"""How a client's connection to a broker is made and ended."""

from __future__ import annotations

import contextlib
import socket
from typing import Final

from metafleet.engine.broker.errors import BrokerUnavailable

UNDELIVERED_S: Final = 4.0
"""What the broker's machine has not taken within this is never delivered: an order that waited on a
broken line for longer would come when nobody expects it any more."""


def dial(host: str, port: int, timeout_s: float) -> socket.socket:
    """Return a connection that waits for ever. Raises BrokerUnavailable."""
    try:
        connection = socket.create_connection((host, port), timeout=timeout_s)
    except OSError as error:
        raise BrokerUnavailable(f"no broker at {host}:{port}: {error}") from error
    connection.settimeout(None)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # of Linux
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(UNDELIVERED_S * 1000))
    return connection


def hang_up(connection: socket.socket) -> None:
    """End a connection, and what waits for it."""
    # The other side may have closed it already; closing below is what counts.
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
