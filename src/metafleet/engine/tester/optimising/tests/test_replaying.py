"""An optimisation that others run, replayed from what is known, comes to what one process comes to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from metafleet.engine.tester.optimising.archive import Archive
from metafleet.engine.tester.optimising.crew import Crew
from metafleet.engine.tester.optimising.job import Outcome, failed, run_job
from metafleet.engine.tester.optimising.optimising import OptimisationFailed, Task, optimise, periods_of
from metafleet.engine.tester.optimising.replaying import Standing, most_runs, replayed
from metafleet.engine.tester.optimising.report.document import as_json, document_of
from metafleet.engine.tester.optimising.searches import Method
from metafleet.engine.tester.optimising.tests.stage import day_s, task_in
from metafleet.engine.tester.optimising.trying import Tries
from metafleet.engine.tester.optimising.walk_forward import walk_forward
from metafleet.engine.tester.optimising.windows import Window, windows_of


def task(folder: Path, method: Method, tries: int | None = None) -> Task:
    made = task_in(folder, ["held=5:25:5", "apart=30:60:10"])
    test = msgspec.structs.replace(made.test, from_s=day_s(8), to_s=day_s(12), forward_s=day_s(11))
    return replace(made, method=method, tries=tries, test=test, seed=3)


def windows(asked: Task) -> list[Window]:
    test, _ = periods_of(asked.test)
    return windows_of(test.from_s or 0, test.to_s or 0, 2, ratio=1)


def played(asked: Task, folder: Path, known: dict[str, Outcome], most: int = 1_000) -> Standing:
    """Run what is missing, at most so many of it at a time, until nothing is."""
    while True:
        standing = replayed(asked, known, windows(asked), "rolling")
        assert len(known) <= standing.done + len(standing.missing) <= standing.total
        if not standing.missing:
            return standing
        for job in standing.missing[:most]:
            assert job.key not in known
            said = msgspec.json.encode(run_job(job, market_cache=folder))
            known[job.key] = msgspec.json.decode(said, type=Outcome)


@pytest.mark.parametrize(("method", "tries"), [("grid", None), ("genetic", 12), ("bayes", 12), ("random", 9)])
def test_a_replayed_optimisation_is_that_of_one_process(
    tmp_path: Path, method: Method, tries: int | None
) -> None:
    asked = task(tmp_path, method, tries)
    known: dict[str, Outcome] = {}
    standing = played(asked, tmp_path, known, most=5)
    assert standing.optimum is not None
    with Crew(1, market_cache=tmp_path) as crew, Archive(tmp_path / "tries.sqlite") as archive:
        for outcome in known.values():
            archive.keep(outcome)
        kept = Tries(crew, archive)
        whole = document_of(
            asked, optimise(asked, kept), walk_forward(asked, windows(asked), "rolling", kept)
        )
    assert as_json(document_of(asked, standing.optimum, standing.walked)) == as_json(whole)
    # Nothing was run that the process in one go would not have run.
    assert standing.done == len(known) == standing.total


def test_what_is_known_is_never_asked_for_again(tmp_path: Path) -> None:
    asked = task(tmp_path, "genetic", 10)
    known: dict[str, Outcome] = {}
    played(asked, tmp_path, known)
    assert replayed(asked, known, windows(asked)).missing == []
    one = next(iter(known))
    del known[one]
    assert [job.key for job in replayed(asked, known, windows(asked)).missing] == [one]


def test_the_size_is_said_before_it_begins(tmp_path: Path) -> None:
    asked = task(tmp_path, "grid")
    # Twenty in the search and in each window, what each chose, the best's days, and the forward of ten.
    assert most_runs(asked, 2) == 3 * 20 + 2 + 1 + 11
    assert replayed(asked, {}, windows(asked)).total == most_runs(asked, 2)


def test_what_the_ea_refuses_is_no_reason_to_give_up(tmp_path: Path) -> None:
    asked = task(tmp_path, "grid")
    jobs = replayed(asked, {}).missing
    refused = {job.key: failed(job, "InputRefused: no", is_refused=True) for job in jobs}
    broken = {job.key: failed(job, "ZeroDivisionError") for job in jobs}
    with pytest.raises(OptimisationFailed, match="none of the 20 tries could be run"):
        replayed(asked, refused)
    with pytest.raises(OptimisationFailed, match="the first 20 tries all failed"):
        replayed(asked, broken)
