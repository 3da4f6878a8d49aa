"""The runners' network on one engine: a bridge without a way out, and a fence on the host's side.

Internal: no route beyond this machine. No traffic between containers: an EA cannot reach another's.
What is left is the machine itself at the bridge's address; where this process may, iptables then
lets only the gateway's and the broker's ports through, else the limits say that it is not so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Interface, ip_network
from threading import Lock
from typing import Any, Final

import docker
from docker.errors import APIError, NotFound

from metafleet.hub.fleet.drivers.contract import DriverError
from metafleet.hub.fleet.drivers.docker import engine

OURS = "metafleet.network"
UNFENCED = "this machine alone (its ports are not fenced: iptables is not ours to use)"
RANGES: Final = tuple(f"172.31.{third}.0/20" for third in range(240, -1, -16))
"""Tried in turn where none is named: each installation on an engine has a network of its own. The
engine itself gives 172.31 away last."""


_ONE_AT_A_TIME = Lock()
"""A worker's threads look at the rules and mend them one after the other."""


class RangeTaken(DriverError):
    """Another network of the engine has these addresses."""


@dataclass(frozen=True, slots=True)
class RunnerNetwork:
    """`ports`: TCP ports of this machine that runners may reach, those of gateway and broker."""

    name: str
    subnet: str
    bridge: str
    ports: tuple[int, ...]

    @property
    def host_address(self) -> str:
        """Where a container finds this machine."""
        return str(next(ip_network(self.subnet).hosts()))

    @property
    def chain(self) -> str:
        """Its rules of iptables, whose names have 28 letters at most; a bridge's has 15."""
        return f"RUNNERS-{self.bridge}"

    def ensure(self, api: docker.APIClient) -> str:
        """Make the network unless it is there, and return in words where it leads.

        One of that name that somebody else made is used as it is.
        """
        if not self._is_ours(api):
            return f"what {self.name} lets through"
        if _fence(self):
            return "gateway and broker alone"
        return UNFENCED

    def _is_ours(self, api: docker.APIClient) -> bool:
        found = _inspect(api, self.name)
        if found is None:
            self.make(api)
            return True
        return OURS in (found.get("Labels") or {})

    def make(self, api: docker.APIClient) -> None:
        """Raises RangeTaken, APIError. Nothing is done where another process made it first."""
        pool = docker.types.IPAMPool(subnet=self.subnet, gateway=self.host_address)
        try:
            api.create_network(
                self.name,
                driver="bridge",
                internal=True,
                check_duplicate=True,
                labels={OURS: "runners"},
                ipam=docker.types.IPAMConfig(pool_configs=[pool]),
                options={
                    "com.docker.network.bridge.name": self.bridge,
                    "com.docker.network.bridge.enable_icc": "false",
                },
            )
        except APIError as error:
            if error.status_code == 409:  # another worker made it first
                return
            if "overlap" in str(error.explanation).lower():
                raise RangeTaken(
                    f"Docker has given addresses of {self.subnet} to another network: name a free range by "
                    f"METAFLEET_DOCKER_SUBNET for {self.name}.",
                    permanent=True,
                ) from error
            raise


def bridge_of(installation: str) -> str:
    """Return the name of the installation's bridge: the kernel takes 15 letters."""
    return f"mf-{installation[:12]}"


def settle(
    api: docker.APIClient, name: str, installation: str, ranges: Sequence[str] = RANGES
) -> IPv4Interface:
    """Make the network on the first of these ranges that is free, unless it is there already.

    Returns where it finds this machine, as 172.31.240.1/20. Raises DriverError.
    """
    with engine.trouble(f"make the runners' network {name}"):
        for subnet in ranges:
            found = _inspect(api, name)
            if found is not None:
                return _interface(name, found)
            with suppress(RangeTaken):
                RunnerNetwork(name, subnet, bridge_of(installation), ()).make(api)
        found = _inspect(api, name)
        if found is None:
            tried = ranges[0] if len(ranges) == 1 else f"each range from {ranges[-1]} to {ranges[0]}"
            raise RangeTaken(
                f"Docker has given addresses of {tried} to other networks: name a free range by "
                "METAFLEET_DOCKER_SUBNET.",
                permanent=True,
            )
        return _interface(name, found)


def remove(api: docker.APIClient, name: str, installation: str) -> None:
    """Take the network away, and the rules of its fence, where it is ours and nothing lives on it.

    Raises DriverError.
    """
    with engine.trouble(f"remove the runners' network {name}"):
        found = _inspect(api, name)
        if found is None or OURS not in (found.get("Labels") or {}):
            return
        with suppress(NotFound):
            api.remove_network(found["Id"])
    _unfence(RunnerNetwork(name, "", bridge_of(installation), ()))


def _inspect(api: docker.APIClient, name: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = api.inspect_network(name)
    except NotFound:
        return None
    return found


def _interface(name: str, found: dict[str, Any]) -> IPv4Interface:
    given = next(
        (each for each in (found.get("IPAM") or {}).get("Config") or [] if "." in each["Subnet"]), None
    )
    if given is None:
        raise DriverError(
            f"The network {name} has no IPv4 addresses: name another by METAFLEET_DOCKER_NETWORK.",
            permanent=True,
        )
    subnet = ip_network(given["Subnet"])
    return IPv4Interface(f"{given.get('Gateway') or next(subnet.hosts())}/{subnet.prefixlen}")


def _fence(network: RunnerNetwork) -> bool:
    """Let only its ports of this machine be reached from the network; say whether that is so now."""
    programs = _programs()
    if programs is None:
        return False
    iptables, restore = programs
    chain = network.chain
    jump = ("INPUT", "-i", network.bridge, "-j", chain)
    wanted = [
        f"-A {chain} -d {network.host_address}/32 -p tcp -m tcp --dport {port} -j RETURN"
        for port in network.ports
    ]
    wanted.append(f"-A {chain} -j DROP")
    with _ONE_AT_A_TIME:
        # All of the chain in one commit: of two workers that build it rule by rule, one drops what the
        # other lets through.
        if _rules_in(iptables, chain) != wanted:
            lines = ("*filter", f":{chain} - [0:0]", *wanted, "COMMIT", "")
            if not _run(restore, "--noflush", text="\n".join(lines)):
                return False
        return _run(iptables, "-C", *jump) or _run(iptables, "-I", *jump)


def _unfence(network: RunnerNetwork) -> None:
    programs = _programs()
    if programs is None:
        return
    iptables, _ = programs
    chain = network.chain
    while _run(iptables, "-D", "INPUT", "-i", network.bridge, "-j", chain):
        pass  # of two workers, each may have put one in
    _run(iptables, "-F", chain)
    _run(iptables, "-X", chain)


def _programs() -> tuple[str, str] | None:
    """Return iptables and iptables-restore, where they are there and ours to use."""
    iptables, restore = shutil.which("iptables"), shutil.which("iptables-restore")
    if os.geteuid() != 0 or iptables is None or restore is None:
        return None
    return iptables, restore


def _rules_in(program: str, chain: str) -> list[str]:
    """Return the chain's rules in their order, as they are written; none where there is no such chain."""
    done = subprocess.run(  # noqa: S603
        [program, "-w", "5", "-S", chain], capture_output=True, text=True, check=False
    )
    return [line for line in done.stdout.splitlines() if line.startswith("-A")]


def _run(program: str, *arguments: str, text: str = "") -> bool:
    done = subprocess.run(  # noqa: S603
        [program, "-w", "5", *arguments], input=text.encode(), capture_output=True, check=False
    )
    return done.returncode == 0
