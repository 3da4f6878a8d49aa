"""Real worker processes: what ends badly costs one job, and what was done is never done again."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import psutil
import pytest

from metafleet.engine.market.supplies import GeneratedSupply
from metafleet.engine.market.symbols import SYMBOLS
from metafleet.engine.tester.declared import compiling
from metafleet.engine.tester.optimising.archive import Archive, ArchiveRefused
from metafleet.engine.tester.optimising.crew import Crew
from metafleet.engine.tester.optimising.criterion import Criterion
from metafleet.engine.tester.optimising.job import (
    Job,
    JobRefused,
    MarketRef,
    Outcome,
    market_of,
    run_job,
    supplies_of,
)
from metafleet.engine.tester.optimising.optimising import (
    OptimisationFailed,
    Progress,
    Report,
    optimise,
)
from metafleet.engine.tester.optimising.report.document import document_of
from metafleet.engine.tester.optimising.tests import stage
from metafleet.engine.tester.optimising.tests.stage import day_s, ea_in, searched_in, task_in
from metafleet.engine.tester.optimising.trying import Told, Tries
from metafleet.engine.tester.optimising.walk_forward import walk_forward
from metafleet.engine.tester.optimising.windows import Window

SATURDAY = 5
HASHED = """
import sys, msgspec
from pathlib import Path
from metafleet.engine.tester.optimising.job import MarketRef, market_of
print(market_of(msgspec.json.decode(sys.argv[2], type=MarketRef), Path(sys.argv[1])).sha256)
"""


def counted(seen: list[Progress]) -> Report:
    return seen.append


def test_a_search_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    stage = "metafleet.engine.tester.optimising.tests.stage"
    code = f"import sys; from {stage} import search_and_print; search_and_print(sys.argv[1])"
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for done in range(1, 4):
        assert process.stdout.readline() == f"{done} 0\n"
    workers = psutil.Process(process.pid).children()
    process.kill()
    process.wait()
    process.stdout.close()
    assert len(workers) == 2
    # Nobody is left who works for nobody.
    _, alive = psutil.wait_procs(workers, timeout=20)
    assert not alive
    with Archive(tmp_path / "tries.sqlite") as archive:
        task = task_in(tmp_path, ["held=5:20:5", "apart=30:40:10"])
        kept = archive.find(task.job(point).key for point in task.space.points())
    assert 3 <= len(kept) < 8

    seen: list[Progress] = []
    resumed = searched_in(tmp_path, 2, counted(seen))
    assert [one.kept for one in seen[: len(kept)]] == list(range(1, len(kept) + 1))
    assert (seen[-1].done, seen[-1].kept) == (8, len(kept))

    again: list[Progress] = []
    assert searched_in(tmp_path, 1, counted(again)) == resumed
    assert again[-1].kept == 8
    anew: list[Progress] = []
    fresh = searched_in(tmp_path, 1, counted(anew), is_fresh=True)
    assert anew[-1].kept == 0
    assert [(one.point, one.worth) for one in fresh.tries] == [
        (one.point, one.worth) for one in resumed.tries
    ]


def test_a_worker_that_dies_costs_its_job_and_no_other(tmp_path: Path) -> None:
    task = task_in(tmp_path, ["held=5,10", "trouble=none,raise,die,die once"])
    seen: list[Progress] = []
    with Crew(2, market_cache=tmp_path) as crew, Archive(tmp_path / "tries.sqlite") as archive:
        made = optimise(task, Tries(crew, archive), counted(seen))
    by_trouble = {
        trouble: [one.outcome for one in made.tries if one.outcome.inputs["trouble"] == trouble]
        for trouble in ("none", "raise", "die", "die once")
    }
    assert [one.state for one in by_trouble["none"] + by_trouble["die once"]] == ["done"] * 4
    assert (tmp_path / "die once").exists()
    for one in by_trouble["raise"]:
        assert (one.state, one.error) == ("failed", "RuntimeError: as it was asked (holder.py, line 21)")
    for one in by_trouble["die"]:
        assert one.state == "failed"
        assert one.error.startswith("its process ended, 2 times")
    assert seen[-1].failed == 4


def test_a_try_that_never_ends_is_ended(tmp_path: Path) -> None:
    task = task_in(tmp_path, ["trouble=none,hang"])
    with (
        Crew(1, market_cache=tmp_path, limit_s=3.0) as crew,
        Archive(tmp_path / "tries.sqlite") as archive,
    ):
        made = optimise(task, Tries(crew, archive))
    assert [(one.outcome.state, one.outcome.error) for one in made.tries] == [
        ("done", ""),
        ("failed", "it took longer than 3 s"),
    ]


def test_when_everything_fails_it_is_said_at_once(tmp_path: Path) -> None:
    task = task_in(tmp_path, ["held=1:40:1"], trouble="raise")
    seen: list[Progress] = []
    with Crew(1, market_cache=tmp_path) as crew, Archive(tmp_path / "tries.sqlite") as archive:  # noqa: SIM117
        with pytest.raises(
            OptimisationFailed, match="the first 20 tries all failed; one of them: RuntimeError"
        ):
            optimise(task, Tries(crew, archive), counted(seen))
    assert len(seen) == 19


def test_a_job_is_a_document_and_runs_the_same_anywhere(tmp_path: Path) -> None:
    task = task_in(tmp_path, ["held=5:20:5"])
    job = task.job((1,), wants_days=True)
    text = msgspec.json.encode(job)
    outcome = run_job(msgspec.json.decode(text, type=Job), market_cache=tmp_path)
    assert outcome.key == job.key
    assert outcome.inputs == {"held": 10, "apart": 60, "trouble": "none"}
    assert len(outcome.days) == 2
    assert outcome.figures["trades"] > 20  # type: ignore[operator]
    same = run_job(job, market_cache=tmp_path)
    assert replaced(same) == replaced(outcome)
    assert msgspec.json.decode(msgspec.json.encode(outcome), type=Outcome) == outcome


def replaced(outcome: Outcome) -> Outcome:
    return msgspec.structs.replace(outcome, elapsed_s=0.0)


def test_another_source_market_engine_or_test_is_another_job(tmp_path: Path) -> None:
    job = task_in(tmp_path, ["held=5:20:5"]).job((1,))
    others = [
        msgspec.structs.replace(job, expert=msgspec.structs.replace(job.expert, sha256="sha256:other")),
        msgspec.structs.replace(job, market=msgspec.structs.replace(job.market, sha256="other")),
        msgspec.structs.replace(job, engine="0.0.1"),
    ]
    longer = msgspec.structs.replace(job.test, to_s=day_s(12))
    assert len({job.key, msgspec.structs.replace(job, test=longer).key, *(one.key for one in others)}) == 5
    for other, words in zip(
        others, ["has changed since the job", "market sample", "is of engine"], strict=True
    ):
        with pytest.raises(JobRefused, match=words):
            run_job(other, market_cache=tmp_path)
    # Where the same source lies is of no interest.
    moved = msgspec.structs.replace(job, expert=msgspec.structs.replace(job.expert, name="elsewhere.py"))
    assert moved.key == job.key


def test_an_ea_that_changes_under_a_search_ends_it(tmp_path: Path) -> None:
    task = task_in(tmp_path, ["held=5:20:5"])
    ea_in(tmp_path).write_text(ea_in(tmp_path).read_text() + "\n# changed\n")
    with Crew(1, market_cache=tmp_path) as crew, Archive(tmp_path / "tries.sqlite") as archive:  # noqa: SIM117
        with pytest.raises(JobRefused, match="has changed since the job was made"):
            optimise(task, Tries(crew, archive))


def test_a_walk_forward_trades_what_was_chosen_before(tmp_path: Path) -> None:
    task = task_in(tmp_path, ["held=5:20:5"])
    windows = [
        Window(day_s(9), day_s(11), day_s(12)),
        Window(day_s(10), day_s(12), day_s(13)),
    ]
    with Crew(2, market_cache=tmp_path) as crew, Archive(tmp_path / "tries.sqlite") as archive:
        made = walk_forward(task, windows, "rolling", Tries(crew, archive))
    for step, window in zip(made.steps, windows, strict=True):
        assert step.chosen is not None
        assert step.after is not None
        # The chosen is the best of its own two days, and the day after was traded with it.
        inside = msgspec.structs.replace(task.test, from_s=window.begin_s, to_s=window.out_s)
        nets = {
            point: run_job(task.job(point, inside), market_cache=tmp_path).figures["net_profit"]
            for point in task.space.points()
        }
        assert nets[step.chosen.point] == max(net for net in nets.values() if net is not None)
        outside = msgspec.structs.replace(task.test, from_s=window.out_s, to_s=window.end_s)
        job = task.of_a_part.job(step.chosen.point, outside, wants_days=True)
        after = run_job(job, market_cache=tmp_path)
        assert replaced(after) == replaced(step.after)
        assert [window.out_s <= at < window.end_s for at, _ in step.after.days] == [True]
    first, second = (step.after.days[0][1] for step in made.steps if step.after is not None)
    assert [equity for _, equity in made.days] == pytest.approx([first, first * second / 10_000])


def test_a_walk_forward_goes_on_over_a_weekend(tmp_path: Path) -> None:
    """Its time, and that of a forward period, may have no bars; the search's own must."""
    task = task_in(tmp_path, ["held=5:20:5"])
    (saturday,) = (n for n in range(9, 16) if datetime.fromtimestamp(day_s(n), UTC).weekday() == SATURDAY)
    friday, sunday, monday = (day_s(saturday + n) for n in (-1, 1, 2))
    windows = [
        Window(friday, day_s(saturday), sunday),  # is not traded
        Window(day_s(saturday), sunday, monday),  # has nothing to choose by
    ]
    with Crew(2, market_cache=tmp_path) as crew, Archive(tmp_path / "tries.sqlite") as archive:
        tries = Tries(crew, archive)
        chosen, unchosen = walk_forward(task, windows, "rolling", tries).steps
        assert chosen.chosen is not None
        assert chosen.after is not None
        assert (chosen.after.figures["net_profit"], chosen.after.figures["trades"]) == (0.0, 0.0)
        assert chosen.after.figures["equity"] == float(task.test.deposit)
        assert (unchosen.chosen, unchosen.tries) == (None, 4)
        ahead = msgspec.structs.replace(task.test, from_s=friday, to_s=monday, forward_s=day_s(saturday))
        best = optimise(replace(task, test=ahead), tries).best
        assert best is not None
        assert best.forward is not None
        assert best.forward.figures["trades"] == 0.0
        weekend = msgspec.structs.replace(task.test, from_s=day_s(saturday), to_s=monday)
        with pytest.raises(JobRefused, match="has no bars in this time"):
            optimise(replace(task, test=weekend), tries)


def test_few_trades_are_no_result(tmp_path: Path) -> None:
    task = replace(task_in(tmp_path, ["apart=30,2000"]), criterion=Criterion("net_profit", fewest_trades=10))
    with Crew(1, market_cache=tmp_path) as crew, Archive(tmp_path / "tries.sqlite") as archive:
        made = optimise(task, Tries(crew, archive))
    assert [one.worth.score is None for one in made.tries] == [False, True]
    assert made.best is not None
    assert made.best.outcome.inputs["apart"] == 30


class Here:
    """Runs jobs in this process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, jobs: Sequence[Job], told: Told | None = None) -> list[Outcome]:
        outcomes = [run_job(job, market_cache=self._folder) for job in jobs]
        for outcome in outcomes:
            if told is not None:
                told(outcome, False)
        return outcomes


LIE = """
    def declare(self, past):
        from metafleet.engine.experts import Declaration

        return Declaration(entries=past.bars.close > 0, volume=0.1)
"""


@pytest.mark.skipif(not compiling.is_there(), reason="metafleet[fast] is not installed")
def test_where_a_declaration_is_not_what_the_ea_does_is_in_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest, lying = tmp_path / "honest", tmp_path / "lying"
    honest.mkdir()
    lying.mkdir()
    plain = optimise(task_in(honest, ["held=5,10"]), Here(honest))
    monkeypatch.setattr(stage, "EA", stage.EA + LIE)
    task = task_in(lying, ["held=5,10"])
    made = optimise(task, Here(lying))
    assert [one.outcome.figures for one in made.tries] == [one.outcome.figures for one in plain.tries]
    said = [note for note in document_of(task, made).notes if "is not what it does" in note]
    assert len(said) == 1
    assert said[0].startswith("At 2 tries, first with held 5: What the EA declares is not what it does")
    assert re.search(
        r"in the bar of 2024-01-\d\d [\d:]{8}, after \[\d+\] of its arrays, declare\(\) says", said[0]
    )


def test_a_file_that_is_no_archive_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite"
    other.write_bytes(b"something else entirely, and longer than a page's head")
    with pytest.raises(ArchiveRefused, match="cannot be used to keep tries"):
        Archive(other)
    assert other.read_bytes().startswith(b"something else")


def test_two_searches_share_a_file(tmp_path: Path) -> None:
    file = tmp_path / "tries.sqlite"
    with Archive(file) as one, Archive(file) as other:
        for place in range(20):
            (one if place % 2 else other).keep(Outcome(key=str(place), inputs={}, state="done"))
        assert (
            set(one.find(map(str, range(30))))
            == set(other.find(map(str, range(30))))
            == set(map(str, range(20)))
        )
    with Archive(file) as again:
        assert len(again.find(map(str, range(1200)))) == 20


def test_a_crew_that_is_closed_leaves_no_process(tmp_path: Path) -> None:
    task = task_in(tmp_path, ["held=1:400:1"])
    with Crew(2, market_cache=tmp_path) as crew:
        outcomes = crew.run([task.job(point) for point in task.space.points()])
        next(outcomes)
        workers = [
            one
            for one in psutil.Process(os.getpid()).children()
            if "metafleet.engine.tester.optimising.worker" in one.cmdline()
        ]
        assert len(workers) == 2
        # One that is killed from outside is replaced, and its job is done by the next.
        workers[0].send_signal(signal.SIGKILL)
        assert {next(outcomes).state for _ in range(6)} == {"done"}
    assert not [one for one in workers if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


def test_a_market_that_is_made_is_made_once(tmp_path: Path) -> None:
    market = MarketRef(
        source="generator", specs={"EURUSD": SYMBOLS["EURUSD"]}, from_s=day_s(8), to_s=day_s(9)
    )
    supply = supplies_of(market, tmp_path)["EURUSD"]
    (file,) = tmp_path.glob("made_EURUSD_*.npy")
    made = GeneratedSupply(SYMBOLS["EURUSD"], 0).between(day_s(8), day_s(9))
    assert len(made) > 1000
    assert np.array_equal(supply.between(day_s(8), day_s(9)), made)
    begun = file.stat().st_mtime_ns
    # Another process finds it there.
    words = [sys.executable, "-c", HASHED, str(tmp_path), msgspec.json.encode(market).decode()]
    said = subprocess.run(words, capture_output=True, text=True, check=True)  # noqa: S603
    assert said.stdout.strip() == market_of(market, tmp_path).sha256
    assert [one.stat().st_mtime_ns for one in tmp_path.glob("made_*")] == [begun]
