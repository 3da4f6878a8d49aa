"""Incidents and deployments on a bus of EventBridge; a queue that listens to the bus shows what arrived."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import boto3
import pytest

from metafleet.hub.fleet.models import Receipt, Run
from metafleet.hub.kernel.tenancy import operator_scope, tenant_scope
from metafleet.hub.monitor.clouds import outbox
from metafleet.hub.monitor.clouds.aws.events import MOST_BYTES, EventBridge
from metafleet.hub.monitor.clouds.contract import Event
from metafleet.hub.monitor.models import CloudEvent
from metafleet.hub.monitor.tests.incidents import announce
from metafleet.hub.vault.tests.amazon import REGION
from tests.cast import NOW, Person, connect, deploy

pytestmark = pytest.mark.django_db(transaction=True)
BEAT = timedelta(seconds=5)


class Bus:
    """A bus with a queue behind it, and how it is told."""

    def __init__(self) -> None:
        events, self.sqs = (boto3.client(name, region_name=REGION) for name in ("events", "sqs"))
        events.create_event_bus(Name="desk")
        self.url = self.sqs.create_queue(QueueName="heard")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        pattern = json.dumps({"source": ["metafleet"]})
        events.put_rule(Name="all", EventBusName="desk", EventPattern=pattern)
        target = {"Id": "1", "Arn": arn["Attributes"]["QueueArn"]}
        events.put_targets(Rule="all", EventBusName="desk", Targets=[target])
        self.port = EventBridge(REGION, "desk")

    def heard(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while rows := self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages"):
            found += [json.loads(row["Body"]) for row in rows]
        return found


@pytest.fixture
def bus(amazon: str) -> Bus:
    outbox.collect(now=NOW - timedelta(hours=1))
    return Bus()


def rows() -> list[CloudEvent]:
    with operator_scope():
        return list(CloudEvent.objects.order_by("created_at"))


def test_incidents_and_deployments_of_every_desk_are_told_once(
    bus: Bus, alice: Person, charlie: Person, catalogue: None
) -> None:
    instance = deploy(alice, connect(alice))
    opened, strangers = announce(alice, severity="critical"), announce(charlie)
    with tenant_scope(alice.tenant_id):
        run = Run.objects.create(
            tenant_id=alice.tenant_id, instance=instance, generation=1, state="running", intent="run"
        )
        receipt = Receipt.objects.create(tenant_id=alice.tenant_id, run=run, document={})
        Receipt.objects.filter(id=receipt.id).update(created_at=NOW)
    assert outbox.collect(now=NOW) == 4
    assert outbox.collect(now=NOW + BEAT) == 0
    assert outbox.send(events=bus.port, now=NOW + BEAT) == (4, 0)
    assert outbox.send(events=bus.port, now=NOW + 2 * BEAT) == (0, 0)
    heard = {one["detail"]["id"]: one for one in bus.heard()}
    assert len(heard) == 4
    incident = heard[str(opened.id)]
    assert (incident["source"], incident["detail-type"]) == ("metafleet", "Incident")
    assert (incident["detail"]["event"], incident["detail"]["severity"]) == ("opened", "critical")
    assert heard[str(strangers.id)]["detail"]["tenantId"] == str(charlie.tenant_id)
    confirmed = heard[str(receipt.id)]["detail"]
    assert (confirmed["event"], confirmed["instanceId"]) == ("confirmed", str(instance.id))
    deployed = {one["detail"]["event"] for one in heard.values() if one["detail-type"] == "Deployment"}
    assert deployed == {"confirmed", "deployed"}


def test_what_happened_while_nobody_collected_is_told_later(bus: Bus, alice: Person) -> None:
    announce(alice, now=NOW - timedelta(minutes=50))
    announce(alice, now=NOW - timedelta(days=8))
    assert outbox.collect(now=NOW + timedelta(days=1)) == 1
    assert outbox.send(events=bus.port, now=NOW + timedelta(days=1)) == (1, 0)


def test_what_was_committed_late_is_not_missed(bus: Bus, alice: Person) -> None:
    outbox.collect(now=NOW)
    announce(alice, now=NOW - timedelta(minutes=2))
    assert outbox.collect(now=NOW + BEAT) == 1


def test_entries_that_are_refused_are_tried_again_alone(bus: Bus, alice: Person) -> None:
    good, bad = announce(alice), announce(alice)
    outbox.collect(now=NOW)

    def refuse(http_response: Any, parsed: dict[str, Any], **_: Any) -> None:
        """What EventBridge says when it took one of two."""
        parsed["FailedEntryCount"] = 1
        parsed["Entries"][1] = {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}

    handlers = bus.port._client.meta.events
    handlers.register("after-call.events.PutEvents", refuse)
    assert outbox.send(events=bus.port, now=NOW) == (1, 1)
    handlers.unregister("after-call.events.PutEvents", refuse)
    waits = {row.source_id: (row.due_at, row.error) for row in rows()}
    first, second = sorted((good.id, bad.id), key=lambda one: waits[one][0] is not None)
    assert waits[first] == (None, "")
    assert waits[second] == (NOW + outbox.BACK_OFF[0], "ThrottlingException: slow down")
    assert outbox.send(events=bus.port, now=NOW + timedelta(seconds=4)) == (0, 0)
    bus.heard()
    assert outbox.send(events=bus.port, now=NOW + outbox.BACK_OFF[0]) == (1, 0)
    assert [one["detail"]["id"] for one in bus.heard()] == [str(second)]


def test_a_worker_that_dies_after_the_call_tells_it_again_under_the_same_id(
    bus: Bus, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = announce(alice)
    outbox.collect(now=NOW)

    def dies(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(outbox, "_note", dies)
        with pytest.raises(KeyboardInterrupt):
            outbox.send(events=bus.port, now=NOW)
    assert outbox.send(events=bus.port, now=NOW + outbox.LEASE - BEAT) == (0, 0)
    assert outbox.send(events=bus.port, now=NOW + outbox.LEASE) == (1, 0)
    assert [one["detail"]["id"] for one in bus.heard()] == [str(event.id)] * 2


def test_an_amazon_that_does_not_answer_is_asked_again_and_given_up_at_last(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("ENDPOINT_URL", "http://127.0.0.1:9"), ("ACCESS_KEY_ID", "x")):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    port, now = EventBridge(REGION, "desk"), NOW
    announce(alice)
    outbox.collect(now=now)
    for wait in (*outbox.BACK_OFF, timedelta()):
        assert outbox.send(events=port, now=now) == (0, 1)
        now += wait
    (row,) = rows()
    assert (row.due_at, row.sent_at, row.attempt) == (None, None, len(outbox.BACK_OFF) + 1)
    assert row.error.startswith("AWS cannot be asked")


def test_what_was_told_is_forgotten_after_its_time(bus: Bus, alice: Person) -> None:
    announce(alice)
    outbox.collect(now=NOW)
    outbox.send(events=bus.port, now=NOW)
    with tenant_scope(alice.tenant_id):
        CloudEvent.objects.update(created_at=NOW)
    later = NOW + outbox.KEPT + 2 * outbox.OVERLAP
    outbox.collect(now=later - BEAT)
    announce(alice, now=later)
    assert outbox.collect(now=later) == 1
    assert len(rows()) == 1


def test_a_call_has_ten_entries_and_not_too_many_bytes(bus: Bus) -> None:
    sizes: list[int] = []
    bus.port._client.meta.events.register(
        "provide-client-params.events.PutEvents", lambda params, **_: sizes.append(len(params["Entries"]))
    )

    def events(count: int, text: str) -> list[Event]:
        return [Event(UUID(int=number), "Incident", NOW, {"text": text}) for number in range(count)]

    assert bus.port.put(events(23, "short")) == {}
    assert sizes == [10, 10, 3]
    sizes.clear()
    bus.port.put(events(3, "x" * (MOST_BYTES // 2)))
    assert sizes == [1, 1, 1]
