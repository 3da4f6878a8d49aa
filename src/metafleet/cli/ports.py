"""Whether the ports can be had, asked before anything is started."""

from __future__ import annotations

import errno
import socket

from metafleet.cli.refusal import Refused
from metafleet.cli.settings import LOOPBACK, Settings


class PortRefused(Refused):
    """A port cannot be bound: taken, not allowed, or the host name is not this machine's."""


def check_ports(settings: Settings) -> None:
    """Raises PortRefused for the first port that cannot be bound, naming its setting."""
    _check(settings.host, settings.web_port, "METAFLEET_WEB_PORT")
    _check(settings.host, settings.gateway_port, "METAFLEET_GATEWAY_PORT")
    _check(LOOPBACK, settings.broker_port, "METAFLEET_BROKER_PORT")


def _check(host: str, port: int, setting: str) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise PortRefused(f"METAFLEET_HOST {host!r} is not a known address: {error.strerror}.") from error
    with socket.socket(family, kind, protocol) as probe:
        # As the servers do: a port whose last connections are only closing is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen()
        except OSError as error:
            raise PortRefused(_sentence(host, port, setting, error)) from error


def _sentence(host: str, port: int, setting: str, error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"Port {port} is taken{_holder(port)}; free it or set {setting} to another port."
        case errno.EACCES:
            return f"Port {port} may not be opened by this user; set {setting} to a port above 1023."
        case errno.EADDRNOTAVAIL:
            return f"METAFLEET_HOST {host!r} is not an address of this machine."
        case _:
            return f"Port {port} ({setting}) cannot be opened: {error.strerror}."


def _holder(port: int) -> str:
    import psutil

    try:
        for connection in psutil.net_connections("inet"):
            listens = connection.status == psutil.CONN_LISTEN and connection.laddr[1:2] == (port,)
            if listens and connection.pid:
                return f" by process {connection.pid} ({psutil.Process(connection.pid).name()})"
    except psutil.Error:
        # Other users' processes cannot be seen everywhere; the sentence is useful without.
        return ""
    return ""
