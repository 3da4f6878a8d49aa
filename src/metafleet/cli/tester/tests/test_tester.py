"""`metafleet tester`: a person tests an EA and reads what it was worth."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from metafleet.brain.model import Calibration, Model
from metafleet.brain.model.tests.made import made_card, made_linear
from metafleet.cli.main import app
from metafleet.cli.refusal import Refused
from metafleet.cli.tester.foreseeing import foresee, load_model
from metafleet.engine.experts.brain_signal import BrainSignal
from metafleet.engine.tester import Test
from metafleet.engine.tester.signalfile import read_signals
from metafleet.engine.tester.tests.rooms import supply, walk

OWN_EA = """
import os, signal
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.inputs import Input

class Interrupted(Expert):
    slug = "interrupted"
    symbols = ("EURUSD",)
    timeframe = "M15"
    lots: float = Input(0.1, gt=0, le=1)
    is_calm: bool = Input(False)

    def on_bar(self, bar):
        if not self.positions:
            self.buy(self.lots)
            self.is_calm or os.kill(os.getpid(), signal.SIGINT)
"""


def _said(*words: str) -> str:
    result = CliRunner().invoke(app, ["tester", *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def _refused(*words: str) -> str:
    with pytest.raises(Refused) as refused:
        CliRunner().invoke(app, ["tester", *words], catch_exceptions=False)
    return str(refused.value)


def test_an_ea_is_tested_and_its_files_are_written(tmp_path: Path) -> None:
    report, document, trades = (tmp_path / name for name in ("r.html", "r.json", "t.csv"))
    said = _said(
        *("run", "trend-following", "--data", "sample", "--symbol", "EURUSD", "--timeframe", "M15"),
        *("--forward", "1/3", "--inputs", "fast_period=5", "slow_period=20"),
        *("--report", str(report), "--json", str(document), "--trades", str(trades)),
    )
    made = json.loads(document.read_text())
    figures = made["figures"]
    assert f"Trades             {figures['totalTrades']}: {figures['profitTrades']} won" in said
    assert figures["totalTrades"] > 10
    assert (made["inputs"]["fast_period"], made["setup"]["inputs"]) == (
        5,
        {"fast_period": 5, "slow_period": 20},
    )
    assert made["forward"]["totalTrades"] + made["before"]["totalTrades"] == figures["totalTrades"]
    third_s = (figures["endS"] - figures["beginS"]) / 3
    assert made["forward"]["beginS"] == pytest.approx(figures["endS"] - third_s, abs=1)
    assert len(list(csv.DictReader(trades.read_text().splitlines()))) == len(made["trades"])
    assert "trend-following on EURUSD, M15" in report.read_text()


def test_ctrl_c_reports_on_what_there_is(tmp_path: Path) -> None:
    file = tmp_path / "own.py"
    file.write_text(OWN_EA)
    said = _said("run", f"{file}:Interrupted", "--data", "sample", "--symbol", "EURUSD", "lots=0.2")
    assert "The test was ended early" in said
    assert "Trades             1: " in said


def test_a_fault_of_the_ea_is_shown_from_its_own_line_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "own.py"
    file.write_text(OWN_EA.replace("self.buy(self.lots)", "1 / 0"))
    with pytest.raises(Refused, match=r"own\.py failed: ZeroDivisionError: division by zero\."):
        app(["tester", "run", str(file), "--data", "sample"], standalone_mode=False)
    said = capsys.readouterr().err
    assert "1 / 0" in said
    assert "striding" not in said


def test_inputs_are_listed_with_what_they_may_be() -> None:
    lines = [line.split() for line in _said("inputs", "trend-following").splitlines()]
    assert ["fast_period", "10", "from", "2", "to", "200", "by", "2", "bars", "Fast", "EMA"] in lines
    assert (
        json.loads(_said("inputs", "trend-following", "--json"))["properties"]["stop_atr"]["minimum"] == 0.5
    )


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("trend-folowing",), "did you mean trend-following?"),
        (("absent.py",), "there is no file absent.py"),
        (("grid", "--symbol", "EURUSDT"), "did you mean EURUSD?"),
        (("grid", "--ticks", "ohcl"), "did you mean ohlc?"),
        (("grid", "--from", "2018-13-01"), "--from must be a date"),
        (("grid", "--from", "2018-02-01", "--to", "2018-01-01"), "must come before"),
        (("grid", "--forward", "1/5"), "--forward must be a date"),
        (("grid", "--inputs", "max_volum=1"), "no such input"),
        (("trend-following", "slow_period=many"), "must be a whole number; found 'many'"),
        (("grid", "--trades", "trades.xls"), "must end in .csv or .parquet"),
        (("grid", "--data", "nowhere.csv"), "nowhere.csv"),
        (("grid", "--commission", "-1"), "--commission must be"),
    ],
)
def test_what_cannot_be_tested_is_refused_in_a_sentence(words: tuple[str, ...], reason: str) -> None:
    assert reason in _refused("run", *words)


def test_an_input_that_is_set_twice_is_refused() -> None:
    said = _refused(
        "run", "trend-following", "--data", "sample", "--inputs", "fast_period=3", "fast_period=4"
    )
    assert "fast_period is set twice" in said


def test_a_file_with_two_eas_asks_which(tmp_path: Path) -> None:
    file = tmp_path / "two.py"
    file.write_text(OWN_EA + "\nclass Other(Interrupted):\n    pass\n")
    assert "has 2 EAs; say which" in _refused("inputs", str(file))
    assert "did you mean Other?" in _refused("inputs", f"{file}:Othr")
    file.write_text("import nothing_of_this_name\n")
    assert "cannot be loaded: ModuleNotFoundError" in _refused("inputs", str(file))


HEAD = "time,side,probability,size,valid_until\n"


def _hourly(side: str, hours: range) -> str:
    up = 0.9 if side == "buy" else 0.1
    rows = [
        f"2024-02-{day:02}T{hour:02}:00:00,{side},{up},1,2024-02-{day:02}T{hour:02}:59:00"
        for day in range(1, 29)
        for hour in hours
    ]
    return HEAD + "\n".join(rows) + "\n"


def test_a_file_says_what_the_brain_would(tmp_path: Path) -> None:
    signals, document = tmp_path / "signals.csv", tmp_path / "r.json"
    signals.write_text(_hourly("buy", range(7, 16)))
    said = _said(
        *("run", "brain-signal", "--symbol", "EURUSD", "--from", "2024-02-01", "--to", "2024-02-28"),
        *("--signals", str(signals), "--json", str(document), "without_signal=hold", "max_bars=4"),
    )
    made = json.loads(document.read_text())
    assert made["figures"]["totalTrades"] == made["figures"]["longTrades"] > 10
    assert {trade["tag"] for trade in made["trades"]} == {"brain: buy with 0.900, size 1.00."}
    assert f"* Signals: {28 * 9} of signals.csv." in said
    assert "had no valid signal: there it went by its own rule" in said


def test_without_signals_the_report_says_that_the_brain_was_silent(tmp_path: Path) -> None:
    said = _said("run", "brain-signal", "--symbol", "EURUSD", "--from", "2024-02-01", "--to", "2024-02-28")
    assert "* No signals were given to this test: at all " in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("time,side\n", "the heading needs time, side, probability, valid_until; it has no probability"),
        (HEAD + "2024-02-01,up,0.5,1,2024-02-02\n", "line 2: side must be buy, sell, none; found 'up'"),
        (HEAD + "2024-02-01,buy,1.5,1,2024-02-02\n", "line 2: probability must be from 0 to 1"),
        (HEAD + "2024-02-01,buy,0.7,1,2024-01-02\n", "valid_until must come after time"),
        (HEAD + "2024-02-01T01:00+02:00,buy,0.7,1,2024-02-02\n", "names no other zone"),
        (HEAD + "soon,buy,0.7,1,2024-02-02\n", "time must be a time as"),
        (HEAD, "has no signals of EURUSD"),
    ],
)
def test_a_file_of_signals_is_refused_by_line(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "signals.csv"
    file.write_text(text)
    assert words in _refused("run", "brain-signal", "--symbol", "EURUSD", "--signals", str(file))


def test_json_lines_are_signals_too(tmp_path: Path) -> None:
    file = tmp_path / "signals.jsonl"
    row = {"time": 1706770800, "side": "sell", "probability": 0.2, "validUntil": "2024-02-01T08:00:00Z"}
    others = {**row, "symbol": "GBPUSD"}
    file.write_text("\n".join(map(json.dumps, (row, others))) + "\n\n")
    (signal,) = read_signals(file, "EURUSD")
    assert (signal.time_s, signal.valid_until_s, signal.size) == (1706770800, 1706774400, 1.0)
    assert signal.confidence == pytest.approx(0.8)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    file = tmp_path / "made.mfm"
    plain = made_linear(calibration=Calibration(slope=40.0))
    made = Model(plain.spec, plain.scorer, made_card(end="2025-01-01T00:00:00"))
    file.write_bytes(made.to_bytes())
    return file


def test_a_model_is_asked_beforehand_and_its_gate_is_in_the_report(model: Path) -> None:
    said = _said(
        *("run", "brain-signal", "--symbol", "EURUSD", "--timeframe", "H1", "--model", str(model)),
        *("--from", "2024-06-01", "--to", "2024-08-01", "without_signal=hold"),
    )
    assert "Trades             0:" not in said
    assert "Its gate: Made for tests." in said
    assert "The model was made of prices to 2025-01-01: what it earns before then it has seen" in said


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        (("--symbol", "GBPUSD", "--timeframe", "H1"), "made is a model of EURUSD, not of GBPUSD"),
        (("--symbol", "EURUSD", "--timeframe", "M15"), "made is a model of H1, and the test's bars are M15"),
    ],
)
def test_a_model_of_something_else_is_refused(model: Path, words: tuple[str, ...], refused: str) -> None:
    assert refused in _refused("run", "brain-signal", *words, "--model", str(model))


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "no.mfm").write_bytes(b"PK no")
    words = ("run", "brain-signal", "--symbol", "EURUSD", "--timeframe", "H1")
    assert "no model file" in _refused(*words, "--model", str(tmp_path / "no.mfm"))


def test_what_a_model_is_asked_of_a_bar_no_later_price_changes(model: Path) -> None:
    rates = np.asarray(walk(9_000))
    other, at = rates.copy(), 6_000
    for name in ("open", "high", "low", "close"):
        other[name][at:] += 0.02
    test = Test(symbol="EURUSD", timeframe="H1", from_s=int(rates["time"][2_000]))
    asked = load_model(model, test, "H1")
    known, otherwise = (foresee(asked, BrainSignal, test, supply(each)).signals for each in (rates, other))
    until_s = int(rates["time"][at])
    before = [[signal for signal in each if signal.time_s <= until_s] for each in (known, otherwise)]
    assert before[0] == before[1]
    assert len(before[0]) > 50
    assert known != otherwise
