"""What is read of a Swarm's machines, as its managers list them (Engine API 1.41, NodeList)."""

from __future__ import annotations

from typing import Any

import pytest

from metafleet.hub.fleet.drivers.docker.nodes import Nodes


def node(node_id: str, hostname: str, **different: Any) -> dict[str, Any]:
    return {
        "ID": node_id,
        "Spec": {"Role": "worker", "Availability": "active", "Labels": {"zone": "a"}}
        | different.get("spec", {}),
        "Description": {
            "Hostname": hostname,
            "Platform": {"Architecture": "x86_64", "OS": "linux"},
            "Resources": {"NanoCPUs": 4_000_000_000, "MemoryBytes": 8_000_000_000},
            "Engine": {"EngineVersion": "20.10.24"},
        },
        "Status": {"State": different.get("state", "ready")},
    }


def test_a_machine_says_what_it_has_and_how_it_is() -> None:
    nodes = Nodes([node("n1", "one"), node("n2", "two", state="down", spec={"Availability": "drain"})])
    first, second = nodes.machines(())
    assert (first.name, first.cpu, first.memory_mb, first.provider_id) == ("one", 4.0, 8000, "n1")
    assert first.versions == {"engine": "20.10.24", "system": "linux x86_64", "role": "worker"}
    assert (first.is_up, first.is_open) == (True, True)
    assert (second.is_up, second.is_open) == (False, False)


def test_machines_of_one_name_are_told_apart() -> None:
    nodes = Nodes([node("n1aaaaaaaaaa", "same"), node("n2bbbbbbbbbb", "same"), node("n3", "other")])
    assert [each.name for each in nodes.machines(())] == ["same-n1aaaaaa", "same-n2bbbbbb", "other"]
    assert nodes.name_of("n2bbbbbbbbbb") == "same-n2bbbbbb"


def test_a_machine_that_was_removed_has_no_name_and_is_lost() -> None:
    nodes = Nodes([node("n1", "one")])
    assert (nodes.name_of("gone"), nodes.is_lost("gone"), nodes.is_lost("n1")) == ("", True, False)


@pytest.mark.parametrize(
    ("constraint", "fitting"),
    [
        ("node.role==worker", ["one"]),
        ("node.role != worker", ["boss"]),
        ("node.hostname==boss", ["boss"]),
        ("node.id!=n1", ["boss"]),
        ("node.labels.zone==a", ["one"]),
        ("node.labels.zone!=a", ["boss"]),
        ("node.labels.disk==ssd", []),
        ("engine.labels.os==x", ["one", "boss"]),  # not ours to read: the Swarm looks
    ],
)
def test_only_machines_that_the_constraints_allow_are_hosts(constraint: str, fitting: list[str]) -> None:
    boss = node("n2", "boss", spec={"Role": "manager", "Labels": {}})
    assert [each.name for each in Nodes([node("n1", "one"), boss]).machines([constraint])] == fitting
