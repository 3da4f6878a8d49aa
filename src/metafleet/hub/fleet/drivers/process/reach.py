"""How far an uploaded EA's runner reaches: gateway and broker, and nothing else, on this machine or off it.

Its user is its own, so packets can be told by whose they are: iptables lets that user's through to two
addresses and drops the others. Where that cannot be made certain there is no start.
Source: iptables-extensions(8), match `owner`.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from metafleet.hub.fleet.drivers.contract import DriverError

IN_WORDS: Final = "gateway and broker alone"
"""How `limits` says it; a run keeps 120 characters of them."""
_NO_IPV6: Final = Path("/proc/net/if_inet6")
_WAY_OUT: Final = "Run uploaded EAs by the docker driver (METAFLEET_FLEET_DRIVER=docker)."

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Reach:
    """`broker`: its host and port. `home`: the runners' folder, which tells our rules from another's."""

    broker: Address | None
    home: Path

    @property
    def chain(self) -> str:
        """The rules of iptables, whose names have 28 letters at most."""
        return f"METAFLEET-EA-{hashlib.sha256(str(self.home.absolute()).encode()).hexdigest()[:8]}"

    def gap(self) -> str:
        """Return why an uploaded EA cannot be isolated here, with the way out; "" where it can."""
        missing = ""
        if os.geteuid() != 0:
            missing = "this installation does not run as root, so its runners share a user"
        elif shutil.which("iptables") is None or (_has_ipv6() and shutil.which("ip6tables") is None):
            missing = "there is no iptables to bound its network with"
        elif self.broker is None:
            missing = "no broker is known that it may reach"
        return f"An uploaded EA runs only isolated, and {missing}. {_WAY_OUT}" if missing else ""

    def bound(self, user: int | None, gateway_url: str) -> None:
        """Let this user reach gateway and broker alone. Raises DriverError where that is not certain."""
        if missing := self.gap() or ("" if user is not None else _no_user()):
            raise DriverError(missing, permanent=True)
        assert self.broker is not None  # noqa: S101 - gap() says so
        address = urlsplit(gateway_url)
        port = address.port or (443 if address.scheme == "https" else 80)
        ways = [*_addresses(address.hostname or "", port), *_addresses(*self.broker)]
        with self._alone():
            for program, family in self._programs():
                rules = [_through(host, at) for kind, host, at in ways if kind == family]
                if not self._build(program, rules, user):
                    detail = f"An uploaded EA runs only isolated, and {program} did not take its rules."
                    raise DriverError(f"{detail} {_WAY_OUT}", permanent=False)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two starts at once would each find the other's half of the rules."""
        with (self.home / "reach.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _programs(self) -> list[tuple[str, socket.AddressFamily]]:
        four = ("iptables", socket.AF_INET)
        return [four, ("ip6tables", socket.AF_INET6)] if _has_ipv6() else [four]

    def _build(self, program: str, ways: list[list[str]], user: int | None) -> bool:
        """Make the chain what it must be, and lead the user's packets through it; say whether it is so."""
        wanted = [*ways, ["-j", "DROP"]]
        jump = ["OUTPUT", "-m", "owner", "--uid-owner", str(user), "-j", self.chain]
        if not self._is(program, wanted):
            _run(program, "-N", self.chain)  # may be there
            # The end first: in the middle of this nothing more gets through than before.
            _run(program, "-F", self.chain)
            _run(program, "-A", self.chain, "-j", "DROP")
            for way in ways:
                _run(program, "-I", self.chain, "1", *way)
        if not _run(program, "-C", *jump):
            _run(program, "-I", *jump)
        return self._is(program, wanted) and _run(program, "-C", *jump)

    def _is(self, program: str, wanted: list[list[str]]) -> bool:
        return _count(program, self.chain) == len(wanted) and all(
            _run(program, "-C", self.chain, *rule) for rule in wanted
        )


def _no_user() -> str:
    return f"An uploaded EA runs only isolated, and this machine has no users to spare. {_WAY_OUT}"


def _has_ipv6() -> bool:
    return _NO_IPV6.exists()


def _addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, str, int]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as unknown:
        raise DriverError(
            f"{host} is no address that can be looked up: {unknown}.", permanent=False
        ) from unknown
    return sorted({(family, str(to[0]), port) for family, _, _, _, to in found})


def _through(host: str, port: int) -> list[str]:
    return ["-d", host, "-p", "tcp", "--dport", str(port), "-j", "RETURN"]


def _count(program: str, chain: str) -> int:
    """Return how many rules the chain has; one that is no longer wanted is one too many."""
    done = subprocess.run(  # noqa: S603 - our own arguments, no shell
        [program, "-w", "5", "-S", chain], capture_output=True, text=True, check=False
    )
    return sum(line.startswith("-A") for line in done.stdout.splitlines())


def _run(program: str, *arguments: str) -> bool:
    done = subprocess.run([program, "-w", "5", *arguments], capture_output=True, check=False)  # noqa: S603
    return done.returncode == 0
