"""Runs jobs, but those only that were not run before: what is kept counts as done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from metafleet.engine.tester.optimising.archive import Archive
from metafleet.engine.tester.optimising.crew import Crew
from metafleet.engine.tester.optimising.job import Job, Outcome

Told = Callable[[Outcome, bool], object]
"""Told of each outcome as it comes, and whether it had been kept from before."""


class Trying(Protocol):
    """Who has jobs run, wherever that is."""

    def run(self, jobs: Sequence[Job], told: Told | None = None) -> list[Outcome]:
        """Return the jobs' outcomes in the jobs' order, each told of once."""


class Tries:
    """A crew and an archive together."""

    def __init__(self, crew: Crew, archive: Archive, *, is_fresh: bool = False) -> None:
        """is_fresh: what was kept before this run counts for nothing."""
        self._crew = crew
        self._archive = archive
        self._is_fresh = is_fresh
        self._known: dict[str, Outcome] = {}

    def run(self, jobs: Sequence[Job], told: Told | None = None) -> list[Outcome]:
        """Return the jobs' outcomes in the jobs' order; each is on the disk before it is told of.

        Raises JobRefused.
        """
        by_key = {job.key: job for job in jobs}
        kept = {key: self._known[key] for key in by_key if key in self._known}
        if not self._is_fresh:
            kept |= self._archive.find(key for key in by_key if key not in kept)
        if told is not None:
            for outcome in kept.values():
                told(outcome, True)
        for outcome in self._crew.run([job for key, job in by_key.items() if key not in kept]):
            self._archive.keep(outcome)
            kept[outcome.key] = outcome
            if told is not None:
                told(outcome, False)
        self._known |= kept
        return [kept[job.key] for job in jobs]
