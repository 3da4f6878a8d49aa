"""The addresses of backtests: what they take, give and refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from metafleet.hub.tester import market_data
from tests.cast import Person, connect, deploy

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture(autouse=True)
def data_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def post(person: Person, address: str, body: dict[str, Any] | None = None) -> Any:
    return person.client.post(address, json.dumps(body or {}), content_type="application/json")


def form(person: Person, **changes: Any) -> dict[str, Any]:
    template = person.client.get("/api/templates/trend-following").json()
    return {"templateId": template["id"], "symbol": "EURUSD", **changes}


def test_it_is_asked_for_listed_cancelled_and_deleted(alice: Person, bob: Person) -> None:
    body = form(alice, **{"from": "2024-01-10", "deposit": 5000, "inputs": {"fast_period": 9}})
    answer = post(alice, "/api/backtests", body)
    assert answer.status_code == 202, answer.content
    row = answer.json()
    assert (row["state"], row["templateSlug"], row["timeframe"]) == ("queued", "trend-following", "M1")
    assert (row["setup"]["deposit"], row["inputs"]["fast_period"], row["summary"]) == (5000, 9, None)
    assert row["changedInputs"] == ["fast_period"]
    assert (row["data"]["source"], row["data"]["timeframe"]) == ("sample", "M1")
    address = f"/api/backtests/{row['id']}"
    assert [one["id"] for one in bob.client.get("/api/backtests").json()] == [row["id"]]
    assert bob.client.get(address).json()["state"] == "queued"
    assert bob.client.get(f"{address}/report").status_code == 409
    assert post(bob, f"{address}/cancel").status_code == 403
    assert post(alice, f"{address}/cancel").json()["state"] == "cancelled"
    assert alice.client.delete(address).status_code == 204
    assert alice.client.get(address).status_code == 404


def test_what_is_wrong_is_said_at_its_field(alice: Person) -> None:
    for wrong, pointer in (
        ({"inputs": {"fast_period": 0}}, "/inputs/fast_period"),
        ({"from": "1999-01-01", "to": "1999-02-01"}, "/from"),
        ({"timeframe": "M7"}, "/timeframe"),
        ({"source": "file", "file": "none.csv"}, "/data"),
        ({"deposit": -1}, "/deposit"),
    ):
        answer = post(alice, "/api/backtests", form(alice, **wrong))
        assert answer.status_code == 400, wrong
        assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
    assert alice.client.get("/api/backtests").json() == []


def test_an_instance_is_tested_with_its_own_version(alice: Person, charlie: Person) -> None:
    instance = deploy(alice, connect(alice))
    body = {"instanceId": str(instance.id), "symbol": "EURUSD", "inputs": instance.inputs}
    row = post(alice, "/api/backtests", body).json()
    assert (row["instanceId"], row["instanceName"]) == (str(instance.id), instance.name)
    assert len(alice.client.get(f"/api/backtests?instance={instance.id}").json()) == 1
    assert post(charlie, "/api/backtests", body).status_code == 404
    assert charlie.client.get(f"/api/backtests?instance={instance.id}").json() == []
    assert charlie.client.get(f"/api/backtests/compare?ids={row['id']}").status_code == 404
    answer = post(alice, f"/api/instances/{instance.id}/retest")
    assert answer.status_code == 409
    assert "has not traded yet" in answer.json()["detail"]


def test_the_options_say_which_prices_there_are(alice: Person, settings: Any, tmp_path: Path) -> None:
    folder = tmp_path / "prices"
    folder.mkdir()
    rows = "".join(f"{1_704_672_000 + 60 * place},1.1,1.2,1.0,1.1\n" for place in range(600))
    (folder / "EURUSD_M1.csv").write_text("time,open,high,low,close\n" + rows)
    (folder / "GBPUSD_M1.csv").write_text("nonsense\n")
    (folder / "bars.csv").write_text("time,open,high,low,close\n" + rows)
    settings.MARKET_DATA_DIR = str(folder)
    assert market_data.read_folder() == 3
    assert market_data.read_folder() == 0
    options = alice.client.get("/api/backtests/options").json()
    files = [one for one in options["data"] if one["source"] == "file"]
    assert [(one["symbol"], one["name"], one["fromDay"], one["toDay"]) for one in files] == [
        ("EURUSD", "EURUSD_M1.csv", "2024-01-08", "2024-01-09")
    ]
    assert [one["name"] for one in options["unreadable"]] == ["GBPUSD_M1.csv", "bars.csv"]
    assert str(folder) not in json.dumps(options)
    assert {one["source"] for one in options["data"] if one["symbol"] == "XAUUSD"} == {"sample", "generator"}
    assert options["limits"] == {"atOnce": 2, "kept": 100, "years": 5, "keptNow": 0, "underWay": 0}
    (folder / "EURUSD_M1.csv").unlink()
    market_data.read_folder()
    assert "file" not in {one.source for one in market_data.all_data()}
