"""Amazon EC2 Auto Scaling, by boto3. Credentials and endpoint are boto3's own (AWS_… variables, role).

The group's settings: {"asg": its name, "region": …, "usdPerHour": the price of one of its machines}.
We say how many and which; the Auto Scaling group makes and replaces them. It must have no scaling
policy of its own, and its MinSize and MaxSize bound what we may ask.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from metafleet.hub.fleet.clouds.contract import CloudError, CloudHost
from metafleet.hub.kernel import amazon

_PAGE: Final = 50


def create(group: str, settings: dict[str, Any]) -> AwsCloud:  # noqa: ARG001 - the asg has a name of its own
    return AwsCloud(settings)


class AwsCloud:
    def __init__(self, settings: dict[str, Any]) -> None:
        """Raises CloudError where asg or region is missing, or the price is no number."""
        self.settings = settings
        for name in ("asg", "region"):
            if not settings.get(name):
                raise CloudError(f"The group's settings lack {name!r}; add it.", permanent=True)
        try:
            self._price = Decimal(str(settings.get("usdPerHour", 0)))
        except InvalidOperation as error:
            raise CloudError("usdPerHour is no number", permanent=True) from error
        self._asg = str(settings["asg"])
        self._scaling = amazon.client("autoscaling", settings["region"])
        self._machines = amazon.client("ec2", settings["region"])

    def hosts(self) -> list[CloudHost]:
        members = {one["InstanceId"]: one for one in self._group()["Instances"]}
        details = self._details([*members])
        sizes = self._sizes({one["InstanceType"] for one in details})
        return [
            CloudHost(
                provider_id=one["InstanceId"],
                name=one.get("PrivateDnsName") or one["InstanceId"],
                cpu=sizes[one["InstanceType"]][0],
                memory_mb=sizes[one["InstanceType"]][1],
                usd_per_hour=self._price,
                is_ready=members[one["InstanceId"]]["LifecycleState"] == "InService",
            )
            for one in details
        ]

    def resize(self, count: int) -> None:
        group = self._group()
        if count <= group["DesiredCapacity"]:
            return
        if count > group["MaxSize"]:
            raise CloudError(
                f"{self._asg} may have {group['MaxSize']} machines and {count} are needed. Raise MaxSize.",
                permanent=True,
            )
        with _said():
            self._scaling.set_desired_capacity(
                AutoScalingGroupName=self._asg, DesiredCapacity=count, HonorCooldown=False
            )

    def remove(self, provider_ids: Collection[str]) -> None:
        here = {one["InstanceId"] for one in self._group()["Instances"]}
        for provider_id in sorted(here & set(provider_ids)):
            with _said():
                self._scaling.terminate_instance_in_auto_scaling_group(
                    InstanceId=provider_id, ShouldDecrementDesiredCapacity=True
                )

    def _group(self) -> dict[str, Any]:
        with _said():
            found = self._scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[self._asg])
        groups: list[dict[str, Any]] = found["AutoScalingGroups"]
        if not groups:
            raise CloudError(f"There is no Auto Scaling group {self._asg!r} in the region.", permanent=True)
        return groups[0]

    def _details(self, ids: list[str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for start in range(0, len(ids), _PAGE):
            with _said():
                answer = self._machines.describe_instances(InstanceIds=ids[start : start + _PAGE])
            found += [one for booking in answer["Reservations"] for one in booking["Instances"]]
        return found

    def _sizes(self, types: set[str]) -> dict[str, tuple[float, int]]:
        """Return (cores, MB) by instance type."""
        if not types:
            return {}
        with _said():
            answer = self._machines.describe_instance_types(InstanceTypes=sorted(types))
        return {
            one["InstanceType"]: (float(one["VCpuInfo"]["DefaultVCpus"]), int(one["MemoryInfo"]["SizeInMiB"]))
            for one in answer["InstanceTypes"]
        }


@contextmanager
def _said() -> Iterator[None]:
    """Say an error of AWS in its own words."""
    try:
        with amazon.said():
            yield
    except amazon.AmazonError as error:
        raise CloudError(str(error), permanent=error.permanent) from error
