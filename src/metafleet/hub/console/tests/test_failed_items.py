"""Items that could not be recorded, as their owner sees and settles them."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from metafleet.hub.console.tests.forms import post
from metafleet.hub.console.tests.test_terminals import register
from metafleet.hub.journal.models import Deal, FailedItem
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import Person

DEAL = {
    "ticket": 1,
    "symbol": "EURUSD",
    "type": "BUY",
    "volume": 0.1,
    "openPrice": 1.1,
    "openTime": 1_772_452_800,
    "positionId": 1,
    "entryType": 0,
}


def fail(person: Person, account: dict[str, Any], **said: Any) -> str:
    """Keep an item as the gateway keeps it; return its id."""
    text = json.dumps({name: value for name, value in (DEAL | said).items() if value is not None})
    with tenant_scope(person.tenant_id):
        item = FailedItem.objects.create(
            tenant_id=person.tenant_id,
            account_id=account["id"],
            terminal_id=uuid4(),
            kind="deal",
            digest=text.encode()[:32] + uuid4().bytes,
            item=text,
            reason="As it was then.",
        )
    return str(item.id)


@pytest.fixture
def account(alice: Person) -> dict[str, Any]:
    return register(alice)


def listed(person: Person, **chosen: Any) -> dict[str, Any]:
    page: dict[str, Any] = person.client.get("/api/failed-items", chosen).json()
    return page


def test_items_are_listed_with_their_reason_newest_first(alice: Person, account: dict[str, Any]) -> None:
    ids = [fail(alice, account, ticket=ticket) for ticket in (1, 2, 3)]
    other = register(alice, login=43)
    page = listed(alice)
    assert [item["id"] for item in page["items"]] == ids[::-1]
    newest = page["items"][0]
    shown = (newest["accountId"], newest["accountLabel"], newest["kind"], newest["reason"])
    assert shown == (account["id"], "Live", "deal", "As it was then.")
    assert json.loads(newest["item"])["ticket"] == 3
    assert (newest["isOurs"], newest["attempt"], newest["dueAt"]) == (False, 0, None)
    assert [item["id"] for item in listed(alice, page=2, pageSize=2)["items"]] == [ids[0]]
    assert listed(alice, account=other["id"])["total"] == 0
    counts = {row["login"]: row["failedItems"] for row in alice.client.get("/api/accounts").json()}
    assert counts == {42: 3, 43: 0}


def test_an_item_that_can_be_read_now_is_recorded_by_a_retry(alice: Person, account: dict[str, Any]) -> None:
    item = fail(alice, account)
    answer = post(alice.client, f"/api/failed-items/{item}/retry", {})
    assert (answer.status_code, answer.json()["recorded"]) == (200, True)
    with tenant_scope(alice.tenant_id):
        assert Deal.objects.filter(account_id=account["id"], ticket=1).count() == 1
    assert listed(alice)["total"] == 0
    assert post(alice.client, f"/api/failed-items/{item}/retry", {}).status_code == 404


def test_an_item_that_is_still_wrong_says_why(alice: Person, account: dict[str, Any]) -> None:
    item = fail(alice, account, volume="much")
    answer = post(alice.client, f"/api/failed-items/{item}/retry", {}).json()
    assert (answer["recorded"], "volume" in answer["detail"]) == (False, True)
    [kept] = listed(alice)["items"]
    assert (kept["reason"], kept["attempt"]) == (answer["detail"], 1)


def test_items_are_discarded_one_by_one_and_together(alice: Person, account: dict[str, Any]) -> None:
    ids = [fail(alice, account, ticket=ticket) for ticket in (1, 2, 3)]
    assert alice.client.delete(f"/api/failed-items/{ids[0]}").status_code == 204
    assert alice.client.delete(f"/api/failed-items/{ids[0]}").status_code == 404
    answer = post(alice.client, "/api/failed-items/discard", {"ids": [*ids, str(uuid4())]})
    assert answer.json() == {"discarded": 2}
    assert listed(alice)["total"] == 0
    assert alice.client.get("/api/audit").json()[0]["action"] == "failed_items.discarded"


def test_strangers_and_viewers_settle_nothing(
    alice: Person, bob: Person, charlie: Person, account: dict[str, Any]
) -> None:
    item = fail(alice, account)
    for person, status in ((bob, 403), (charlie, 404)):
        assert post(person.client, f"/api/failed-items/{item}/retry", {}).status_code == status
        assert person.client.delete(f"/api/failed-items/{item}").status_code == status
    assert post(bob.client, "/api/failed-items/discard", {"ids": [item]}).status_code == 403
    assert post(charlie.client, "/api/failed-items/discard", {"ids": [item]}).json() == {"discarded": 0}
    assert listed(charlie, account=account["id"])["total"] == 0
    assert listed(bob)["total"] == 1
