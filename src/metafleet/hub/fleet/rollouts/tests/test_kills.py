"""A worker that is killed in the middle of a look, and the next that takes over: nothing is moved twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from metafleet.hub.fleet.models import Rollout, RolloutMember
from metafleet.hub.fleet.rollouts import operations as rollouts
from metafleet.hub.fleet.rollouts import verdict, watching
from metafleet.hub.fleet.rollouts.tests.stage import OPERATOR, Stage, log, newest
from metafleet.hub.fleet.tests.model import Killed
from metafleet.hub.kernel.tenancy import operator_scope, tenant_scope

BOUNDARIES = ("SAVEPOINT", "RELEASE", "ROLLBACK")
"""Of a transaction: a kill just before its commit takes back what one at its last statement does."""
MOST_LOOKS = 30


def cut_short(verb: Callable[[], object], statement: int) -> bool:
    """Run the verb until it is about to make this statement; nothing of it runs on then, no `finally` either.

    What was not committed is undone, as it is when a worker dies; and what a worker has done between two
    statements dies with it. False when the verb was over before.
    """
    left = statement

    def until_killed(execute: Any, asked: str, *rest: Any) -> Any:
        nonlocal left
        if not asked.startswith(BOUNDARIES):
            left -= 1
            if left <= 0:
                raise Killed
        return execute(asked, *rest)

    try:
        with connection.execute_wrapper(until_killed):
            verb()
    except Killed:
        return True
    return False


def prove(stage: Stage) -> None:
    """Stand in for the runners: every EA that was moved is seen at work with the new version."""
    for person in stage.people:
        with tenant_scope(person.tenant_id):
            RolloutMember.objects.filter(moved_at__isnull=False, proved_at=None).update(proved_at=stage.now)


def look_until_over(stage: Stage) -> None:
    for _ in range(MOST_LOOKS):
        stage.now += watching.LEASE
        stage.look()
        prove(stage)
        if not Rollout.objects.filter(ended_at=None).exists():
            return
    raise AssertionError(f"never ended: {newest().state}, {newest().waiting}")


def undone(stage: Stage, test: Callable[[int], bool], every: int) -> int:
    """Run the test with a kill before each so many statements, the database as it was; return how many."""
    began, statement, cuts = stage.now, 1, 0
    is_cut = True
    while is_cut:
        point = transaction.savepoint()
        is_cut = test(statement)
        transaction.savepoint_rollback(point)
        stage.now = began
        statement, cuts = statement + every, cuts + is_cut
    return cuts


@pytest.mark.parametrize("looks_before", [0, 1, 2])
def test_a_look_that_is_killed_at_any_statement_is_taken_up_by_the_next(
    stage: Stage, looks_before: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdict, "UP_WITHIN", timedelta(days=1))  # no runner lives here
    stage.start(stage.release(), watch_minutes=1)
    for _ in range(looks_before):
        stage.now += watching.LEASE
        stage.look()
        prove(stage)
    stage.now += watching.LEASE

    def killed_at(statement: int) -> bool:
        is_cut = cut_short(stage.look, statement)
        look_until_over(stage)
        assert newest().state == "promoted", f"killed at statement {statement}"
        assert set(stage.versions().values()) == {"2.0.0"}, f"killed at statement {statement}"
        for name in stage.eas:
            told = [action for action, _ in stage.deeds(name)]
            assert told == ["instance.upgraded"], f"killed at statement {statement}: {name} was told {told}"
        assert [action for action, _ in log()].count("move") == len(stage.eas)
        return is_cut

    assert undone(stage, killed_at, every=6) > 5


def test_a_roll_back_that_is_killed_at_any_statement_is_taken_up_by_the_next(stage: Stage) -> None:
    stage.start(stage.release(), watch_minutes=1, canaries=3)
    stage.now += watching.LEASE
    stage.look()
    rollouts.roll_back(rollout_id=newest().id, actor=OPERATOR, reason="Bad", now=stage.now)
    stage.now += watching.LEASE

    def killed_at(statement: int) -> bool:
        is_cut = cut_short(stage.look, statement)
        look_until_over(stage)
        assert newest().state == "rolled_back", f"killed at statement {statement}"
        assert set(stage.versions().values()) == {"1.1.0"}, f"killed at statement {statement}"
        for name in stage.eas:
            told = [action for action, _ in stage.deeds(name)]
            assert told == ["instance.upgraded", "instance.returned"], f"killed at statement {statement}"
        with operator_scope():
            assert not RolloutMember.objects.filter(moved_back_at=None).exists()
        return is_cut

    assert undone(stage, killed_at, every=3) > 8
