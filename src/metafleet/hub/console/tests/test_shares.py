"""Public pages: who has the link sees the account, and nothing that names its owner."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from metafleet.hub.console import throttle
from metafleet.hub.journal.imports.tests.accounts import register
from metafleet.hub.journal.models import ShareLink
from metafleet.hub.journal.tests.deals import BUY, IN, deal, deposit, record, round_trip
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import NOW, Person

DAY = timedelta(days=1)
BEGUN = NOW - 10 * DAY


@pytest.fixture
def account(alice: Person) -> Any:
    account = register(alice, login=31415926)
    record(
        account,
        deposit(1, BEGUN, 1000),
        *round_trip(5, BEGUN + DAY, 100, comment="secret plan", magic=271828),
        *round_trip(6, BEGUN + 2 * DAY, -55),
        deal(70, BUY, IN, BEGUN + 3 * DAY, position_id=7),
    )
    return account


def share(person: Person, account: Any, **form: Any) -> Any:
    body = json.dumps({"title": "My year", **form})
    answer = person.client.post(f"/api/accounts/{account.id}/shares", body, content_type="application/json")
    assert answer.status_code == 201
    return answer.json()


def visit(link: Any) -> Any:
    key = link["url"].rsplit("/", 1)[1]
    return Client().get(f"/api/public/shares/{key}")


def test_a_page_has_percentages_alone(alice: Person, account: Any) -> None:
    answer = visit(share(alice, account))
    page = answer.json()
    assert (page["title"], page["platform"], page["currency"]) == ("My year", "mt5", None)
    assert page["growthPercent"] == pytest.approx(4.5)
    assert page["curve"][-1]["growthPercent"] == pytest.approx(4.5)
    assert (page["statistics"]["trades"], page["statistics"]["profitTradesPercent"]) == (2, 50)
    assert [page["statistics"][name] for name in ("netProfit", "largestLoss", "balance")] == [None] * 3
    assert [(day["trades"], day["growthPercent"], day["netProfit"]) for day in page["days"]] == [
        (1, pytest.approx(10), None),
        (1, pytest.approx(-5), None),
    ]
    assert [(row["growthPercent"], row["volume"], row["netProfit"]) for row in page["trades"]] == [
        (pytest.approx(-5), None, None),
        (pytest.approx(10), None, None),
    ]
    assert (answer["Cache-Control"], answer["X-Robots-Tag"]) == ("no-store", "noindex")


def test_money_and_what_is_open_are_shown_where_the_owner_says_so(alice: Person, account: Any) -> None:
    page = visit(share(alice, account, showsMoney=True, showsOpen=True)).json()
    assert (page["currency"], page["statistics"]["netProfit"], page["statistics"]["balance"]) == (
        "USD",
        45,
        1045,
    )
    assert [(row["state"], row["netProfit"]) for row in page["trades"]] == [
        ("open", 0),
        ("closed", -55),
        ("closed", 100),
    ]


def test_nothing_on_the_page_names_its_owner(alice: Person, account: Any) -> None:
    text = visit(share(alice, account, showsMoney=True, showsOpen=True)).content.decode()
    named = ("31415926", "Broker-Demo", "Imported", "alice", str(alice.tenant_id), str(account.id))
    assert [word for word in (*named, "secret plan", "271828") if word in text] == []


def test_a_revoked_page_is_gone_at_once(alice: Person, account: Any) -> None:
    link, other = share(alice, account), share(alice, account)
    assert visit(link).status_code == 200
    revoked = alice.client.post(f"/api/shares/{link['id']}/revoke")
    assert (revoked.status_code, revoked.json()["revokedAt"] is not None) == (200, True)
    assert (visit(link).status_code, visit(other).status_code) == (404, 200)
    assert alice.client.post(f"/api/shares/{link['id']}/revoke").json() == revoked.json()
    listed = {row["id"]: row for row in alice.client.get(f"/api/accounts/{account.id}/shares").json()}
    assert (listed[link["id"]]["views"], listed[other["id"]]["views"]) == (1, 1)


def test_the_key_is_told_once_and_not_kept(alice: Person, account: Any) -> None:
    link = share(alice, account)
    key = link["url"].rsplit("/", 1)[1]
    assert key not in alice.client.get(f"/api/accounts/{account.id}/shares").content.decode()
    with tenant_scope(alice.tenant_id):
        kept = ShareLink.objects.get()
    assert key.encode() not in bytes(kept.key_hash)
    actions = [row["action"] for row in alice.client.get("/api/audit").json()]
    assert "share.made" in actions


@pytest.mark.parametrize("key", ["nothing", "x" * 300, "%00", "ключ"])
def test_another_key_is_nothing(alice: Person, account: Any, key: str) -> None:
    share(alice, account)
    assert Client().get(f"/api/public/shares/{key}").status_code == 404


def test_a_viewer_makes_and_revokes_no_link(alice: Person, bob: Person, account: Any) -> None:
    link = share(alice, account)
    made = bob.client.post(f"/api/accounts/{account.id}/shares", "{}", content_type="application/json")
    assert made.status_code == 403
    assert bob.client.post(f"/api/shares/{link['id']}/revoke").status_code == 403
    assert visit(link).status_code == 200


def test_one_address_looks_so_often_and_no_more(
    alice: Person, account: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "SHARES_OF_ADDRESS", 2)
    link = share(alice, account)
    key = link["url"].rsplit("/", 1)[1]
    looks = [Client(REMOTE_ADDR="203.0.113.7").get(f"/api/public/shares/{key}") for _ in range(3)]
    assert [look.status_code for look in looks] == [200, 200, 429]
    assert int(looks[2]["Retry-After"]) > 0
    assert Client(REMOTE_ADDR="203.0.113.8").get(f"/api/public/shares/{key}").status_code == 200


def test_an_account_without_a_trade_has_a_page_too(alice: Person) -> None:
    page = visit(share(alice, register(alice))).json()
    assert (page["growthPercent"], page["since"], page["curve"], page["trades"]) == (None, None, [], [])
