"""Commands, from a person's request to the queue, and what becomes of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from metafleet.hub.console.tests.forms import post
from metafleet.hub.console.tests.test_terminals import add, register, say
from metafleet.hub.fleet.models import Command
from metafleet.hub.journal.models import Position
from metafleet.hub.kernel import clock, live
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import Person, connect, deploy

OPEN = {"symbol": "EURUSD", "side": "buy", "volume": 0.1}
SPAN = {"symbol": "EURUSD", "from": "2026-03-02T10:00:00Z", "to": "2026-03-02T14:00:00+02:00"}


class Desk:
    """Alice's account with one terminal of her own that speaks protocol 2 and is online."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.account: str = (made := register(person))["id"]
        self.terminal: str = add(person, made)["terminal"]["id"]
        self.beat(protocol=2)

    def beat(self, age_s: float = 0, **facts: Any) -> None:
        at = clock.now() - timedelta(seconds=age_s)
        say(self.person, self.terminal, heartbeat_at=at, linked_at=at, enrolled_at=at, **facts)

    def ask(self, type: str, payload: dict[str, Any] | None = None, **form: Any) -> Any:  # noqa: A002
        form = {"type": type, "payload": payload or {}, **form}
        return post(self.person.client, f"/api/accounts/{self.account}/commands", form)

    def act(self, command: dict[str, Any], verb: str) -> Any:
        return post(self.person.client, f"/api/commands/{command['id']}/{verb}", {})

    def list(self, **chosen: Any) -> dict[str, Any]:
        page: dict[str, Any] = self.person.client.get("/api/commands", chosen).json()
        return page

    def set(self, command: dict[str, Any], **columns: Any) -> None:
        if columns.get("state") in {"done", "failed", "dead"}:
            columns = {"finished_at": datetime.now(UTC), **columns}
        with tenant_scope(self.person.tenant_id):
            Command.objects.filter(id=command["id"]).update(**columns)


@pytest.fixture
def desk(alice: Person) -> Desk:
    return Desk(alice)


def lifetime(command: dict[str, Any]) -> timedelta:
    return datetime.fromisoformat(command["expiresAt"]) - datetime.fromisoformat(command["dueAt"])


def test_an_order_is_queued_for_the_terminal_with_who_and_when(desk: Desk) -> None:
    answer = desk.ask("OPEN", OPEN | {"stopLoss": "1.08", "takeProfit": 1.12, "comment": "by hand"})
    assert answer.status_code == 202
    made = answer.json()
    assert made["payload"] == OPEN | {"stopLoss": 1.08, "takeProfit": 1.12, "comment": "by hand"}
    assert (made["state"], made["attempt"], made["requestedBy"]) == ("queued", 0, "alice@example.com")
    assert (made["accountId"], made["terminalId"]) == (desk.account, desk.terminal)
    assert (made["instanceId"], made["result"], made["canRequeue"]) == (None, None, False)
    assert lifetime(made) == timedelta(minutes=5)
    assert desk.list() == {"items": [made], "total": 1, "page": 1, "pageSize": 50}
    newest = desk.person.client.get("/api/audit").json()[0]
    assert (newest["action"], newest["subject"]) == ("command.requested", "OPEN on Live")


def test_a_double_click_is_one_command(desk: Desk) -> None:
    wish = str(uuid4())
    first, second = (desk.ask("OPEN", OPEN, id=wish) for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    assert first.json()["id"] == wish
    assert desk.list()["total"] == 1


def test_an_id_that_another_command_has_is_refused(desk: Desk, charlie: Person) -> None:
    wish = str(uuid4())
    desk.ask("OPEN", OPEN, id=wish)
    for owner in (desk, Desk(charlie)):
        answer = owner.ask("OPEN", OPEN | {"volume": 0.2}, id=wish)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (409, "/id")
    assert [desk.list()["total"], desk.list()["items"][0]["payload"]["volume"]] == [1, 0.1]


@pytest.mark.parametrize(
    ("type", "payload", "pointer"),
    [
        ("OPEN", {"side": "buy", "volume": 1}, "/payload/symbol"),
        ("OPEN", OPEN | {"side": "up"}, "/payload/side"),
        ("OPEN", OPEN | {"volume": 0}, "/payload/volume"),
        ("OPEN", OPEN | {"volume": True}, "/payload/volume"),
        ("OPEN", OPEN | {"volume": "much"}, "/payload/volume"),
        ("OPEN", OPEN | {"stopLoss": -1}, "/payload/stopLoss"),
        ("OPEN", OPEN | {"stopLoss": 1.2, "takeProfit": 1.1}, "/payload"),
        ("OPEN", OPEN | {"comment": "x" * 32}, "/payload/comment"),
        ("OPEN", OPEN | {"symbol": "EUR\x00USD"}, "/payload/symbol"),
        ("MODIFY", {"ticket": 1}, "/payload"),
        ("MODIFY", {"stopLoss": 1.0}, "/payload/ticket"),
        ("CLOSE", {"ticket": 2**63}, "/payload/ticket"),
        ("CLOSE", {"ticket": 1, "volume": -0.1}, "/payload/volume"),
        ("CLOSE_ALL", {"magic": "mine"}, "/payload/magic"),
        ("FETCH_CANDLES", SPAN | {"from": "2026-03-03T00:00:00Z"}, "/payload"),
        ("FETCH_CANDLES", SPAN | {"from": "2025-03-03T00:00:00Z"}, "/payload"),
        ("FETCH_CANDLES", SPAN | {"from": "2026-03-02T10:00:00"}, "/payload/from"),
        ("FETCH_CANDLES", SPAN | {"timeframe": "4h"}, "/payload/timeframe"),
        ("SYNC_TRADES", {"from": "yesterday"}, "/payload/from"),
        ("PING", {"x": 1}, "/payload/x"),
        ("STOP", {}, "/type"),
    ],
)
def test_a_payload_that_the_protocol_does_not_know_is_refused_by_its_field(
    desk: Desk,
    type: str,  # noqa: A002
    payload: dict[str, Any],
    pointer: str,
) -> None:
    answer = desk.ask(type, payload)
    assert answer.status_code == 400, answer.content
    [fault] = answer.json()["errors"]
    assert fault["pointer"] == pointer
    assert fault["detail"]
    assert desk.list()["total"] == 0


def test_what_was_not_said_is_not_sent(desk: Desk) -> None:
    """A level that is left out stays; null takes it away: the two must not be mixed up."""
    made = desk.ask("MODIFY", {"ticket": "7", "takeProfit": None}).json()
    assert made["payload"] == {"ticket": 7, "takeProfit": None}


def test_questions_are_in_utc_and_stay_good_for_a_day(desk: Desk) -> None:
    made = desk.ask("FETCH_CANDLES", SPAN).json()
    assert made["payload"] == {
        "symbol": "EURUSD",
        "timeframe": "1m",
        "from": "2026-03-02T10:00:00+00:00",
        "to": "2026-03-02T12:00:00+00:00",
    }
    assert lifetime(made) == timedelta(hours=24)


def test_an_order_needs_a_terminal_that_is_online_and_a_question_waits_for_one(desk: Desk) -> None:
    desk.beat(age_s=16)
    for type_, payload in (("OPEN", OPEN), ("CLOSE_ALL", {}), ("PING", {})):
        answer = desk.ask(type_, payload)
        assert (answer.status_code, "online" in answer.json()["detail"]) == (409, True)
    assert desk.ask("SYNC_TRADES").status_code == 202
    assert desk.ask("FETCH_CANDLES", SPAN).status_code == 202
    named = desk.ask("OPEN", OPEN, terminalId=desk.terminal)
    assert (named.status_code, named.json()["detail"].startswith("Laptop is not online")) == (409, True)


def test_an_account_without_a_paired_terminal_takes_nothing(alice: Person) -> None:
    account = register(alice)
    add(alice, account)
    for type_ in ("PING", "SYNC_TRADES"):
        form: dict[str, Any] = {"type": type_, "payload": {}}
        answer = post(alice.client, f"/api/accounts/{account['id']}/commands", form)
        assert (answer.status_code, "Pair one" in answer.json()["detail"]) == (409, True)


@pytest.mark.parametrize("protocol", [1, None])
def test_a_version_1_terminal_is_asked_questions_and_given_no_orders(
    desk: Desk, protocol: int | None
) -> None:
    desk.beat(protocol=protocol)
    forms: tuple[dict[str, Any], ...] = ({}, {"terminalId": desk.terminal})
    for form in forms:
        answer = desk.ask("OPEN", OPEN, **form)
        assert (answer.status_code, "protocol version 1" in answer.json()["detail"]) == (409, True)
    assert desk.ask("FETCH_CANDLES", SPAN).status_code == 202


def test_the_freshest_terminal_that_takes_orders_gets_the_order(desk: Desk) -> None:
    older = add(desk.person, {"id": desk.account}, "Older")["terminal"]["id"]
    silent = add(desk.person, {"id": desk.account}, "Version 1")["terminal"]["id"]
    now = clock.now()
    say(desk.person, older, heartbeat_at=now - timedelta(seconds=8), enrolled_at=now, protocol=2)
    say(desk.person, silent, heartbeat_at=now + timedelta(seconds=5), enrolled_at=now, protocol=1)
    desk.beat(age_s=2)
    assert desk.ask("OPEN", OPEN).json()["terminalId"] == desk.terminal
    assert desk.ask("OPEN", OPEN, terminalId=older).json()["terminalId"] == older
    post(desk.person.client, f"/api/terminals/{desk.terminal}/revoke", {})
    assert desk.ask("OPEN", OPEN).json()["terminalId"] == older
    refused = desk.ask("OPEN", OPEN, terminalId=desk.terminal)
    assert (refused.status_code, "revoked" in refused.json()["detail"]) == (409, True)


def test_a_position_is_closed_by_the_terminal_of_its_own_ea(alice: Person, catalogue: None) -> None:
    account, now = connect(alice), clock.now()
    instances = [deploy(alice, account, symbol=symbol) for symbol in ("EURUSD", "XAUUSD")]
    for age, instance in zip((4, 1), instances, strict=True):
        say(alice, str(instance.terminal.id), heartbeat_at=now - timedelta(seconds=age))
    with tenant_scope(alice.tenant_id):
        Position.objects.create(
            account_id=account.id, tenant_id=alice.tenant_id, ticket=9, symbol="EURUSD", side="buy",
            volume=1, open_price=1, current_price=1, profit=0, swap=0, magic=instances[0].magic,
            opened_at=now,
        )  # fmt: skip

    def addressee(type_: str, payload: dict[str, Any]) -> str:
        form = {"type": type_, "payload": payload}
        answer = post(alice.client, f"/api/accounts/{account.id}/commands", form)
        found: str = answer.json()["instanceId"]
        return found

    assert addressee("CLOSE", {"ticket": 9}) == str(instances[0].id)
    assert addressee("MODIFY", {"ticket": 9, "stopLoss": 1}) == str(instances[0].id)
    assert addressee("CLOSE", {"ticket": 10}) == str(instances[1].id)
    say(alice, str(instances[0].terminal.id), heartbeat_at=now - timedelta(hours=1))
    assert addressee("CLOSE", {"ticket": 9}) == str(instances[1].id)


def test_newer_levels_take_the_place_of_those_that_are_under_way(desk: Desk) -> None:
    """Else a lost answer would have the older ones delivered again, after the newer."""
    stop, target = ({"ticket": 7, name: 1.1} for name in ("stopLoss", "takeProfit"))
    older, other, elsewhere = (
        desk.ask("MODIFY", payload).json() for payload in (stop, target, stop | {"ticket": 8})
    )
    desk.set(older, state="leased")
    newer = desk.ask("MODIFY", {"ticket": 7, "stopLoss": 1.2}).json()
    states = {row["id"]: (row["state"], row["error"]) for row in desk.list()["items"]}
    assert states == {
        older["id"]: ("dead", "Newer levels took its place"),
        other["id"]: ("queued", ""),
        elsewhere["id"]: ("queued", ""),
        newer["id"]: ("queued", ""),
    }


@pytest.mark.parametrize("state", ["dead", "failed"])
def test_what_ended_badly_is_queued_again_with_a_fresh_expiry(desk: Desk, state: str) -> None:
    made = desk.ask("OPEN", OPEN).json()
    past = clock.now() - timedelta(hours=1)
    desk.set(made, state=state, attempt=3, error="No answer", expires_at=past, finished_at=past, result={})
    assert desk.list()["items"][0]["canRequeue"] is True
    again = desk.act(made, "requeue")
    assert again.status_code == 200
    shown = again.json()
    assert (shown["id"], shown["state"], shown["attempt"]) == (made["id"], "queued", 0)
    assert (shown["error"], shown["result"], shown["finishedAt"]) == ("", None, None)
    assert lifetime(shown) == timedelta(minutes=5)
    assert desk.person.client.get("/api/audit").json()[0]["action"] == "command.requeued"
    assert desk.act(made, "requeue").status_code == 409


@pytest.mark.parametrize("state", ["queued", "leased", "done"])
def test_what_is_under_way_or_done_is_not_queued_again(desk: Desk, state: str) -> None:
    made = desk.ask("OPEN", OPEN).json()
    desk.set(made, state=state)
    answer = desk.act(made, "requeue")
    assert (answer.status_code, state in answer.json()["detail"]) == (409, True)
    assert desk.list()["items"][0]["state"] == state


def test_an_order_is_not_queued_again_for_a_terminal_that_is_away(desk: Desk) -> None:
    made = desk.ask("OPEN", OPEN).json()
    desk.set(made, state="dead")
    desk.beat(age_s=60)
    answer = desk.act(made, "requeue")
    assert (answer.status_code, "not online" in answer.json()["detail"]) == (409, True)


def test_what_the_platform_wants_of_an_ea_is_not_for_people_to_repeat(desk: Desk) -> None:
    made = desk.ask("PING").json()
    desk.set(made, type="STOP", state="dead")
    assert desk.list()["items"][0]["canRequeue"] is False
    assert desk.act(made, "requeue").status_code == 409
    desk.set(made, state="queued", finished_at=None)
    assert desk.act(made, "cancel").status_code == 409


def test_only_what_no_terminal_has_is_cancelled(desk: Desk) -> None:
    made = desk.ask("OPEN", OPEN).json()
    cancelled = desk.act(made, "cancel").json()
    assert (cancelled["state"], cancelled["error"]) == ("dead", "Cancelled by alice@example.com")
    assert cancelled["finishedAt"] is not None
    other = desk.ask("OPEN", OPEN).json()
    desk.set(other, state="leased")
    answer = desk.act(other, "cancel")
    assert (answer.status_code, "its terminal has it" in answer.json()["detail"]) == (409, True)


def test_the_list_is_filtered_and_paged(desk: Desk) -> None:
    opened = desk.ask("OPEN", OPEN).json()
    pinged = [desk.ask("PING").json()["id"] for _ in range(3)]
    desk.set(opened, state="done")

    def ids(**chosen: Any) -> list[str]:
        return [row["id"] for row in desk.list(**chosen)["items"]]

    assert ids() == [*reversed(pinged), opened["id"]]
    assert ids(type="OPEN") == ids(state="done") == [opened["id"]]
    assert ids(account=desk.account, state="queued") == list(reversed(pinged))
    assert ids(account=str(uuid4())) == ids(instance=str(uuid4())) == []
    assert ids(page=2, pageSize=3) == [opened["id"]]
    assert desk.list(page=2, pageSize=3)["total"] == 4
    for chosen in ({"state": "lost"}, {"pageSize": 201}, {"page": 0}, {"account": "mine"}):
        assert desk.person.client.get("/api/commands", chosen).status_code == 400


def test_strangers_and_viewers_give_no_commands(desk: Desk, bob: Person, charlie: Person) -> None:
    made = desk.ask("PING").json()
    form = {"type": "PING", "payload": {}}
    address = f"/api/accounts/{desk.account}/commands"
    assert post(bob.client, address, form).status_code == 403
    assert post(charlie.client, address, form).status_code == 404
    assert bob.client.get("/api/commands").json()["total"] == 1
    assert charlie.client.get("/api/commands", {"account": desk.account}).json()["total"] == 0
    for verb in ("requeue", "cancel"):
        assert post(bob.client, f"/api/commands/{made['id']}/{verb}", {}).status_code == 403
    elsewhere = Desk(charlie)
    answer = elsewhere.ask("PING", terminalId=desk.terminal)
    assert (answer.status_code, elsewhere.list()["total"]) == (404, 0)


def test_screens_are_told_of_a_command_after_commit(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    told: list[str] = []
    monkeypatch.setattr(live, "send", lambda _channel, message: told.append(message))
    with django_capture_on_commit_callbacks(execute=True):
        made = desk.ask("PING").json()
        assert told == []
    wanted = f'"command", "id": "{made["id"]}", "accountId": "{desk.account}", "state": "queued"'
    assert any(wanted in message for message in told)
