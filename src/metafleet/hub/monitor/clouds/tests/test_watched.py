"""Metrics and alarms of EAs in CloudWatch."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import boto3
import pytest

from metafleet.hub.fleet.models import EAInstance, EAPerformance, InstanceState
from metafleet.hub.kernel.amazon import AmazonError
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor.clouds import watched
from metafleet.hub.monitor.clouds.aws.alarms import CloudWatchAlarms
from metafleet.hub.monitor.clouds.aws.metrics import NAMESPACE, CloudWatchMetrics
from metafleet.hub.monitor.clouds.contract import LossAlarm, Reading
from metafleet.hub.vault.tests.amazon import REGION
from tests.cast import NOW, Person, connect, deploy

pytestmark = pytest.mark.django_db(transaction=True)
TOPIC = f"arn:aws:sns:{REGION}:123456789012:losses"


def running(person: Person, login: int, profit: str, at: datetime = NOW) -> UUID:
    """An EA that runs, as it was sampled."""
    instance = deploy(person, connect(person, login=login))
    with tenant_scope(person.tenant_id):
        EAInstance.objects.filter(id=instance.id).update(state=InstanceState.RUNNING)
        for age in (60, 0):
            EAPerformance.objects.create(
                tenant_id=person.tenant_id,
                instance=instance,
                resolution="raw",
                at=at - timedelta(seconds=age),
                profit=Decimal(profit) - age,
                trades=7,
            )
    found: UUID = instance.id
    return found


def sent(name: str, instance_id: UUID) -> Any:
    client = boto3.client("cloudwatch", region_name=REGION)
    found = client.get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName=name,
        Dimensions=[{"Name": "InstanceId", "Value": str(instance_id)}],
        StartTime=NOW - timedelta(hours=1),
        EndTime=NOW + timedelta(hours=1),
        Period=60,
        Statistics=["Minimum", "SampleCount"],
    )["Datapoints"]
    return [(one["Timestamp"].astimezone(UTC), one["Minimum"], one["Unit"]) for one in found]


def test_the_newest_sample_of_each_running_ea_of_every_desk_is_sent(
    amazon: str, alice: Person, charlie: Person, catalogue: None
) -> None:
    first, second = running(alice, 5001, "-12.50"), running(charlie, 5002, "99")
    silent = running(alice, 5003, "5", at=NOW - timedelta(minutes=10))
    assert watched.publish(metrics=CloudWatchMetrics(REGION), now=NOW) == 2
    assert sent("ProfitLoss", first) == [(NOW, -12.5, "None")]
    assert sent("TradeCount", first) == [(NOW, 7.0, "Count")]
    assert sent("ProfitLoss", second) == [(NOW, 99.0, "None")]
    assert sent("ProfitLoss", silent) == []


def test_a_thousand_metrics_are_one_call_well_below_a_megabyte(amazon: str) -> None:
    port = CloudWatchMetrics(REGION)
    bodies: list[int] = []
    port._client.meta.events.register(
        "before-send.cloudwatch.*", lambda request, **_: bodies.append(len(request.body))
    )
    one = Reading(uuid4(), NOW, Decimal("-123456789012345.67890123"), 4_000_000_000)
    assert port.put([replace(one, instance_id=uuid4()) for _ in range(1201)]) == 3
    assert len(bodies) == 3
    assert max(bodies) < 500_000


def alarms() -> dict[str, Any]:
    rows = boto3.client("cloudwatch", region_name=REGION).describe_alarms()["MetricAlarms"]
    return {row["AlarmName"]: row for row in rows}


def test_each_deployed_ea_has_one_alarm_that_goes_with_it(
    amazon: str, alice: Person, catalogue: None
) -> None:
    stays, goes = running(alice, 5001, "0"), running(alice, 5002, "0")
    port = CloudWatchAlarms(REGION, "main")
    boto3.client("cloudwatch", region_name=REGION).put_metric_alarm(
        AlarmName="somebody-elses", MetricName="x", Namespace="y", Period=60, Statistic="Sum", Threshold=1,
        EvaluationPeriods=1, ComparisonOperator="LessThanThreshold",
    )  # fmt: skip

    def keep(loss: str = "1000") -> tuple[int, int]:
        return watched.keep_alarms(alarms=port, loss=Decimal(loss), topic=TOPIC)

    assert keep() == (2, 0)
    row = alarms()[port.name(stays)]
    assert (row["Namespace"], row["MetricName"], row["Threshold"]) == (NAMESPACE, "ProfitLoss", -1000.0)
    assert row["AlarmActions"] == [TOPIC]
    assert keep() == (0, 0)
    assert keep("250.5") == (2, 0)
    assert alarms()[port.name(stays)]["Threshold"] == -250.5
    with tenant_scope(alice.tenant_id):
        EAInstance.objects.filter(id=goes).update(desired_state="stopped")
    assert keep("250.5") == (0, 1)
    assert sorted(alarms()) == sorted([port.name(stays), "somebody-elses"])


def test_an_alarm_that_somebody_has_changed_is_put_right(amazon: str, alice: Person, catalogue: None) -> None:
    running(alice, 5001, "0")
    port = CloudWatchAlarms(REGION, "main")
    watched.keep_alarms(alarms=port, loss=Decimal(1000), topic="")
    (name,) = alarms()
    boto3.client("cloudwatch", region_name=REGION).put_metric_alarm(
        AlarmName=name, MetricName="ProfitLoss", Namespace=NAMESPACE, Period=300, Statistic="Sum",
        Threshold=-1000, EvaluationPeriods=5, ComparisonOperator="LessThanThreshold",
    )  # fmt: skip
    assert watched.keep_alarms(alarms=port, loss=Decimal(1000), topic="") == (1, 0)
    assert alarms()[name]["Period"] == 60


def test_an_amazon_that_does_not_answer_may_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("ENDPOINT_URL", "http://127.0.0.1:9"), ("ACCESS_KEY_ID", "x")):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with pytest.raises(AmazonError, match="AWS cannot be asked") as silent:
        CloudWatchAlarms(REGION, "main").keep(LossAlarm(uuid4(), Decimal(1)))
    assert not silent.value.permanent
