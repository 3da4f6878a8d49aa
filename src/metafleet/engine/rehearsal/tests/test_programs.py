"""Programs as users write them, each through `metafleet run`: what their account ends with, each time."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

PROGRAMS = Path(__file__).parent / "programs"

WEDNESDAY = ("--to", "2024-03-06")
"""Two days after the generator's market begins."""


def ran(folder: Path, name: str, *options: str, code: int = 0) -> tuple[dict[str, Any], str]:
    """Return the report and what the program printed."""
    report = folder / f"{name}.json"
    done = subprocess.run(  # noqa: S603 -- this Python
        [
            sys.executable,
            "-m",
            "metafleet.cli",
            "run",
            str(PROGRAMS / f"{name}.py"),
            "--json",
            str(report),
            "--speed",
            "max",
            *options,
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=folder,
    )
    assert done.returncode == code, done.stderr
    return json.loads(report.read_bytes()), done.stdout


def balances(report: dict[str, Any]) -> None:
    """Hold the account to its own deals."""
    figures = report["figures"]
    cents = Decimal("0.01")
    money = [Decimal(str(figures[name])) for name in ("grossProfit", "commission", "swap", "fee")]
    assert Decimal(str(figures["netProfit"])) == sum(money)
    assert Decimal(str(figures["balance"])) == Decimal(str(figures["deposits"])) + sum(money)
    trades = [Decimal(str(trade["net"])) for trade in report["trades"]]
    assert sum(trades, Decimal(0)).quantize(cents) == Decimal(str(figures["netProfit"])).quantize(cents)
    assert report["curve"][-1][1] == figures["balance"]
    assert figures["won"] + figures["lost"] == figures["trades"]
    if not figures["openPositions"]:
        assert figures["balance"] == figures["equity"]


Report = dict[str, Any]


def averages(report: Report, said: str) -> None:
    """It closes before it turns, prints datetime.now() and is ended as by Ctrl-C."""
    sides = [trade["side"] for trade in report["trades"]]
    assert all(before != after for before, after in pairwise(sides))
    assert {trade["magic"] for trade in report["trades"]} == {100}
    assert "2024-03-04 " in said
    assert "Stopped by user" in said


def grid(report: Report, said: str) -> None:
    """It takes its profits, and cancels its orders at the end."""
    assert f"positions left: {report['figures']['openPositions']} orders left: 0" in said
    taken = [trade for trade in report["trades"] if trade["exitReason"] == "tp" and trade["exitedMsc"]]
    assert taken
    assert all(trade["profit"] > 0 for trade in taken)


def reversal(report: Report, _: str) -> None:
    """It has one position, whose identifier survives every turn."""
    assert report["marginMode"] == "netting"
    assert len({trade["position"] for trade in report["trades"]}) == 1


def helpers(_: Report, said: str) -> None:
    """Close answers as the package's."""
    assert "closing True 1 True" in said
    assert "nothing left False" in said


def trailed(report: Report, said: str) -> None:
    """Every position ends by its stop, which was moved."""
    assert "stop moved: True" in said
    assert "by stop: True" in said
    assert {trade["exitReason"] for trade in report["trades"] if trade["exitedMsc"]} == {"sl"}


def apart(report: Report, _: str) -> None:
    """Each magic trades its own symbol."""
    symbols = {trade["magic"]: trade["symbol"] for trade in report["trades"]}
    assert symbols == {11: "EURUSD", 12: "EURUSD", 13: "GBPUSD", 14: "USDJPY", 15: "XAUUSD"}
    assert [bars["symbol"] for bars in report["bars"]] == ["EURUSD", "GBPUSD", "USDJPY", "XAUUSD"]


def ended(_: Report, said: str) -> None:
    """It came to its end by itself."""
    assert "The market was over before the program." not in said


CASES: dict[str, tuple[Sequence[str], int, Callable[[Report, str], None]]] = {
    "ma_cross": (WEDNESDAY, 15, averages),
    "pending_grid": (("--step", "90", *WEDNESDAY), 5, grid),
    "netting_reversal": (("--mode", "netting", "--to", "2024-03-07"), 4, reversal),
    "buy_sell_close": ((), 14, helpers),
    "pandas_rsi": ((), 3, ended),
    "tick_scalper": ((), 2, ended),
    "trailing_stop": (WEDNESDAY, 20, trailed),
    "portfolio": ((), 60, apart),
    "threads": ((), 22, ended),
    "async_bot": ((), 12, ended),
}
"""Options, the fewest trades, and what else holds."""

RACING = ("threads", "async_bot")
"""Two of their threads are awake at one moment, and which is first to trade is nobody's to say."""


@pytest.mark.parametrize("name", CASES)
def test_program_trades_and_its_account_adds_up(name: str, tmp_path: Path) -> None:
    if name == "pandas_rsi" and importlib.util.find_spec("pandas") is None:
        pytest.skip("NO PANDAS: install the development's packages and repeat.")
    options, fewest, holds = CASES[name]
    report, said = ran(tmp_path, name, "--ticks", "8", *options)
    balances(report)
    assert report["figures"]["trades"] >= fewest
    holds(report, said)
    again = tmp_path / "again"
    again.mkdir()
    repeated = ran(again, name, "--ticks", "8", *options)
    if name in RACING:
        assert repeated[0]["figures"]["balance"] == report["figures"]["balance"]
    else:
        assert repeated == (report, said)
        assert (again / f"{name}.json").read_bytes() == (tmp_path / f"{name}.json").read_bytes()


def test_another_seed_is_another_market(tmp_path: Path) -> None:
    (first, _), (second, _) = (ran(tmp_path, "buy_sell_close", "--seed", seed) for seed in ("1", "2"))
    assert first["figures"]["balance"] != second["figures"]["balance"]


def test_program_that_refuses_its_account_says_so_by_its_code(tmp_path: Path) -> None:
    report, _ = ran(tmp_path, "netting_reversal", code=3)
    assert report["trades"] == []
