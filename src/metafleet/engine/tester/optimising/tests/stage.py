"""A small market, an EA in a file, and a search over it: what the tests of running share."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from metafleet.engine.market.symbols import SYMBOLS
from metafleet.engine.tester.contract import Test
from metafleet.engine.tester.optimising.archive import Archive
from metafleet.engine.tester.optimising.crew import Crew
from metafleet.engine.tester.optimising.criterion import Criterion
from metafleet.engine.tester.optimising.job import MarketRef, market_of
from metafleet.engine.tester.optimising.optimising import Optimum, Progress, Report, Task, optimise
from metafleet.engine.tester.optimising.sources import expert_of, ref_of
from metafleet.engine.tester.optimising.space import space_of
from metafleet.engine.tester.optimising.trying import Tries

EA = '''
"""Holds a long position of some minutes, again and again; some of its inputs end badly."""

import os
from pathlib import Path

from metafleet.engine.experts import Expert, Input


class Holder(Expert):
    """held: minutes. trouble: what happens when it starts."""

    held: int = Input(10, ge=1, le=500)
    apart: int = Input(60, ge=2, le=5000)
    trouble: str = Input("none", choices=("none", "raise", "hang", "die", "die once"))

    def on_start(self) -> None:
        self._minutes = 0
        print("an EA that prints must not disturb")
        if self.trouble == "raise":
            raise RuntimeError("as it was asked")
        while self.trouble == "hang":
            pass
        mark = Path(__file__).with_name(self.trouble)
        if self.trouble == "die" or (self.trouble == "die once" and not mark.exists()):
            mark.touch()
            os._exit(7)

    def on_bar(self, bar) -> None:
        self._minutes += 1
        if self.positions and self._minutes % self.apart == self.held % self.apart:
            self.close(self.positions[0])
        elif not self.positions and self._minutes % self.apart == 0:
            self.buy(0.1)
'''


def day_s(day: int) -> int:
    """A day of the sample, January 2024."""
    return int(datetime(2024, 1, day, tzinfo=UTC).timestamp())


def ea_in(folder: Path) -> Path:
    """Write the EA to a folder."""
    file = folder / "holder.py"
    file.write_text(EA)
    return file


def task_in(folder: Path, wanted: list[str], **inputs: object) -> Task:
    """A task over two days of the sample."""
    expert = ref_of(str(ea_in(folder)))
    market = MarketRef(source="sample", specs={"EURUSD": SYMBOLS["EURUSD"]})
    return Task(
        expert=expert,
        market=market_of(market, folder),
        test=Test(symbol="EURUSD", from_s=day_s(9), to_s=day_s(11)),
        space=space_of(expert_of(expert), wanted, inputs),
        criterion=Criterion("net_profit"),
    )


def searched_in(
    folder: Path, workers: int, report: Report | None = None, *, is_fresh: bool = False
) -> Optimum:
    """Search eight combinations, kept in the folder."""
    task = task_in(folder, ["held=5:20:5", "apart=30:40:10"])
    with Crew(workers, market_cache=folder) as crew, Archive(folder / "tries.sqlite") as archive:
        return optimise(task, Tries(crew, archive, is_fresh=is_fresh), report)


def search_and_print(folder: str) -> None:
    """The same in a process of its own, that prints how many are done and kept: to be killed."""
    searched_in(Path(folder), 2, _print)


def _print(progress: Progress) -> None:
    sys.stdout.write(f"{progress.done} {progress.kept}\n")
    sys.stdout.flush()
