"""Recommendations by the console's API."""

from __future__ import annotations

import pytest

from metafleet.hub.advisor.recommending.records import Unjudged
from metafleet.hub.advisor.recommending.tests.made import advise, candidate, known
from metafleet.hub.fleet.models import Platform
from metafleet.hub.kernel.tenancy import tenant_scope
from tests.cast import Person, connect

pytestmark = pytest.mark.usefixtures("catalogue")
JSON = "application/json"


def test_before_anybody_has_looked_there_is_nothing_and_no_pretence(alice: Person) -> None:
    page = alice.client.get("/api/recommendations").json()
    assert page["items"] == page["unjudged"] == []
    assert (page["limit"], page["beyond"], page["refreshedAt"], page["gathering"]) == (8, 0, None, None)


def test_a_recommendation_comes_with_its_evidence(alice: Person, charlie: Person) -> None:
    why = Unjudged(slug="grid", name="Grid Trading", symbol="", why="It trades bars of M1.")
    advise(alice, known(candidate("mean-reversion"), unjudged=(why,)))
    page = alice.client.get("/api/recommendations").json()
    (item,) = page["items"]
    assert (item["templateSlug"], item["symbol"], item["timeframe"]) == ("mean-reversion", "EURUSD", "M15")
    evidence = item["evidence"]
    assert evidence["low"] < evidence["netPerTrade"] < evidence["high"]
    assert evidence["fallUsual"] < evidence["fallBad"]
    assert evidence["source"] == "record"
    assert evidence["equity"][-1]["net"] == pytest.approx(evidence["net"])
    assert {one["name"] for one in item["shownInputs"]} == set(item["inputs"])
    assert item["explanationAuthor"] == "template"
    assert (item["likeness"], item["unlike"]) == (None, "You run no EA yet.")
    assert page["unjudged"] == [
        {"slug": "grid", "name": "Grid Trading", "symbol": "", "why": "It trades bars of M1."}
    ]
    one = alice.client.get(f"/api/recommendations/{item['id']}").json()
    assert one["evidence"] == evidence
    assert charlie.client.get(f"/api/recommendations/{item['id']}").status_code == 404
    assert charlie.client.get("/api/recommendations").json()["items"] == []
    record = alice.client.get("/api/recommendations/track-record").json()
    assert (record["given"], record["waiting"], record["records"]) == (1, 1, [])
    assert [row["id"] for row in record["rows"]] == [item["id"]]


def test_who_may_deploy_deploys_it_to_paper_and_nowhere_else(
    alice: Person, bob: Person, charlie: Person
) -> None:
    account, real = connect(alice), connect(alice, login=5002, label="Real")
    with tenant_scope(alice.tenant_id):
        real.platform = Platform.MT5
        real.save(update_fields=["platform"])
    advise(alice, known(candidate("mean-reversion")))
    (item,) = alice.client.get("/api/recommendations").json()["items"]
    address = f"/api/recommendations/{item['id']}/deploy"
    body = {"accountId": str(account.id)}
    assert bob.client.post(address, body, JSON).status_code == 403
    assert charlie.client.post(address, body, JSON).status_code == 404
    refused = alice.client.post(address, {"accountId": str(real.id)}, JSON)
    assert refused.status_code == 409
    assert "Real is no paper account" in refused.json()["detail"]
    made = alice.client.post(address, body, JSON)
    assert made.status_code == 202
    instance = alice.client.get(f"/api/instances/{made.json()['instanceId']}").json()
    assert (instance["symbol"], instance["inputs"]) == ("EURUSD", item["inputs"])
