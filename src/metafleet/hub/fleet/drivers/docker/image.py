"""The runner's image: found by its name, pinned to its content, and known to hold the EAs' code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import docker
from docker.errors import NotFound

from metafleet.hub.fleet.drivers.contract import DriverError

EXPERTS_LABEL = "metafleet.experts"
"""SHA-256 of each EA's source file in the image, with spaces between; build.sh writes them."""


@dataclass(frozen=True, slots=True)
class Image:
    """`id`: the content's digest. `pinned`: its name by the registry's digest, where it came from one.

    A Swarm's machines cannot be told an id: each knows the image by a name of its own.
    `experts`: hashes of the EAs' code as receipts name them; None for an image that does not say.
    """

    name: str
    id: str
    pinned: str
    experts: frozenset[str] | None

    def refuse_other_code(self, *hashes: str) -> None:
        """Raise DriverError, permanent, where the image lacks EA code of one of these hashes; "" is none."""
        if self.experts is not None and not self.experts.issuperset(filter(None, hashes)):
            raise DriverError(
                f"The image {self.name} holds other code of the EAs than this metafleet: "
                "build it anew by infra/docker/runner/build.sh.",
                permanent=True,
            )


def find(api: docker.APIClient, name: str) -> Image:
    """Return the image of this name: what is started then is what was looked at.

    Raises DriverError, permanent, where the engine has none.
    """
    try:
        found: dict[str, Any] = api.inspect_image(name)
    except NotFound:
        raise DriverError(
            f"Docker has no image {name}. Build it by infra/docker/runner/build.sh, or pull it, "
            "or name another one by METAFLEET_DOCKER_IMAGE.",
            permanent=True,
        ) from None
    labels = (found.get("Config") or {}).get("Labels") or {}
    said = labels.get(EXPERTS_LABEL)
    experts = None if said is None else frozenset(f"sha256:{digest}" for digest in said.split())
    return Image(name, str(found["Id"]), _pinned(name, found.get("RepoDigests") or []), experts)


def version(api: docker.APIClient, name: str) -> dict[str, str]:
    """Return which content a start would take, for a person: nothing where there is none."""
    try:
        return {"image": find(api, name).id.removeprefix("sha256:")[:12]}
    except DriverError:
        return {}


def _pinned(name: str, digests: list[str]) -> str:
    repository = name.partition("@")[0].rpartition(":")[0] or name
    return next((digest for digest in digests if digest.partition("@")[0] == repository), name)
