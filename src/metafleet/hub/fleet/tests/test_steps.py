"""`next_step` as a table: what is wanted, what is, and the one step between them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metafleet.hub.fleet.steps import (
    CRASHES_UNTIL_A_PERSON,
    ONCE_CERTAIN,
    Ask,
    Confirm,
    Desired,
    Kill,
    RecordEnd,
    RunSeen,
    Seen,
    Settle,
    Start,
    Step,
    back_off,
    next_step,
)

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
AGO = NOW - timedelta(seconds=10)
LONG_AGO = NOW - timedelta(minutes=10)

RUN = RunSeen(
    generation=1,
    intent="run",
    started_at=AGO,
    alive=True,
    ended=False,
    exit_code=None,
    heartbeat_at=AGO,
    first_heartbeat_at=AGO,
    has_first_tick=True,
    may_trade=True,
    has_receipt=True,
    reported_status="running",
    reported_error="",
    mismatch="",
    has_closed=False,
    kill_reason="",
)
WAITING = replace(
    RUN, first_heartbeat_at=None, reported_status="starting", reported_error="the broker is away"
)
UNPROVEN = replace(RUN, has_receipt=False)
SOON, LATER = NOW + timedelta(milliseconds=500), NOW + timedelta(seconds=3)
ROOM_LATER = NOW + timedelta(seconds=5)
GONE = replace(RUN, alive=False)
LOST = replace(GONE, is_presumed=True, driver_says="Its machine n2 is lost")
SAID_GOODBYE = replace(GONE, reported_status="stopped")
ENDED = replace(RUN, alive=False, ended=True)
OUTDATED = replace(RUN, is_outdated=True)


def seen(desired: Desired, run: RunSeen | None, **others: object) -> Seen:
    blank = Seen(desired, False, 0, None, None, False, False, run)
    return replace(blank, **others)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (seen("running", None), Start("run")),
        (seen("running", None, no_room="Full"), Settle("deploying", "Full", ROOM_LATER)),
        (seen("paused", ENDED, no_room="Full"), Settle("deploying", "Full", ROOM_LATER)),
        (seen("stopped", ENDED, no_room="Full", close_on_stop=True), Start("flatten")),
        (seen("running", RUN, no_room="Full"), Settle("running", "", None)),
        (seen("paused", None), Start("paused")),
        (seen("running", ENDED), Start("run")),
        (seen("running", ENDED, next_attempt_at=LONG_AGO), Start("run")),
        (seen("stopped", None), Settle("stopped", "", None)),
        (seen("stopped", ENDED), Settle("stopped", "", None)),
        # Positions were to be closed and the run ended before it said that they are.
        (seen("stopped", ENDED, close_on_stop=True), Start("flatten")),
        # What never ran holds no position.
        (seen("stopped", None, close_on_stop=True), Settle("stopped", "", None)),
        # What needs nothing is not due: the watch goes over all of them.
        (seen("running", RUN), Settle("running", "", None)),
        (seen("paused", replace(RUN, reported_status="paused")), Settle("paused", "", None)),
        (seen("paused", RUN), Ask("PAUSE")),
        (seen("running", replace(RUN, reported_status="paused")), Ask("RESUME")),
        (seen("stopped", RUN), Ask("STOP")),
        # A contrary command may still be delivered: the last word must be what is wanted.
        (seen("paused", replace(RUN, reported_status="paused"), opposite_under_way=True), Ask("PAUSE")),
        (seen("running", RUN, opposite_under_way=True), Ask("RESUME")),
        # It was started to close positions: nothing hurries it but its deadline.
        (
            seen("stopped", replace(RUN, intent="flatten", first_heartbeat_at=None), close_on_stop=True),
            Settle("stopping", "Closing its positions", LATER),
        ),
        (
            seen("stopped", replace(RUN, intent="flatten", started_at=LONG_AGO), close_on_stop=True),
            Kill("Did not close its positions within 60 seconds"),
        ),
        (seen("running", replace(RUN, has_receipt=False)), Confirm()),
        # Until all of the proof is seen it is deploying, and in error after a while.
        (
            seen("running", replace(UNPROVEN, has_first_tick=False)),
            Settle("deploying", "Signed in at the broker, waiting for the first tick", LATER),
        ),
        (
            seen("running", replace(UNPROVEN, has_first_tick=False, first_heartbeat_at=LONG_AGO)),
            Settle(
                "error", "No tick within 60 seconds: is the market closed? It runs at the first one", LATER
            ),
        ),
        (
            seen("running", replace(UNPROVEN, may_trade=False, first_heartbeat_at=LONG_AGO)),
            Settle(
                "error", "AlgoTrading is not allowed at its terminal: allow it there, and the EA runs", LATER
            ),
        ),
        # What has signed in may trade at any tick: a pause does not wait for the proof.
        (seen("paused", replace(UNPROVEN, has_first_tick=False)), Ask("PAUSE")),
        (seen("stopped", RUN, stop_asked_at=LONG_AGO), Kill("Did not stop within 30 seconds")),
        (
            seen("stopped", replace(RUN, first_heartbeat_at=None)),
            Kill("Stopped before its first heartbeat"),
        ),
        (
            seen("running", replace(RUN, heartbeat_at=None, first_heartbeat_at=None, started_at=LONG_AGO)),
            Kill("No sign of life within 45 seconds of its start"),
        ),
        (
            seen("running", replace(RUN, heartbeat_at=LONG_AGO, first_heartbeat_at=None)),
            Kill("No sign of life within 45 seconds since its last heartbeat"),
        ),
        # It beats, and says what it waits for: nothing is wrong with the runner.
        (
            seen("running", replace(WAITING, started_at=LONG_AGO)),
            Settle("error", "the broker is away", NOW + timedelta(milliseconds=500)),
        ),
        (seen("running", replace(RUN, mismatch="wrong login")), Kill("wrong login", permanent=True)),
        (seen("running", GONE), RecordEnd("The EA's process ended by itself", "crash")),
        (
            seen("running", replace(GONE, exit_code=-9)),
            RecordEnd("The EA's process ended by itself (exit code -9)", "crash"),
        ),
        (
            seen("running", replace(GONE, exit_code=4, reported_error="Wrong password")),
            RecordEnd("Wrong password", "permanent"),
        ),
        # The one-start token had expired, or was never taken: the next start gets a fresh one.
        (
            seen("running", replace(GONE, exit_code=4)),
            RecordEnd("The EA's process ended by itself (exit code 4)", "crash"),
        ),
        # What we killed it for outlives the last heartbeat.
        (
            seen("running", replace(GONE, kill_reason="stuck", reported_error="late words", exit_code=-9)),
            RecordEnd("stuck", "crash"),
        ),
        (seen("stopped", SAID_GOODBYE), RecordEnd("Stopped as asked", "clean")),
        # An engine that lost the machine only guesses: until its trading lease is over it may trade on.
        (
            seen("running", replace(LOST, may_trade_on=True)),
            Settle("error", f"Its machine n2 is lost. {ONCE_CERTAIN}", SOON),
        ),
        (
            seen("stopped", replace(LOST, may_trade_on=True, reported_status="stopped")),
            Settle("error", f"Its machine n2 is lost. {ONCE_CERTAIN}", SOON),
        ),
        (seen("running", LOST), RecordEnd("Its machine n2 is lost", "cut short")),
        (
            seen("running", replace(GONE, is_host_gone=True, may_trade_on=True)),
            Settle("error", f"Its machine is gone. {ONCE_CERTAIN}", SOON),
        ),
        (
            seen("running", replace(GONE, is_host_gone=True)),
            RecordEnd("Its machine is gone", "cut short"),
        ),
        # Its process lives and is not heard. While others are heard it hangs; else the gateway may be away.
        (
            seen("running", replace(RUN, heartbeat_at=NOW - timedelta(seconds=91), hears_others=True)),
            Kill("It hung: its process lived, and was not heard for 91 seconds"),
        ),
        (
            seen("running", replace(RUN, heartbeat_at=NOW - timedelta(seconds=91))),
            Settle("error", "Not heard for 60 seconds, though it has not ended", LATER),
        ),
        (
            seen("paused", replace(RUN, heartbeat_at=NOW - timedelta(seconds=301))),
            Kill("It hung: its process lived, and was not heard for 301 seconds"),
        ),
        # No gateway was there for it: no fault of the EA, and it is tried for as long as it is wanted.
        (
            seen("running", replace(GONE, exit_code=5, heartbeat_at=None, first_heartbeat_at=None)),
            RecordEnd("Its machine cannot reach the gateway", "not started"),
        ),
        # A signal ends a runner just as a stop does: no crash, and no proof that positions are closed.
        (
            seen("running", SAID_GOODBYE),
            RecordEnd("The EA's process was told to end, though nobody stopped the EA", "cut short"),
        ),
        (
            seen("stopped", SAID_GOODBYE, close_on_stop=True),
            RecordEnd("The EA's process was told to end, before its positions were closed", "cut short"),
        ),
        (
            seen("stopped", replace(SAID_GOODBYE, has_closed=True), close_on_stop=True),
            RecordEnd("Stopped as asked", "clean"),
        ),
        (
            seen("stopped", replace(SAID_GOODBYE, intent="flatten"), close_on_stop=True),
            RecordEnd("Stopped as asked", "clean"),
        ),
        (
            seen("stopped", replace(SAID_GOODBYE, intent="flatten", exit_code=1), close_on_stop=True),
            RecordEnd("The EA's process ended by itself (exit code 1)", "crash"),
        ),
        # Positions that were to be closed are never given up.
        (
            seen("stopped", ENDED, close_on_stop=True, crash_count=CRASHES_UNTIL_A_PERSON),
            Start("flatten"),
        ),
        # Another version is wanted: the old run ends first, whatever is wanted of the EA besides.
        (seen("running", OUTDATED), Ask("STOP")),
        (seen("paused", OUTDATED), Ask("STOP")),
        (
            seen("running", OUTDATED, stop_asked_at=AGO),
            Settle("deploying", "Changing to another version of the EA", LATER),
        ),
        (
            seen("running", OUTDATED, stop_asked_at=LONG_AGO),
            Kill("Did not stop within 30 seconds, to run another version"),
        ),
        (
            seen("running", replace(OUTDATED, first_heartbeat_at=None)),
            Kill("Another version was wanted before its first heartbeat"),
        ),
        # However the old one ends, the new one does not pay for it.
        (
            seen("running", replace(OUTDATED, alive=False, exit_code=1, reported_error="boom")),
            RecordEnd("Ended to run another version of the EA", "cut short"),
        ),
        (
            seen("running", replace(OUTDATED, alive=False, exit_code=-9, kill_reason="stuck")),
            RecordEnd("stuck", "cut short"),
        ),
        (
            seen("stopped", replace(OUTDATED, alive=False, reported_status="stopped")),
            RecordEnd("Stopped as asked", "clean"),
        ),
        # A runner that ended without its word may have left positions: not clean.
        (seen("stopped", GONE), RecordEnd("The EA's process ended by itself", "crash")),
    ],
)
def test_next_step(what: Seen, expected: Step) -> None:
    assert next_step(what, NOW) == expected


def test_a_crashed_instance_waits_for_its_next_attempt() -> None:
    later = NOW + timedelta(seconds=4)
    step = next_step(seen("running", ENDED, crash_count=3, next_attempt_at=later), NOW)
    assert step == Settle("error", "Waiting to try again", later)


def test_after_many_crashes_a_person_is_needed() -> None:
    step = next_step(seen("running", ENDED, crash_count=CRASHES_UNTIL_A_PERSON), NOW)
    assert isinstance(step, Settle)
    assert (step.state, step.again_at) == ("error", None)


def test_back_off_doubles_up_to_a_minute() -> None:
    assert [back_off(n).total_seconds() for n in (0, 1, 2, 3, 6, 7, 50)] == [1, 1, 2, 4, 32, 60, 60]


runs = st.builds(
    RunSeen,
    generation=st.just(1),
    intent=st.sampled_from(["run", "paused", "flatten"]),
    started_at=st.sampled_from([AGO, LONG_AGO]),
    alive=st.booleans(),
    ended=st.booleans(),
    exit_code=st.sampled_from([None, 0, 1, 3, 4, -9]),
    heartbeat_at=st.sampled_from([None, AGO, LONG_AGO]),
    first_heartbeat_at=st.sampled_from([None, AGO]),
    has_first_tick=st.booleans(),
    may_trade=st.booleans(),
    has_receipt=st.booleans(),
    reported_status=st.sampled_from(["", "starting", "running", "paused", "stopping", "stopped", "error"]),
    reported_error=st.sampled_from(["", "boom"]),
    mismatch=st.sampled_from(["", "wrong login"]),
    has_closed=st.booleans(),
    kill_reason=st.sampled_from(["", "stuck"]),
    is_host_gone=st.booleans(),
    is_presumed=st.booleans(),
    may_trade_on=st.booleans(),
    hears_others=st.booleans(),
    is_outdated=st.booleans(),
)
sights = st.builds(
    Seen,
    desired=st.sampled_from(["running", "paused", "stopped"]),
    close_on_stop=st.booleans(),
    crash_count=st.integers(0, 10),
    next_attempt_at=st.sampled_from([None, AGO, NOW + timedelta(seconds=5)]),
    stop_asked_at=st.sampled_from([None, AGO, LONG_AGO]),
    command_under_way=st.booleans(),
    opposite_under_way=st.booleans(),
    run=st.none() | runs,
)


@given(sights)
def test_it_never_starts_beside_a_run_that_has_not_ended(what: Seen) -> None:
    step = next_step(what, NOW)
    if isinstance(step, Start):
        assert what.run is None or what.run.ended
        assert what.desired != "stopped" or step.intent == "flatten"


@given(sights)
def test_what_is_wanted_running_or_stopped_is_never_left_without_a_next_look(what: Seen) -> None:
    step = next_step(what, NOW)
    if isinstance(step, Settle) and step.again_at is None:
        given_up = what.crash_count >= CRASHES_UNTIL_A_PERSON
        is_stopped = what.desired == "stopped" and step.state == "stopped"
        assert given_up or is_stopped or _is_watched(what, step)


def _is_watched(what: Seen, step: Settle) -> bool:
    """It lives as it is wanted: the watch sees any change of that."""
    run = what.run
    is_there = run is not None and run.alive and run.has_receipt and not run.is_outdated
    return is_there and step.state == what.desired


@given(sights)
def test_positions_are_closed_only_by_proof(what: Seen) -> None:
    step = next_step(what, NOW)
    if what.close_on_stop and what.run and isinstance(step, RecordEnd) and what.desired == "stopped":
        proven = what.run.has_closed or (what.run.intent == "flatten" and what.run.exit_code in {None, 0})
        assert proven or step.outcome != "clean"


@given(sights)
def test_a_persons_pause_is_never_lifted(what: Seen) -> None:
    if what.desired == "paused":
        step = next_step(what, NOW)
        assert step != Ask("RESUME")
        assert step != Start("run")


@given(sights)
def test_what_may_trade_on_unseen_is_neither_ended_nor_started_anew(what: Seen) -> None:
    run = what.run
    if run is not None and not run.ended and not run.alive and run.may_trade_on:
        step = next_step(what, NOW)
        assert isinstance(step, Settle)
        assert step.again_at is not None


@pytest.mark.parametrize(("waited_s", "next_s"), [(0, 0.5), (0.9, 0.5), (3, 1.5), (9, 3)])
def test_what_waits_for_long_is_looked_at_less_often(waited_s: float, next_s: float) -> None:
    run = replace(WAITING, started_at=NOW - timedelta(seconds=waited_s), heartbeat_at=None, reported_error="")
    step = next_step(seen("running", run), NOW)
    assert isinstance(step, Settle)
    assert step.again_at == NOW + timedelta(seconds=next_s)
