"""Two engines in two network namespaces, joined into a Swarm: a machine can be cut off from another.

Each namespace is wired to the other by `eth0`, over which the Swarm speaks, and by one wire for
each Link to this machine. Cutting some of them leaves the containers alive, and what else they reach.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
from docker.errors import APIError

from metafleet.hub.fleet.drivers.docker.tests import dockerd

SWARM = "eth0"


@dataclass(frozen=True)
class Link:
    """A network of this machine, at `<net>.1`, and of the nodes at `<net>.11` and `<net>.12`."""

    name: str
    net: str

    @property
    def here(self) -> str:
        return f"{self.net}.1"


@dataclass
class Node:
    name: str
    address: str
    api: Any

    def cut(self, *links: str) -> None:
        """Take these wires away; its containers live on."""
        for link in links:
            run("ip", "-n", self.name, "link", "set", link, "down")

    def mend(self, *links: str) -> None:
        """Give these wires back."""
        for link in links:
            run("ip", "-n", self.name, "link", "set", link, "up")

    def containers(self, label: str) -> set[str]:
        """Return the values of this label of every container that runs."""
        found = self.api.containers(filters={"label": label})
        return {str(container["Labels"][label]) for container in found}

    def logs(self, label: str) -> dict[str, str]:
        """Return what each of those containers has written, by the value of the label."""
        found = self.api.containers(filters={"label": label})
        return {each["Labels"][label]: self.api.logs(each["Id"]).decode(errors="replace") for each in found}


@dataclass
class Pair:
    manager: Node
    worker: Node


@contextmanager
def swarm_of_two(engine: str, image: str, folder: Path, links: Sequence[Link] = ()) -> Iterator[Pair]:
    """Yield a Swarm whose nodes both hold the image of the engine."""
    saved = folder / "image.tar"
    run("docker", "-H", engine, "save", "-o", str(saved), image)
    with ExitStack() as stack:
        stack.enter_context(_two_namespaces())
        for link in links:
            stack.enter_context(_wired(link))
        nodes = [stack.enter_context(_node(folder, number, saved)) for number in (1, 2)]
        manager, worker = nodes
        manager.api.init_swarm(advertise_addr="10.77.0.1", listen_addr="10.77.0.1:2377")
        token = manager.api.inspect_swarm()["JoinTokens"]["Worker"]
        worker.api.join_swarm(
            ["10.77.0.1:2377"], token, advertise_addr="10.77.0.2", listen_addr="10.77.0.2:2377"
        )
        yield Pair(manager, worker)


@contextmanager
def _two_namespaces() -> Iterator[None]:
    """Two network namespaces with a wire between them; this machine's own firewall is not in the way."""
    names = (_namespace(1), _namespace(2))
    try:
        for name in names:
            run("ip", "netns", "add", name)
        run("ip", "link", "add", SWARM, "netns", names[0], "type", "veth", "peer", SWARM, "netns", names[1])
        for number, name in enumerate(names, 1):
            for line in (
                f"addr add 10.77.0.{number}/24 dev {SWARM}",
                f"link set {SWARM} up",
                "link set lo up",
            ):
                run("ip", "-n", name, *line.split())
        # A Swarm's engine wants a default route; it leads nowhere.
        run("ip", "-n", names[0], "route", "add", "default", "via", "10.77.0.2")
        run("ip", "-n", names[1], "route", "add", "default", "via", "10.77.0.1")
        yield
    finally:
        for name in names:
            _try("ip", "netns", "del", name)


@contextmanager
def _wired(link: Link) -> Iterator[None]:
    """A bridge of this machine with a wire into each namespace, which is called after the link there."""
    bridge = f"mf-{link.name}"
    try:
        run("ip", "link", "add", bridge, "type", "bridge")
        run("ip", "addr", "add", f"{link.here}/24", "dev", bridge)
        run("ip", "link", "set", bridge, "up")
        for number in (1, 2):
            name, port = _namespace(number), f"{bridge}{number}"
            run("ip", "link", "add", port, "type", "veth", "peer", link.name, "netns", name)
            run("ip", "link", "set", port, "master", bridge, "up")
            for line in (f"addr add {link.net}.1{number}/24 dev {link.name}", f"link set {link.name} up"):
                run("ip", "-n", name, *line.split())
        yield
    finally:
        _try("ip", "link", "del", bridge)


def _namespace(number: int) -> str:
    return f"mfnode{number}"


@contextmanager
def _node(folder: Path, number: int, image: Path) -> Iterator[Node]:
    name = _namespace(number)
    home = folder / name
    home.mkdir()
    # Not `ip netns exec`, which hides the cgroups.
    inside = ("nsenter", f"--net=/run/netns/{name}")
    options = ("--bip", f"172.3{number}.0.1/16", "--cgroup-parent", f"/{name}")
    with dockerd.dockerd(home, *options, prefix=inside) as address:
        api = docker.APIClient(base_url=address, version="1.41")
        run("docker", "-H", address, "load", "-i", str(image))
        yield Node(name, address, api)
        _clear(api)


def _clear(api: Any) -> None:
    """What outlives its engine would outlive the test."""
    api.leave_swarm(force=True)
    for container in api.containers(all=True):
        with suppress(APIError):  # the engine may be at it itself
            api.remove_container(container["Id"], force=True)
    api.close()


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"


def _try(*command: str) -> None:
    subprocess.run(command, check=False, capture_output=True)  # noqa: S603
