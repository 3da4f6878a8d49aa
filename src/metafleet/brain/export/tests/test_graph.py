"""The graph says what the model says, and is what MetaTrader's functions take."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import onnx
import onnxruntime
import pytest

from metafleet.brain import features
from metafleet.brain.export import NotExportable, check, onnx_of
from metafleet.brain.export.checking import TOLERANCE, Checked, hard_rows
from metafleet.brain.features.tests.markets import SPEC, walk
from metafleet.brain.model import Booster, Linear, Model
from metafleet.brain.model.scorers import import_lightgbm
from metafleet.brain.model.tests.made import made_card, made_linear, made_spec, made_trees

ROWS = 10_000


@lru_cache(maxsize=1)
def _large() -> Model:
    """A model of 400 trees over real features: about as large as one gets."""
    names = tuple(name for name in features.names() if not features.about(name).needs)
    rates = walk(3, 9_000)
    rows = features.matrix(names, rates, spec=SPEC)[300:-1]
    rises = (np.diff(rates["close"])[300:] > 0).astype(float)
    lightgbm = import_lightgbm()
    settings = {
        "objective": "binary", "num_leaves": 31, "learning_rate": 0.1, "min_data_in_leaf": 20, "seed": 1,
        "deterministic": True, "force_row_wise": True, "num_threads": 1, "verbosity": -1,
    }  # fmt: skip
    text = str(lightgbm.train(settings, lightgbm.Dataset(rows, rises), 400).model_to_string())
    return Model(made_spec(kind="lightgbm", features=names), Booster(text), made_card(features=names))


def _long_line() -> Model:
    count = 40
    line = Linear(
        means=tuple(0.1 * place for place in range(count)),
        scales=tuple(0.01 * (place + 1) for place in range(count)),
        weights=tuple(0.05 * (-1) ** place * (place + 1) for place in range(count)),
        intercept=-0.3,
        clip=4.0,
    )
    return Model(made_spec(features=features.names()[:count]), line, made_card())


@pytest.mark.parametrize("made", [made_linear, made_trees, _large, _long_line])
def test_ten_thousand_hard_rows_say_the_same(made: Any, tmp_path: Path) -> None:
    model = made()
    graph = tmp_path / "model.onnx"
    graph.write_bytes(onnx_of(model))
    checked = check(model, graph, ROWS)
    assert checked is not None
    assert checked.rows == ROWS
    assert checked.largest_difference <= TOLERANCE
    said = model.probability(hard_rows(model, ROWS))
    assert np.isfinite(said).all()
    assert np.ptp(said) > 0.2


def test_a_threshold_that_is_rounded_would_be_found(tmp_path: Path) -> None:
    """With thresholds in float32, rows that are on them take the other branch."""
    model = made_trees()
    made = onnx.load_from_string(onnx_of(model))
    node = next(node for node in made.graph.node if node.op_type == "TreeEnsembleRegressor")
    values = next(part for part in node.attribute if part.name == "nodes_values_as_tensor")
    moved = onnx.numpy_helper.to_array(values.t).astype(np.float32)
    above = np.nextafter(moved, np.float32(np.inf)).astype(np.float64)
    values.t.CopyFrom(onnx.numpy_helper.from_array(above, values.t.name))
    graph = tmp_path / "model.onnx"
    graph.write_bytes(made.SerializeToString())
    checked = check(model, graph, 2_000)
    assert checked is not None
    assert not checked.is_same


def test_a_difference_that_is_no_number_is_no_sameness() -> None:
    assert not Checked(1, float("nan")).is_same


@pytest.mark.parametrize("made", [made_linear, made_trees])
def test_it_is_what_metatrader_s_functions_take(made: Any) -> None:
    graph = onnx.load_from_string(onnx_of(made()))
    assert graph.ir_version <= 8
    assert {(opset.domain, opset.version) for opset in graph.opset_import} == {("", 15), ("ai.onnx.ml", 3)}
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    [given], [answered] = session.get_inputs(), session.get_outputs()
    assert (given.name, given.type, given.shape) == ("features", "tensor(float)", [1, 3])
    assert (answered.name, answered.type, answered.shape) == ("probability", "tensor(float)", [1, 1])
    assert "ZipMap" not in {node.op_type for node in graph.graph.node}


@pytest.mark.parametrize("made", [made_linear, made_trees])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_feature_that_is_no_number_makes_none(made: Any, value: float) -> None:
    session = onnxruntime.InferenceSession(onnx_of(made()), providers=["CPUExecutionProvider"])
    row = np.array([[0.1, value, 0.2]], np.float32)
    assert np.isnan(session.run(None, {"features": row})[0]).all()
    assert np.isnan(made().probability(row)).all()


def test_the_same_model_is_the_same_bytes() -> None:
    assert onnx_of(made_trees()) == onnx_of(made_trees())
    assert onnx_of(made_trees()) != onnx_of(made_trees(name="another"))


def test_a_tree_of_one_leaf_is_a_number(tmp_path: Path) -> None:
    lightgbm = import_lightgbm()
    rows = np.zeros((200, 3), np.float32)
    settings = {"objective": "binary", "num_threads": 1, "verbosity": -1}
    rises = (np.arange(200) % 4 == 0).astype(float)
    text = str(lightgbm.train(settings, lightgbm.Dataset(rows, rises), 3).model_to_string())
    model = Model(made_spec(kind="lightgbm"), Booster(text), made_card())
    graph = tmp_path / "model.onnx"
    graph.write_bytes(onnx_of(model))
    checked = check(model, graph, 10)
    assert checked is not None
    assert checked.is_same


@pytest.mark.parametrize(
    ("now", "then", "why"),
    [
        ("num_tree_per_iteration=1", "num_tree_per_iteration=3", "several classes"),
        ("is_linear=0", "is_linear=1", "linear models"),
        ("version=v4", "version=v4\naverage_output", "mean is the score"),
        ("decision_type=2", "decision_type=1", "a category"),
        ("decision_type=2", "decision_type=6", "zeros count as missing"),
    ],
)
def test_what_cannot_be_said_is_told(now: str, then: str, why: str) -> None:
    text = made_trees().scorer.text  # type: ignore[union-attr]  # trees have a text
    assert now in text
    model = made_trees()
    changed = Model(model.spec, Booster(text.replace(now, then)), model.card)
    with pytest.raises(NotExportable, match=why):
        onnx_of(changed)


def test_the_calibration_is_in_the_graph() -> None:
    """By hand: 0.9 x (0.01 + 0.5 x 1 - 0.25 x (1 - 0.1) / 0.5 + 0.125 x (3 - 1) / 2) + 0.02."""
    session = onnxruntime.InferenceSession(onnx_of(made_linear()), providers=["CPUExecutionProvider"])
    [[[found]]] = session.run(None, {"features": np.array([[1, 1, 3]], np.float32)})
    assert found == pytest.approx(1 / (1 + np.exp(-(0.9 * 0.185 + 0.02))), abs=1e-7)
    steeper = msgspec.structs.replace(made_linear().spec.calibration, slope=1.8)
    again = onnxruntime.InferenceSession(
        onnx_of(made_linear(calibration=steeper)), providers=["CPUExecutionProvider"]
    )
    assert again.run(None, {"features": np.array([[1, 1, 3]], np.float32)})[0][0, 0] > found + 0.02
