"""A second listening address for our servers: the one at which EAs in containers find this machine.

It is this machine's own address on the containers' network. The network may come later, and go, and
come back: the socket is bound to the address all the same. A machine elsewhere could send packets
to that address as well, as Linux takes them at any of its interfaces: whoever does not come from
the containers' network is hung up on.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface
from typing import Any, Final

IP_FREEBIND: Final = 15
"""Bind an address that the machine has not got yet. Source: ip(7), linux/in.h; no name in Python."""


@dataclass(frozen=True, slots=True)
class Bridge:
    """`interface`: this machine's address and the network that may come to it, as 172.31.240.1/20."""

    interface: IPv4Interface

    @property
    def address(self) -> str:
        return str(self.interface.ip)

    def bind(self, port: int) -> socket.socket:
        """Return a socket at this address, not listening yet. Raises OSError."""
        found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)
            found.bind((self.address, port))
        except OSError:
            found.close()
            raise
        found.setblocking(False)
        return found

    def lets_in(self, peer: Any) -> bool:
        """Whether a connection from there, as a socket names its peer, is one of a container."""
        return bool(peer) and IPv4Address(peer[0]) in self.interface.network


def parse(text: str) -> Bridge:
    """Return the bridge of a text like 172.31.240.1/20. Raises ValueError."""
    interface = IPv4Interface(text)
    if interface.network.prefixlen > 30 or interface.ip == interface.network.network_address:
        raise ValueError(f"{text!r} is not an address within a network, like 172.31.240.1/20")
    return Bridge(interface)
