"""The decision as a table: how the members do, and what follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metafleet.hub.fleet.rollouts.verdict import Criteria, Member, Phase, Verdict, breach, decide

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
LIMITS = Criteria(max_loss_percent=5, max_crashes=2, max_late_heartbeats=10)
WELL = Member("Trend EURUSD", True, True, moved_at=NOW - 2 * HOUR, proved_at=NOW - HOUR)
FRESH = replace(WELL, proved_at=NOW - timedelta(minutes=10))
UNMOVED = Member("Grid", True, True, moved_at=None)
UNPROVED = replace(WELL, proved_at=None)


def verdict(
    *members: Member, phase: Phase = "canary", are_more: bool = True, is_any_at_work: bool = True
) -> Verdict:
    return decide(
        phase=phase,
        members=members,
        criteria=LIMITS,
        watch=HOUR,
        are_more=are_more,
        is_any_at_work=is_any_at_work,
        now=NOW,
    )


@pytest.mark.parametrize(
    ("ill", "said"),
    [
        (
            replace(WELL, loss_percent=5.01),
            "Trend EURUSD has lost 5.01% of its account's equity since its move, and 5% is the limit",
        ),
        (
            replace(WELL, crashes=3, why="ZeroDivisionError"),
            "Trend EURUSD has crashed 3 times since its move, and 2 is the limit: ZeroDivisionError",
        ),
        (
            replace(WELL, late_heartbeats=11),
            "Trend EURUSD was late with 11 heartbeats since its move, and 10 is the limit",
        ),
        (
            replace(WELL, gave_up=True, why="other EA code"),
            "Trend EURUSD does not start any more without a person: other EA code",
        ),
        (
            replace(WELL, unwell_since=NOW - timedelta(minutes=3, seconds=1)),
            "Trend EURUSD has not been at work for 3 minutes",
        ),
    ],
)
@pytest.mark.parametrize("phase", ["canary", "promoting"])
def test_a_limit_that_is_passed_takes_everything_back(ill: Member, said: str, phase: Phase) -> None:
    assert verdict(WELL, ill, phase=phase) == Verdict("roll_back", said)


@pytest.mark.parametrize(
    "well",
    [
        WELL,
        replace(WELL, loss_percent=5.0, crashes=2, late_heartbeats=10),
        replace(WELL, loss_percent=None),
        replace(WELL, unwell_since=NOW - timedelta(minutes=3)),
        # What its owner has stopped since says nothing of the version any more.
        replace(WELL, is_active=False, loss_percent=50),
    ],
)
def test_at_the_limit_nothing_is_taken_back(well: Member) -> None:
    assert verdict(well).action != "roll_back"


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ([WELL], Verdict("promote", "The canary worked for 60 minutes within the limits")),
        ([WELL, WELL], Verdict("promote", "All 2 canaries worked for 60 minutes within the limits")),
        ([WELL, FRESH], Verdict("wait", "Watching for 60 minutes; 50 min left")),
        (
            [replace(WELL, proved_at=NOW - HOUR + timedelta(seconds=1))],
            Verdict("wait", "Watching for 60 minutes; less than a minute left"),
        ),
        ([WELL, UNMOVED], Verdict("wait", "Waiting for Grid until flat, to be moved")),
        (
            [WELL, UNPROVED],
            Verdict("wait", "Waiting for Trend EURUSD to be seen at work with the new version"),
        ),
        (
            [replace(WELL, is_active=False)],
            Verdict(
                "wait", "No canary is active, so nothing is proved. Promote, roll back or stop it by hand"
            ),
        ),
    ],
)
def test_the_canaries_are_watched_from_the_last_proof_on(members: list[Member], expected: Verdict) -> None:
    assert verdict(*members) == expected


def test_where_nothing_is_at_work_there_is_nothing_to_watch() -> None:
    assert verdict(is_any_at_work=False).action == "promote"
    assert verdict(is_any_at_work=True).action == "wait"


@pytest.mark.parametrize(
    ("members", "are_more", "expected"),
    [
        ([WELL], True, Verdict("next_wave", "Those before work within the limits")),
        ([WELL], False, Verdict("finish", "Every EA whose inputs fit runs it")),
        (
            [WELL, UNPROVED],
            True,
            Verdict("wait", "Waiting for Trend EURUSD to be seen at work with the new version"),
        ),
        # One that waits to be flat holds up no other, but the end.
        ([WELL, UNMOVED], True, Verdict("next_wave", "Those before work within the limits")),
        ([WELL, UNMOVED], False, Verdict("wait", "Waiting for Grid until flat, to be moved")),
        ([replace(UNPROVED, is_active=False)], False, Verdict("finish", "Every EA whose inputs fit runs it")),
    ],
)
def test_the_others_follow_in_waves(members: list[Member], are_more: bool, expected: Verdict) -> None:
    assert verdict(*members, phase="promoting", are_more=are_more) == expected


members = st.builds(
    Member,
    name=st.just("EA"),
    is_canary=st.booleans(),
    is_active=st.booleans(),
    moved_at=st.none() | st.just(NOW - 2 * HOUR),
    proved_at=st.none() | st.just(NOW - HOUR),
    unwell_since=st.none() | st.just(NOW - HOUR),
    gave_up=st.booleans(),
    loss_percent=st.none() | st.floats(0, 20),
    crashes=st.integers(0, 5),
    late_heartbeats=st.integers(0, 20),
)


@given(st.lists(members, max_size=4), st.sampled_from(["canary", "promoting"]), st.booleans())
def test_no_version_goes_on_while_a_limit_is_passed(
    found: list[Member], phase: Phase, are_more: bool
) -> None:
    is_passed = any(one.is_active and breach(one, LIMITS, NOW) for one in found)
    said = verdict(*found, phase=phase, are_more=are_more)
    assert (said.action == "roll_back") == is_passed
    assert said.reason
