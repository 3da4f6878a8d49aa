"""The weekly report over the API: on and off, looked at, sent now."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.console.tests.forms import post, send
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import Person, connect

WEBHOOK = {"kind": "webhook", "name": "Hook", "settings": {"url": "https://example.com/in"}}


@pytest.fixture
def channel(alice: Person) -> str:
    form = {"kind": "email", "name": "Owner", "settings": {"to": alice.email}, "timezone": "Europe/Berlin"}
    return f"/api/alerts/channels/{post(alice.client, '/api/alerts/channels', form).json()['id']}"


def put(person: Person, channel: str, form: dict[str, Any]) -> Any:
    return send(person.client, "PUT", f"{channel}/weekly-report", form)


def test_it_is_off_until_its_owner_switches_it_on(alice: Person, bob: Person, channel: str) -> None:
    off = {"isOn": False, "hour": 8, "timezone": "Europe/Berlin", "nextAt": None}
    assert alice.client.get(f"{channel}/weekly-report").json() == off
    form = {"isOn": True, "hour": 6, "timezone": "Europe/Athens"}
    assert put(bob, channel, form).status_code == 403
    kept = put(alice, channel, form).json()
    assert (kept["isOn"], kept["hour"]) == (True, 6)
    assert kept["nextAt"].startswith("20")
    assert bob.client.get(f"{channel}/weekly-report").json() == kept
    assert put(alice, channel, {"isOn": False}).json()["nextAt"] is None
    with tenant_scope(alice.tenant_id):
        done = AuditEntry.objects.filter(action__startswith="report.").order_by("at")
        assert [one.action for one in done] == ["report.weekly_on", "report.weekly_off"]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"isOn": True, "hour": 24}, "hour"),
        ({"isOn": True, "timezone": "Mars/Base"}, "There is no time zone Mars/Base"),
    ],
)
def test_what_cannot_be_is_refused(alice: Person, channel: str, form: dict[str, Any], said: str) -> None:
    answer = put(alice, channel, form)
    assert answer.status_code == 400
    assert said in answer.content.decode()


def test_a_webhook_brings_no_report(alice: Person) -> None:
    hook = post(alice.client, "/api/alerts/channels", WEBHOOK).json()["id"]
    answer = put(alice, f"/api/alerts/channels/{hook}", {"isOn": True})
    assert (answer.status_code, "is a mail" in answer.json()["detail"]) == (409, True)


def test_it_is_sent_now_and_said_what_the_server_answered(alice: Person, channel: str, settings: Any) -> None:
    connect(alice)
    settings.SENDS_MAIL = True
    answer = post(alice.client, f"{channel}/weekly-report/send", {}).json()
    assert (answer["purpose"], answer["state"]) == ("report", "sent")
    (sent,) = mail.outbox
    assert isinstance(sent, mail.EmailMultiAlternatives)
    assert sent.alternatives
    assert "(so far)" in sent.body


def test_it_is_seen_as_a_page_that_may_do_nothing(bob: Person, alice: Person) -> None:
    connect(alice, label="Main account")
    page = bob.client.get("/api/alerts/weekly-report", {"timezone": "Europe/Berlin"})
    assert page["Content-Type"].startswith("text/html")
    assert page["Content-Security-Policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert "sandbox" in page["Content-Security-Policy"]
    assert "Main account" in page.content.decode()
    assert bob.client.get("/api/alerts/weekly-report", {"timezone": "x"}).status_code == 400


def test_a_strangers_channel_is_not_there(charlie: Person, channel: str) -> None:
    assert charlie.client.get(f"{channel}/weekly-report").status_code == 404
    assert put(charlie, channel, {"isOn": True}).status_code == 404
    assert post(charlie.client, f"{channel}/weekly-report/send", {}).status_code == 404
