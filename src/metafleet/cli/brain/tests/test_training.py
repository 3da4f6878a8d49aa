from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from metafleet.brain.model import Model
from metafleet.brain.training.tests.markets import market
from metafleet.cli.main import app
from metafleet.cli.refusal import Refused
from metafleet.engine.market.arrays import Array
from metafleet.engine.market.servertime import SERVER_ZONE, Zone

FEATURES = "return_1,return_20,atr_14,efficiency_20,weekday"


def write_bars(path: Path, rates: Array) -> None:
    """Write bars by UTC, so that they are by the server's clock again when they are read."""
    rows = ["time,open,high,low,close,tick_volume,spread"]
    rates = rates.copy()
    rates["time"] = Zone(SERVER_ZONE).utcs_s(rates["time"])
    for row in rates:
        prices = ",".join(f"{row[name]:.5f}" for name in ("open", "high", "low", "close"))
        rows.append(f"{row['time']},{prices},{row['tick_volume']},{row['spread']}")
    path.write_text("\n".join(rows) + "\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = tmp_path / "bars"
    data.mkdir()
    write_bars(data / "EURUSD_H1.csv", market(5_000, 1, edge="weekday", strength=0.3))
    write_bars(data / "GBPUSD_H1.csv", market(5_000, 2))
    return data


def train(folder: Path, *more: str) -> Result:
    out = folder.parent / "made.mfm"
    words = ["--data", str(folder), "--out", str(out), "--features", FEATURES, "--horizon", "12"]
    work = ["--work", str(folder.parent / "work"), "--folds", "3"]
    return CliRunner().invoke(app, ["brain", "train", *words, *work, *more], catch_exceptions=False)


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("metafleet.cli.brain.training.CACHE", tmp_path / "cache")


def test_a_model_is_trained_written_and_shown(folder: Path, tmp_path: Path) -> None:
    result = train(folder, "--symbols", "EURUSD")
    assert result.exit_code == 0, result.output
    assert "made: lightgbm for EURUSD H1" in result.output
    assert "An edge was found: " in result.output
    model = Model.load(tmp_path / "made.mfm")
    assert model.card.gate.promoted
    assert model.content_hash in result.output
    page = (tmp_path / "made.html").read_text()
    assert "__DATA__" not in page
    assert model.content_hash in page
    assert "http://" not in page
    assert "https://" not in page

    shown = CliRunner().invoke(app, ["brain", "show", str(tmp_path / "made.mfm")], catch_exceptions=False)
    assert shown.output.strip() == result.stdout.strip()
    told = _json(["brain", "show", str(tmp_path / "made.mfm"), "--json"])
    assert told["contentHash"] == model.content_hash
    assert told["card"]["gate"]["promoted"] is True
    assert told["spec"]["symbols"] == ["EURUSD"]


def test_nothing_found_is_an_answer_and_no_failure(folder: Path, tmp_path: Path) -> None:
    result = train(folder, "--symbols", "GBPUSD")
    assert result.exit_code == 0
    assert "No edge found: " in result.output
    assert not Model.load(tmp_path / "made.mfm").card.gate.promoted


def test_all_symbols_of_a_folder_are_taken_and_shorter_bars_added_up(folder: Path, tmp_path: Path) -> None:
    result = train(folder, "--timeframe", "h2", "--kind", "linear", "--seed", "4", "--confidence", "0.9")
    assert result.exit_code == 0, result.output
    model = Model.load(tmp_path / "made.mfm")
    assert model.spec.symbols == ("EURUSD", "GBPUSD")
    assert (model.spec.timeframe, model.spec.kind) == ("H2", "linear")
    assert (model.card.seed, model.card.confidence, model.card.data[0].bars) == (4, 0.9, 2_500)


def test_only_the_asked_time_is_looked_at(folder: Path, tmp_path: Path) -> None:
    span = ("--from", "2010-03-01", "--to", "2010-08-01", "--symbols", "EURUSD")
    assert train(folder, *span).exit_code == 0
    data = Model.load(tmp_path / "made.mfm").card.data[0]
    assert data.begin.startswith("2010-03-01")
    assert data.end.startswith("2010-07-30")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--symbols", "NOSUCH"), "there is no symbol NOSUCH"),
        (("--symbols", "USDJPY"), "has no bars of USDJPY that make H1"),
        (("--timeframe", "H5"), "--timeframe H5 is none of"),
        (("--label", "luck"), "--label is barrier or return"),
        (("--features", "return_1,atr_15"), "there is no feature 'atr_15'"),
        (("--from", "2010-10-01"), "bars are too few"),
        (("--upper", "0"), "upper: 0.0 is not from"),
        (("--card", "/no/such/folder/card.html"), "there is no folder /no/such/folder"),
        (("--folds", "50", "--symbols", "EURUSD"), "too few for 50 folds"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(folder: Path, words: tuple[str, ...], why: str) -> None:
    with pytest.raises(Refused, match=why):
        train(folder, *words)
    assert not (folder.parent / "made.mfm").exists()


def test_what_is_no_model_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "letter.mfm").write_text("Dear model,")
    with pytest.raises(Refused, match=r"letter\.mfm: is no model file"):
        CliRunner().invoke(app, ["brain", "show", str(tmp_path / "letter.mfm")], catch_exceptions=False)


def test_a_page_shows_no_script_of_a_name(tmp_path: Path) -> None:
    from metafleet.brain.model.page import as_page
    from metafleet.brain.model.tests.made import made_card, made_linear

    model = Model(made_linear().spec, made_linear().scorer, made_card(name="</script><b>"))
    assert "</script><b>" not in as_page(model)


def _json(words: list[str]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(CliRunner().invoke(app, words, catch_exceptions=False).stdout)
    return told
