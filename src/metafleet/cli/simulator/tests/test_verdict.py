"""The proof can fail: what a hub might do wrong with a command is named."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import pytest

from metafleet.cli.simulator.histogram import Histogram
from metafleet.cli.simulator.orders import Wish
from metafleet.cli.simulator.report import lines
from metafleet.cli.simulator.state import Faults, Figures, Note, Notes
from metafleet.cli.simulator.verdict import Verdict, compare, wrong_end

COMMAND = str(uuid4())
DONE = Note(1, "OPEN", sent={"done"}, acknowledged="done")


def wish(kind: str = "OPEN", **payload: Any) -> Wish:
    return Wish(uuid4(), 1, kind, {"symbol": "EURUSD", "side": "buy", **payload}, 0.0)


@pytest.mark.parametrize(
    ("found", "note", "executed", "wrong"),
    [
        (("done", 1, False), DONE, 1, ""),
        (("done", 1, False), DONE, 0, "done, but the journal has 0 entries with its mark"),
        (None, DONE, 1, "lost: there is no such command any more"),
        (("leased", 2, False), None, 0, "forgotten: still leased after 2 deliveries"),
        (("failed", 1, False), DONE, 1, "failed, though the hub took done as its result"),
        (("done", 1, False), Note(1, "OPEN"), 1, "done, which its terminal never said"),
        (("done", 1, False), Note(2, "OPEN", sent={"done"}), 1, "delivered to terminal 2"),
        (("dead", 1, False), None, 0, "dead after 1 deliveries, before it expired"),
        (("dead", 1, True), None, 0, ""),
        (("dead", 3, False), None, 1, ""),
    ],
)
def test_a_command_must_end_as_its_terminal_knows(
    found: tuple[str, int, bool] | None, note: Note | None, executed: int, wrong: str
) -> None:
    notes = Notes(Faults(), Figures())
    if note:
        notes.by_id[COMMAND] = note
    assert wrong_end(notes, COMMAND, wish(), found, executed) == wrong


def test_an_order_that_no_broker_took_was_not_executed() -> None:
    dead = ("dead", 3, False)
    assert "executed" in wrong_end(Notes(Faults(), Figures()), COMMAND, wish(comment="busy:9"), dead, 1)


def test_rows_that_are_missing_surplus_or_different_are_told() -> None:
    verdict = Verdict(Faults())
    compare(
        verdict, "deal", "terminal 1", ("volume", "price"), {1: (5, 6), 2: (1, 1)}, {2: (1, 2), 3: (9, 9)}
    )
    assert verdict.faults.words == [
        "deal missing: terminal 1: 1 volume 5, price 6",
        "deal that never was: terminal 1: 3 volume 9, price 9",
        "deal differs: terminal 1: 2: price 2 instead of 1",
    ]
    assert not verdict.holds
    told = list(lines(Figures(), Histogram(), verdict))
    assert told[-4:][0] == "DIFFERENCES: deal differs 1, deal missing 1, deal that never was 1."


def test_a_delivery_that_should_not_be_is_a_fault() -> None:
    faults = Faults()
    notes = Notes(faults, Figures())
    notes.deliver(COMMAND, "PING", terminal=1, attempt=1, expires_in_s=100.0)
    assert not faults.counts
    notes.deliver(COMMAND, "PING", terminal=2, attempt=1, expires_in_s=-10.0)
    assert set(faults.counts) == {
        "command for another terminal",
        "command delivered twice in one lease",
        "command delivered within its lease",
        "command delivered after it expired",
    }


def test_a_retry_that_was_asked_for_may_come_at_once() -> None:
    faults = Faults()
    notes = Notes(faults, Figures())
    notes.deliver(COMMAND, "OPEN", terminal=1, attempt=1, expires_in_s=None).is_retried = True
    notes.deliver(COMMAND, "OPEN", terminal=1, attempt=2, expires_in_s=None)
    assert not faults.counts


def test_answers_that_arrive_in_the_wrong_order_are_no_fault() -> None:
    faults, figures = Faults(), Figures()
    figures.answered("heartbeat", 29.0)
    notes = Notes(faults, figures)
    notes.deliver(COMMAND, "OPEN", terminal=1, attempt=2, expires_in_s=None)
    notes.deliver(COMMAND, "OPEN", terminal=1, attempt=1, expires_in_s=None)
    assert set(faults.counts) <= {"command delivered within its lease"}
    assert "command delivered twice in one lease" not in faults.counts


def test_a_command_that_has_ended_is_not_to_come_again() -> None:
    faults = Faults()
    notes = Notes(faults, Figures())
    note = notes.deliver(COMMAND, "OPEN", terminal=1, attempt=1, expires_in_s=None)
    note.acknowledged, note.acknowledged_s = "done", time.monotonic() - 100
    notes.deliver(COMMAND, "OPEN", terminal=1, attempt=2, expires_in_s=None)
    assert faults.counts["command delivered after its end"] == 1


def test_latencies_are_of_the_time_in_which_all_are_there() -> None:
    figures = Figures()
    figures.answered("heartbeat", 1.0)
    figures.joined_at_s = time.monotonic()
    figures.answered("heartbeat", 2.0)
    figures.held_until_s = time.monotonic()
    figures.answered("heartbeat", 3.0)
    assert figures.latencies["heartbeat"].longest_s == 2.0
    assert (figures.window.count, figures.longest_s) == (3, 3.0)
