"""Alarms of EAs in Amazon CloudWatch.

Needs cloudwatch:DescribeAlarms, cloudwatch:PutMetricAlarm, cloudwatch:DeleteAlarms.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from metafleet.hub.kernel import amazon
from metafleet.hub.monitor.clouds.aws.metrics import NAMESPACE, PROFIT
from metafleet.hub.monitor.clouds.contract import LossAlarm

PAGE: Final = 100
"""Alarms of one call that describes or deletes. Source: Amazon CloudWatch API reference."""
_RULE: Final[Mapping[str, Any]] = {
    "Namespace": NAMESPACE,
    "MetricName": PROFIT,
    "Statistic": "Minimum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "ComparisonOperator": "LessThanThreshold",
    # An EA that is stopped loses no more.
    "TreatMissingData": "notBreaching",
    "ActionsEnabled": True,
}


class CloudWatchAlarms:
    def __init__(self, region: str, installation: str) -> None:
        """installation: whose alarms these are, where several share an account and region."""
        self._client = amazon.client("cloudwatch", region)
        self._prefix = f"metafleet-{installation}-ea-loss-"

    def name(self, instance_id: UUID) -> str:
        return f"{self._prefix}{instance_id}"

    def kept(self) -> dict[str, LossAlarm | None]:
        pages = self._client.get_paginator("describe_alarms").paginate(
            AlarmNamePrefix=self._prefix, PaginationConfig={"PageSize": PAGE}
        )
        with amazon.said():
            return {row["AlarmName"]: self._read(row) for page in pages for row in page["MetricAlarms"]}

    def keep(self, alarm: LossAlarm) -> None:
        with amazon.said():
            self._client.put_metric_alarm(
                **self._written(alarm),
                AlarmDescription=f"EA {alarm.instance_id} has lost more than {alarm.loss}.",
            )

    def remove(self, names: Collection[str]) -> None:
        rows = sorted(names)
        for start in range(0, len(rows), PAGE):
            with amazon.said():
                self._client.delete_alarms(AlarmNames=rows[start : start + PAGE])

    def _written(self, alarm: LossAlarm) -> dict[str, Any]:
        topics = [alarm.topic] if alarm.topic else []
        return {
            **_RULE,
            "AlarmName": self.name(alarm.instance_id),
            "Dimensions": [{"Name": "InstanceId", "Value": str(alarm.instance_id)}],
            "Threshold": -float(alarm.loss),
            "AlarmActions": topics,
            "OKActions": topics,
        }

    def _read(self, row: Mapping[str, Any]) -> LossAlarm | None:
        """Return what it is, where it is exactly what `keep` would make."""
        try:
            instance_id = UUID(row["AlarmName"].removeprefix(self._prefix))
        except ValueError:
            return None
        loss = Decimal(str(-row.get("Threshold", 0)))
        alarm = LossAlarm(instance_id, loss, "".join(row.get("AlarmActions", [])[:1]))
        written = self._written(alarm)
        return alarm if all(row.get(name) == value for name, value in written.items()) else None
