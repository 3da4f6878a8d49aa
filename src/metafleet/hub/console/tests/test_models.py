"""Models over the API: seen by everybody, changed by operators; and the signals of a desk."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.signals import registry
from metafleet.hub.signals.models import ModelHealth, ModelVersion, SignalOutcome
from metafleet.hub.signals.tests.made import file_of, keep_signal
from tests.cast import NOW, Person, connect, deploy

pytestmark = pytest.mark.django_db


def post(person: Person, path: str, method: str = "POST", **body: Any) -> tuple[int, Any]:
    answer: Any = person.client.generic(
        method, f"/api/models{path}", json.dumps(body), content_type="application/json"
    )
    return answer.status_code, answer.json()


def get(person: Person, path: str) -> Any:
    answer: Any = person.client.get(path)
    assert answer.status_code == 200, answer.content
    return answer.json()


def upload(person: Person, **changes: Any) -> tuple[int, Any]:
    file = SimpleUploadedFile("m.mfm", file_of(**changes))
    answer: Any = person.client.post("/api/models", {"file": file})
    return answer.status_code, answer.json()


def test_an_operator_registers_promotes_and_rolls_back(oscar: Person, alice: Person) -> None:
    assert get(alice, "/api/models") == []
    versions = []
    for tilt in (0.01, 0.02):
        status, made = upload(oscar, tilt=tilt)
        assert (status, made["state"], made["gatePassed"]) == (201, "draft", True)
        assert post(oscar, f"/versions/{made['id']}/promote", note="Good.")[1]["state"] == "champion"
        versions.append(made)
    [model] = get(alice, "/api/models")
    assert (model["name"], model["champion"]["number"], model["versions"]) == ("eurusd-m15", 2, 2)
    assert model["isOpen"] is True
    status, back = post(oscar, f"/{model['id']}/roll-back", reason="It lost.")
    assert (status, back["champion"]["number"], back["champion"]["note"]) == (200, 1, "It lost.")
    assert [one["state"] for one in back["allVersions"]] == ["retired", "champion"]
    assert post(oscar, f"/{model['id']}/roll-back", reason="It lost.")[0] == 409
    card = get(alice, f"/api/models/versions/{versions[0]['id']}")["card"]
    assert card["gate"]["verdict"] == "It beat its baseline after costs."


def test_a_shut_gate_is_said_with_its_reason(oscar: Person) -> None:
    _, made = upload(oscar, promoted=False)
    status, problem = post(oscar, f"/versions/{made['id']}/promote", note="")
    assert (status, "No edge found" in problem["detail"]) == (409, True)


def test_a_model_of_a_larger_plan_is_seen_and_not_open(oscar: Person, alice: Person) -> None:
    _, made = upload(oscar)
    assert post(oscar, f"/{made['modelId']}/plan", "PUT", requiredPlan="platinum")[0] == 200
    assert get(alice, f"/api/models/{made['modelId']}")["isOpen"] is False


def test_a_schedule_and_a_training_are_shown(oscar: Person, alice: Person) -> None:
    _, made = upload(oscar)
    address = f"/{made['modelId']}"
    form = {"everyDays": 7, "promotesByItself": False, "recipe": {"mostBars": 5000}}
    status, model = post(oscar, f"{address}/schedule", "PUT", **form)
    assert (status, model["retrainEveryDays"], model["recipe"]["mostBars"]) == (200, 7, 5000)
    status, asked = post(oscar, f"{address}/retrain", reason="It decays.")
    assert (status, asked["state"], asked["reason"]) == (202, "queued", "It decays.")
    assert post(oscar, f"{address}/retrain", reason="Again.")[0] == 409
    assert get(alice, f"/api/models{address}")["retraining"]["id"] == asked["id"]


def test_its_file_is_for_the_platform_alone(oscar: Person, alice: Person) -> None:
    _, made = upload(oscar)
    address = f"/api/models/versions/{made['id']}/file"
    assert alice.client.get(address).status_code == 404
    assert oscar.client.get(address).content == file_of()


def test_a_file_that_is_none_is_refused_in_a_sentence(oscar: Person) -> None:
    answer: Any = oscar.client.post("/api/models", {"file": SimpleUploadedFile("m.mfm", b"nothing")})
    assert (answer.status_code, "no model file" in answer.json()["detail"]) == (400, True)


def test_decay_is_a_series_and_a_file(oscar: Person, alice: Person) -> None:
    _, made = upload(oscar)
    for day in (1, 2):
        ModelHealth.objects.create(
            version_id=made["id"], day=(NOW + timedelta(days=day)).date(), signals=300, judged=200, hits=110,
            hit_low=0.48, hit_high=0.62, expected_hits=112.0, mean_return=0.0001, scored=280,
            psi=0.3, psi_feature="atr_14", psi_features={"atr_14": 0.3},
        )  # fmt: skip
    series = get(alice, f"/api/models/versions/{made['id']}/decay")
    assert [one["day"] for one in series] == ["2026-03-03", "2026-03-04"]
    assert (series[0]["hitRatio"], series[0]["meanReturnBps"], series[0]["stability"]) == (
        0.55, pytest.approx(1.0), "moved_much",
    )  # fmt: skip
    text = alice.client.get(f"/api/models/versions/{made['id']}/decay.csv").content.decode()
    assert next(csv.DictReader(io.StringIO(text)))["psi_feature"] == "atr_14"


@pytest.fixture
def version(db: None) -> ModelVersion:
    return registry.register(content=file_of(), actor="oscar@example.com", now=NOW)


@pytest.fixture
def told(alice: Person, catalogue: None, version: ModelVersion) -> list[str]:
    """Four signals of Alice's: a hit, a miss, one that waits, and one of a shadow."""
    instance = deploy(alice, connect(alice))
    with tenant_scope(alice.tenant_id):
        ids = [
            keep_signal(
                instance.terminal, version, bar=f"2026-03-02T1{n}:00:00Z", shadow=n == 3,
                side=("buy", "sell", "none", "buy")[n], issued=NOW + timedelta(minutes=n),
            )
            for n in range(4)
        ]  # fmt: skip
        for place, is_hit, ratio in ((0, True, 0.002), (1, False, -0.001)):
            SignalOutcome.objects.filter(signal_id=ids[place]).update(
                state="known", is_hit=is_hit, return_ratio=ratio, result="upper", due_at=None
            )
    return [str(id_) for id_ in ids]


def test_signals_are_listed_filtered_and_counted(alice: Person, told: list[str]) -> None:
    page = get(alice, "/api/signals")
    assert ([one["id"] for one in page["items"]], page["total"]) == ([told[2], told[1], told[0]], 3)
    assert page["items"][2]["outcome"]["returnBps"] == pytest.approx(20.0)
    for query, expected in (
        ("outcome=hit", told[:1]), ("outcome=miss", told[1:2]), ("outcome=waiting", told[2:3]),
        ("shadow=true", told[3:]), ("side=none", told[2:3]), ("symbol=GBPUSD", []),
        ("model=eurusd-m15&pageSize=1&page=3", told[:1]), ("since=2026-03-02T12:02:00Z", told[2:3]),
    ):  # fmt: skip
        assert [one["id"] for one in get(alice, f"/api/signals?{query}")["items"]] == expected, query


def test_a_signal_shows_what_it_saw(alice: Person, told: list[str]) -> None:
    found = get(alice, f"/api/signals/{told[0]}")
    assert [(one["name"], one["value"]) for one in found["features"]] == [
        ("return_1", 0.0), ("return_5", 1.0), ("atr_14", 2.0),
    ]  # fmt: skip


def test_scores_count_what_is_judged(alice: Person, told: list[str]) -> None:
    [score] = get(alice, "/api/signals/scores")
    assert (score["signals"], score["judged"], score["hits"], score["hitRatio"]) == (3, 2, 1, 0.5)
    assert score["hitLow"] < 0.5 < score["hitHigh"]
    assert (score["meanReturnBps"], score["sumReturnBps"]) == (pytest.approx(5.0), pytest.approx(10.0))


def test_they_are_exported_whole(alice: Person, told: list[str]) -> None:
    answer: Any = alice.client.get("/api/signals/export.csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode())))
    assert [row["id"] for row in rows] == [told[2], told[1], told[0]]
    assert (rows[2]["side"], rows[2]["return_bps"], rows[2]["state"]) == ("buy", "20.0", "known")


def test_a_stranger_sees_none_of_them(charlie: Person, told: list[str]) -> None:
    assert get(charlie, "/api/signals")["total"] == 0
    assert get(charlie, "/api/signals/scores") == []
    assert charlie.client.get(f"/api/signals/{told[0]}").status_code == 404


def test_the_application_cannot_write_a_signal_past_the_door(alice: Person, told: list[str]) -> None:
    with tenant_scope(alice.tenant_id), connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege('signals_signal', 'INSERT, UPDATE, DELETE')")
        assert cursor.fetchone() == (False,)
