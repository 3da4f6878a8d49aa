"""The machines of a Swarm: what its managers know of them, under names that tell them apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

import docker

from metafleet.hub.fleet.drivers.contract import Machine

_CONSTRAINT: Final = re.compile(r"\s*([A-Za-z0-9._-]+)\s*(==|!=)\s*(.*?)\s*")
_NANO: Final = 1_000_000_000


class Nodes:
    """One look at all of them."""

    def __init__(self, found: Iterable[dict[str, Any]]) -> None:
        self._by_id = {str(node["ID"]): node for node in found}
        self._same = Counter(_hostname(node) for node in self._by_id.values())

    def name_of(self, node_id: str) -> str:
        """Its host name, with its id where another has the same; "" for one that is not there."""
        node = self._by_id.get(node_id)
        if node is None:
            return ""
        name = _hostname(node)
        return name if self._same[name] == 1 else f"{name}-{node_id[:8]}"

    def is_lost(self, node_id: str) -> bool:
        """Whether the Swarm has given the machine up, or knows none of this id."""
        node = self._by_id.get(node_id)
        return node is None or node["Status"]["State"] == "down"

    def machines(self, constraints: Iterable[str]) -> list[Machine]:
        """Return those on which a task under these constraints may be placed."""
        constraints = list(constraints)
        return [
            self._machine(node_id, node)
            for node_id, node in self._by_id.items()
            if all(_fits(node, constraint) for constraint in constraints)
        ]

    def _machine(self, node_id: str, node: Mapping[str, Any]) -> Machine:
        said = node["Description"]
        resources, platform = said.get("Resources") or {}, said.get("Platform") or {}
        versions = {
            "engine": (said.get("Engine") or {}).get("EngineVersion", ""),
            "system": f"{platform.get('OS', '')} {platform.get('Architecture', '')}".strip(),
            "role": node["Spec"].get("Role", ""),
        }
        return Machine(
            name=self.name_of(node_id),
            cpu=int(resources.get("NanoCPUs", 0)) / _NANO,
            memory_mb=int(resources.get("MemoryBytes", 0)) // 1_000_000,
            versions={part: version for part, version in versions.items() if version},
            provider_id=node_id,
            is_up=node["Status"]["State"] == "ready",
            is_open=node["Spec"].get("Availability") == "active",
        )


def look(api: docker.APIClient) -> Nodes:
    return Nodes(api.nodes())


def _hostname(node: Mapping[str, Any]) -> str:
    return str(node["Description"]["Hostname"])


def _fits(node: Mapping[str, Any], constraint: str) -> bool:
    """Whether a task under the constraint may be there; one that we do not read is left to the Swarm."""
    read = _CONSTRAINT.fullmatch(constraint)
    found = _value(node, read[1]) if read else None
    if read is None or found is None:
        return True
    return (found == read[3]) is (read[2] == "==")


def _value(node: Mapping[str, Any], key: str) -> str | None:
    """What a node has for the key of a constraint; None for a key that is not ours to read.

    Source: https://docs.docker.com/engine/swarm/services/#placement-constraints
    """
    if key.startswith("node.labels."):
        labels: Mapping[str, str] = node["Spec"].get("Labels") or {}
        return labels.get(key.removeprefix("node.labels."), "")
    known = {
        "node.id": node["ID"],
        "node.hostname": _hostname(node),
        "node.role": node["Spec"].get("Role", ""),
    }
    return known.get(key)
