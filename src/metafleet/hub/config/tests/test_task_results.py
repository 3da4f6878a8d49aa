"""The operator's look at what became of the workers' tasks, as Celery's own backend writes it."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from celery import shared_task
from django_celery_results.models import TaskResult

from metafleet.hub.config.celery import app
from metafleet.hub.fleet import task_results, tasks
from metafleet.hub.identity import operators
from metafleet.hub.identity.rights import PlatformRole
from metafleet.hub.kernel import clock
from tests.cast import NOW, Person


@shared_task(name="tests.fails", ignore_result=True)  # type: ignore[untyped-decorator]
def fails(*, instance_id: str) -> None:
    raise RuntimeError(f"{instance_id} is not to be had")


@shared_task(name="tests.works")  # type: ignore[untyped-decorator]
def works(*, instance_id: str) -> str:
    return f"Start of {instance_id}"


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks that run in this process write their results all the same, by the backend of the settings."""
    for name in ("tests.works", "tests.fails"):
        monkeypatch.setattr(app.tasks[name], "store_eager_result", True)


def run_both() -> None:
    works.apply(kwargs={"instance_id": "ea-1"})
    fails.apply(kwargs={"instance_id": "ea-2"})


@pytest.mark.usefixtures("written", "db")
def test_a_failure_is_written_even_where_results_are_not_wanted() -> None:
    run_both()
    failed, done = task_results.newest(limit=10)
    assert (failed.name, failed.is_failed, failed.outcome) == (
        "tests.fails",
        True,
        "RuntimeError: ea-2 is not to be had",
    )
    assert "raise RuntimeError" in failed.traceback
    assert failed.arguments == {"instance_id": "ea-2"}
    assert (done.name, done.is_failed, done.outcome, done.traceback) == (
        "tests.works",
        False,
        "Start of ea-1",
        "",
    )
    assert task_results.newest(limit=1) == [failed]


@pytest.mark.usefixtures("written")
def test_an_operator_sees_failures_first_and_counts_by_name(alice: Person) -> None:
    operators.set_role(email=alice.email, role=PlatformRole.OPERATOR)
    run_both()
    told = alice.client.get("/api/operator/tasks").json()
    assert [kind["name"] for kind in told["kinds"]] == ["tests.fails", "tests.works"]
    assert told["kinds"][0] == {"name": "tests.fails", "done": 0, "failed": 1}
    assert [row["isFailed"] for row in told["newest"]] == [True, False]
    assert (told["keepDays"], told["keepFailedDays"]) == (7, 30)
    assert alice.client.get("/api/operator/tasks?limit=501").status_code == 400


@pytest.mark.usefixtures("db")
def test_results_are_kept_a_week_and_failures_a_month() -> None:
    ages = [("SUCCESS", 6), ("SUCCESS", 8), ("FAILURE", 8), ("FAILURE", 31)]
    for status, days in ages:
        row = TaskResult.objects.create(task_id=str(uuid4()), task_name="fleet.reconcile", status=status)
        TaskResult.objects.filter(id=row.id).update(date_done=NOW - timedelta(days=days))
    assert task_results.forget(now=NOW) == 2
    kept = [(row.status, (NOW - row.date_done).days) for row in TaskResult.objects.order_by("-date_done")]
    assert kept == [("SUCCESS", 6), ("FAILURE", 8)]
    assert task_results.forget(now=NOW) == 0


@pytest.mark.usefixtures("db")
def test_what_celery_cannot_read_back_is_shown_as_it_is() -> None:
    TaskResult.objects.create(
        task_id="x", task_name="fleet.reconcile", status="SUCCESS", result="not json", task_kwargs='"<odd>"'
    )
    [row] = task_results.newest(limit=5)
    assert (row.outcome, row.arguments) == ("not json", {})
    tasks.forget_results()
    assert TaskResult.objects.filter(date_done__gt=clock.now() - timedelta(minutes=1)).exists()
