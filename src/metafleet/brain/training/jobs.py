"""The parts that a study falls into: each fold of each model, and the model of all bars; on all cores.

Each result is kept in the work folder when it is done, named by all that it depends on: after a kill the same
study goes on where it was.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from metafleet.brain import splits
from metafleet.brain.model import Booster, Calibration, Linear
from metafleet.brain.training.fitting import Fitted, Settings, fit
from metafleet.brain.training.importance import increases
from metafleet.brain.training.samples import Samples

Progress = Callable[[float, str], None]
"""Called with the share that is done, 0 to 1, and a few words; whatever it raises ends the training."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One model to make. window: None for the one of all bars. columns: names of features to shuffle."""

    settings: Settings
    window: splits.Window | None
    columns: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What it is, for people."""
        of = "all bars" if self.window is None else f"fold {self.window.number}"
        return f"{self.settings.way}, {of}"


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a job.

    probabilities: float64, of the test's samples in their order; of the model of all bars, none. shuffled: of
    `increases`, None where it was not asked for. taught: how many samples were trained on.
    """

    fitted: Fitted
    probabilities: NDArray[np.float64]
    shuffled: NDArray[np.float32] | None
    taught: int
    purged: int
    embargoed: int


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The same as bytes."""

    calibration: Calibration
    threshold: float
    full_at: float
    rounds: int
    trees: str | None
    line: Linear | None
    probabilities: bytes
    shuffled: bytes | None
    columns: int
    taught: int
    purged: int
    embargoed: int


class Work:
    """A folder of results."""

    def __init__(self, folder: Path | None, samples: Samples, data_hash: str, versions: str) -> None:
        """folder: made where it is missing; None to keep nothing."""
        self._folder = folder
        self._of = ""
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self._of = f"{data_hash} {samples.content_hash()} {versions}"

    def find(self, job: Job) -> Done | None:
        """Return what was kept of a job; None where there is nothing, or nothing whole."""
        if self._folder is None:
            return None
        try:
            kept = msgspec.msgpack.decode(self._path(self._folder, job).read_bytes(), type=_Kept)
        except (OSError, msgspec.MsgspecError):
            return None
        shuffled = kept.shuffled
        return Done(
            fitted=Fitted(
                calibration=kept.calibration,
                threshold=kept.threshold,
                full_at=kept.full_at,
                rounds=kept.rounds,
                scorer=kept.line if kept.trees is None else Booster(kept.trees),
            ),
            probabilities=np.frombuffer(kept.probabilities, np.float64),
            shuffled=None
            if shuffled is None
            else np.frombuffer(shuffled, np.float32).reshape(-1, kept.columns),
            taught=kept.taught,
            purged=kept.purged,
            embargoed=kept.embargoed,
        )

    def keep(self, job: Job, done: Done) -> None:
        """Write a result whole or not at all."""
        if self._folder is None:
            return
        scorer, shuffled = done.fitted.scorer, done.shuffled
        kept = _Kept(
            calibration=done.fitted.calibration,
            threshold=done.fitted.threshold,
            full_at=done.fitted.full_at,
            rounds=done.fitted.rounds,
            trees=scorer.text if isinstance(scorer, Booster) else None,
            line=scorer if isinstance(scorer, Linear) else None,
            probabilities=done.probabilities.tobytes(),
            shuffled=None if shuffled is None else shuffled.tobytes(),
            columns=0 if shuffled is None else shuffled.shape[1],
            taught=done.taught,
            purged=done.purged,
            embargoed=done.embargoed,
        )
        descriptor, temporary = tempfile.mkstemp(prefix=".", dir=self._folder)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.msgpack.encode(kept))
        os.replace(temporary, self._path(self._folder, job))

    def _path(self, folder: Path, job: Job) -> Path:
        key = hashlib.sha256(self._of.encode() + msgspec.msgpack.encode(job)).hexdigest()
        return folder / f"{key[:40]}.fold"


def do(
    jobs: list[Job], samples: Samples, work: Work, *, workers: int, progress: Progress | None
) -> list[Done]:
    """Return what came of each job, in their order; so many threads work, each by itself.

    Raises what a job or the progress raises, once those that are being done are done.
    """
    cost = [_cost(job, samples) for job in jobs]
    found: dict[int, Done] = {}
    is_over = threading.Event()

    def run(place: int) -> int:
        if not is_over.is_set():
            kept = work.find(jobs[place])
            found[place] = kept or _done(jobs[place], samples)
            if kept is None:
                work.keep(jobs[place], found[place])
        return place

    with _one_thread_each(), ThreadPoolExecutor(max(1, workers), thread_name_prefix="training") as pool:
        # The longest first, so that no core waits for one that began last.
        order = sorted(range(len(jobs)), key=lambda place: -cost[place])
        futures = [pool.submit(run, place) for place in order]
        try:
            for future in as_completed(futures):
                place = future.result()
                if progress is not None:
                    share = sum(cost[one] for one in found) / sum(cost)
                    progress(share, jobs[place].words)
        except BaseException:
            is_over.set()
            raise
    return [found[place] for place in range(len(jobs))]


def _done(job: Job, samples: Samples) -> Done:
    taught, tests = samples.is_taught, np.zeros(len(samples.rose), bool)
    purged = embargoed = 0
    if job.window is not None:
        tests = job.window.tests(samples.opens_s)
        cut = splits.before(
            job.window, samples.opens_s[taught], samples.ends_s[taught], job.settings.embargo_s
        )
        places = np.flatnonzero(taught)[cut.train]
        purged, embargoed = cut.purged, cut.embargoed
    else:
        places = np.flatnonzero(taught)
    if len(places) < 100 or len(np.unique(samples.rose[places])) < 2:
        raise splits.SplitRefused(
            f"{job.words}: {len(places)} samples are too few to train on; take more bars"
        )
    fitted = fit(samples, places, job.settings)
    shuffled = None
    if job.columns:
        shuffled = increases(fitted, samples, np.flatnonzero(tests & taught), job.settings.seed, job.columns)
    return Done(
        fitted=fitted,
        probabilities=fitted.probabilities(samples.rows[tests]),
        shuffled=shuffled,
        taught=len(places),
        purged=purged,
        embargoed=embargoed,
    )


def _cost(job: Job, samples: Samples) -> float:
    share = 1.0 if job.window is None else float((samples.ends_s < job.window.begin_s).mean())
    return share * {"lightgbm": 1.0, "linear": 0.3, "share": 0.01}[job.settings.way] + 0.01


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Keep the linear algebra to one thread: jobs share the cores, and sums keep their order."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):
        yield
