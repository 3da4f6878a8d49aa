"""`metafleet brain export`: what a person reads, and what is refused."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from metafleet.brain.export.tests.test_writing import unpromoted
from metafleet.brain.model.tests.made import made_linear, made_trees
from metafleet.cli.main import app
from metafleet.cli.refusal import Refused


def _said(*words: str) -> str:
    result = CliRunner().invoke(app, ["brain", "export", *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "eurusd.mfm"
    path.write_bytes(made_trees(name="EURUSD H1").to_bytes())
    return path


def test_a_model_is_written_and_checked(file: Path, tmp_path: Path) -> None:
    said = _said(str(file), "--to", str(tmp_path / "out"))
    assert said.split("\n")[:3] == [
        str(tmp_path / "out" / f"eurusd_h1.{suffix}") for suffix in ("onnx", "mqh", "json")
    ]
    assert "10,000 rows: the graph is within" in said
    told = json.loads(_said(str(file), "--to", str(tmp_path / "out"), "--json"))
    assert told["rowsChecked"] == 10_000
    assert 0 < told["largestDifference"] < 1e-6


def test_what_is_no_model_is_told(tmp_path: Path) -> None:
    path = tmp_path / "letter.mfm"
    path.write_text("Dear model,")
    with pytest.raises(Refused, match=r"letter.mfm: is no model file"):
        _said(str(path), "--to", str(tmp_path / "out"))
    with pytest.raises(Refused, match="cannot be read"):
        _said(str(tmp_path / "none.mfm"), "--to", str(tmp_path / "out"))


def test_a_model_that_found_nothing_needs_a_word_more(tmp_path: Path) -> None:
    path = tmp_path / "nothing.mfm"
    path.write_bytes(unpromoted().to_bytes())
    with pytest.raises(Refused, match=r"No edge was found\. With --unpromoted"):
        _said(str(path), "--to", str(tmp_path / "out"))
    assert "made.onnx" in _said(str(path), "--to", str(tmp_path / "out"), "--unpromoted")


def test_an_unknown_feature_is_told(tmp_path: Path) -> None:
    path = tmp_path / "strange.mfm"
    path.write_bytes(made_linear(features=("return_1", "return_5", "atr_99")).to_bytes())
    with pytest.raises(Refused, match="there is no feature 'atr_99'"):
        _said(str(path), "--to", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_written_is_told(file: Path) -> None:
    with pytest.raises(Refused, match="cannot be written"):
        _said(str(file), "--to", str(file))


def test_without_the_packages_one_sentence_says_what_to_install(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(Refused, match=r"^ONNX files are written by onnx: pip install 'metafleet\[onnx\]'$"):
        _said(str(file), "--to", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_without_the_runtime_it_says_that_nothing_was_checked(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert "Not checked: ONNX Runtime is not installed" in _said(str(file), "--to", str(tmp_path / "out"))
