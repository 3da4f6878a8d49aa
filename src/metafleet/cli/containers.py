"""EAs in containers: what an installation needs before the first of them starts, and their end."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from metafleet.cli.atomic import write_atomically
from metafleet.cli.data_folder import DataFolder
from metafleet.cli.refusal import Refused
from metafleet.cli.settings import EVERY_ADDRESS, DockerSettings, Settings
from metafleet.wire.bridge import Bridge

if TYPE_CHECKING:
    import docker

OF_THE_CLIENT = ("DOCKER_HOST", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")
"""What Docker's own client reads; kept, since another shell's `metafleet down` may not have it."""


class DockerRefused(Refused):
    """Docker is away, or lacks what EAs need."""


@dataclass(frozen=True, slots=True)
class Containers:
    """What our programs are told. bridge: where containers find the broker, gateway_bridge: the gateway.

    They are None where no container comes that way, or the gateway listens there anyway.
    """

    environment: Mapping[str, str]
    bridge: Bridge | None = None
    gateway_bridge: Bridge | None = None


def prepare(settings: Settings, folder: DataFolder, environ: Mapping[str, str]) -> Containers:
    """Find the engine and its image, and make the EAs' network. Raises DockerRefused."""
    if settings.docker is None:
        return Containers({})
    installation = folder.installation.read_text().strip()
    with _refused(), closing(_connect(settings.docker.engine, environ)) as api:
        # Before anything is started there: whoever stops this installation looks here.
        record = _record(settings.docker, environ, _network(settings.docker, installation))
        write_atomically(folder.docker, json.dumps(record).encode())
        _check_image(api, settings.docker.image)
        if settings.docker.is_swarm:
            return Containers({"METAFLEET_INSTALLATION_ID": installation})
        return _on_one_engine(api, settings, settings.docker, installation)


def stop(folder: DataFolder, patience_s: float) -> int:
    """End what this installation runs in containers, and no other's; return how many there were.

    Says so where Docker is away: what runs there then lives on, refused by a gateway that is gone.
    """
    try:
        record = json.loads(folder.docker.read_text())
        installation = folder.installation.read_text().strip()
    except FileNotFoundError:
        return 0
    try:
        with _refused(), closing(_connect(record["engine"], record["environment"])) as api:
            count = _stop(api, installation, record, patience_s)
    except DockerRefused as away:
        sys.stderr.write(f"The EAs' containers may live on. {away}\n")
        return 0
    folder.docker.unlink(missing_ok=True)
    return count


def _on_one_engine(
    api: docker.APIClient, settings: Settings, chosen: DockerSettings, installation: str
) -> Containers:
    from metafleet.hub.fleet.drivers.docker import network

    name = _network(chosen, installation)
    ranges = (chosen.subnet,) if chosen.subnet else network.RANGES
    bridge = Bridge(network.settle(api, name, installation, ranges))
    listens_there = settings.host in EVERY_ADDRESS or settings.host == bridge.address
    return Containers(
        {
            "METAFLEET_INSTALLATION_ID": installation,
            "METAFLEET_DOCKER_NETWORK": name,
            "METAFLEET_DOCKER_SUBNET": str(bridge.interface.network),
            "METAFLEET_RUNNER_GATEWAY_URL": settings.runner_gateway_url
            or f"http://{bridge.address}:{settings.gateway_port}",
            "METAFLEET_RUNNER_BROKER_HOST": settings.runner_broker_host or bridge.address,
        },
        bridge,
        None if listens_there else bridge,
    )


def _network(chosen: DockerSettings, installation: str) -> str:
    return chosen.network or f"metafleet-runners-{installation}"


def _check_image(api: docker.APIClient, name: str) -> None:
    from metafleet.engine.experts.catalogue import EXPERTS, content_hash
    from metafleet.hub.fleet.drivers.docker import image

    image.find(api, name).refuse_other_code(*map(content_hash, EXPERTS.values()))


def _stop(api: docker.APIClient, installation: str, record: dict[str, Any], patience_s: float) -> int:
    from metafleet.hub.fleet.drivers.docker import ends, network

    if record["swarm"]:
        return ends.stop_services(api, installation)
    count = ends.stop_containers(api, installation, patience_s)
    # Its addresses are scarce; the next start makes it anew.
    network.remove(api, record["network"], installation)
    return count


def _connect(engine: str, environ: Mapping[str, str]) -> docker.APIClient:
    # Docker's client is a tenth of a second of imports: only who uses it has them.
    from metafleet.hub.fleet.drivers.docker.engine import connect

    return connect(engine, environ)


def _record(chosen: DockerSettings, environ: Mapping[str, str], network: str) -> dict[str, object]:
    kept = {name: environ[name] for name in OF_THE_CLIENT if environ.get(name)}
    return {"engine": chosen.engine, "environment": kept, "swarm": chosen.is_swarm, "network": network}


@contextmanager
def _refused() -> Iterator[None]:
    from metafleet.hub.fleet.drivers.contract import DriverError

    try:
        yield
    except DriverError as error:
        raise DockerRefused(f"{error} EAs run in containers, as METAFLEET_FLEET_DRIVER is docker.") from error
