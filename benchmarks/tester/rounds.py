"""Run a contestant in a process of its own, again and again, and compare its trades with the reference's."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from benchmarks.tester import agreement, settings
from benchmarks.tester.agreement import Agreement, Row
from benchmarks.tester.contestants import Contestant
from benchmarks.tester.environment import ROOT
from benchmarks.tester.rules import OURS, Rules, differences

EXPLAINED_BARS: Final = 200_000
"""On more bars it is not looked at how many trades each difference of rules concerns."""


@dataclass(frozen=True)
class Case:
    """A strategy on bars. python: of the peers' environment, None where there is none."""

    bars: str
    strategy: str
    folder: Path
    python: Path | None


@dataclass
class Round:
    """All rounds of one contestant in one case."""

    case: Case
    contestant: Contestant
    measured: list[dict[str, Any]] = field(default_factory=list)
    failure: str | None = None

    @property
    def rules(self) -> Rules:
        """The contestant's own rules for this strategy."""
        return self.contestant.strategies[self.case.strategy]

    @property
    def trades_path(self) -> Path:
        """The file of the trades of the last round."""
        return self.case.folder / f"{self.case.bars}-{self.case.strategy}-{self.contestant.name.strip()}.csv"

    def run(self) -> None:
        """Measure once more, unless it has failed."""
        if self.failure is not None:
            return
        python = self.case.python if self.contestant.is_peer else Path(sys.executable)
        command = [str(python), "-W", "ignore", "-m", self.contestant.module, *self.contestant.options]
        command += [self.case.strategy, str(self._bars()), str(self.trades_path)]
        try:
            done = subprocess.run(  # noqa: S603 - our own module
                command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=settings.LIMIT_S
            )
        except subprocess.TimeoutExpired:
            self.failure = f"took more than {settings.LIMIT_S:g} s"
            return
        if done.returncode != 0:
            self.failure = (done.stderr.strip() or "no word").splitlines()[-1]
            return
        self.measured.append(json.loads(done.stdout.splitlines()[-1]))

    def best(self, name: str) -> float:
        """Return the smallest of what the rounds measured."""
        return min(float(each[name]) for each in self.measured)

    def agreement(self, rules: Rules) -> Agreement:
        """Compare the last round's trades with the reference's by these rules."""
        return agreement.compare(agreement.read(self.trades_path), self._expected(rules))

    def explained(self) -> list[str]:
        """Return each difference of the contestant's rules, with the number of trades where it is counted."""
        if self.measured[0]["bars"] > EXPLAINED_BARS:
            return [words for words, _ in differences(self.rules)]
        ours = self._expected(OURS)
        return [
            f"{words}: {agreement.compare(self._expected(rules), ours).differing} trades differ by that"
            for words, rules in differences(self.rules)
        ]

    def _expected(self, rules: Rules) -> list[Row]:
        return _reference(self._bars(), self.case.strategy, rules)

    def _bars(self) -> Path:
        whole = self.case.folder / f"{self.case.bars}.npy"
        return _cut(whole, settings.SLOW_BARS) if self.contestant.is_slow else whole


@cache
def _cut(whole: Path, count: int) -> Path:
    """Return a file of the first bars of another. Another process makes it, as NumPy would make this one
    larger, and the most memory that a process has held begins with what its parent has."""
    part = whole.with_stem(f"{whole.stem}-{count}")
    program = "import sys, numpy; numpy.save(sys.argv[2], numpy.load(sys.argv[1])[: int(sys.argv[3])])"
    subprocess.run([sys.executable, "-c", program, str(whole), str(part), str(count)], check=True)  # noqa: S603
    return part


@cache
def _reference(bars: Path, strategy: str, rules: Rules) -> list[Row]:
    trades = bars.with_name(f"reference-{abs(hash((bars, strategy, rules)))}.csv")
    command = [sys.executable, "-m", "benchmarks.tester.reference", strategy, str(bars), str(trades)]
    command.append(json.dumps(rules._asdict()))
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603 - our own module
    return agreement.read(trades)
