"""`python -m metafleet.runner.tries --data-mb N --cpu-s S [--root DIR [--user UID]]`: make several tries.

What to try comes by standard input (`engine.tester.optimising.batch.Batch`), what each comes to goes to
standard output as soon as it is done, one JSON line for each of `BatchTold`. As `runner.backtest`: prices
first, then the cell, and only there an uploaded EA's source.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from metafleet.engine.experts.catalogue import EXPERTS
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.loading import NotLoadable, load_expert
from metafleet.engine.experts.provenance import content_hash
from metafleet.engine.market.files.opening import MarketFileRefused
from metafleet.engine.market.sources import SourceRefused
from metafleet.engine.market.supplies import Supply
from metafleet.engine.tester.contract import TestRefused
from metafleet.engine.tester.declared.compiling import KERNEL_CACHE
from metafleet.engine.tester.jobs import open_supplied, spec_of
from metafleet.engine.tester.optimising.baking import open_baked
from metafleet.engine.tester.optimising.batch import Batch, BatchTold
from metafleet.engine.tester.optimising.job import engine_version, outcome_of
from metafleet.runner import backtest, cell, confinement
from metafleet.runner.trial import EXIT_DONE, EXIT_FAILED, EXIT_NO_CELL


def main(arguments: list[str] | None = None) -> int:
    """Make the tries and return the exit code."""
    options = backtest.read_options("metafleet.runner.tries", __doc__, arguments)
    confinement.end_with_parent()
    batch = msgspec.json.decode(sys.stdin.buffer.read(), type=Batch)
    backtest.load_all()
    try:
        supplies = open_supplied(batch.supplies)
        supplies |= {name: open_baked(spec_of(name), Path(path)) for name, path in batch.made.items()}
        _refuse_others(batch)
    except (MarketFileRefused, SourceRefused, KeyError, _Other) as gone:
        backtest.tell(BatchTold(kind="refused", error=str(gone)))
        return EXIT_FAILED
    os.nice(10)
    try:
        backtest.shut_in(options)
    except cell.NoCell as missing:
        backtest.tell(BatchTold(kind="no_cell", error=str(missing)))
        return EXIT_NO_CELL
    return _make(batch, supplies)


class _Other(Exception):
    """This machine has another engine or EA than the jobs are of."""


def _refuse_others(batch: Batch) -> None:
    for job in batch.jobs[:1]:
        if job.engine != engine_version():
            raise _Other(f"The tries are of engine {job.engine}, and {engine_version()} is installed here.")
        if not batch.source and content_hash(EXPERTS[batch.slug]) != job.expert.sha256:
            raise _Other(f"Another version of {batch.slug} is installed here.")


def _make(batch: Batch, supplies: Mapping[str, Supply]) -> int:
    for job in batch.jobs:
        try:
            # An uploaded one is in a cell, where there is no compiler (as `backtest`).
            kernel = None if batch.source else KERNEL_CACHE
            outcome = outcome_of(job, _expert(batch), supplies, kernel_cache=kernel)
        except (NotLoadable, TestRefused) as fault:
            backtest.tell(BatchTold(kind="refused", error=str(fault)))
            return EXIT_FAILED
        backtest.tell(BatchTold(kind="outcome", outcome=outcome))
    return EXIT_DONE


def _expert(batch: Batch) -> type[Expert]:
    """An uploaded one is loaded for each try: what it leaves in its module must not reach the next."""
    return load_expert(batch.source) if batch.source else EXPERTS[batch.slug]


if __name__ == "__main__":
    sys.exit(main())
