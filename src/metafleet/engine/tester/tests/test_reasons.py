"""Why an EA traded: what its order carries, and what is kept beside it."""

from __future__ import annotations

import pytest

from metafleet.engine.experts import Bar, Expert
from metafleet.engine.experts.grid import Frame, read_comment
from metafleet.engine.experts.reasons import Reason, ReasonRefused, reason_of, tagged
from metafleet.engine.tester import Test
from metafleet.engine.tester.run import run_test
from metafleet.engine.tester.tests.rooms import supply, walk
from metafleet.wire.messages import NOTE_LENGTH


@pytest.mark.parametrize(
    ("comment", "tag", "sent"),
    [
        ("", "breakout", "breakout"),
        ("mine", "breakout", "mine breakout"),
        ("a comment that is as long as it may be", "breakout", "a comment that is as l breakout"),
        ("mine", "", "mine"),
    ],
)
def test_a_tag_ends_the_comment_and_is_never_cut(comment: str, tag: str, sent: str) -> None:
    assert tagged(comment, tag) == sent
    assert len(sent) <= 31


def test_a_grid_reads_its_comment_beside_a_tag() -> None:
    frame = Frame(1.08512, 60)
    assert read_comment(tagged(frame.comment(-3, 5), "retest")) == (frame, -3)


@pytest.mark.parametrize("tag", ["two words", "x" * 17, "-dash", "tab\t", "é"])
def test_what_is_no_word_is_no_tag(tag: str) -> None:
    with pytest.raises(ReasonRefused, match="one word of at most 16"):
        reason_of(tag, "")


def test_a_note_is_one_line_of_a_certain_length() -> None:
    assert reason_of("", "  close\nabove\u202e it ") == Reason("", "close above  it")
    assert reason_of("t", "x" * 300) == Reason("t", "x" * NOTE_LENGTH)
    assert reason_of("", " \n") is None


class Telling(Expert):
    """Buys once, and says why."""

    slug, name, symbols = "telling", "Telling", ("EURUSD",)

    def on_bar(self, bar: Bar) -> None:
        if not self.positions:
            self.buy(0.1, comment="mine", tag="breakout", note=f"a bar closed at {bar.close}")


def test_a_test_keeps_why_by_order() -> None:
    result = run_test(Telling, Test(symbol="EURUSD", timeframe="M5"), supply(walk(600)))
    opened = result.deals[1]
    assert opened.comment == "mine breakout"
    ((order, reason),) = result.reasons.items()
    assert (order, reason.tag) == (opened.order, "breakout")
    assert reason.note.startswith("a bar closed at 1.")
