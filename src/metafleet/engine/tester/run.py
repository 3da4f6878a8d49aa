"""Run a test: lay out the past, let the EA live through it, and gather what it left."""

from __future__ import annotations

import gc
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from metafleet.engine.broker.ledger import Ledger
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.signals import Signal, SignalTape
from metafleet.engine.market.supplies import Supply
from metafleet.engine.tester.contract import Curve, Test, TestResult
from metafleet.engine.tester.curve import LaterCurve
from metafleet.engine.tester.declared.compiling import KERNEL_CACHE
from metafleet.engine.tester.declared.fitting import declares
from metafleet.engine.tester.declared.running import tell, try_declared
from metafleet.engine.tester.declared.story import Later, Story
from metafleet.engine.tester.layout import lay_out
from metafleet.engine.tester.play import Cancelled, Play, Progress
from metafleet.engine.tester.striding import Striding
from metafleet.engine.tester.ticking import Ticking


def run_test(
    cls: type[Expert],
    test: Test,
    supplies: Mapping[str, Supply],
    *,
    signals: Sequence[Signal] = (),
    progress: Progress | None = None,
    every_tick: bool = False,
    kernel_cache: Path | None = KERNEL_CACHE,
    believes_after: int | None = None,
) -> TestResult:
    """Test an EA on these prices and return what it left.

    supplies: by symbol; of the EA's own, and of the pairs that its account's currency or its other charts
    need. signals: what the Brain says of its symbol; without any it is silent. every_tick: take each tick,
    though nothing can happen at it; the deals are the same. kernel_cache:
    where machine code for EAs that declare is kept; None to run them like all others. believes_after: so many
    sets of inputs that were seen to do what they declare, and those that follow in this process are believed.
    Raises TestRefused, InputRefused, and whatever the EA raises. A Progress that raises Cancelled ends the
    test there: the result is what there is so far.
    """
    layout = lay_out(cls, test, supplies)
    plays: list[Play] = []
    brain = SignalTape(test.symbol, signals)

    def seat() -> Play:
        plays.append(layout.seat())
        plays[-1].desk.brain = brain
        return plays[-1]

    began_s, was_on = time.perf_counter(), gc.isenabled()
    # Nothing here makes cycles, and looking for them among a million live objects costs more than the test.
    gc.disable()
    try:
        attempt = None
        if kernel_cache is not None and not every_tick and declares(cls):
            attempt = try_declared(seat, kernel_cache, believes_after)
        notes = [] if attempt is None else list(attempt.notes)
        if attempt is not None and attempt.story is not None:
            play = attempt.play
            tell(play, attempt.story)
            return _result(play, time.perf_counter() - began_s, notes, brain, attempt.story)
        half = None if attempt is None else attempt.loop
        play = seat() if attempt is None or half is None else attempt.play
        _live(play, half, progress, notes, every_tick=every_tick)
        return _result(play, time.perf_counter() - began_s, notes, brain)
    finally:
        for play in plays:
            play.let_go()
        if was_on:
            gc.enable()


def _live(
    play: Play, half: Striding | None, progress: Progress | None, notes: list[str], *, every_tick: bool
) -> None:
    """Let the EA live through the test by a loop, or through what one has left of it."""
    loop: Striding | Ticking
    if half is not None:
        loop = half
    else:
        loop = Ticking(play, progress) if every_tick or not play.is_quiet() else Striding(play, progress)
    try:
        if half is None:
            loop.run()
        else:
            half.go_on()
    except Cancelled:
        notes.append("The test was ended early: this is what there was by then.")
    loop.finish(close_positions=play.test.close_at_end)


def _result(
    play: Play, elapsed_s: float, notes: list[str], brain: SignalTape, story: Story | None = None
) -> TestResult:
    ledger: Ledger = play.ledger
    begin, end = play.tested
    return TestResult(
        test=play.test,
        expert=play.cls.slug or play.cls.__name__,
        version=play.cls.version,
        inputs=play.expert.inputs,
        timeframe=play.timeframe,
        digits=play.tape.spec.digits,
        account=ledger.account(),
        deals=ledger.deals if story is None else Later(story, "deals"),
        orders=ledger.finished if story is None else Later(story, "orders"),
        positions=ledger.positions(),
        curve=cast(Curve, LaterCurve(play.curves)),
        bars=play.span.rates[begin:end],
        ticks=play.ticks,
        elapsed_s=elapsed_s,
        log=play.desk.lines,
        reasons=play.desk.reasons,
        notes=[*notes, *_said_of(brain)],
    )


def _said_of(brain: SignalTape) -> list[str]:
    """How often the EA asked the Brain and was left alone, for whoever reads the report."""
    if not brain.asked:
        return []
    if not len(brain):
        return [
            f"No signals were given to this test: at all {brain.asked:,} bars at which the EA asked, the "
            "Brain was silent and the EA went by its own rule."
        ]
    return [
        f"Of {brain.asked:,} bars at which the EA asked the Brain, {brain.silent:,} had no valid signal: "
        "there it went by its own rule."
    ]
