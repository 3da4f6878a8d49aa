"""The process that runs jobs, one after another: a job's JSON on a line in, its outcome's on a line out.

    python -m metafleet.engine.tester.optimising.worker MARKET_CACHE

The first line out says that it is ready.
It ends when its input does, also in the middle of a job: whoever gave it is no more.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
from pathlib import Path
from typing import BinaryIO

import msgspec

from metafleet.engine.market.files.opening import MarketFileRefused
from metafleet.engine.market.sources import SourceRefused
from metafleet.engine.tester.contract import TestRefused
from metafleet.engine.tester.optimising.job import Job, JobRefused, Outcome, run_job


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the worker says to a job: its outcome, or why every such job is refused here. Neither: ready."""

    outcome: Outcome | None = None
    refused: str = ""


def main() -> None:
    """Answer jobs until the input ends."""
    answers = _own_output()
    jobs: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, jobs), daemon=True).start()
    cache, answer = Path(sys.argv[1]), Answer()
    while True:
        answers.write(msgspec.json.encode(answer) + b"\n")
        answers.flush()
        answer = answer_to(msgspec.json.decode(jobs.get(), type=Job), cache)


def answer_to(job: Job, market_cache: Path) -> Answer:
    """Run a job and return what is said of it."""
    try:
        return Answer(outcome=run_job(job, market_cache=market_cache))
    except (JobRefused, TestRefused, SourceRefused, MarketFileRefused) as refused:
        return Answer(refused=str(refused))


def _own_output() -> BinaryIO:
    """Keep the pipe for answers, and let what an EA prints go where errors go."""
    kept = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(kept, "wb")


def _listen(source: BinaryIO, jobs: queue.SimpleQueue[bytes]) -> None:
    for line in source:
        jobs.put(line)
    os._exit(0)


if __name__ == "__main__":
    main()
