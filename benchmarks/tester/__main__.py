"""metafleet's strategy tester beside its peers, in one run: same bars, same strategies, same trades.

What the strategies are is in `rules`, who runs them in `contestants`, what the figures mean in
`benchmarks/README.md`. Rounds are interleaved, the best counts. Each contestant runs in a process of its own,
peers in an environment of their own, which is made the first time.

`python -m benchmarks tester`; the environment variables are in `settings`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.tester import environment, report, settings
from benchmarks.tester.contestants import CONTESTANTS, Contestant
from benchmarks.tester.rounds import Case, Round

SETS: Final = {
    "m1": ("reversal", "stops", "grid"),
    "h1": ("reversal", "stops"),
    "walk": ("reversal", "stops"),
}
"""The bars, and what is run on them."""


def main() -> int:
    python = environment.peers_python()
    present = [one for one in CONTESTANTS if _is_wanted(one) and (python is not None or not one.is_peer)]
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"best of {settings.ROUNDS} rounds, on {os.cpu_count()} cores; load at the start {load}")
    failed = 0
    with tempfile.TemporaryDirectory(prefix="mf-tester-") as name:
        folder = Path(name)
        origin = _write_bars(folder)
        for bars, strategies in SETS.items():
            if not (folder / f"{bars}.npy").exists():
                continue
            for strategy in strategies:
                case = Case(bars, strategy, folder, python)
                failed += _measure(case, [one for one in present if strategy in one.strategies], origin)
    report.remarks(present)
    return 1 if failed else 0


def _is_wanted(contestant: Contestant) -> bool:
    return not settings.ONLY or contestant.name.strip() in settings.ONLY


def _write_bars(folder: Path) -> str:
    """Write the bars and return where those that are not a walk are from."""
    command = [sys.executable, "-m", "benchmarks.tester.bars", str(folder)]
    counts = [str(settings.M1_BARS), str(settings.WALK_BARS)]
    done = subprocess.run([*command, *counts], capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout.strip()


def _measure(case: Case, contestants: list[Contestant], origin: str) -> int:
    """Run a strategy on bars by all of them, and say how it went; return how many failed."""
    rounds = {one.name: Round(case, one) for one in contestants}
    for _ in range(settings.ROUNDS):
        for one in contestants:
            rounds[one.name].run()
    report.table(case, origin, list(rounds.values()))
    return sum(each.failure is not None for each in rounds.values())


if __name__ == "__main__":
    sys.exit(main())
