"""What a person asks in the middle of what was asked before: the last word counts, and nothing is cut off."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from metafleet.hub.fleet import accounts, operations, steps
from metafleet.hub.fleet.errors import AccountInUse, WrongState
from metafleet.hub.fleet.models import Command, CommandState, EAInstance, TradingAccount
from metafleet.hub.fleet.tests.world import A_SECOND, World, answer, die, running, said
from metafleet.hub.kernel.tenancy import tenant_scope

pytestmark = pytest.mark.usefixtures("catalogue")


def stopped(world: World) -> World:
    running(world)
    world.act(operations.stop, close_positions=False)
    world.reconcile()
    die(world, "stopped")
    assert world.instance().state == "stopped"
    return world


def remove_account(world: World) -> None:
    with tenant_scope(world.person.tenant_id):
        account = TradingAccount.objects.get(id=world.instance().account_id)
        accounts.remove_account(account=account, actor="alice@example.com", now=world.now)


def test_what_was_just_resumed_is_not_removed(world: World) -> None:
    stopped(world)
    world.act(operations.resume)
    with pytest.raises(WrongState, match="is not stopped"):
        world.act(operations.remove)
    assert world.instance().deleted_at is None


def test_what_was_removed_does_not_run(world: World) -> None:
    running(world)
    with tenant_scope(world.person.tenant_id):
        EAInstance.objects.update(deleted_at=world.now)
    world.reconcile(timedelta(seconds=3))
    assert world.commands() == ["STOP"]
    die(world, "stopped")
    assert (world.instance().state, world.reconcile(A_SECOND)) == ("stopped", ["Settle"])


def test_a_stop_that_closes_is_not_done_by_one_that_does_not(world: World) -> None:
    running(world)
    world.act(operations.stop, close_positions=False)
    world.reconcile()
    world.act(operations.stop, close_positions=True)
    world.reconcile(A_SECOND)
    with tenant_scope(world.person.tenant_id):
        asked = [row.payload for row in Command.objects.order_by("created_at")]
    assert asked == [{"closePositions": False}, {"closePositions": True}]
    die(world, "stopped")
    assert (world.run().intent, world.instance().crash_count) == ("flatten", 0)
    assert world.instance().close_on_stop


def test_a_signal_in_place_of_the_stop_does_not_count_as_closing(world: World) -> None:
    running(world)
    world.act(operations.stop, close_positions=True)
    world.reconcile()
    die(world, "stopped")
    assert (world.run().intent, world.instance().close_on_stop) == ("flatten", True)
    die(world, "stopped")
    assert (world.instance().state, world.instance().close_on_stop) == ("stopped", False)


def test_a_stop_that_was_answered_has_closed(world: World) -> None:
    running(world)
    world.act(operations.stop, close_positions=True)
    world.reconcile()
    answer(world, "STOP")
    die(world, "stopped")
    instance = world.instance()
    assert (instance.state, instance.close_on_stop, world.run().intent) == ("stopped", False, "run")
    assert world.run().end_reason == "Stopped as asked"


def test_closing_is_tried_for_as_long_as_it_is_wanted(world: World) -> None:
    running(world)
    world.act(operations.stop, close_positions=True)
    world.reconcile()
    for _ in range(20):
        world.driver.alive.clear()
        world.reconcile(timedelta(minutes=2))
    instance = world.instance()
    assert (instance.close_on_stop, world.run().intent) == (True, "flatten")
    assert world.run().generation > steps.CRASHES_UNTIL_A_PERSON + 1


def test_between_two_tries_a_plain_stop_takes_the_closing_back(world: World) -> None:
    running(world)
    world.act(operations.stop, close_positions=True)
    world.reconcile()
    die(world)
    assert world.instance().state == "error"
    world.act(operations.stop, close_positions=False)
    world.reconcile()
    instance = world.instance()
    assert (instance.state, instance.close_on_stop, instance.crash_count) == ("stopped", False, 0)


def test_an_account_is_kept_until_its_eas_have_closed_their_positions(world: World) -> None:
    running(world)
    world.act(operations.stop, close_positions=True)
    for _ in range(2):  # before and after the runner was told
        with pytest.raises(AccountInUse, match="have not stopped yet"):
            remove_account(world)
        world.reconcile()
    die(world)
    with pytest.raises(AccountInUse):
        remove_account(world)
    world.reconcile(A_SECOND)
    die(world, "stopped")
    remove_account(world)
    with pytest.raises(WrongState, match="was removed"):
        world.act(operations.resume)


def test_a_pause_takes_back_the_resume_that_was_not_answered(world: World) -> None:
    running(world)
    world.act(operations.pause)
    world.reconcile()
    answer(world, "PAUSE")
    world.report("paused")
    world.reconcile(A_SECOND)
    world.act(operations.resume)
    world.reconcile(A_SECOND)
    world.act(operations.pause)
    # The runner may have got the RESUME already: a PAUSE follows it at once.
    assert said(world) == [("PAUSE", "done"), ("RESUME", "dead"), ("PAUSE", "queued")]
    world.reconcile(A_SECOND)
    assert len(said(world)) == 3


def test_a_pause_while_a_resume_is_being_queued_has_the_last_word(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    running(world)
    world.act(operations.pause)
    world.reconcile()
    answer(world, "PAUSE")
    world.report("paused")
    world.reconcile(A_SECOND)
    world.act(operations.resume)
    between_look_and_act(world, monkeypatch, operations.pause)
    world.reconcile(A_SECOND)
    assert "RESUME" not in world.commands()


def test_a_pause_in_the_moment_of_the_start_starts_it_paused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    between_look_and_act(world, monkeypatch, operations.pause)
    world.reconcile()
    assert world.driver.started == []
    world.reconcile()
    assert world.run().intent == "paused"


def between_look_and_act(world: World, monkeypatch: pytest.MonkeyPatch, verb: Any) -> None:
    """Somebody asks for this right after the next look."""
    decide = steps.next_step
    asked: list[Any] = []

    def decide_and_be_overtaken(seen: steps.Seen, now: Any) -> steps.Step:
        step = decide(seen, now)
        if not asked:
            asked.append(verb)
            world.act(verb)
        return step

    monkeypatch.setattr(steps, "next_step", decide_and_be_overtaken)


def test_only_the_newest_inputs_are_on_their_way(world: World) -> None:
    running(world)
    world.act(operations.configure, inputs={"fast_period": 11})
    answer(world, "CONFIGURE", CommandState.LEASED)
    world.act(operations.configure, inputs={"slow_period": 60})
    with tenant_scope(world.person.tenant_id):
        (newest,) = Command.objects.filter(state=CommandState.QUEUED)
        assert Command.objects.get(state=CommandState.DEAD).error == "Newer inputs took its place"
    inputs = newest.payload["config"]
    assert (inputs["fast_period"], inputs["slow_period"]) == (11, 60)
    assert world.instance().inputs == inputs


def test_inputs_that_change_during_a_start_reach_that_run_and_no_later_one(world: World) -> None:
    world.reconcile()
    world.act(operations.configure, inputs={"fast_period": 11})
    assert said(world) == [("CONFIGURE", "queued")]
    die(world)
    assert said(world) == [("CONFIGURE", "dead")]
    world.act(operations.configure, inputs={"fast_period": 12})
    assert said(world) == [("CONFIGURE", "dead")]
