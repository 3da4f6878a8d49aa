"""Run an optimisation from the command line: what is asked, progress, Ctrl-C, and what is written."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
import typer

from metafleet.cli.asking import remark, say
from metafleet.cli.refusal import Refused
from metafleet.cli.tester.asked import GENERATED, SHARES, Typed, read_forward, read_test
from metafleet.cli.tester.finding import find_expert
from metafleet.cli.tester.search_words import as_text, progress_line
from metafleet.cli.tester.testing import CACHE, symbols_of
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.inputs import InputRefused
from metafleet.engine.market.files.opening import MarketFileRefused
from metafleet.engine.market.servertime import ZoneRefused
from metafleet.engine.market.sources import SourceRefused
from metafleet.engine.tester.contract import Test, TestRefused
from metafleet.engine.tester.optimising.archive import Archive, ArchiveRefused
from metafleet.engine.tester.optimising.crew import Crew
from metafleet.engine.tester.optimising.criterion import Criterion
from metafleet.engine.tester.optimising.formula import FormulaRefused
from metafleet.engine.tester.optimising.job import JobRefused, MarketRef, market_of, supplies_of
from metafleet.engine.tester.optimising.optimising import (
    OptimisationFailed,
    Progress,
    Report,
    Task,
    optimise,
    periods_of,
)
from metafleet.engine.tester.optimising.report.document import Document, as_json, as_page, document_of
from metafleet.engine.tester.optimising.searches import METHODS, Method, search_of
from metafleet.engine.tester.optimising.sources import ExpertMissing, ref_of
from metafleet.engine.tester.optimising.space import SpaceRefused, space_of
from metafleet.engine.tester.optimising.spans import dated, made_over
from metafleet.engine.tester.optimising.trying import Tries
from metafleet.engine.tester.optimising.walk_forward import walk_forward
from metafleet.engine.tester.optimising.windows import Manner, Window, WindowsRefused, windows_of

KEPT: Final = Path.home() / ".local" / "state" / "metafleet" / "tries.sqlite"

INTERRUPTED: Final = 130
"""Exit code of a command that was ended by Ctrl-C."""

_EVERY_S: Final = 0.2
_PLAIN_EVERY_S: Final = 10.0
"""Where the progress goes to a file."""

_REFUSALS: Final = (
    *(ArchiveRefused, ExpertMissing, FormulaRefused, InputRefused, JobRefused, MarketFileRefused),
    *(OptimisationFailed, SourceRefused, SpaceRefused, TestRefused, WindowsRefused, ZoneRefused),
)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The options of the search as they were typed."""

    dimensions: Sequence[str]
    method: str
    criterion: str
    fewest_trades: int
    tries: int | None
    workers: int | None
    limit_s: float | None
    windows: int
    manner: Manner
    ratio: int
    report: Path | None
    json: Path | None
    keep: Path | None
    is_fresh: bool


def optimise_and_tell(typed: Typed, wanted: Wanted) -> bool:
    """Search, write the files and print the summary; say whether anything was found. Raises Refused."""
    for option, file in (("--report", wanted.report), ("--json", wanted.json)):
        if file is not None and not file.absolute().parent.is_dir():
            raise Refused(f"{option}: there is no folder {file.absolute().parent}.")
    try:
        task = read_task(typed, wanted)
        windows = _windows(task, wanted)
        remark(_announced(task, windows))
        document = _searched(task, windows, wanted)
    except _REFUSALS as error:
        text = str(error)
        raise Refused(text if text.endswith(("?", "^", ".")) else f"{text}.") from error
    say(as_text(document))
    _write(document, wanted)
    return document.best is not None


def read_task(typed: Typed, wanted: Wanted) -> Task:
    """Return what is to be optimised. Raises Refused, and what its parts raise."""
    cls = find_expert(typed.ea)
    test = read_test(cls, typed)
    space = space_of(cls, wanted.dimensions, test.inputs)
    criterion = Criterion(wanted.criterion, fewest_trades=wanted.fewest_trades)
    method = _method(wanted.method)
    market = _market(test, typed.data)
    test = _timed(cls, test, market, typed.forward)
    return Task(
        expert=ref_of(typed.ea),
        market=market_of(made_over(cls, test, market), CACHE),
        test=test,
        space=space,
        criterion=criterion,
        method=method,
        tries=wanted.tries,
        seed=typed.seed,
    )


def _market(test: Test, data: str) -> MarketRef:
    source = "generator" if data == GENERATED else data
    if Path(source).exists():
        source = str(Path(source).absolute())
    return MarketRef(source=source, specs=symbols_of(test), seed=test.seed, wants_ticks=test.ticks == "every")


def _timed(cls: type[Expert], test: Test, market: MarketRef, forward: str) -> Test:
    test = dated(cls, test, supplies_of(market, CACHE))
    if forward in SHARES and test.from_s is not None and test.to_s is not None:
        test = msgspec.structs.replace(test, forward_s=read_forward(forward, test.from_s, test.to_s))
    return test


def _method(word: str) -> Method:
    for method in METHODS:
        if word == method:
            return method
    raise Refused(f"--method must be {', '.join(METHODS)}, not {word!r}.")


def _windows(task: Task, wanted: Wanted) -> list[Window]:
    test, _ = periods_of(task.test)
    if not wanted.windows or test.from_s is None or test.to_s is None:
        return []
    return windows_of(test.from_s, test.to_s, wanted.windows, manner=wanted.manner, ratio=wanted.ratio)


def _announced(task: Task, windows: Sequence[Window]) -> str:
    """The size of it, before it begins."""
    count = task.space.count()
    most = search_of(task.method, task.space, tries=task.tries, seed=task.seed).most
    refused = ""
    if count.refused:
        about = "" if count.is_exact else "about "
        refused = f", {about}{count.refused:,} of them refused by the EA"
    beside = "" if task.method == "grid" else " and the neighbours of the best"
    times = f", and as many in each of {len(windows)} windows" if windows else ""
    return (
        f"{count.combinations:,} combinations{refused}; {task.method}: at most {most:,} tries{beside}{times}."
    )


def _searched(task: Task, windows: Sequence[Window], wanted: Wanted) -> Document:
    with (
        Archive(wanted.keep or KEPT) as archive,
        Crew(wanted.workers, market_cache=CACHE, limit_s=wanted.limit_s) as crew,
        _shown(crew.size) as report,
    ):
        tries = Tries(crew, archive, is_fresh=wanted.is_fresh)
        optimum = optimise(task, tries, report)
        walked = None
        if windows:
            walked = walk_forward(task, windows, wanted.manner, tries, report)
    return document_of(task, optimum, walked)


@contextmanager
def _shown(workers: int) -> Iterator[Report]:
    """Give a report that says how far it is; Ctrl-C ends with a word on how to go on."""
    screen = _Screen(workers)
    try:
        yield screen.show
    except KeyboardInterrupt:
        screen.clear()
        remark(f"Stopped. {screen.done:,} tries are kept: the same command goes on from there.")
        raise typer.Exit(INTERRUPTED) from None
    finally:
        screen.clear()


class _Screen:
    """A line that is written over, or a line now and then where it is no terminal."""

    def __init__(self, workers: int) -> None:
        self.done = 0
        self._workers = workers
        self._stage = ""
        self._began_s = self._shown_s = time.monotonic()
        self._is_terminal = sys.stderr.isatty()
        self._is_shown = False

    def show(self, progress: Progress) -> None:
        """Show how far it is, not more often than anybody can read."""
        now_s = time.monotonic()
        self.done += 1
        if progress.stage != self._stage:
            self._stage, self._began_s = progress.stage, now_s
        if now_s - self._shown_s < (_EVERY_S if self._is_terminal else _PLAIN_EVERY_S):
            return
        self._shown_s = now_s
        line = progress_line(progress, now_s - self._began_s, self._workers)
        if not self._is_terminal:
            remark(line)
            return
        self._is_shown = True
        print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Take the line away."""
        if self._is_shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
            self._is_shown = False


def _write(document: Document, wanted: Wanted) -> None:
    if wanted.report is not None:
        _write_file(wanted.report, as_page(document).encode())
    if wanted.json is not None:
        _write_file(wanted.json, as_json(document))


def _write_file(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise Refused(f"cannot write {file}: {error.strerror}.") from error
    remark(f"{file}: written.")
