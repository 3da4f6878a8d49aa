"""A strategy test and a search for the documentation's pictures: of a made-up market, the same each time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PICTURES = {"strategy-test": "", "strategy-test-trades": "#Trades on the chart"}
"""By the words that each begins with."""

SEARCHES = {"optimise": "", "optimise-field": "#The field", "optimise-walk-forward": "#Walk-forward"}

_ASKED = (
    *("tester", "run", "trend-following", "--symbol", "EURUSD", "--timeframe", "H1"),
    *("--to", "2024-10-01", "--forward", "1/4", "--inputs", "bar_minutes=60"),
)

_SEARCHED = (
    *("tester", "optimize", "trend-following", "--symbol", "EURUSD", "--timeframe", "H1"),
    *("--to", "2024-10-01", "--inputs", "bar_minutes=60", "--criterion", "net_profit / max(drawdown, 1)"),
    *("--optimise", "fast_period=4:32:4", "slow_period=20:80:10", "--forward", "1/4", "--walk-forward", "5"),
)


def page(folder: Path) -> str:
    """Run the test and return its report's address."""
    return _reported(folder / "report.html", *_ASKED)


def search_page(folder: Path) -> str:
    """Run the search and return its report's address."""
    return _reported(folder / "search.html", *_SEARCHED, "--keep", str(folder / "tries.sqlite"))


def _reported(file: Path, *words: str) -> str:
    command = [sys.executable, "-m", "metafleet.cli", *words, "--report", str(file)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ourselves
    return file.as_uri()
