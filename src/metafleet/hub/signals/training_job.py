"""`python -m metafleet.hub.signals.training_job`: train one model, and nothing else, in a process of its own.

What to train comes by standard input (`Job`, msgpack), what came of it goes to standard output: a JSON line
(`Told`) each time that a part is done, the last with the model's file. It is nice to who serves, and needs no
database. Nobody left to listen ends it.
"""

from __future__ import annotations

import os
import sys
from typing import Any, Final

import msgspec
import numpy as np

from metafleet.brain.features import CALENDAR, UnknownFeature
from metafleet.brain.model import LabelSpec, LibraryMissing, ModelSpec
from metafleet.brain.splits import SplitRefused
from metafleet.brain.training import Study, StudyRefused, train
from metafleet.engine.market.arrays import RATES
from metafleet.engine.market.symbolfile import known_symbols
from metafleet.engine.market.symbols import SymbolSpec

_NICE: Final = 10


class Job(msgspec.Struct, frozen=True):
    """spec: of the version that is trained anew. bars: RATES rows by symbol; beside: of the others.

    calendar: CALENDAR rows, where a feature looks at one.
    """

    spec: ModelSpec
    bars: dict[str, bytes]
    beside: dict[str, bytes]
    folds: int
    confidence: float
    seed: int
    trials_before: int
    calendar: bytes | None = None


class Told(msgspec.Struct, omit_defaults=True):
    """progress: 0 to 1. file: the model's, in the last line; error: a sentence, instead of it."""

    progress: float = 0.0
    file: bytes | None = None
    error: str = ""


def study_of(job: Job) -> Study:
    """Return the study that the version came of, of newer bars. Raises StudyRefused, KeyError."""
    spec, label = job.spec, job.spec.label
    specs: dict[str, SymbolSpec] = {name: known_symbols()[name] for name in (*job.bars, *job.beside)}
    return Study(
        name=spec.name,
        bars={name: np.frombuffer(rows, RATES) for name, rows in job.bars.items()},
        specs=specs,
        timeframe=spec.timeframe,
        label=LabelSpec(
            kind=label.kind,
            horizon_bars=label.horizon_bars,
            upper=label.upper,
            lower=label.lower,
            volatility_bars=label.volatility_bars,
        ),
        features=spec.features,
        kind=spec.kind,
        folds=job.folds,
        seed=job.seed,
        confidence=job.confidence,
        trials_before=job.trials_before,
        beside={name: np.frombuffer(rows, RATES) for name, rows in job.beside.items()},
        calendar=None if job.calendar is None else np.frombuffer(job.calendar, CALENDAR),
    )


def main() -> int:
    """Train, and return the exit code."""
    os.nice(_NICE)
    job = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Job)
    try:
        made = train(
            study_of(job),
            workers=max(1, (os.cpu_count() or 2) // 2),
            progress=lambda done, _: _tell(Told(progress=done)),
        )
    except (StudyRefused, SplitRefused, LibraryMissing, UnknownFeature, KeyError) as refused:
        _tell(Told(error=f"It could not be trained: {refused}"[:400]))
        return 1
    _tell(Told(progress=1.0, file=made.model.to_bytes()))
    return 0


def _tell(told: Any) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
