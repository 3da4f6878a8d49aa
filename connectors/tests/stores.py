"""What the files of a connector hold to, whatever is killed, torn, full: Slots, Outbox, CommandJournal.

Each is a function of a probe and fails by an assertion, so that tests and mutants both are judged by them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from connectors.tests.probing import Call, Probe

Rule = Callable[[Probe], None]


def slots_give_back_what_was_kept_last(probe: Probe) -> None:
    assert probe.live(("slots", "s"), ("keep", "one"), ("keep", "two"), ("slots", "s")) == [
        "",
        True,
        True,
        "two",
    ]
    assert probe.log == ['EA = ""', "EA = true", "EA = true", 'EA = "two"']
    for number in range(3, 6):
        before = probe.live(("slots", "s"), ("keep", f"text {number}"))
        assert before[1] is True
        assert probe.live(("slots", "s")) == [f"text {number}"]
    assert probe.live(("slots", "other")) == [""]
    assert probe.live(("slots", "s"), ("keep", ""), ("slots", "s")) == ["text 5", True, ""]


def slots_know_what_is_torn(probe: Probe) -> None:
    probe.live(("slots", "s"), ("keep", "one"), ("keep", "two"))
    newer, older = probe.machine.folder / "s.a", probe.machine.folder / "s.b"
    whole = newer.read_bytes()
    assert whole == b"%020d %015d %s\ntwo" % (2, 3, whole[37:53])
    assert older.read_bytes()[:36] == b"%020d %015d" % (1, 3)
    for torn in (
        *(whole[:-1], whole + b"!", b"", whole[:53], whole[:54], whole[:-1] + b"0", b"x" * 80),
        *(whole.replace(b"2 0", b"0 0"), whole.replace(b"2 0", b"9 0")[:56], b"-1" + whole[2:]),
    ):
        newer.write_bytes(torn)
        assert probe.live(("slots", "s")) == ["one"], torn
    for number, length in ((0, 4), (-1, 4), (5, 5), (5, 3)):
        newer.unlink(missing_ok=True)
        older.write_bytes(slot_of(number, "four").replace(b" 000000000000004 ", b" %015d " % length))
        assert probe.live(("slots", "s")) == [""], (number, length)
    newer.write_bytes(whole)
    older.write_bytes(b"torn")
    assert probe.live(("slots", "s"), ("keep", "three"), ("slots", "s")) == ["two", True, "three"]
    assert older.read_bytes().endswith(b"three")
    assert newer.read_bytes() == whole
    # A text of no bytes is as long as a file may be short.
    probe.live(("slots", "s"), ("keep", ""))
    assert len(newer.read_bytes()) == 54
    newer.write_bytes(newer.read_bytes())
    assert probe.live(("slots", "s")) == [""]


def slots_on_a_full_disk_keep_what_they_had(probe: Probe) -> None:
    probe.live(("slots", "s"), ("keep", "one"), ("keep", "two"))
    tries = [("keep", f"more {number}") for number in range(4)]
    for probe.machine.tells_it_is_full in (True, False):
        probe.machine.is_full = True
        assert probe.live(("slots", "s"), *tries) == ["two", *[False] * 4]
        assert len([line for line in probe.log if "s cannot be written" in line]) == 1
        assert probe.live(("slots", "s")) == ["two"]
        assert probe.live(("slots", "fresh"), ("keep", "one"), ("slots", "fresh")) == ["", False, ""]
        probe.machine.is_full = False
    assert probe.live(("slots", "s"), ("keep", "three"), ("slots", "s")) == ["two", True, "three"]
    for probe.machine.room in (0, 40, 54, 66):
        assert probe.live(("slots", "s"), ("keep", "a longer text"), ("slots", "s")) == [
            "three",
            False,
            "three",
        ]
    probe.machine.room = None
    assert probe.live(("slots", "s"), ("keep", "four"), ("slots", "s")) == ["three", True, "four"]


def slots_that_another_holds_open_are_not_written(probe: Probe) -> None:
    probe.live(("slots", "s"), ("keep", "one"), ("keep", "two"))
    probe.machine.answer("FileOpen", ["s.b", "5"], "another")
    assert probe.live(("slots", "s"), ("keep", "three"), ("slots", "s")) == ["two", False, "two"]
    probe.machine.let_go("another")

    def another_is_quicker(asked: list[str]) -> bool:
        # The third file that is opened is the one to write.
        if asked.count("FileOpen") == 3 and not probe.machine.holds("another"):
            (probe.machine.folder / "s.b").write_bytes(slot_of(3, "theirs"))
            probe.machine.answer("FileOpen", ["s.b", str(1 + 2 + 4 + 128)], "another")
        return False

    assert probe.live(("slots", "s"), ("keep", "ours"), kill_at=another_is_quicker) == ["two", False]
    probe.machine.let_go("another")
    (probe.machine.folder / "s.b").write_bytes(slot_of(1, "one"))
    # Who only looks, and lets others write, is in nobody's way.
    probe.machine.answer("FileOpen", ["s.b", str(1 + 4 + 128 + 256)], "another")
    assert probe.live(("slots", "s"), ("keep", "three"), ("slots", "s")) == ["two", True, "three"]


def slots_say_again_that_the_disk_is_full_once_it_was_not(probe: Probe) -> None:
    def fills_and_empties(asked: list[str]) -> bool:
        tries = asked.count("FileFlush")
        probe.machine.is_full = tries in {2, 3, 5}
        return False

    probe.machine.tells_it_is_full = False

    calls = [("keep", str(number)) for number in range(6)]
    assert probe.live(("slots", "s"), *calls, kill_at=fills_and_empties)[1:] == [
        True, False, False, True, False, True,
    ]  # fmt: skip
    assert len([line for line in probe.log if "make room on this disk" in line]) == 2


def slots_lose_nothing_that_was_kept_wherever_they_are_killed(probe: Probe) -> None:
    calls: list[Call] = [("slots", "s"), *(("keep", f"text {number}") for number in range(1, 4))]
    for question in range(200):
        _empty(probe.machine.folder)
        probe.machine.seed = question
        given = probe.killed_after(question, *calls)
        if given is None:
            assert question > 10
            return
        kept = len(given) - 1
        [found] = probe.live(("slots", "s"))
        assert found in {f"text {kept}" if kept > 0 else "", f"text {kept + 1}"}, question
        assert probe.live(("slots", "s"), ("keep", "on"), ("slots", "s")) == [found, True, "on"]


def an_outbox_gives_letters_in_their_order(probe: Probe) -> None:
    adds = [("add", f"/path/{number}", f'{{"n":"{number}"}}') for number in range(3)]
    assert probe.live(("outbox", "o"), *adds, ("count",), ("first",)) == [
        0, True, True, True, 3, '/path/0 {"n":"0"}',
    ]  # fmt: skip
    assert probe.live(("outbox", "o"), ("first",), ("remove",), ("first",), ("count",)) == [
        3, '/path/0 {"n":"0"}', '/path/1 {"n":"1"}', 2,
    ]  # fmt: skip
    assert probe.live(("outbox", "o"), ("remove",), ("first",), ("remove",), ("count",)) == [
        2, '/path/2 {"n":"2"}', 0,
    ]  # fmt: skip
    assert probe.live(("outbox", "o"), ("outbox", "other"), ("add", "/a", "b"), ("outbox", "o")) == [
        0,
        0,
        True,
        0,
    ]
    assert probe.live(("outbox", "other"), ("outbox", "o"), ("outbox", "other")) == [1, 0, 1]


def an_outbox_has_an_end(probe: Probe) -> None:
    letters = [{"path": "/p", "body": str(number)} for number in range(499)]
    (probe.machine.folder / "o.b").write_bytes(slot_of(7, json.dumps(letters)))
    assert probe.live(("outbox", "o"), ("add", "/p", "499"), ("add", "/p", "x"), ("count",)) == [
        499,
        True,
        False,
        500,
    ]
    assert probe.live(("outbox", "o"), ("remove",), ("add", "/p", "x"), ("add", "/p", "y"), ("first",)) == [
        500, True, False, "/p 1",
    ]  # fmt: skip


def an_outbox_keeps_in_memory_what_a_full_disk_does_not_take(probe: Probe) -> None:
    probe.live(("outbox", "o"), ("add", "/a", "1"))
    probe.machine.is_full = True

    def mend() -> None:
        probe.machine.is_full = False

    calls: list[Call] = [("outbox", "o"), ("add", "/b", "2"), ("count",), ("mend",), mend, ("mend",)]
    assert probe.live(*calls) == [1, False, 2]
    assert probe.live(("outbox", "o"), ("remove",), ("first",)) == [2, "/b 2"]
    probe.live(("outbox", "o"), ("add", "/c", "3"), ("count",))

    def counts(asked: list[str]) -> bool:
        return asked.count("FileOpen") > 2

    # What is written is not written again: two opened slots to read, none to write.
    assert probe.live(("outbox", "o"), ("mend",), ("count",), kill_at=counts) == [2, 2]
    probe.machine.is_full = True
    assert probe.live(("outbox", "o"), ("remove",), ("count",), ("outbox", "o"), ("mend",)) == [2, 1, 2]
    probe.machine.is_full = False
    assert probe.live(("outbox", "o"), ("first",)) == [2, "/b 2"]


def an_outbox_loses_no_letter_wherever_it_is_killed(probe: Probe) -> None:
    calls: list[Call] = [
        *(("outbox", "o"), ("add", "/1", "a"), ("add", "/2", "b")),
        *(("remove",), ("first",), ("add", "/3", "c"), ("remove",), ("first",)),
    ]
    # What is there after so many answers, and what may be there already.
    stages: list[list[list[str]]] = [
        [[]],
        [[], ["/1 a"]],
        [["/1 a"], ["/1 a", "/2 b"]],
        [["/1 a", "/2 b"], ["/2 b"]],
        [["/2 b"], ["/2 b", "/3 c"]],
        [["/2 b", "/3 c"], ["/3 c"]],
    ]
    for question in range(200):
        _empty(probe.machine.folder)
        probe.machine.seed = question
        given = probe.killed_after(question, *calls)
        if given is None:
            assert question > 20
            return
        assert _letters(probe) in stages[len(given)], (question, given)


def a_journal_knows_what_has_begun_and_what_came_of_it(probe: Probe) -> None:
    assert probe.live(
        *(("journal", "j"), ("begun", "a"), ("answer", "a"), ("begin", "a"), ("begun", "a"), ("answer", "a")),
        *(("begin", "b"), ("finish", "a", "done"), ("answer", "a"), ("answer", "b"), ("begun", "c")),
        *(("finish", "c", "lost"), ("begun", "c"), ("answer", "c")),
    ) == [False, "", True, True, "", True, "done", "", False, False, ""]
    assert probe.live(
        *(("journal", "j"), ("begun", "a"), ("answer", "a"), ("begun", "b"), ("answer", "b"), ("begun", "c")),
        *(("begin", "a"), ("answer", "a"), ("finish", "b", "failed"), ("answer", "b"), ("answer", "a")),
    ) == [True, "done", True, "", False, True, "done", "failed", "done"]
    assert probe.live(("journal", "k"), ("begun", "a"), ("journal", "j"), ("begun", "a")) == [False, True]
    since = [
        ("since", "d"),
        ("begin", "d", 77),
        ("since", "d"),
        ("begin", "d", 99),
        ("since", "d"),
        ("since", "a"),
    ]
    assert probe.live(("journal", "j"), *since) == [0, True, 77, True, 77, 0]
    assert probe.live(("journal", "j"), ("since", "d"), ("answer", "a")) == [77, "done"]
    assert probe.live(("journal", "l"), ("begin", "first", 55), ("since", "first")) == [True, 55]
    assert probe.live(("journal", "j"), ("journal", "k"), ("begun", "a"), ("begun", "b")) == [False, False]


def a_journal_writes_before_it_lets_go_on(probe: Probe) -> None:
    probe.machine.is_full = True
    calls: list[Call] = [("journal", "j"), ("begin", "a"), ("begun", "a"), ("begin", "a"), ("begun", "b")]
    assert probe.live(*calls) == [False, False, False, False]
    probe.machine.is_full = False
    assert probe.live(("journal", "j"), ("begin", "a"), ("begin", "b")) == [True, True]
    probe.machine.is_full = True
    assert probe.live(("journal", "j"), ("begin", "c"), ("begun", "c"), ("begun", "b"), ("begin", "a")) == [
        False, False, True, True,
    ]  # fmt: skip


def a_journal_remembers_the_newest_two_hundred(probe: Probe) -> None:
    entries = [{"id": f"id {number}", "answer": ""} for number in range(199)]
    (probe.machine.folder / "j.a").write_bytes(slot_of(8, json.dumps(entries)))
    asks = [("begun", f"id {number}") for number in (0, 1, 2, 198, 199, 200)]
    given = probe.live(("journal", "j"), ("begin", "id 199"), ("begun", "id 0"), ("begin", "id 200"), *asks)
    assert given == [True, True, True, False, True, True, True, True, True]
    given = probe.live(("journal", "j"), ("finish", "id 1", "one"), ("finish", "id 200", "last"), *asks)
    assert given == [False, True, True, True, True, True]
    assert probe.live(("journal", "j"), ("answer", "id 1"), ("answer", "id 200")) == ["one", "last"]
    more = [("begin", "more"), ("begun", "id 1"), ("answer", "more")]
    assert probe.live(("journal", "j"), *more) == [True, False, ""]
    newest = max((path.read_text() for path in probe.machine.folder.glob("j.*")), key=lambda text: text[:20])
    assert [one["id"] for one in json.loads(newest[54:])] == [f"id {n}" for n in range(2, 201)] + ["more"]


def a_journal_forgets_no_beginning_wherever_it_is_killed(probe: Probe) -> None:
    calls: list[Call] = [
        *(("journal", "j"), ("begin", "a"), ("finish", "a", "done"), ("answer", "a")),
        *(("begin", "b"), ("begin", "c")),
    ]
    for question in range(200):
        _empty(probe.machine.folder)
        probe.machine.seed = question
        given = probe.killed_after(question, *calls)
        if given is None:
            assert question > 20
            return
        begun = probe.live(("journal", "j"), *(("begun", one) for one in "abc"), ("answer", "a"))
        known = {0: (), 1: ("a",), 2: ("a",), 3: ("a", "b")}[len(given)]
        assert all(begun["abc".index(one)] for one in known), (question, given)
        assert begun[3] == "done" if len(given) > 1 else begun[3] in {"", "done"}


def slot_of(number: int, text: str) -> bytes:
    """Return a file of Slots: number, length and FNV-1a checksum, and the text."""
    body, checksum = text.encode(), 0xCBF29CE484222325
    for byte in body:
        checksum = (checksum ^ byte) * 0x100000001B3 % (1 << 64)
    return b"%020d %015d %016x\n%s" % (number, len(body), checksum, body)


def _letters(probe: Probe) -> list[str]:
    [count, *_] = probe.live(("outbox", "o"))
    calls: list[Call] = [call for _ in range(count) for call in (("first",), ("remove",))]
    letters: list[Any] = probe.live(("outbox", "o"), *calls)[1:]
    return letters


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


RULES: Final[tuple[Rule, ...]] = (
    slots_give_back_what_was_kept_last,
    an_outbox_gives_letters_in_their_order,
    a_journal_knows_what_has_begun_and_what_came_of_it,
    slots_know_what_is_torn,
    slots_on_a_full_disk_keep_what_they_had,
    slots_say_again_that_the_disk_is_full_once_it_was_not,
    slots_that_another_holds_open_are_not_written,
    an_outbox_keeps_in_memory_what_a_full_disk_does_not_take,
    a_journal_writes_before_it_lets_go_on,
    a_journal_remembers_the_newest_two_hundred,
    an_outbox_has_an_end,
    slots_lose_nothing_that_was_kept_wherever_they_are_killed,
    an_outbox_loses_no_letter_wherever_it_is_killed,
    a_journal_forgets_no_beginning_wherever_it_is_killed,
)
