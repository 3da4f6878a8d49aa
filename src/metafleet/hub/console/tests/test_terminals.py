"""Accounts of customers' own terminals, and those terminals, as the API shows them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from metafleet.hub.console.tests.forms import post, send
from metafleet.hub.fleet import terminals
from metafleet.hub.fleet.models import Command, Terminal, TerminalTrouble
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import Person, connect, deploy

FORM = {"label": "Live", "platform": "mt5", "login": 42, "server": "Broker-Demo", "currency": "EUR"}


def register(person: Person, **wishes: Any) -> dict[str, Any]:
    answer = post(person.client, "/api/accounts/register", FORM | wishes)
    assert answer.status_code == 201, answer.content
    made: dict[str, Any] = answer.json()
    return made


def add(person: Person, account: dict[str, Any], label: str = "Laptop") -> dict[str, Any]:
    answer = post(person.client, f"/api/accounts/{account['id']}/terminals", {"label": label})
    assert answer.status_code == 201, answer.content
    made: dict[str, Any] = answer.json()
    return made


def say(person: Person, terminal_id: str, **facts: Any) -> None:
    """Write what the gateway writes."""
    with tenant_scope(person.tenant_id):
        Terminal.objects.filter(id=terminal_id).update(**facts)


def test_an_account_of_ones_own_terminal_is_registered_without_a_password(alice: Person) -> None:
    made = register(alice, serverTimezone="Europe/Athens")
    shown = {name: made[name] for name in ("platform", "login", "server", "currency", "serverTimezone")}
    assert shown == {
        "platform": "mt5",
        "login": 42,
        "server": "Broker-Demo",
        "currency": "EUR",
        "serverTimezone": "Europe/Athens",
    }
    assert made["ownTerminal"] is True
    assert (made["telemetry"], made["balance"]) == ("none", None)
    assert made["trading"] == {"state": "unknown", "since": None}
    assert made["brokerLink"] == {"state": "unknown", "at": None}
    assert (made["troubles"], made["failedItems"]) == (0, 0)
    assert alice.client.get(f"/api/accounts/{made['id']}").json() == made


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("platform", "paper"),
        ("login", 0),
        ("login", 2**63),
        ("server", " "),
        ("currency", "usd"),
        ("serverTimezone", "Mars/Olympus"),
        ("serverTimezone", "../../etc/passwd"),
        ("password", "secret"),
    ],
)
def test_a_registration_says_which_field_is_wrong(alice: Person, field: str, value: Any) -> None:
    answer = post(alice.client, "/api/accounts/register", FORM | {field: value})
    assert answer.status_code == 400
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [f"/{field}"]
    assert alice.client.get("/api/accounts").json() == []


def test_a_login_is_registered_once(alice: Person) -> None:
    register(alice)
    answer = post(alice.client, "/api/accounts/register", FORM)
    assert (answer.status_code, "already" in answer.json()["detail"]) == (409, True)


def test_the_label_and_the_zone_are_changed_one_by_one(alice: Person) -> None:
    address = f"/api/accounts/{register(alice)['id']}"
    zoned = send(alice.client, "PATCH", address, {"serverTimezone": "America/New_York"}).json()
    assert (zoned["label"], zoned["serverTimezone"]) == ("Live", "America/New_York")
    named = send(alice.client, "PATCH", address, {"label": "Mine"}).json()
    assert (named["label"], named["serverTimezone"]) == ("Mine", "America/New_York")
    assert send(alice.client, "PATCH", address, {"serverTimezone": "No/Where"}).status_code == 400
    deeds = [entry["action"] for entry in alice.client.get("/api/audit").json()]
    assert deeds == ["account.renamed", "account.timezone_set", "account.registered"]


def test_a_terminal_comes_with_its_code_which_is_shown_once(alice: Person) -> None:
    account = register(alice)
    made = add(alice, account)
    code = made["pairingCode"]
    assert len(code) == 9
    [listed] = alice.client.get(f"/api/accounts/{account['id']}/terminals").json()
    assert listed == made["terminal"]
    assert (listed["label"], listed["hosted"], listed["enrolledAt"]) == ("Laptop", False, None)
    assert code not in str(alice.client.get("/api/terminals").json())
    assert code not in str(alice.client.get("/api/audit").json())
    again = post(alice.client, f"/api/terminals/{listed['id']}/pairing-code", {}).json()
    assert again["pairingCode"] != code


def test_the_truths_of_an_account_are_those_of_its_terminals(alice: Person) -> None:
    account, now = register(alice), clock.now()
    first, second = (add(alice, account, name)["terminal"]["id"] for name in ("One", "Two"))
    say(alice, first, heartbeat_at=now, linked_at=now, trade_allowed=False, protocol=2)
    say(alice, second, heartbeat_at=now - timedelta(hours=1), trade_allowed=True, protocol=2)
    [shown] = alice.client.get("/api/accounts").json()
    assert shown["telemetry"] == "fresh"
    assert shown["trading"]["state"] == "forbidden"
    assert shown["brokerLink"]["state"] == "linked"
    post(alice.client, f"/api/terminals/{first}/revoke", {})
    [shown] = alice.client.get("/api/accounts").json()
    states = (shown["telemetry"], shown["trading"]["state"], shown["brokerLink"]["state"])
    assert states == ("stale", "unknown", "unknown")


def test_an_account_whose_eas_are_all_paused_is_paused(alice: Person, catalogue: None) -> None:
    account = connect(alice)
    instances = [deploy(alice, account, symbol=symbol) for symbol in ("EURUSD", "XAUUSD")]

    def state() -> str:
        shown = alice.client.get(f"/api/accounts/{account.id}").json()
        assert shown["ownTerminal"] is False
        trading: str = shown["trading"]["state"]
        return trading

    assert state() == "unknown"
    for instance, expected in zip(instances, ("unknown", "paused"), strict=True):
        post(alice.client, f"/api/instances/{instance.id}/pause", {})
        assert state() == expected


def test_troubles_are_counted_shown_and_cleared(alice: Person) -> None:
    account, now = register(alice), clock.now()
    terminal = add(alice, account)["terminal"]["id"]
    with tenant_scope(alice.tenant_id):
        for kind, age in (("identity", 0), ("limit.trades", 2), ("limit.heartbeat", 25)):
            TerminalTrouble.objects.create(
                tenant_id=alice.tenant_id,
                terminal_id=terminal,
                kind=kind,
                count=3,
                detail="It spoke of 43.",
                last_at=now - timedelta(hours=age),
            )
    assert alice.client.get("/api/accounts").json()[0]["troubles"] == 2
    [shown] = alice.client.get("/api/terminals").json()
    assert [trouble["kind"] for trouble in shown["troubles"]] == [
        "identity",
        "limit.trades",
        "limit.heartbeat",
    ]
    assert shown["troubles"][0]["count"] == 3
    assert post(alice.client, f"/api/terminals/{terminal}/troubles/clear", {}).status_code == 204
    assert alice.client.get("/api/terminals").json()[0]["troubles"] == []


def test_a_terminal_is_removed_only_when_it_has_no_access_and_no_past(alice: Person) -> None:
    account = register(alice)
    address = f"/api/terminals/{add(alice, account)['terminal']['id']}"
    terminal_id = address.rsplit("/", 1)[-1]
    say(alice, terminal_id, enrolled_at=clock.now())
    refused = alice.client.delete(address)
    assert (refused.status_code, "Revoke it first" in refused.json()["detail"]) == (409, True)
    post(alice.client, f"{address}/revoke", {})
    with tenant_scope(alice.tenant_id):
        command = Command.objects.create(
            tenant_id=alice.tenant_id, terminal_id=terminal_id, type="PING", due_at=clock.now()
        )
    refused = alice.client.delete(address)
    assert (refused.status_code, "commands is kept" in refused.json()["detail"]) == (409, True)
    with tenant_scope(alice.tenant_id):
        command.delete()
    assert alice.client.delete(address).status_code == 204
    assert alice.client.get("/api/terminals").json() == []


def test_terminals_of_an_account_are_bounded(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminals, "MOST_OF_AN_ACCOUNT", 1)
    account = register(alice)
    add(alice, account)
    answer = post(alice.client, f"/api/accounts/{account['id']}/terminals", {"label": "Two"})
    assert (answer.status_code, "room for 1" in answer.json()["detail"]) == (409, True)


def test_a_hosted_terminal_is_listed_under_its_eas_name(alice: Person, catalogue: None) -> None:
    instance = deploy(alice, connect(alice))
    [shown] = alice.client.get("/api/terminals").json()
    assert (shown["hosted"], shown["instanceId"], shown["label"]) == (True, str(instance.id), instance.name)
    answer = post(alice.client, f"/api/terminals/{shown['id']}/revoke", {})
    assert (answer.status_code, "hosted" in answer.json()["detail"]) == (409, True)


def test_a_viewer_looks_and_changes_nothing(alice: Person, bob: Person) -> None:
    account = register(alice)
    terminal = add(alice, account)["terminal"]["id"]
    assert len(bob.client.get("/api/terminals").json()) == 1
    for method, address, form in (
        ("POST", "accounts/register", FORM | {"login": 7}),
        ("POST", f"accounts/{account['id']}/terminals", {"label": "x"}),
        ("POST", f"terminals/{terminal}/pairing-code", {}),
        ("POST", f"terminals/{terminal}/revoke", {}),
        ("POST", f"terminals/{terminal}/troubles/clear", {}),
        ("PATCH", f"terminals/{terminal}", {"label": "x"}),
        ("DELETE", f"terminals/{terminal}", {}),
    ):
        answer = send(bob.client, method, f"/api/{address}", form)
        assert answer.status_code == 403, address


def test_lists_ask_the_database_a_fixed_number_of_times(alice: Person) -> None:
    def questions() -> list[int]:
        asked = []
        for address in ("/api/accounts", "/api/terminals"):
            with CaptureQueriesContext(connection) as caught:
                assert alice.client.get(address).status_code == 200
            asked.append(len(caught))
        return asked

    add(alice, register(alice, login=1))
    before = questions()
    for login in range(2, 6):
        account = register(alice, login=login)
        add(alice, account)
        add(alice, account)
    assert questions() == before
