"""Trials that are due: done, once, one at a time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from metafleet.engine.experts.tests.uploads import breakout
from metafleet.hub.catalogue import records, releases
from metafleet.hub.catalogue.models import EAVersion
from metafleet.hub.fleet.trials import trying
from metafleet.hub.fleet.trials.sandbox import Sandbox, SandboxFailed
from metafleet.hub.kernel import clock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


def uploaded(**changes: Any) -> EAVersion:
    return releases.upload(source=breakout(**changes), changelog="", actor="ann@x.org", now=clock.now())


def test_a_trial_that_is_due_is_done_and_waits_for_a_person() -> None:
    version = trying.try_out(uploaded().id)
    assert version is not None
    assert version.state == "in_review"
    review = records.read(EAVersion.objects.get(id=version.id).review)
    assert review.trial is not None
    assert (review.trial.is_done, review.trial.error, review.trial.progress) == (True, "", 1.0)
    assert review.declared is not None
    assert set(version.input_schema["properties"]) == {"lookback", "volume", "side"}
    assert trying.try_out(version.id) is None


def test_a_hostile_one_is_refused_with_what_it_did() -> None:
    version = trying.try_out(uploaded(body="x = bytearray(1 << 30)").id)
    assert version is not None
    assert version.state == "refused"
    assert "more memory" in version.decision


def test_one_at_a_time_and_a_killed_workers_again() -> None:
    first, second = uploaded(), uploaded(version="1.1.0")
    claim = releases.claim_trial(version_id=first.id, now=clock.now())
    assert claim is not None
    assert trying.try_out(second.id) is None
    past = clock.now() - timedelta(seconds=1)  # the worker was killed; its lease has run out
    EAVersion.objects.filter(id=first.id).update(trial_lease_until=past, trial_due_at=past)
    done = trying.try_out(first.id)
    assert done is not None
    assert done.state == "in_review"
    assert releases.finish_trial(claim, records.Outcome(error="late"), now=clock.now()) is None


def test_a_machine_without_a_sandbox_refuses_in_the_end_and_runs_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_cell(*_: object) -> records.Outcome:
        raise SandboxFailed("A trial needs root or user namespaces.")

    monkeypatch.setattr(Sandbox, "try_out", no_cell)
    version = uploaded()
    for _ in range(releases.MOST_ATTEMPTS):
        EAVersion.objects.filter(id=version.id).update(trial_due_at=clock.now())
        trying.try_out(version.id)
    row = EAVersion.objects.get(id=version.id)
    assert (row.state, row.decision) == (
        "refused",
        "Its trial failed: A trial needs root or user namespaces.",
    )
