"""Waiting until something is ready, and asking a server over HTTP whether it is."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Callable

POLL_S = 0.01
"""Short against a start of seconds, long against the cost of asking."""


def wait_until(is_ready: Callable[[], bool], timeout_s: float, poll_s: float = POLL_S) -> bool:
    """Ask until it is ready or the time is over; return whether it is ready."""
    deadline = time.monotonic() + timeout_s
    while not is_ready():
        if time.monotonic() > deadline:
            return False
        time.sleep(poll_s)
    return True


def answers_ready(host: str, port: int) -> bool:
    """Whether GET /ready on that server answers 200."""
    connection = http.client.HTTPConnection(host, port, timeout=2.0)
    try:
        connection.request("GET", "/ready", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def accepts_connections(host: str, port: int) -> bool:
    """Whether something listens there."""
    try:
        with socket.create_connection((host, port), timeout=1.0):
            return True
    except OSError:
        return False
