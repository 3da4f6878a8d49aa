"""`metafleet tester`: a person tests an EA and reads what it was worth."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from metafleet.cli.main import app
from metafleet.cli.refusal import Refused

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
