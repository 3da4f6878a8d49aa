"""What to do next for one EA instance: a pure function of what is wanted and what is.

Desired state → one step; the reconciler takes it, writes what it saw, and comes
back. Any number of times, in any order, from any worker: the answer depends on
nothing but the arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Desired = Literal["running", "paused", "stopped"]
Intent = Literal["run", "paused", "flatten"]
Outcome = Literal["clean", "cut short", "not started", "crash", "permanent"]

FIRST_SIGN_DEADLINE = timedelta(seconds=45)
"""From the start of the process, or its last heartbeat of any kind, to the first that proves it
signed in: a runner that says nothing for so long is stuck, one that waits for its broker is not."""
SILENT_AFTER = timedelta(seconds=60)
"""A run whose heartbeats do not arrive for so long is shown as in error; it trades no more by then."""
HUNG_AFTER = timedelta(seconds=90)
"""One whose process lives is killed then, while others are heard: it hangs, and its EA trades no more."""
HUNG_FOR_CERTAIN = timedelta(minutes=5)
"""And then whoever else is heard. Before that the gateway may be what is away, and it goes on by itself."""
PROOF_DEADLINE = timedelta(seconds=60)
"""From the first heartbeat to the rest of what a receipt proves; beyond it the EA is shown as in
error, with what is missing. It is not ended: a closed market opens, and then it runs by itself."""
STOP_DEADLINE = timedelta(seconds=30)
"""From a stop that was asked for to the end of the process; then it is killed."""
FLATTEN_DEADLINE = timedelta(seconds=60)
"""From the start of a run that only closes positions to its end; then it is killed and tried again."""
LOOK_AGAIN = timedelta(seconds=3)
"""Between two looks at an instance that waits for its runner's answer. One that needs nothing is not
due at all: `watch` goes over all of those together, and wakes what is no more as it was left."""
SOON = timedelta(milliseconds=500)
"""To the first of those looks; each further one waits longer, up to LOOK_AGAIN. Its news come by a nudge, and
looks at hundreds that start together must not hold up their starts."""
ROOM_AGAIN = timedelta(seconds=5)
"""Between two looks of an EA that waits for a host: a whole host's EAs may wait together."""
HEALTHY_AFTER = timedelta(minutes=5)
"""A run that was heard for so long forgives the crashes before it."""
UNHEARD_EXIT = 5
"""Of a runner that was never answered by the gateway (`runner.switches.EXIT_UNHEARD`)."""
STARTED = "Process started, waiting for its first heartbeat"
ONCE_CERTAIN = "It is started anew once it certainly trades no more"
RESTARTS = 5
"""How often an EA is started again by itself, counted from its last healthy run."""
CRASHES_UNTIL_A_PERSON = RESTARTS + 1
LONGEST_BACK_OFF = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class RunSeen:
    """The newest run, from its row and from the driver.

    `alive`: the driver sees the process. `exit_code` is known when this driver saw it end.
    `heartbeat_at`: the last beat of any kind; `first_heartbeat_at`: the first that knew the account.
    `may_trade`: its terminal has said that AlgoTrading is allowed.
    `mismatch`: what the first report got wrong (login, hash), "" for nothing.
    `driver_says`: what the driver knows of its end. `is_host_gone`: the machine was ended for good.
    `is_presumed`: that it is not alive is no more than a guess of an engine that lost its machine.
    `may_trade_on`: nothing but its trading lease keeps it from trading, and that may not be over.
    `hears_others`: the gateway has accepted heartbeats of others a moment ago.
    `has_closed`: it did a stop that was to close positions. `kill_reason`: why we ended it, "" if not.
    `is_outdated`: it was started with another version of its EA than is wanted now.
    `is_guarded`: it has paused itself at a broken limit, and nobody has taken that over yet.
    """

    generation: int
    intent: Intent
    started_at: datetime
    alive: bool
    ended: bool
    exit_code: int | None
    heartbeat_at: datetime | None
    first_heartbeat_at: datetime | None
    has_first_tick: bool
    may_trade: bool
    has_receipt: bool
    reported_status: str
    reported_error: str
    mismatch: str
    has_closed: bool
    kill_reason: str
    driver_says: str = ""
    is_host_gone: bool = False
    is_presumed: bool = False
    may_trade_on: bool = False
    hears_others: bool = False
    is_outdated: bool = False
    is_guarded: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything the decision depends on besides the clock.

    `stop_asked_at`: since when this run knows of a stop that closes, where one is wanted, else of any.
    `command_under_way`: the PAUSE or RESUME that is wanted; `opposite_under_way`: the other one.
    `is_mode_open`: it may be paused under another mode than is wanted.
    `no_room`: why no host takes a start just now, in words.
    """

    desired: Desired
    close_on_stop: bool
    crash_count: int
    next_attempt_at: datetime | None
    stop_asked_at: datetime | None
    command_under_way: bool
    opposite_under_way: bool
    run: RunSeen | None
    is_mode_open: bool = False
    no_room: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """Begin a new run of the next generation."""

    intent: Intent


@dataclass(frozen=True, slots=True)
class Ask:
    """Queue a command for the runner."""

    command: Literal["PAUSE", "RESUME", "STOP"]


@dataclass(frozen=True, slots=True)
class Kill:
    """End the process by force; what is so is seen at the next look."""

    reason: str
    permanent: bool = False


@dataclass(frozen=True, slots=True)
class RecordEnd:
    """The run is over. A clean end settled what was asked; one that was cut short is nobody's
    fault, and what is wanted goes on at once; one that the driver could not start is not the EA's
    fault and backs off without an end; a crash backs off, a few times; a permanent one waits."""

    reason: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Confirm:
    """Write the deployment receipt: the runner proved what it is."""


@dataclass(frozen=True, slots=True)
class Settle:
    """Show this state and look again at `again_at`; None: when somebody asks or the watch wakes it."""

    state: Literal["deploying", "running", "paused", "stopping", "stopped", "error"]
    text: str
    again_at: datetime | None


Step = Start | Ask | Kill | RecordEnd | Confirm | Settle


def next_step(seen: Seen, now: datetime) -> Step:
    """Return the one step that brings what is closer to what is wanted."""
    run = seen.run
    if run is None or run.ended:
        return _without_run(seen, now)
    if not run.alive:
        return _after_end(seen, run, now)
    if seen.desired == "stopped":
        return _stopping(seen, run, now)
    if run.mismatch:
        return Kill(run.mismatch, permanent=True)
    if run.is_outdated:
        return _handing_over(seen, run, now)
    return _starting(run, now) if run.first_heartbeat_at is None else _alive(seen, run, now)


def back_off(crash_count: int) -> timedelta:
    """Return how long to wait after that many crashes in a row: 1 s, doubling, one minute at most."""
    doublings = min(max(0, crash_count - 1), 6)
    return min(timedelta(seconds=2**doublings), LONGEST_BACK_OFF)


def _without_run(seen: Seen, now: datetime) -> Step:
    if seen.desired == "stopped":
        return _left_open(seen, now)
    if seen.crash_count >= CRASHES_UNTIL_A_PERSON:
        return Settle("error", "Not tried again by itself: mend the cause, then resume it", None)
    if seen.next_attempt_at is not None and seen.next_attempt_at > now:
        return Settle("error", "Waiting to try again", seen.next_attempt_at)
    if seen.no_room:
        return Settle("deploying", seen.no_room, now + ROOM_AGAIN)
    return Start("paused" if seen.desired == "paused" else "run")


def _left_open(seen: Seen, now: datetime) -> Step:
    """Positions that were to be closed are never given up; what never ran holds none. A host that is
    being drained takes such a run: it is over when the account is flat."""
    if not seen.close_on_stop or seen.run is None:
        return Settle("stopped", "", None)
    if seen.next_attempt_at is not None and seen.next_attempt_at > now:
        return Settle("error", "Waiting to try again to close its positions", seen.next_attempt_at)
    return Start("flatten")


def _after_end(seen: Seen, run: RunSeen, now: datetime) -> Step:
    if run.may_trade_on:
        return Settle("error", f"{_loss(run)}. {ONCE_CERTAIN}", now + SOON)
    if seen.desired == "stopped" and _did_as_asked(seen, run):
        return RecordEnd("Stopped as asked", "clean")
    if run.is_outdated and seen.desired != "stopped":
        # However it ended: the version that is wanted is not to pay for the one before.
        return RecordEnd(run.kill_reason or "Ended to run another version of the EA", "cut short")
    if run.kill_reason:
        return RecordEnd(run.kill_reason, "crash")
    if run.is_host_gone or run.is_presumed:
        return RecordEnd(_loss(run), "cut short")
    return _after_exit(seen, run)


def _after_exit(seen: Seen, run: RunSeen) -> Step:
    if run.exit_code == UNHEARD_EXIT and run.heartbeat_at is None:
        return RecordEnd("Its machine cannot reach the gateway", "not started")
    if run.exit_code == 4 and run.reported_error:
        return RecordEnd(run.reported_error, "permanent")
    if _ended_well(run):
        early = "before its positions were closed" if seen.close_on_stop else "though nobody stopped the EA"
        return RecordEnd(f"The EA's process was told to end, {early}", "cut short")
    return RecordEnd(run.reported_error or _how_it_ended(run), "crash")


def _loss(run: RunSeen) -> str:
    return "Its machine is gone" if run.is_host_gone else run.driver_says or "Its machine is lost"


def _how_it_ended(run: RunSeen) -> str:
    how = "" if run.exit_code is None else f" (exit code {run.exit_code})"
    how += f": {run.driver_says}" if run.driver_says else ""
    return f"The EA's process ended by itself{how}"


def _did_as_asked(seen: Seen, run: RunSeen) -> bool:
    """Whether the stop is done. That positions are closed takes more than a goodbye: a signal ends
    a runner just as well and leaves them open."""
    if not seen.close_on_stop:
        return run.reported_status == "stopped"
    return run.has_closed or (run.intent == "flatten" and _ended_well(run))


def _ended_well(run: RunSeen) -> bool:
    return run.reported_status == "stopped" and run.exit_code in {None, 0}


def _starting(run: RunSeen, now: datetime) -> Step:
    if now - (run.heartbeat_at or run.started_at) > FIRST_SIGN_DEADLINE:
        since = "since its last heartbeat" if run.heartbeat_at else "of its start"
        return Kill(f"No sign of life within {FIRST_SIGN_DEADLINE.seconds} seconds {since}")
    if run.reported_error:
        return Settle("error", run.reported_error, now + SOON)
    return Settle("deploying", STARTED, _next_look(run.started_at, now))


def _alive(seen: Seen, run: RunSeen, now: datetime) -> Step:
    silence = now - run.heartbeat_at if run.heartbeat_at else timedelta(0)
    if silence > HUNG_FOR_CERTAIN or (silence > HUNG_AFTER and run.hears_others):
        return Kill(f"It hung: its process lived, and was not heard for {silence.seconds} seconds")
    if not run.has_receipt and run.has_first_tick and run.may_trade:
        return Confirm()
    if run.reported_status == "error":
        return Settle("error", run.reported_error, now + SOON)
    return _switching(seen, run, now) or _steady(seen, run, now)


def _steady(seen: Seen, run: RunSeen, now: datetime) -> Step:
    if not run.has_receipt:
        return _unproven(run, now)
    if run.heartbeat_at and now - run.heartbeat_at > SILENT_AFTER:
        text = f"Not heard for {SILENT_AFTER.seconds} seconds, though it has not ended"
        return Settle("error", text, now + LOOK_AGAIN)
    return Settle("paused" if seen.desired == "paused" else "running", "", None)


def _switching(seen: Seen, run: RunSeen, now: datetime) -> Step | None:
    """A pause does not wait for the rest of the proof: what has signed in may trade at its first tick."""
    is_paused = run.reported_status == "paused"
    if seen.desired == "paused" and is_paused and seen.is_mode_open and not seen.opposite_under_way:
        return _asked(seen, "PAUSE", "paused", "Changing how it is paused", now)
    if seen.desired == "paused" and (not is_paused or seen.opposite_under_way):
        return _asked(seen, "PAUSE", "running" if run.has_receipt else "deploying", "Pausing", now)
    if seen.desired == "running" and is_paused and run.is_guarded:
        return Settle(
            "paused", "It has paused itself: a limit of its account's programme is broken", now + SOON
        )
    if seen.desired == "running" and (is_paused or seen.opposite_under_way):
        return _asked(seen, "RESUME", "paused" if run.has_receipt else "deploying", "Resuming", now)
    return None


def _unproven(run: RunSeen, now: datetime) -> Step:
    assert run.first_heartbeat_at is not None  # noqa: S101 - next_step has looked
    is_late = now - run.first_heartbeat_at > PROOF_DEADLINE
    if not run.may_trade:
        text = "AlgoTrading is not allowed at its terminal: allow it there, and the EA runs"
    elif is_late:
        text = (
            f"No tick within {PROOF_DEADLINE.seconds} seconds: is the market closed? It runs at the first one"
        )
    else:
        text = "Signed in at the broker, waiting for the first tick"
    if is_late:
        return Settle("error", text, now + LOOK_AGAIN)
    return Settle("deploying", text, _next_look(run.first_heartbeat_at, now))


def _next_look(since: datetime, now: datetime) -> datetime:
    """When to look again at what has been waited for since then."""
    return now + min(LOOK_AGAIN, max(SOON, (now - since) / 2))


def _asked(
    seen: Seen,
    command: Literal["PAUSE", "RESUME"],
    state: Literal["deploying", "running", "paused"],
    text: str,
    now: datetime,
) -> Step:
    if not seen.command_under_way:
        return Ask(command)
    return Settle(state, text, now + LOOK_AGAIN)


def _handing_over(seen: Seen, run: RunSeen, now: datetime) -> Step:
    """The next start runs the version that is wanted. Positions stay open, with their stops at the broker."""
    if seen.stop_asked_at is None:
        why = "Another version was wanted before its first heartbeat"
        return Kill(why) if run.first_heartbeat_at is None else Ask("STOP")
    if now - seen.stop_asked_at > STOP_DEADLINE:
        return Kill(f"Did not stop within {STOP_DEADLINE.seconds} seconds, to run another version")
    text = "Changing to another version of the EA"
    return Settle("deploying", text, _next_look(seen.stop_asked_at, now))


def _stopping(seen: Seen, run: RunSeen, now: datetime) -> Step:
    if run.intent == "flatten":
        return _flattening(run, now)
    if seen.stop_asked_at is None:
        return Kill("Stopped before its first heartbeat") if run.first_heartbeat_at is None else Ask("STOP")
    if now - seen.stop_asked_at > STOP_DEADLINE:
        return Kill(f"Did not stop within {STOP_DEADLINE.seconds} seconds")
    text = "Closing its positions" if seen.close_on_stop else "Stopping"
    return Settle("stopping", text, _next_look(seen.stop_asked_at, now))


def _flattening(run: RunSeen, now: datetime) -> Step:
    """A run that was started to close what an earlier one left ends by itself."""
    if now - run.started_at > FLATTEN_DEADLINE:
        return Kill(f"Did not close its positions within {FLATTEN_DEADLINE.seconds} seconds")
    return Settle("stopping", "Closing its positions", _next_look(run.started_at, now))
