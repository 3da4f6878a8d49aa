"""A channel by Apprise, as its form, its test button and its log have it."""

from __future__ import annotations

from typing import Any

import pytest

from metafleet.hub.console.tests.forms import post
from metafleet.hub.monitor.tests.sink import listening
from tests.cast import Person


@pytest.mark.django_db(transaction=True)
def test_it_is_added_tried_and_logged_as_any_channel(alice: Person, settings: Any) -> None:
    with listening() as sink:
        settings.WEBHOOK_NETWORKS = sink.outside().networks
        form = {"kind": "apprise", "name": "Other", "settings": {"url": "dbus://"}}
        refused = post(alice.client, "/api/alerts/channels", form)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/settings/url")
        made = post(
            alice.client,
            "/api/alerts/channels",
            form | {"settings": {"url": sink.url.replace("http", "json")}},
        )
        assert made.status_code == 201, made.json()
        channel = made.json()
        assert channel["settings"] == {}
        assert sink.url not in made.content.decode()
        tried = post(alice.client, f"/api/alerts/channels/{channel['id']}/test", {}).json()
        assert (tried["state"], tried["reply"]) == ("sent", "taken by JSON")
        log = alice.client.get(f"/api/alerts/channels/{channel['id']}/deliveries").json()
        assert [one["purpose"] for one in log] == ["test"]
        assert sink.came[0].body["title"] == "INFO: Test of Other"
