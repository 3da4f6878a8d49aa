"""What is written into the folder, and what is refused."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import msgspec
import pytest

from metafleet.brain.export import NotPromoted, export
from metafleet.brain.model import Model
from metafleet.brain.model.tests.made import made_linear, made_trees


def unpromoted() -> Model:
    model = made_trees()
    gate = msgspec.structs.replace(model.card.gate, promoted=False, verdict="No edge was found.")
    return Model(model.spec, model.scorer, msgspec.structs.replace(model.card, gate=gate))


def test_three_files_that_know_each_other(tmp_path: Path) -> None:
    model = made_linear(name="EURUSD H1", beside=("GBPUSD",))
    made = export(model, tmp_path / "new" / "folder")
    names = {path.name for path in (tmp_path / "new" / "folder").iterdir()}
    assert names == {"eurusd_h1.onnx", "eurusd_h1.mqh", "eurusd_h1.json", "MetafleetModel.mqh"}
    assert made.adapter is not None
    about = json.loads(made.about.read_text())
    for path in (made.graph, made.header, made.adapter):
        assert about["files"][path.name] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert about["sha256"] == model.content_hash
    assert model.content_hash in made.header.read_text()
    assert [feature["name"] for feature in about["features"]] == list(model.spec.features)
    assert (about["symbols"], about["beside"], about["timeframe"]) == (["EURUSD"], ["GBPUSD"], "H1")
    assert (about["lookBack"], about["horizonBars"]) == (15, 12)
    assert (about["threshold"], about["fullAt"]) == (0.55, 0.65)
    assert (about["trainingEnd"], about["promoted"]) == ("2021-01-01T00:00:00", True)
    assert about["functions"]["Features"] == "EURUSDH1Features"


def test_a_model_that_wants_a_calendar_is_not_for_the_ea(tmp_path: Path) -> None:
    model = made_linear(features=("return_1", "minutes_to_event_high", "atr_14"))
    assert export(model, tmp_path).adapter is None
    assert not (tmp_path / "MetafleetModel.mqh").exists()


def test_the_same_model_is_the_same_files(tmp_path: Path) -> None:
    for folder in ("one", "other"):
        export(made_trees(), tmp_path / folder)
    for name in ("made.onnx", "made.mqh", "made.json", "MetafleetModel.mqh"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


def test_a_model_that_found_nothing_is_not_written_by_accident(tmp_path: Path) -> None:
    with pytest.raises(NotPromoted, match="No edge was found"):
        export(unpromoted(), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    made = export(unpromoted(), tmp_path / "out", even_if_unpromoted=True)
    assert json.loads(made.about.read_text())["promoted"] is False
