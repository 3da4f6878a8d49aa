"""`python -m metafleet.runner.backtest --data-mb N --cpu-s S [--root DIR [--user UID]]`: make one test.

What to test comes by standard input (`engine.tester.jobs.BacktestJob`), what it comes to goes to standard
output, one JSON line for each of `Told`. The prices are opened first; with `--root` the process then shuts
itself in a cell (`cell`), and only there loads an uploaded EA's source. Nobody left to listen ends it.
"""

from __future__ import annotations

import argparse
import importlib
import os
import resource
import sys
import time
from pathlib import Path
from typing import Final

import msgspec

from metafleet.engine.experts.catalogue import EXPERTS
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.inputs import InputRefused
from metafleet.engine.experts.loading import NotLoadable, load_expert, preload, words_of
from metafleet.engine.market.files.opening import MarketFileRefused
from metafleet.engine.market.sources import SourceRefused
from metafleet.engine.market.supplies import Supply
from metafleet.engine.tester.contract import TestRefused
from metafleet.engine.tester.jobs import BacktestJob, Told, open_supplied
from metafleet.engine.tester.report import TestReport, make_test_report
from metafleet.engine.tester.run import run_test
from metafleet.runner import cell, confinement
from metafleet.runner.trial import EXIT_DONE, EXIT_FAILED, EXIT_NO_CELL

TELL_EVERY_S: Final = 0.25
LOADED_LATE: Final = ("numpy.ma", "numpy.fft", "numpy.random", "numpy.polynomial")
"""What numpy loads when it is first used: in a cell there is nothing to load from."""
_MIB: Final = 1024 * 1024


def main(arguments: list[str] | None = None) -> int:
    """Make the test and return the exit code."""
    options = read_options("metafleet.runner.backtest", __doc__, arguments)
    confinement.end_with_parent()
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=BacktestJob)
    load_all()
    try:
        supplies = open_supplied(job.supplies)
    except (MarketFileRefused, SourceRefused, KeyError) as gone:
        tell(Told(kind="failed", error=f"The prices cannot be read: {gone}"))
        return EXIT_FAILED
    os.nice(10)
    try:
        shut_in(options)
    except cell.NoCell as missing:
        tell(Told(kind="no_cell", error=str(missing)))
        return EXIT_NO_CELL
    return _make(job, supplies)


def read_options(module: str, about: str | None, arguments: list[str] | None = None) -> argparse.Namespace:
    """Return what a process that tests EAs is started with."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=about)
    parser.add_argument("--root", type=Path, help="an empty folder; without it there is no cell")
    parser.add_argument("--data-mb", type=int, required=True, help="private memory that it may reserve")
    parser.add_argument("--cpu-s", type=int, required=True, help="processor time that it may use")
    parser.add_argument("--user", type=int, help="numeric user to become, where started by root")
    return parser.parse_args(arguments)


def load_all() -> None:
    """Import what an EA or a test may need: where it runs there is nothing to import from."""
    preload()
    for name in LOADED_LATE:
        importlib.import_module(name)


def shut_in(options: argparse.Namespace) -> None:
    """Enter the cell, or take the limits where there is none. Raises NoCell."""
    if options.root is not None:
        cell.enter(cell.Cell(options.root, options.user, options.data_mb, options.cpu_s))
        return
    for what, most in ((resource.RLIMIT_CPU, options.cpu_s), (resource.RLIMIT_DATA, options.data_mb * _MIB)):
        resource.setrlimit(what, (most, most))


def _make(job: BacktestJob, supplies: dict[str, Supply]) -> int:
    try:
        # No compiler in here: it is large, wants to write, and what it would load is machine code.
        result = run_test(
            _expert(job),
            job.test,
            supplies,
            signals=job.signals,
            progress=_Progress().take,
            kernel_cache=None,
        )
        result = msgspec.structs.replace(result, notes=[*result.notes, *job.notes])
        tell(Told(kind="done", progress=1.0, report=_written(make_test_report(result))))
    except (NotLoadable, TestRefused, InputRefused) as fault:
        tell(Told(kind="failed", error=str(fault)))
    except MemoryError:
        tell(Told(kind="failed", error="It asked for more memory than a backtest may have."))
    except BaseException as fault:  # noqa: BLE001 - whatever the EA raises is the EA's failure
        tell(Told(kind="failed", error=words_of(fault)))
    else:
        return EXIT_DONE
    return EXIT_FAILED


def _expert(job: BacktestJob) -> type[Expert]:
    if job.source:
        return load_expert(job.source)
    return EXPERTS[job.slug]


def _written(report: TestReport) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(report))


class _Progress:
    """Tells how far it is, and not at each word of it."""

    def __init__(self) -> None:
        self._told_at_s = 0.0

    def take(self, done: float) -> None:
        now_s = time.monotonic()
        if now_s - self._told_at_s >= TELL_EVERY_S:
            self._told_at_s = now_s
            tell(Told(kind="progress", progress=round(done, 4)))


def tell(told: msgspec.Struct) -> None:
    """Say one line, whole; who has nobody left to listen ends."""
    line = memoryview(msgspec.json.encode(told) + b"\n")
    try:
        while line:
            line = line[os.write(1, line) :]
    except OSError:
        os._exit(EXIT_FAILED)  # nobody listens any more: whoever asked is gone


if __name__ == "__main__":
    sys.exit(main())
