"""Channels over the API: secrets go in and never out, a test says what its receiver said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.monitor import sending
from metafleet.hub.monitor.models import Channel
from metafleet.hub.monitor.tests.sink import Sink, listening
from metafleet.hub.vault.models import SealedField
from tests.cast import Person

SECRET = "whsec_" + "A" * 43 + "="


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    with listening() as found:
        monkeypatch.setattr(sending, "outside", found.outside)
        yield found


def call(person: Person, method: str, path: str, body: Any = None) -> Any:
    return person.client.generic(
        method, f"/api/alerts/{path}", json.dumps(body or {}), content_type="application/json"
    )


def add(person: Person, sink: Sink, **form: Any) -> Any:
    settings = {"url": f"{sink.url}/in", "secret": SECRET}
    body = {"kind": "webhook", "name": "Desk", "settings": settings, **form}
    return call(person, "POST", "channels", body)


def test_a_kind_says_what_it_asks_for(alice: Person) -> None:
    kinds = {row["kind"]: row for row in call(alice, "GET", "channel-kinds").json()}
    assert set(kinds) == {"apprise", "discord", "email", "slack", "sns", "telegram", "webhook"}
    assert [(one["name"], one["isSecret"]) for one in kinds["telegram"]["fields"]] == [
        ("token", True),
        ("chat", False),
    ]


def test_a_secret_goes_in_and_never_out(alice: Person, sink: Sink) -> None:
    answer = add(alice, sink)
    assert (answer.status_code, answer.json()["made"]) == (201, {})
    listed = call(alice, "GET", "channels")
    assert SECRET not in answer.content.decode() + listed.content.decode()
    assert listed.json()[0]["settings"] == {"url": f"{sink.url}/in"}
    with tenant_scope(alice.tenant_id):
        assert SECRET not in json.dumps(Channel.objects.get().settings)


def test_a_signing_secret_is_made_and_said_once(alice: Person, sink: Sink) -> None:
    made = add(alice, sink, settings={"url": f"{sink.url}/in"}).json()["made"]
    assert made["secret"].startswith("whsec_")
    assert made["secret"] not in call(alice, "GET", "channels").content.decode()


def test_a_test_says_what_the_receiver_said(alice: Person, sink: Sink) -> None:
    channel = add(alice, sink).json()
    sink.answers += [(410, "nobody here")]
    refused = call(alice, "POST", f"channels/{channel['id']}/test").json()
    assert (refused["state"], refused["error"]) == ("failed", "410 nobody here")
    (row,) = call(alice, "GET", "channels").json()
    assert (row["isEnabled"], row["disabledReason"]) == (False, "410 nobody here")
    arrived = call(alice, "POST", f"channels/{channel['id']}/test").json()
    assert (arrived["state"], arrived["reply"], arrived["purpose"]) == ("sent", "200 ok", "test")
    (row,) = call(alice, "GET", "channels").json()
    assert (row["isEnabled"], row["disabledReason"]) == (True, "")
    log = call(alice, "GET", f"channels/{channel['id']}/deliveries").json()
    assert [one["state"] for one in log] == ["sent", "failed"]


def test_a_change_keeps_a_secret_that_is_left_out(alice: Person, sink: Sink) -> None:
    channel = add(alice, sink).json()
    body = {"name": "Night", "settings": {"url": f"{sink.url}/other"}, "minSeverity": "critical"}
    assert call(alice, "PUT", f"channels/{channel['id']}", body).json()["name"] == "Night"
    assert call(alice, "POST", f"channels/{channel['id']}/test").json()["state"] == "sent"
    assert sink.came[0].path == "/other"


@pytest.mark.parametrize(
    ("form", "pointer"),
    [
        ({"settings": {"url": "http://169.254.169.254/latest/meta-data"}}, "/settings/url"),
        ({"settings": {"url": "nowhere"}}, "/settings/url"),
        ({"settings": {}}, "/settings/url"),
        ({"settings": {"url": "https://example.com/", "colour": "red"}}, "/settings/colour"),
        ({"kind": "pigeon"}, "/kind"),
        ({"timezone": "Mars/Olympus"}, "/timezone"),
        ({"quietFrom": "22:00"}, "/quietTo"),
        ({"quietFrom": "22:00", "quietTo": "07:00Z"}, "/quietTo"),
    ],
)
def test_what_is_wrong_is_named(alice: Person, sink: Sink, form: dict[str, Any], pointer: str) -> None:
    answer = add(alice, sink, **form)
    assert answer.status_code == 400
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
    with tenant_scope(alice.tenant_id):
        assert not Channel.objects.exists()


def test_a_name_is_there_once(alice: Person, sink: Sink) -> None:
    add(alice, sink)
    assert add(alice, sink).status_code == 409


def test_what_is_removed_leaves_no_secret(alice: Person, sink: Sink) -> None:
    channel = add(alice, sink).json()
    call(alice, "POST", f"channels/{channel['id']}/test")
    assert call(alice, "DELETE", f"channels/{channel['id']}").status_code == 204
    with tenant_scope(alice.tenant_id):
        assert not Channel.objects.exists()
        assert not SealedField.objects.filter(data_key__owner_id=channel["id"]).exists()


def test_only_its_owner_changes_a_desks_channels(
    alice: Person, bob: Person, tess: Person, sink: Sink
) -> None:
    channel = add(alice, sink).json()
    for person in (bob, tess):
        assert add(person, sink, name="Mine").status_code == 403
        assert call(person, "POST", f"channels/{channel['id']}/test").status_code == 403
        assert call(person, "DELETE", f"channels/{channel['id']}").status_code == 403
        assert len(call(person, "GET", "channels").json()) == 1
    assert sink.came == []


def test_a_failed_message_is_tried_again(alice: Person, sink: Sink) -> None:
    channel = add(alice, sink).json()
    sink.answers += [(500, "not now")]
    failed = call(alice, "POST", f"channels/{channel['id']}/test").json()
    again = call(alice, "POST", f"deliveries/{failed['id']}/retry").json()
    assert (failed["state"], again["state"], again["attempt"]) == ("failed", "queued", 0)
