"""`metafleet tester optimize`: a person searches, is told what it is worth, and may stop in the middle."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from metafleet.cli.main import app
from metafleet.cli.refusal import Refused
from metafleet.cli.tester.search_words import duration, progress_line
from metafleet.engine.tester.optimising.optimising import Progress

SEARCH = (
    *("tester", "optimize", "trend-following", "--data", "sample", "--symbol", "EURUSD"),
    *("--timeframe", "M15", "--optimise", "fast_period=5:20:5", "slow_period=10:30:10", "--workers", "2"),
)


def refused(*words: str) -> str:
    with pytest.raises(Refused) as refusal:
        CliRunner().invoke(app, ["tester", "optimize", *words], catch_exceptions=False)
    return str(refusal.value)


def test_a_search_ends_in_a_verdict_a_page_and_a_document(tmp_path: Path) -> None:
    page, document = tmp_path / "r.html", tmp_path / "r.json"
    result = CliRunner().invoke(
        app,
        [
            *SEARCH,
            *("--criterion", "net_profit / max(drawdown, 1)", "--forward", "1/3"),
            *("--walk-forward", "2", "--ratio", "2", "--keep", str(tmp_path / "tries.sqlite")),
            *("--report", str(page), "--json", str(document)),
        ],
        catch_exceptions=False,
    )
    assert result.exit_code == 0, result.output
    assert "12 combinations, 4 of them refused by the EA; grid: at most 8 tries" in result.stderr
    made = json.loads(document.read_text())
    assert (made["combinations"], made["refused"], made["tried"], made["failed"]) == (12, 4, 8, 0)
    values = [row["value"] for row in made["rows"]]
    assert values == sorted(values, reverse=True)
    names = list(made["figures"])
    for row in made["rows"]:
        figures = dict(zip(names, row["figures"], strict=True))
        assert row["value"] == pytest.approx(figures["net_profit"] / max(figures["drawdown"], 1), abs=1e-5)
        fast, slow = (one["values"][at] for one, at in zip(made["dimensions"], row["at"], strict=True))
        assert fast < slow
        assert len(row["forward"]) == len(names)
    best = made["best"]
    assert best["value"] == values[0]
    assert f"fast_period {best['inputs']['fast_period']}, slow_period" in result.stdout
    # What was chosen by ends where the forward period begins, and windows end there, too.
    forward_s = made["test"]["forwardS"]
    assert best["days"][-1][0] < forward_s <= best["forwardDays"][0][0]
    assert made["walkForward"]["steps"][-1]["window"]["endS"] == forward_s
    assert made["luck"]["verdict"] in result.stdout
    text = page.read_text()
    assert "__DATA__" not in text
    assert "https://" not in text
    assert "http://" not in text


def test_ctrl_c_keeps_what_was_done_and_says_how_to_go_on(tmp_path: Path) -> None:
    kept = tmp_path / "tries.sqlite"
    words = [
        *SEARCH[:-4],
        "fast_period=5:60:1",
        "slow_period=70:100:1",
        "--workers",
        "2",
        "--keep",
        str(kept),
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "metafleet.cli", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    assert "1,736 combinations; grid: at most 1,736 tries." in process.stderr.readline()
    wal = kept.with_name("tries.sqlite-wal")
    while not wal.exists() or wal.stat().st_size < 40_000:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "tries are kept: the same command goes on from there." in said
    assert "Traceback" not in said


def test_what_cannot_be_searched_is_refused_in_a_sentence(tmp_path: Path) -> None:
    ea = ("trend-following", "--data", "sample", "--symbol", "EURUSD")
    assert refused(*ea) == ("there is nothing to search over; name an input and its range, as period=5:50:5.")
    assert (
        refused(*ea, "--optimise", "fast_perod=5:9:1")
        == "fast_perod: no such input; did you mean fast_period?"
    )
    over = (*ea, "--optimise", "fast_period=5:9:1")
    assert (
        refused(*over, "--method", "magic") == "--method must be grid, random, genetic, bayes, not 'magic'."
    )
    assert refused(*over, "--criterion", "net_proft").splitlines()[0] == (
        "there is no figure net_proft; did you mean net_profit?"
    )
    assert "at most" not in refused(*over, "--report", str(tmp_path / "none" / "r.html"))
    assert refused(*over, "--walk-forward", "99").startswith("11 days are too few for 99 windows")
    assert (
        refused(*over, "--inputs", "fast_period=7") == "fast_period cannot be both fixed and searched over."
    )


def test_progress_says_what_is_left() -> None:
    line = progress_line(Progress("search", 30, 100, 10, 1, 1234.5), 10.0, 4)
    assert line == "search: 30 of 100, best 1,234, 10 from before, 1 failed, 2.0 a second on 4, 35 s left"
    assert [duration(one) for one in (40.0, 720.0, 12_600.0)] == ["40 s", "12 min", "3.5 h"]
