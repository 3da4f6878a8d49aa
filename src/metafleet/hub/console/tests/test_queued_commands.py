"""Commands by Amazon SQS, over HTTP against moto's server."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import boto3
import pytest
import requests

from metafleet.hub.console import queued_commands, tasks
from metafleet.hub.console.queued_commands import Taken
from metafleet.hub.console.tests.test_commands import OPEN, Desk
from metafleet.hub.fleet.commands import EXPIRES_AFTER
from metafleet.hub.fleet.models import Command
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor.clouds.aws.queues import SqsQueue
from metafleet.hub.vault.tests.amazon import REGION, running_amazon
from tests.cast import Person

pytestmark = pytest.mark.django_db(transaction=True)
TRIES = 3


class Wire:
    """A customer's queue, with its dead letters, as the customer sees it."""

    def __init__(self) -> None:
        self.sqs: Any = boto3.client("sqs", region_name=REGION)
        self.dead = self.sqs.create_queue(QueueName="dead")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.dead, AttributeNames=["QueueArn"])
        policy = {"deadLetterTargetArn": arn["Attributes"]["QueueArn"], "maxReceiveCount": TRIES}
        self.url: str = self.sqs.create_queue(
            QueueName="orders", Attributes={"RedrivePolicy": json.dumps(policy)}
        )["QueueUrl"]
        self.queue = SqsQueue(REGION, self.url)

    def send(self, body: Any) -> str:
        text = body if isinstance(body, str) else json.dumps(body)
        return str(self.sqs.send_message(QueueUrl=self.url, MessageBody=text)["MessageId"])

    def left(self, url: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    tasks._queue.cache_clear()
    with running_amazon(monkeypatch) as url:
        requests.post(f"{url}/moto-api/reset", timeout=10)
        yield Wire()


@pytest.fixture
def desk(alice: Person) -> Desk:
    return Desk(alice)


def take(desk: Desk, wire: Wire, later: timedelta = timedelta()) -> Taken:
    return queued_commands.take(
        tenant_id=desk.person.tenant_id, queue=wire.queue, clock=lambda: clock.now() + later
    )


def order(desk: Desk, **form: Any) -> dict[str, Any]:
    return {"accountId": desk.account, "type": "OPEN", "payload": OPEN, **form}


def commands(desk: Desk) -> list[Command]:
    with tenant_scope(desk.person.tenant_id):
        return list(Command.objects.order_by("created_at"))


def test_a_message_becomes_the_command_of_its_id_and_is_gone(desk: Desk, wire: Wire) -> None:
    message_id = wire.send(order(desk))
    before = clock.now()
    assert take(desk, wire) == Taken(done=1)
    (made,) = commands(desk)
    assert (str(made.id), made.type, made.payload, made.requested_by) == (
        message_id,
        "OPEN",
        OPEN,
        "sqs:orders",
    )
    assert made.expires_at is not None
    assert made.expires_at <= before + EXPIRES_AFTER
    assert wire.left(wire.url) == 0


def test_what_died_between_commit_and_delete_comes_again_as_the_same_command(
    desk: Desk, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.send(order(desk))

    def dies(message: Any) -> None:
        wire.sqs.change_message_visibility(
            QueueUrl=wire.url, ReceiptHandle=message.receipt, VisibilityTimeout=0
        )
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(wire.queue, "delete", dies)
        with pytest.raises(KeyboardInterrupt):
            take(desk, wire)
    assert len(commands(desk)) == 1
    assert take(desk, wire) == Taken(done=1)
    assert len(commands(desk)) == 1
    assert wire.left(wire.url) == 0


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: "no json",
        lambda form: form | {"type": "PAUSE"},
        lambda form: form | {"payload": {"symbol": "EURUSD"}},
        lambda form: form | {"accountId": str(uuid4())},
        lambda form: form | {"tenantId": str(uuid4())},
    ],
)
def test_what_is_no_command_goes_to_the_dead_letters(desk: Desk, wire: Wire, spoil: Any) -> None:
    wire.send(spoil(order(desk)))
    assert take(desk, wire) == Taken(refused=TRIES)
    assert commands(desk) == []
    assert (wire.left(wire.url), wire.left(wire.dead)) == (0, 1)


def test_a_strangers_account_is_not_there(desk: Desk, wire: Wire, charlie: Person) -> None:
    wire.send(order(desk))
    found = queued_commands.take(tenant_id=charlie.tenant_id, queue=wire.queue, clock=clock.now)
    assert found == Taken(refused=TRIES)
    assert commands(desk) == []
    assert wire.left(wire.dead) == 1


def test_an_order_waits_for_a_terminal_but_not_until_it_is_stale(desk: Desk, wire: Wire) -> None:
    desk.beat(age_s=3600)
    wire.send(order(desk))
    assert take(desk, wire) == Taken(waiting=1)
    assert (wire.left(wire.url), wire.left(wire.dead)) == (1, 0)
    desk.beat()
    message_id = wire.send(order(desk))
    assert take(desk, wire, later=EXPIRES_AFTER + timedelta(seconds=1)) == Taken(refused=TRIES)
    assert message_id not in {str(made.id) for made in commands(desk)}


def test_the_beat_reads_only_queues_that_set_aside_what_fails(
    desk: Desk, wire: Wire, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    bare = wire.sqs.create_queue(QueueName="bare")["QueueUrl"]
    wire.sqs.send_message(QueueUrl=bare, MessageBody=json.dumps(order(desk)))
    wire.send(order(desk))
    queues = {uuid4(): "http://127.0.0.1:9/none", UUID(int=5): bare, desk.person.tenant_id: wire.url}
    settings.AWS_MONITOR = SimpleNamespace(region=REGION, command_queues=queues)
    with caplog.at_level(logging.WARNING):
        tasks.take_queued_commands()
    assert len(commands(desk)) == 1
    assert wire.left(bare) == 1
    assert "bare has no dead-letter queue" in caplog.text
