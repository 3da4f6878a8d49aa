"""Every kind of channel brings a message to its receiver, and says what came of it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.core import mail

from metafleet.hub.monitor.channels import kinds
from metafleet.hub.monitor.channels.contract import ChannelError, Letter
from metafleet.hub.monitor.tests.sink import Sink
from tests.cast import NOW, Person

DELIVERY = UUID("6f1b6a3e-0c6b-4f0e-9a55-6a5d0d6c7f10")
MESSAGE = {
    "event": "opened",
    "severity": "critical",
    "title": "Daily loss <@here>",
    "text": "92 % of the limit is used.",
    "subject": "Demo",
    "at": "2026-03-02T12:00:00+00:00",
}
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


@dataclass(frozen=True)
class Case:
    settings: dict[str, str]
    path: str
    origin: str = ""
    gone: int = 404


CASES = {
    "slack": Case(
        {"url": "https://hooks.slack.com/services/T0/B0/xyz"},
        "/services/T0/B0/xyz",
        "https://hooks.slack.com",
    ),
    "discord": Case(
        {"url": "https://discord.com/api/webhooks/1/abc"}, "/api/webhooks/1/abc", "https://discord.com"
    ),
    "telegram": Case(
        {"token": "123:ABC", "chat": "-100"}, "/bot123:ABC/sendMessage", "https://api.telegram.org", gone=401
    ),
    "webhook": Case(
        {"url": "https://example.com/in", "secret": SECRET}, "/in", "https://example.com", gone=410
    ),
}


def send(kind: str, sink: Sink) -> str:
    case = CASES[kind]
    settings = kinds()[kind].settings(**case.settings)
    letter = Letter(UUID(int=1), DELIVERY, MESSAGE, NOW)
    return kinds()[kind].send(letter, settings, sink.outside(case.origin))


def test_every_kind_is_tried_here() -> None:
    assert set(kinds()) == {*CASES, "apprise", "email", "sns"}


@pytest.mark.parametrize("kind", CASES)
def test_a_message_arrives_and_the_reply_is_said(kind: str, sink: Sink) -> None:
    assert send(kind, sink) == "200 ok"
    assert [one.path for one in sink.came] == [CASES[kind].path]
    assert "Daily loss" in sink.came[0].raw.decode()


@pytest.mark.parametrize("kind", CASES)
def test_what_may_pass_is_told_from_what_will_not(kind: str, sink: Sink) -> None:
    sink.answers += [(503, "busy\x00now"), (CASES[kind].gone, "no such hook")]
    with pytest.raises(ChannelError, match="503 busy now") as passing:
        send(kind, sink)
    with pytest.raises(ChannelError, match="no such hook") as lasting:
        send(kind, sink)
    assert (passing.value.permanent, lasting.value.permanent) == (False, True)


def test_a_webhook_is_signed_as_its_standard_says(sink: Sink) -> None:
    send("webhook", sink)
    came = sink.came[0]
    signed = f"{came.headers['webhook-id']}.{came.headers['webhook-timestamp']}.".encode() + came.raw
    expected = base64.b64encode(hmac.new(bytes(range(32)), signed, hashlib.sha256).digest()).decode()
    assert came.headers["webhook-signature"] == f"v1,{expected}"
    assert (came.headers["webhook-id"], came.body["type"]) == (str(DELIVERY), "incident.opened")
    assert came.body["data"] == MESSAGE


def test_nobody_is_called_out_by_a_title(sink: Sink) -> None:
    send("slack", sink)
    send("discord", sink)
    assert "<@here>" not in sink.came[0].body["text"]
    assert sink.came[1].body["allowed_mentions"] == {"parse": []}


def mail_to(address: str, person: Person, sink: Sink) -> Any:
    kind = kinds()["email"]
    letter = Letter(person.tenant_id, DELIVERY, MESSAGE, NOW)
    return kind.send(letter, kind.settings.model_validate({"to": address}), sink.outside())


def test_a_mail_goes_to_a_member_under_the_deliverys_id(
    alice: Person, bob: Person, sink: Sink, settings: Any
) -> None:
    settings.SENDS_MAIL = True
    mail_to(bob.email, alice, sink)
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == ([bob.email], "CRITICAL: Daily loss <@here>")
    assert sent.message()["Message-ID"] == f"<{DELIVERY}@metafleet>"


def test_without_a_mail_server_no_mail_is_said_to_have_gone(alice: Person, sink: Sink) -> None:
    with pytest.raises(ChannelError, match="sends no mail") as refused:
        mail_to(alice.email, alice, sink)
    assert not refused.value.permanent
    assert mail.outbox == []


def test_no_mail_goes_to_a_stranger(alice: Person, charlie: Person, sink: Sink) -> None:
    with pytest.raises(ChannelError) as refused:
        mail_to(charlie.email, alice, sink)
    assert refused.value.permanent
    assert mail.outbox == []
