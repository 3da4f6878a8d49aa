"""A strategy test for the documentation's pictures: of a made-up market, the same each time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PICTURES = {"strategy-test": "", "strategy-test-trades": "#Trades on the chart"}
"""By the words that each begins with."""

_ASKED = (
    *("tester", "run", "trend-following", "--symbol", "EURUSD", "--timeframe", "H1"),
    *("--to", "2024-10-01", "--forward", "1/4", "--inputs", "bar_minutes=60"),
)


def page(folder: Path) -> str:
    """Run the test and return its report's address."""
    file = folder / "report.html"
    command = [sys.executable, "-m", "metafleet.cli", *_ASKED, "--report", str(file)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ourselves
    return file.as_uri()
