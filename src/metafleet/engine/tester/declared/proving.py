"""Whether an EA does what it declares: which stretch is run both ways, and what is believed after it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Sequence
from functools import lru_cache
from typing import Final

import msgspec
import numpy as np

from metafleet.engine.broker.records import Deal
from metafleet.engine.tester.declared.story import AT_END, Story
from metafleet.engine.tester.play import Play

SAMPLE_BARS: Final = 5_000
SAMPLE_TRADES: Final = 20
SAMPLE_MOST_BARS: Final = 50_000
"""The stretch on which both ways are compared: so many bars, and on until there were so many trades."""

PROOF_TRADES: Final = 10
"""So many alike, and the same EA with the same inputs and conditions is believed for as long as the process
lives: what is asked is whether two programs do the same, on whatever prices."""

PROVED: Final = 3
"""Of many sets of inputs of one EA so many are run both ways."""

OTHERWISE: Final = "What the EA declares is not what it does"
"""So begins the note of a test in which that came out."""

_NAMES: Final = {"sl": "stop", "tp": "target", "time_msc": "the time"}


class Proof:
    """How many trades of an EA with these inputs came out alike, in this process."""

    def __init__(self) -> None:
        self.trades = 0

    @property
    def is_given(self) -> bool:
        return self.trades >= PROOF_TRADES


@lru_cache(maxsize=1 << 12)
def proof_of(cls: Hashable, inputs: bytes, conditions: bytes) -> Proof:  # noqa: ARG001 - it is kept by them
    """Return what is known so far. conditions: of the test, whenever it is."""
    return Proof()


class Standing:
    """How an EA has kept to what it declares, in this process, whatever its inputs. sets: of inputs that
    traded alike; trades: theirs."""

    def __init__(self) -> None:
        self.sets = self.trades = 0
        self.has_lied = False

    def add(self, trades: int) -> None:
        """Count a set whose deals were alike."""
        self.sets += trades > 0
        self.trades += trades

    def is_believed(self, after: int | None) -> bool:
        """Say whether so many sets have been alike, and none otherwise; None asks to see each.

        Sets that trade seldom are as good as others, once there were as many trades as those have.
        """
        if after is None or self.has_lied:
            return False
        return self.sets >= after and self.trades >= after * PROOF_TRADES


@lru_cache(maxsize=1 << 8)
def standing_of(cls: Hashable, conditions: bytes) -> Standing:  # noqa: ARG001 - it is kept by them
    """Return what is known so far. conditions: as of `proof_of`."""
    return Standing()


def sample_end(story: Story, first: int) -> int:
    """Return the last stride of the stretch to compare."""
    reel, last = story.reel, story.reel.strides - 1
    ends = story.trades[5][story.trades[8] != 0]
    if len(ends) < SAMPLE_TRADES:
        return first + min(SAMPLE_MOST_BARS, last)
    wanted = int(reel.strides_of(ends[SAMPLE_TRADES - 1 : SAMPLE_TRADES])[0]) + 1
    return first + min(max(wanted, SAMPLE_BARS), SAMPLE_MOST_BARS, last)


def difference(story: Story, deals: Sequence[Deal], end: int, first: int) -> str | None:
    """Return what the first deals that are not alike are. deals: of the ordinary loop up to a stride."""
    reel, after = story.reel, end - first + 1
    until = int(reel.begins(np.array([after]))[0]) if after < reel.strides else len(reel.rates)
    begun = int(np.searchsorted(story.trades[0], until))
    mine = story.deals_of(begun)
    if (
        begun
        and mine[-1].entry
        and (story.trades[5, begun - 1] >= until or story.trades[8, begun - 1] == AT_END)
    ):
        mine.pop()
    for place in range(max(len(mine), len(deals))):
        said = mine[place] if place < len(mine) else None
        done = deals[place] if place < len(deals) else None
        if said != done:
            where, what = _where(story, first, said, done), _what(said, done)
            return f"{where}, declare() says {_words(said)}, on_bar does {_words(done)}{what}"
    return None


def _where(story: Story, first: int, said: Deal | None, done: Deal | None) -> str:
    """Say in which bar of the EA's chart the earlier of two deals is, and which was the last before it."""
    reel = story.reel
    time_s = min(deal.time_msc for deal in (said, done) if deal is not None) // 1000
    bar = np.searchsorted(reel.rates["time"], np.array([time_s]), "right") - 1
    place = first + int(reel.strides_of(bar)[0])
    begun = _moment(reel.time(int(reel.begins(reel.strides_of(bar))[0])) * 1000)
    return f"in the bar of {begun}, after [{place - 1}] of its arrays"


def _what(said: Deal | None, done: Deal | None) -> str:
    """Name the values in which two deals differ."""
    if said is None or done is None:
        return ""
    values = [
        f"{_NAMES.get(name, name)} {getattr(said, name)} for {getattr(done, name)}"
        for name in Deal.__struct_fields__
        if getattr(said, name) != getattr(done, name)
    ]
    return f"; that is {', '.join(values)}"


def _moment(time_msc: int) -> str:
    return dt.datetime.fromtimestamp(time_msc / 1000, dt.UTC).strftime("%Y-%m-%d %H:%M:%S")


def _words(deal: Deal | None) -> str:
    if deal is None:
        return "nothing more"
    side = "sell" if deal.type else "buy"
    at = _moment(deal.time_msc)
    return (
        f"deal {deal.ticket}, {side} {deal.volume} at {deal.price} on {at} {deal.comment} "
        f"(stop {deal.sl}, target {deal.tp}, profit {deal.profit}, swap {deal.swap})"
    )


def conditions_of(play: Play) -> bytes:
    """Return what a proof holds for: the test, whenever it is, and the symbol."""
    test = msgspec.structs.replace(play.test, from_s=None, to_s=None, forward_s=None, inputs={})
    return msgspec.json.encode((test, play.timeframe, play.tape.spec))
