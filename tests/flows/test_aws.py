"""What the monitor keeps in AWS, by the product's own worker: moto's server stands in for Amazon."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.flows.person import Person
from tests.flows.stack import Stack
from tests.waiting import wait_until

pytestmark = pytest.mark.flow
REGION = "eu-central-1"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
A_BEAT_S = 90


class Amazon:
    """Amazon as its customer sees it, over HTTP."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.sqs = self.client("sqs")

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.url,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def queue(self, name: str, **attributes: str) -> tuple[str, str]:
        """Make a queue; return its address and ARN."""
        url = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        found = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return url, found["Attributes"]["QueueArn"]

    def queue_with_dead_letters(self, name: str) -> str:
        _, arn = self.queue(f"{name}-dead")
        policy = {"deadLetterTargetArn": arn, "maxReceiveCount": 3}
        return self.queue(name, RedrivePolicy=json.dumps(policy))[0]

    def send(self, url: str, message: dict[str, Any]) -> None:
        self.sqs.send_message(QueueUrl=url, MessageBody=json.dumps(message))

    def bus(self, name: str) -> str:
        """Make a bus with a queue of this name behind it; return the bus's name."""
        _, arn = self.queue(name)
        events = self.client("events")
        events.create_event_bus(Name="desk")
        events.put_rule(Name="all", EventBusName="desk", EventPattern=json.dumps({"source": ["metafleet"]}))
        events.put_targets(Rule="all", EventBusName="desk", Targets=[{"Id": "1", "Arn": arn}])
        return "desk"

    def heard(self, name: str) -> set[str]:
        """What came to the queue behind the bus since the last time."""
        url = self.sqs.get_queue_url(QueueName=name)["QueueUrl"]
        rows = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        return {json.loads(row["Body"])["detail"]["event"] for row in rows}

    def alarmed(self) -> list[str]:
        """Which EAs have an alarm."""
        rows = self.client("cloudwatch").describe_alarms()["MetricAlarms"]
        return [row["Dimensions"][0]["Value"] for row in rows]

    def metric(self, name: str, instance_id: str) -> list[dict[str, Any]]:
        now = datetime.now(UTC)
        found: list[dict[str, Any]] = self.client("cloudwatch").get_metric_statistics(
            Namespace="TradingPlatform/EA",
            MetricName=name,
            Dimensions=[{"Name": "InstanceId", "Value": instance_id}],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(hours=1),
            Period=60,
            Statistics=["Maximum"],
        )["Datapoints"]
        return found

    def log(self, tenant_id: str, instance_id: str) -> list[str]:
        logs = self.client("logs")
        try:
            found = logs.get_log_events(
                logGroupName=f"/eas/{tenant_id}", logStreamName=instance_id, startFromHead=True
            )
        except logs.exceptions.ResourceNotFoundException:
            return []
        return [one["message"] for one in found["events"]]


@pytest.fixture(scope="module")
def amazon() -> Iterator[Amazon]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield Amazon(f"http://{host}:{port}")
    server.stop()


@pytest.fixture(scope="module")
def stack_settings(amazon: Amazon) -> dict[str, str]:
    return dict(
        METAFLEET_DEMO="false",
        METAFLEET_MARKET_SOURCE="generator",
        METAFLEET_MARKET_SPEED="600",
        METAFLEET_AWS_REGION=REGION,
        METAFLEET_AWS_METRICS="true",
        METAFLEET_AWS_ALARM_LOSS="1000",
        METAFLEET_AWS_LOG_GROUPS="/eas",
        METAFLEET_AWS_EVENT_BUS=amazon.bus("heard"),
        AWS_ENDPOINT_URL=amazon.url,
        **KEYS,
    )


def test_an_ea_is_in_amazon_as_it_is_here_and_takes_orders_from_there(stack: Stack, amazon: Amazon) -> None:
    with Person(stack) as owner:
        owner.sign_up("aws@example.com")
        tenant_id = owner.get("/api/session")["me"]["tenantId"]
        account = owner.connect()
        instance_id = owner.deploy(account, "grid", "GBPUSD")
        owner.wait_for_state(instance_id, "running")

        assert wait_until(lambda: bool(amazon.metric("TradeCount", instance_id)), A_BEAT_S, 1)
        assert amazon.metric("ProfitLoss", instance_id)
        assert wait_until(lambda: amazon.alarmed() == [instance_id], A_BEAT_S, 1)
        assert wait_until(lambda: bool(amazon.log(tenant_id, instance_id)), A_BEAT_S, 1)
        told: set[str] = set()

        def is_told() -> bool:
            told.update(amazon.heard("heard"))
            return {"deployed", "confirmed"} <= told

        assert wait_until(is_told, A_BEAT_S, 0.5), told
        # A queue is its desk's, whose id is known only now.
        orders = amazon.queue_with_dead_letters("orders")
        stack.environment["METAFLEET_AWS_COMMAND_QUEUES"] = f"{tenant_id}={orders}"
        stack.stop()
        stack.start()
    with Person(stack) as owner:
        owner.sign_in("aws@example.com")
        owner.wait_for_state(instance_id, "running")
        amazon.send(orders, {"accountId": account["id"], "type": "PING"})

        def is_done() -> bool:
            found = owner.get("/api/commands", type="PING")["items"]
            return [(one["state"], one["requestedBy"]) for one in found] == [("done", "sqs:orders")]

        assert wait_until(is_done, A_BEAT_S, 0.5)
        owner.post(f"/api/instances/{instance_id}/stop", {"closePositions": True})
        owner.wait_for_state(instance_id, "stopped")
        assert wait_until(lambda: amazon.alarmed() == [], A_BEAT_S, 1)
