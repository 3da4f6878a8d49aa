from __future__ import annotations

import io
import math
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from metafleet.brain.model import Booster, LibraryMissing, Linear, Model, ModelRefused, scorers
from metafleet.brain.model.tests.made import made_card, made_linear, made_spec, made_trees, rows_of

BOTH = pytest.mark.parametrize("made", [made_linear, made_trees])
Maker = Callable[..., Model]


@BOTH
def test_a_file_is_read_back_as_it_was_written(made: Maker, tmp_path: Path) -> None:
    model = made()
    path = tmp_path / "model.mfm"
    path.write_bytes(model.to_bytes())
    again = Model.load(path)
    assert again.spec == model.spec
    assert again.card == model.card
    assert again.to_bytes() == model.to_bytes()
    assert again.content_hash == model.content_hash
    assert (again.probability(rows_of(50)) == model.probability(rows_of(50))).all()


@BOTH
def test_the_file_has_no_time_and_is_not_packed(made: Maker) -> None:
    with zipfile.ZipFile(io.BytesIO(made().to_bytes())) as archive:
        entries = archive.infolist()
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}
    assert [entry.filename for entry in entries][::2] == ["spec.json", "card.json"]


@BOTH
def test_a_row_alone_has_the_bits_that_it_has_among_others(made: Maker) -> None:
    model, rows = made(), rows_of(200)
    together = model.probability(rows)
    assert ((together > 0) & (together < 1)).all()
    assert len(np.unique(together)) > 20
    assert [model.probability(row[None])[0] for row in rows] == together.tolist()


@BOTH
def test_a_row_that_is_not_whole_says_nothing(made: Maker) -> None:
    model, rows = made(), rows_of(4)
    rows[1, 0], rows[2, 2] = math.nan, math.inf
    told = model.probability(rows)
    assert np.isnan(told).tolist() == [False, True, True, False]
    verdict = model.verdict(float(told[1]))
    assert (verdict.side, verdict.size) == ("none", 0.0)


def test_no_rows_get_no_probabilities() -> None:
    assert made_trees().probability(rows_of(0)).shape == (0,)
    assert made_linear().probability(rows_of(0)).shape == (0,)


def test_a_line_scores_as_its_formula_says() -> None:
    row = np.array([[20.0, 0.35, -1.0]], np.float32)  # the first is clipped to 5
    score = 0.01 + 0.5 * 5.0 - 0.25 * (float(np.float32(0.35)) - 0.1) / 0.5 + 0.125 * (-1.0 - 1.0) / 2.0
    expected = 1 / (1 + math.exp(-(0.9 * score + 0.02)))
    assert made_linear().probability(row)[0] == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize(
    ("probability", "side", "size"),
    [
        (0.55, "buy", 0.05 / 0.15),
        (0.65, "buy", 1.0),
        (0.9, "buy", 1.0),
        (0.5499, "none", 0.0),
        (0.5, "none", 0.0),
        (0.45, "sell", 0.05 / 0.15),
        (0.1, "sell", 1.0),
    ],
)
def test_a_verdict_follows_from_the_threshold(probability: float, side: str, size: float) -> None:
    verdict = made_linear().verdict(probability)
    assert verdict.side == side
    assert verdict.size == pytest.approx(size)
    assert verdict.probability == probability


def test_a_matrix_of_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match=r"3 columns, found \(4, 2\)"):
        made_linear().probability(rows_of(4, width=2))


def test_a_scorer_of_another_kind_or_width_is_refused() -> None:
    with pytest.raises(ModelRefused, match="another kind"):
        Model(made_spec(kind="lightgbm"), made_linear().scorer, made_card())
    with pytest.raises(ModelRefused, match="takes 3 features, the spec has 2"):
        Model(made_spec(features=("return_1", "return_5")), made_linear().scorer, made_card())


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"spec.json": None}, r"has no spec\.json"),
        ({"linear.json": None}, r"has no linear\.json"),
        ({"spec.json": b"{}"}, r"spec\.json: .*missing required field"),
        ({"more.txt": b"?"}, r"holds 'more\.txt'"),
        (
            {"linear.json": b'{"means":[0],"scales":[0],"weights":[1],"intercept":0}'},
            "scales and clip over 0",
        ),
    ],
)
def test_a_file_that_is_no_model_is_refused(changes: dict[str, bytes | None], why: str) -> None:
    with zipfile.ZipFile(io.BytesIO(made_linear().to_bytes())) as archive:
        parts: dict[str, bytes | None] = {name: archive.read(name) for name in archive.namelist()}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in (parts | changes).items():
            if content is not None:
                archive.writestr(name, content)
    with pytest.raises(ModelRefused, match=why):
        Model.load(file.getvalue())


def test_what_is_no_zip_or_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused, match="is no model file"):
        Model.load(b"PK, but no")
    with pytest.raises(ModelRefused, match="cannot be read: No such file"):
        Model.load(tmp_path / "none.mfm")
    with pytest.raises(ValueError, match="begins with 'tree'"):
        Booster("no trees")


def test_a_file_that_unpacks_to_too_much_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("spec.json", b" " * (65 << 20))
    with pytest.raises(ModelRefused, match="more than a model has"):
        Model.load(file.getvalue())


def test_a_spec_that_cannot_be_is_refused() -> None:
    for changes in ({"threshold": 0.5}, {"threshold": 0.7}, {"features": ()}, {"features": ("a", "a")}):
        with pytest.raises(ValueError, match="expected"):
            made_spec(**changes)
    with pytest.raises(ValueError, match="same length"):
        Linear(means=(0.0,), scales=(1.0,), weights=(1.0, 2.0), intercept=0.0)


def test_a_line_is_asked_without_loading_lightgbm() -> None:
    program = (
        "import sys; from metafleet.brain.model.tests.made import made_linear, rows_of\n"
        "made_linear().probability(rows_of(3)); made_linear().to_bytes()\n"
        "assert not {'lightgbm', 'scipy', 'sklearn'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)  # noqa: S603


def test_a_machine_without_openmp_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    class Finder:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "lightgbm":
                raise OSError("libgomp.so.1: cannot open shared object file: No such file or directory")

    monkeypatch.delitem(sys.modules, "lightgbm", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])
    with pytest.raises(LibraryMissing, match=r"apt-get install libgomp1"):
        scorers.import_lightgbm()
