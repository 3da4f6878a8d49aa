"""`python -m metafleet.hub.tester.foretelling_job`: ask a model about a test's past, in a process of its own.

What to ask comes by standard input (`Job`, msgpack), what the model says goes to standard output (`Told`, the
same). It is nice to who serves and needs no database: a worker never loads LightGBM.
"""

from __future__ import annotations

import os
import sys
from typing import Final

import msgspec

from metafleet.brain.model import Model, ModelRefused
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.signals import Signal
from metafleet.engine.market.files.opening import MarketFileRefused
from metafleet.engine.market.sources import SourceRefused
from metafleet.engine.tester.contract import Test, TestRefused
from metafleet.engine.tester.jobs import Supplied, open_supplied
from metafleet.hub.signals.foretelling import MOST, CannotForetell, foretell

_NICE: Final = 10


class Job(msgspec.Struct, frozen=True):
    """file: the model's."""

    file: bytes
    test: Test
    supplies: list[Supplied]


class Told(msgspec.Struct, omit_defaults=True):
    """error: a sentence, instead of signals."""

    signals: list[Signal] = []
    error: str = ""


def main() -> int:
    """Ask, tell, and return the exit code."""
    os.nice(_NICE)
    job = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Job)
    try:
        # Of the EA only the timeframe would be asked, and the test says which.
        signals, _ = foretell(Model.load(job.file), Expert, job.test, open_supplied(job.supplies))
        if len(signals) > MOST:
            raise CannotForetell(f"That would be {len(signals):,} signals, and {MOST:,} is the most")
        told = Told(signals=signals)
    except (CannotForetell, ModelRefused, TestRefused, MarketFileRefused, SourceRefused, KeyError) as fault:
        told = Told(error=f"The model cannot be asked: {str(fault).rstrip('.')}."[:400])
    sys.stdout.buffer.write(msgspec.msgpack.encode(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
