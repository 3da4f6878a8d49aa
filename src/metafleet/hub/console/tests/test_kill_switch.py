"""The kill switch over a tenant's fleet: preview, confirmation, what it sends, and the time to flat."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from metafleet.hub.audit.models import AuditEntry
from metafleet.hub.fleet import operations
from metafleet.hub.fleet.models import Command, EAInstance, KillSwitch, Terminal
from metafleet.hub.identity.models import User
from metafleet.hub.journal import exposure
from metafleet.hub.journal.models import Deal, Position
from metafleet.hub.kernel import clock
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import NOW, Person, connect, deploy

pytestmark = pytest.mark.usefixtures("catalogue")

ADDRESS = "/api/kill-switch"
SECOND = timedelta(seconds=1)


class Desk:
    """Alice's account with one EA that is heard, and a clock that a test moves."""

    def __init__(self, person: Person) -> None:
        self.person, self.now = person, NOW
        self.account = connect(person)
        self.instance: EAInstance = deploy(person, self.account)
        self.tickets = iter(range(1, 1000))
        self.hear()

    def hear(self, snapshot: bool = True) -> None:
        heard = {"heartbeat_at": self.now} | ({"snapshot_at": self.now} if snapshot else {})
        with tenant_scope(self.person.tenant_id):
            Terminal.objects.filter(instance=self.instance).update(**heard)

    def hold(self, symbol: str = "EURUSD", side: str = "buy", magic: int | None = -1) -> int:
        ticket = next(self.tickets)
        with tenant_scope(self.person.tenant_id):
            Position.objects.create(
                tenant_id=self.person.tenant_id, account_id=self.account.id, ticket=ticket, symbol=symbol,
                side=side, volume="0.30", open_price="1.1", current_price="1.1", profit="-12.50",
                swap="-0.50",
                magic=self.instance.magic if magic == -1 else magic, opened_at=self.now,
            )  # fmt: skip
        return ticket

    def close(self, ticket: int, at: Any) -> None:
        """The hub hears of the closing deal, and of a snapshot without the position."""
        with tenant_scope(self.person.tenant_id):
            held = Position.objects.get(account_id=self.account.id, ticket=ticket)
            Deal.objects.create(
                tenant_id=self.person.tenant_id, account_id=self.account.id, ticket=1000 + ticket,
                position_id=ticket, symbol=held.symbol, kind=1, entry=1, volume=held.volume, price="1.1",
                executed_at=at, profit="-12.50", commission=0, swap=0, fee=0, magic=held.magic,
            )  # fmt: skip
            Deal.objects.filter(account_id=self.account.id, ticket=1000 + ticket).update(created_at=at)
            Position.objects.filter(account_id=self.account.id, ticket=ticket).delete()

    def use(self, client: Any = None, **changes: Any) -> Any:
        form = {"id": str(uuid4()), "reason": "Bad fills", "confirmation": "FLATTEN"} | changes
        sender = client or self.person.client
        return sender.post(ADDRESS, json.dumps(form), content_type="application/json")

    def commands(self) -> list[tuple[str, dict[str, Any]]]:
        with tenant_scope(self.person.tenant_id):
            rows = Command.objects.order_by("created_at")
            return [(row.type, row.payload) for row in rows if row.type != "PAUSE"]

    def wanted(self) -> EAInstance:
        with tenant_scope(self.person.tenant_id):
            return EAInstance.objects.get(id=self.instance.id)

    def entries(self, action: str) -> list[dict[str, Any]]:
        with tenant_scope(self.person.tenant_id):
            return [row.detail for row in AuditEntry.objects.filter(action=action)]


@pytest.fixture
def desk(alice: Person, monkeypatch: pytest.MonkeyPatch) -> Desk:
    made = Desk(alice)
    monkeypatch.setattr(clock, "now", lambda: made.now)
    return made


def test_the_preview_tells_accounts_positions_and_exposure_by_symbol(desk: Desk) -> None:
    desk.hold()
    desk.hold(side="sell")
    desk.hold("GBPUSD", magic=None)
    found = desk.person.client.get(f"{ADDRESS}/preview").json()
    (account,) = found["accounts"]
    assert (found["phrase"], found["eas"], account["eas"], account["terminal"]) == ("FLATTEN", 1, 1, "online")
    assert (account["own"], account["foreign"], account["ownFloating"]) == (2, 1, -26.0)
    assert found["symbols"] == [
        {"symbol": "EURUSD", "isOwn": True, "buyLots": 0.3, "sellLots": 0.3, "positions": 2},
        {"symbol": "GBPUSD", "isOwn": False, "buyLots": 0.3, "sellLots": 0.0, "positions": 1},
    ]


def test_it_pauses_every_ea_to_flatten_and_closes_what_they_opened(desk: Desk) -> None:
    desk.hold()
    desk.hold("GBPUSD", magic=None)
    answer = desk.use()
    assert answer.status_code == 202
    wanted = desk.wanted()
    assert (wanted.desired_state, wanted.pause_mode, wanted.paused_by_person, wanted.paused_until) == (
        "paused",
        "flatten",
        True,
        None,
    )
    assert wanted.pause_reason == "Kill switch: Bad fills"
    assert desk.commands() == [("CLOSE_ALL", {"magic": desk.instance.magic})]
    assert (answer.json()["left"], answer.json()["secondsToFlat"]) == (1, None)
    assert desk.entries("kill_switch.used")[0]["positions"] == 1


def test_what_no_ea_opened_is_closed_only_where_that_is_asked(desk: Desk) -> None:
    desk.hold("GBPUSD", magic=None)
    assert desk.use(closesForeign=True).json()["left"] == 1
    assert desk.commands() == [("CLOSE_ALL", {})]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [({"confirmation": "flatten"}, "/confirmation"), ({"reason": " "}, "/reason"), ({"id": "x"}, "/id")],
)
def test_without_the_typed_words_and_a_reason_nothing_happens(
    desk: Desk, wrong: dict[str, str], pointer: str
) -> None:
    desk.hold()
    answer = desk.use(**wrong)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)
    assert (desk.commands(), desk.wanted().desired_state) == ([], "running")


def test_a_viewer_sees_the_preview_and_uses_nothing(desk: Desk, bob: Person) -> None:
    assert bob.client.get(f"{ADDRESS}/preview").status_code == 200
    assert desk.use(bob.client).status_code == 403
    assert desk.wanted().desired_state == "running"


def test_a_request_that_is_sent_twice_is_one_use(desk: Desk) -> None:
    desk.hold()
    same = str(uuid4())
    assert desk.use(id=same).json()["id"] == desk.use(id=same).json()["id"] == same
    assert len(desk.commands()) == 1
    assert len(desk.person.client.get(ADDRESS).json()) == 1


def test_an_id_of_another_tenants_use_is_refused_and_tells_nothing(desk: Desk, charlie: Person) -> None:
    same = str(uuid4())
    desk.use(id=same)
    answer = desk.use(charlie.client, id=same)
    assert answer.status_code == 409
    assert charlie.client.get(f"{ADDRESS}/{same}").status_code == 404
    assert charlie.client.get(ADDRESS).json() == []


def test_the_time_to_flat_is_that_of_the_last_closing_deal(desk: Desk) -> None:
    first, second = desk.hold(), desk.hold()
    used = desk.use().json()
    desk.now += SECOND
    desk.close(first, desk.now - timedelta(milliseconds=700))
    desk.hear()
    exposure.watch(now=desk.now)
    assert desk.person.client.get(f"{ADDRESS}/{used['id']}").json()["left"] == 1
    desk.now += SECOND
    desk.close(second, desk.now - timedelta(milliseconds=250))
    desk.hear()
    exposure.watch(now=desk.now)
    flat = desk.person.client.get(f"{ADDRESS}/{used['id']}").json()
    assert (flat["secondsToFlat"], flat["left"], flat["isWatched"]) == (1.75, 0, False)
    assert desk.entries("kill_switch.flat") == [{"seconds": 1.75}]
    assert exposure.watch(now=desk.now + SECOND) == 0


def test_silence_is_no_proof_of_being_flat(desk: Desk) -> None:
    ticket = desk.hold()
    used = desk.use().json()
    desk.close(ticket, desk.now + SECOND)
    desk.now += SECOND * 2
    desk.hear(snapshot=False)
    exposure.watch(now=desk.now)
    assert desk.person.client.get(f"{ADDRESS}/{used['id']}").json()["flatAt"] is None
    desk.hear()
    exposure.watch(now=desk.now + SECOND)
    assert desk.person.client.get(f"{ADDRESS}/{used['id']}").json()["secondsToFlat"] == 1.0


def test_what_was_refused_is_asked_for_again_after_a_while(desk: Desk) -> None:
    desk.hold()
    desk.use()
    with tenant_scope(desk.person.tenant_id):
        Command.objects.filter(type="CLOSE_ALL").update(
            state="failed", error="10018 Market closed", finished_at=desk.now
        )
    for _ in range(14):
        desk.now += SECOND
        exposure.watch(now=desk.now)
    assert len(desk.commands()) == 1
    for _ in range(5):
        desk.now += SECOND
        exposure.watch(now=desk.now)
    assert desk.commands() == [("CLOSE_ALL", {"magic": desk.instance.magic})] * 2


def test_an_ea_that_was_stopped_with_a_position_open_is_started_to_close_it(desk: Desk) -> None:
    desk.hold()
    with tenant_scope(desk.person.tenant_id):
        operations.stop(
            instance_id=desk.instance.id, tenant_id=desk.person.tenant_id, actor="alice@example.com",
            close_positions=False, now=desk.now,
        )  # fmt: skip
        EAInstance.objects.update(state="stopped")
    desk.use()
    wanted = desk.wanted()
    assert (desk.commands(), wanted.desired_state, wanted.close_on_stop) == ([], "stopped", True)


def test_nobody_looks_for_ever(desk: Desk) -> None:
    desk.hold()
    used = desk.use().json()
    desk.now += timedelta(days=4)
    exposure.watch(now=desk.now)
    left = desk.person.client.get(f"{ADDRESS}/{used['id']}").json()
    assert (left["isWatched"], left["flatAt"], left["left"]) == (False, None, 1)
    assert desk.entries("kill_switch.given_up") == [{"open": 1}]


def test_an_operator_uses_it_for_every_tenant_and_others_find_no_such_page(
    desk: Desk, charlie: Person
) -> None:
    desk.hold()
    other = deploy(charlie, connect(charlie, login=5002))
    address = "/api/operator/kill-switch"
    form = {"id": str(uuid4()), "reason": "Price feed is wrong", "confirmation": "FLATTEN EVERYONE"}
    for path in (address, f"{address}/preview"):
        assert charlie.client.get(path).status_code == 404
    assert charlie.client.post(address, json.dumps(form), content_type="application/json").status_code == 404
    User.objects.filter(email="charlie@example.com").update(is_operator=True)
    seen = charlie.client.get(f"{address}/preview").json()
    assert (seen["tenants"], seen["accounts"], seen["eas"]) == (2, 2, 2)
    for _ in range(2):  # the same request again is the same use
        answer = charlie.client.post(address, json.dumps(form), content_type="application/json")
        assert (answer.status_code, answer.json()) == (202, {"used": 2, "failed": []})
    assert desk.wanted().paused_by == "operator charlie@example.com"
    with tenant_scope(charlie.tenant_id):
        assert EAInstance.objects.get(id=other.id).pause_mode == "flatten"
    assert {row["tenantName"] for row in charlie.client.get(address).json()} == {
        "alice@example.com",
        "charlie@example.com",
    }
    assert len(desk.person.client.get(ADDRESS).json()) == 1


def test_the_row_keeps_what_was_met(desk: Desk) -> None:
    desk.hold()
    used = UUID(desk.use().json()["id"])
    with tenant_scope(desk.person.tenant_id):
        row = KillSwitch.objects.get(id=used)
    assert Decimal(row.preview["accounts"][0]["own_floating"]) == Decimal("-13")
    assert len(row.command_ids) == 1


def test_a_pause_is_asked_for_with_mode_reason_and_end(desk: Desk) -> None:
    until = (desk.now + timedelta(hours=2)).isoformat()
    form = {"mode": "tighten", "reason": "News", "until": until}
    address = f"/api/instances/{desk.instance.id}/pause"
    answer = desk.person.client.post(address, json.dumps(form), content_type="application/json")
    assert answer.status_code == 202
    shown = answer.json()["pause"]
    assert shown.pop("until").startswith("2026-03-02T14:00:00")
    assert shown == {"mode": "tighten", "by": "alice@example.com", "byPerson": True, "reason": "News"}
    without = desk.person.client.post(address, content_type="application/json")
    assert (without.status_code, without.json()["pause"]["mode"]) == (202, "hold")
    late = desk.person.client.post(
        address, json.dumps({"until": "2026-03-01T00:00:00Z"}), content_type="application/json"
    )
    assert (late.status_code, late.json()["errors"][0]["pointer"]) == (400, "/until")
