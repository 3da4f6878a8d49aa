"""The machines of the cluster: ECS's container instances, and the EC2 machines that they are.

Named as Auto Scaling's are (`clouds.aws`), so that a machine is one host, whoever tells of it. What is
said to be used of one is what ECS has promised to tasks: it does not measure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from metafleet.hub.fleet.drivers.contract import DriverError, Machine
from metafleet.hub.fleet.drivers.ecs.definition import CPU_UNITS

_PAGE: Final = 100
"""Of ListContainerInstances and DescribeContainerInstances. Source: Amazon ECS API reference."""


class Machines:
    def __init__(self, ecs: Any, ec2: Any, cluster: str) -> None:
        self._ecs = ecs
        self._ec2 = ec2
        self._cluster = cluster
        # Which EC2 machine a container instance is, and what it is called, never changes.
        self._names: dict[str, str] = {}

    def all(self) -> list[Machine]:
        """Return every machine of the cluster, those too that ECS does not hear."""
        found = list(self._found())
        names = self._names_of([each["ec2InstanceId"] for each in found])
        return [_machine(each, names) for each in found]

    def id_of(self, name: str) -> str:
        """Return the EC2 id of the machine with this name; "" where the cluster has none."""
        return next((machine.provider_id for machine in self.all() if machine.name == name), "")

    def name_of(self, arn: str) -> str:
        """Return the name of the machine that this container instance is; "" for one that has left."""
        if arn not in self._names:
            told = self._ecs.describe_container_instances(cluster=self._cluster, containerInstances=[arn])
            ids = [each["ec2InstanceId"] for each in told["containerInstances"]]
            if not ids:
                return ""
            self._names[arn] = self._names_of(ids)[ids[0]]
        return self._names[arn]

    def set_open(self, provider_id: str, *, is_open: bool) -> None:
        """Let ECS place tasks on the machine with this EC2 id, or not; what runs there is left alone.

        Only a service's tasks are moved by ECS itself, and ours are none. Raises DriverError.
        Source: Amazon ECS developer guide, "Draining Amazon ECS container instances".
        """
        arns = [
            each["containerInstanceArn"] for each in self._found() if each["ec2InstanceId"] == provider_id
        ]
        if not arns:
            raise DriverError(f"The cluster has no machine {provider_id}.", permanent=True)
        answer = self._ecs.update_container_instances_state(
            cluster=self._cluster, containerInstances=arns, status="ACTIVE" if is_open else "DRAINING"
        )
        if failures := answer.get("failures"):
            reasons = ", ".join(failure.get("reason", "?") for failure in failures)
            raise DriverError(f"ECS did not change {provider_id}: {reasons}.", permanent=False)

    def _found(self) -> Iterator[dict[str, Any]]:
        pages = self._ecs.get_paginator("list_container_instances").paginate(
            cluster=self._cluster, PaginationConfig={"PageSize": _PAGE}
        )
        for page in pages:
            arns = page["containerInstanceArns"]
            if arns:
                yield from self._ecs.describe_container_instances(
                    cluster=self._cluster, containerInstances=arns
                )["containerInstances"]

    def _names_of(self, ids: Iterable[str]) -> dict[str, str]:
        wanted = list(ids)
        if not wanted:
            return {}
        # A filter, unlike a list of ids, is not refused for one machine that is gone.
        pages = self._ec2.get_paginator("describe_instances").paginate(
            Filters=[{"Name": "instance-id", "Values": wanted}]
        )
        called = {
            one["InstanceId"]: one.get("PrivateDnsName") or one["InstanceId"]
            for page in pages
            for booking in page["Reservations"]
            for one in booking["Instances"]
        }
        return {each: called.get(each, each) for each in wanted}


def _machine(found: dict[str, Any], names: dict[str, str]) -> Machine:
    has, left = _amounts(found["registeredResources"]), _amounts(found["remainingResources"])
    about = found.get("versionInfo", {})
    versions = {
        "agent": about.get("agentVersion", ""),
        "engine": about.get("dockerVersion", "").removeprefix("DockerVersion: "),
    }
    return Machine(
        name=names[found["ec2InstanceId"]],
        provider_id=found["ec2InstanceId"],
        cpu=has["CPU"] / CPU_UNITS,
        memory_mb=has["MEMORY"],
        cpu_percent=round(100 * (has["CPU"] - left["CPU"]) / has["CPU"], 1),
        memory_used_mb=float(has["MEMORY"] - left["MEMORY"]),
        versions={name: said for name, said in versions.items() if said},
        is_up=bool(found["agentConnected"]),
        is_open=found["status"] == "ACTIVE",
    )


def _amounts(resources: Iterable[dict[str, Any]]) -> dict[str, int]:
    return {each["name"]: int(each["integerValue"]) for each in resources if each["type"] == "INTEGER"}
