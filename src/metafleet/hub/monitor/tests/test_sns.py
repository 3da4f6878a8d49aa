"""Amazon SNS, over HTTP against moto's server; a queue that listens to the topic shows what arrived."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import boto3
import pytest
from moto.server import ThreadedMotoServer

from metafleet.hub.monitor.channels import kinds
from metafleet.hub.monitor.channels.contract import ChannelError, Letter
from metafleet.hub.monitor.channels.sns import ORIGIN
from metafleet.hub.monitor.outgoing import Outside
from metafleet.hub.monitor.tests.test_channels import DELIVERY, MESSAGE
from tests.cast import NOW

REGION = "eu-central-1"
KEYS = {
    "key_id": "AKIAIOSFODNN7EXAMPLE",
    "key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
}  # pragma: allowlist secret


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def client(service: str, server: str) -> Any:
    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=server,
        aws_access_key_id=KEYS["key_id"],
        aws_secret_access_key=KEYS["key"],
    )


def send(topic: str, where: str) -> str:
    kind = kinds()["sns"]
    letter = Letter(UUID(int=1), DELIVERY, {**MESSAGE, "title": "Täglicher\nVerlust"}, NOW)
    return kind.send(
        letter, kind.settings.model_validate({"topic": topic, **KEYS}), Outside(stand_ins={ORIGIN: where})
    )


@pytest.mark.parametrize(("name", "arrived"), [("alerts", 2), ("alerts.fifo", 1)])
def test_a_message_arrives_and_a_fifo_topic_drops_its_repeat(server: str, name: str, arrived: int) -> None:
    is_fifo = {"FifoTopic": "true"} if name.endswith(".fifo") else {}
    topic = client("sns", server).create_topic(Name=name, Attributes=is_fifo)["TopicArn"]
    sqs = client("sqs", server)
    queue = sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true"} if is_fifo else {})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    client("sns", server).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    assert send(topic, server).startswith("taken by SNS as ")
    send(topic, server)
    came = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    bodies = [json.loads(one["Body"]) for one in came]
    assert len(bodies) == arrived
    assert bodies[0]["Subject"] == "CRITICAL: T?glicher Verlust"
    assert bodies[0]["Message"].endswith("92 % of the limit is used.\nDemo\n2026-03-02T12:00:00+00:00")
    assert bodies[0]["MessageAttributes"]["deliveryId"]["Value"] == str(DELIVERY)


def test_a_topic_that_is_not_there_is_for_good(server: str) -> None:
    with pytest.raises(ChannelError, match="NotFound") as refused:
        send(f"arn:aws:sns:{REGION}:123456789012:nothing", server)
    assert refused.value.permanent


def test_an_amazon_that_does_not_answer_may_pass() -> None:
    with pytest.raises(ChannelError) as refused:
        send(f"arn:aws:sns:{REGION}:123456789012:alerts", "http://127.0.0.1:9")
    assert not refused.value.permanent


@pytest.mark.parametrize(
    "topic", ["arn:aws:sns:evil.example/:123456789012:a", "arn:aws:sqs:eu-central-1:123456789012:a"]
)
def test_only_a_topics_arn_is_taken(topic: str) -> None:
    with pytest.raises(ValueError, match="topic"):
        kinds()["sns"].settings.model_validate({"topic": topic, **KEYS})
