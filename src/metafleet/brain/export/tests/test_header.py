"""The header decides what the model decides, compiled as C++ and with the graph beside it."""

from __future__ import annotations

import ctypes
from typing import Any, Final

import numpy as np
import onnxruntime
import pytest

from metafleet.brain import features
from metafleet.brain.export import header_of, onnx_of
from metafleet.brain.export.header import prefix
from metafleet.brain.features.tests.markets import SPEC, walk
from metafleet.brain.features.tests.mql_compiled import compiled
from metafleet.brain.model import Linear, Model
from metafleet.brain.model.tests.made import made_card, made_linear, made_spec

NAMES: Final = tuple(name for name in features.names() if not features.about(name).needs)

MAIN: Final = """
extern "C" int row(const MqlRates *rates, int count, double point, float *made) {
  Array<MqlRates> seen;
  seen.values.assign(rates, rates + count);
  Array<float> values;
  if (!Walk3Features(seen, point, values)) return 0;
  if (ArraySize(values) != WALK_3_FEATURES || count < WALK_3_LOOK_BACK) std::abort();
  for (int i = 0; i < WALK_3_FEATURES; i++) made[i] = values[i];
  return WALK_3_HORIZON_BARS;
}
extern "C" int side(double probability) { return Walk3Side(probability); }
extern "C" double size(double probability) { return Walk3Size(probability); }
"""


def _model() -> Model:
    """A line over real features that is now of one mind and now of another."""
    rows = features.matrix(NAMES, walk(1, 2_000), spec=SPEC)[300:].astype(np.float64)
    weights = np.random.default_rng(2).standard_normal(len(NAMES)) * 0.12
    line = Linear(
        means=tuple(rows.mean(axis=0).tolist()),
        scales=tuple((rows.std(axis=0) + 0.01).tolist()),
        weights=tuple(weights.tolist()),
        intercept=0.02,
    )
    return Model(made_spec(name="walk 3", features=NAMES), line, made_card(features=NAMES))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    made = compiled(header_of(_model()), tmp_path_factory.mktemp("header"), MAIN)
    made.size.restype = ctypes.c_double
    return made


def _pointer(array: np.ndarray[Any, Any]) -> ctypes.c_void_p:
    return array.ctypes.data_as(ctypes.c_void_p)


def test_metatrader_decides_what_we_decide(library: ctypes.CDLL) -> None:
    model, rates = _model(), walk(4, 900)
    session = onnxruntime.InferenceSession(onnx_of(model), providers=["CPUExecutionProvider"])
    sides = {"buy": 1, "sell": -1, "none": 0}
    seen = set()
    for end in range(features.look_back(NAMES), len(rates)):
        row = np.empty((1, len(NAMES)), np.float32)
        used = np.ascontiguousarray(rates[end - features.look_back(NAMES) : end])
        assert library.row(_pointer(used), len(used), ctypes.c_double(SPEC.point), _pointer(row)) == 12
        [[[theirs]]] = session.run(None, {"features": row})
        [ours] = model.probability(features.newest(NAMES, rates[:end], spec=SPEC)[None])
        assert theirs == pytest.approx(ours, abs=1e-6)
        verdict = model.verdict(float(ours))
        assert library.side(ctypes.c_double(theirs)) == sides[verdict.side]
        assert library.size(ctypes.c_double(theirs)) == pytest.approx(verdict.size, abs=1e-5)
        seen.add(verdict.side)
    assert seen == set(sides)


@pytest.mark.parametrize("probability", [0.0, 0.35, 0.45, 0.4500001, 0.5, 0.5499999, 0.55, 0.6, 0.65, 1.0])
def test_a_probability_means_what_it_means_to_the_model(library: ctypes.CDLL, probability: float) -> None:
    verdict = _model().verdict(probability)
    assert library.side(ctypes.c_double(probability)) == {"buy": 1, "sell": -1, "none": 0}[verdict.side]
    assert library.size(ctypes.c_double(probability)) == verdict.size


def test_what_is_no_number_is_no_order(library: ctypes.CDLL) -> None:
    assert library.side(ctypes.c_double(float("nan"))) == 0
    assert library.size(ctypes.c_double(float("nan"))) == 0.0


def test_a_bar_too_few_is_refused(library: ctypes.CDLL) -> None:
    rates = walk(1, features.look_back(NAMES))[1:].copy()
    row = np.empty((1, len(NAMES)), np.float32)
    assert library.row(_pointer(rates), len(rates), ctypes.c_double(SPEC.point), _pointer(row)) == 0


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("EURUSD-H1", "EURUSDH1"),
        ("gold swing 2", "GoldSwing2"),
        ("1st", "Model1st"),
        ("золото", "Model"),
        ("long " * 20, "LongLongLongLongLongLong"),
    ],
)
def test_an_ea_may_have_several_models(name: str, word: str) -> None:
    model = made_linear(name=name)
    assert prefix(model) == word
    text = header_of(model)
    assert text.isascii()
    assert f"bool {word}Features(" in text
    assert " Mf" not in text


def test_a_name_cannot_leave_its_remark() -> None:
    text = header_of(made_linear(name="a\nint OnInit() { return 7; } \\", symbols=("EUR\nUSD",)))
    outside = [line for line in text.split("\n") if "return 7" in line or "USD" in line]
    assert outside
    assert all(line.startswith("//") for line in outside)
