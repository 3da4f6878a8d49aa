"""Runs what an EA declares in a test, and believes it once its `on_bar` has done the same on a stretch."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from decimal import Decimal
from pathlib import Path
from typing import Final, cast

import msgspec

from metafleet.engine.broker.ledger import Ledger
from metafleet.engine.broker.money import rounded
from metafleet.engine.experts.declaring import Declaration, Past
from metafleet.engine.experts.expert import Expert
from metafleet.engine.market.records import Tick
from metafleet.engine.tester.declared.proving import (
    OTHERWISE,
    conditions_of,
    difference,
    proof_of,
    sample_end,
    standing_of,
)
from metafleet.engine.tester.declared.reel import Unfit
from metafleet.engine.tester.declared.stage import Stage, WholePast
from metafleet.engine.tester.declared.story import Story
from metafleet.engine.tester.play import Play
from metafleet.engine.tester.striding import Striding

TICKS_A_BAR: Final = 4
"""Of ticks "ohlc"."""


class Attempt(msgspec.Struct, frozen=True):
    """What came of trying. story: None where the test goes by the ordinary loop, and `loop` the one that has
    begun with it already, if any; play: whose it is.
    """

    play: Play
    notes: tuple[str, ...]
    story: Story | None = None
    loop: Striding | None = None


def try_declared(seat: Callable[[], Play], folder: Path, believes_after: int | None = None) -> Attempt:
    """Run what the EA declares, and believe it if its `on_bar` does the same. seat: makes plays of the test.

    believes_after: as of `run_test`.

    Raises TestRefused where arrays are not of the test's bars, and whatever the EA raises.
    """
    play = seat()
    try:
        stage = Stage(play, folder)
        play.chart.defers = True
        declared = started(play.expert, play.ledger, WholePast(play.charts, stage), stage)
        if declared is None:
            return Attempt(play, ("The EA declares nothing with these inputs.",))
        story = stage.run(declared)
    except Unfit as unfit:
        return Attempt(play, (f"What the EA declares is not used: {unfit}.",))
    conditions, cls = conditions_of(play), cast(Hashable, play.cls)
    standing = standing_of(cls, conditions)
    proof = proof_of(cls, msgspec.json.encode(play.expert.inputs), conditions)
    if proof.is_given:
        return Attempt(play, (_believed("seen before"),), story)
    if standing.is_believed(believes_after):
        seen = f"seen of {standing.sets} other sets of its inputs"
        return Attempt(play, (_believed(seen),), story)
    ordinary = seat()
    loop = Striding(ordinary, None)
    end = sample_end(story, stage.first)
    loop.run(end)
    found = difference(story, ordinary.ledger.deals, end, stage.first)
    if found is not None:
        standing.has_lied = True
        return Attempt(ordinary, (f"{OTHERWISE}: {found}. Its on_bar ran.",), None, loop)
    proof.trades = (len(ordinary.ledger.deals) - 1) // 2
    standing.add(proof.trades)
    return Attempt(play, (_believed(f"{end - stage.first} bars and {proof.trades} trades"),), story)


def started(expert: Expert, ledger: Ledger, past: Past, stage: Stage) -> Declaration | None:
    """Return what an EA declares once it has started. Raises Unfit where it trades while it does."""
    reel, spec = stage.reel, stage.account.spec
    row = reel.rates[0]
    bid, gap = float(row["open"]), int(row["spread"]) * spec.point
    ledger.quotes.apply(Tick(spec.name, int(row["time"]) * 1000, bid, round(bid + gap, spec.digits)))
    expert.on_start()
    declared = expert.declare(past)
    if ledger.version:
        raise Unfit("the EA trades while it starts")
    return declared


def tell(play: Play, story: Story) -> None:
    """Leave the account, the curve and the EA as the ordinary loop would at the end of a test."""
    reel, ledger = story.reel, play.ledger
    ledger.quotes.apply(story.last_tick())
    balance = Decimal(story.balance) / story.costs.unit
    ledger.book = msgspec.structs.replace(
        ledger.book, balance=rounded(balance, story.account.currency), positions=story.held()
    )
    first = play.tested[0]
    play.curves.reckoned = lambda: story.noted(first)
    play.curves.end = first + reel.strides
    play.ticks = reel.strides if reel.is_open_only else TICKS_A_BAR * len(reel.rates)
    play.chart.cursor.at = play.curves.end - 1
    play.desk.reasons.update(story.reasons())
    play.desk.lines += story.log()
    play.expert.on_stop()


def _believed(seen: str) -> str:
    return f"Run by what the EA declares, which its on_bar does, too ({seen})."
