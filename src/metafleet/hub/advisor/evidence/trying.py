"""Run input sets over a stretch of bars, costs in: in this process, or by a few of their own."""

from __future__ import annotations

import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from metafleet.engine.experts.catalogue import EXPERTS
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.inputs import InputValue
from metafleet.engine.market.arrays import RATES, Array
from metafleet.engine.market.supplies import KeptSupply
from metafleet.engine.market.timeframes import BY_NAME, PERIODS_S
from metafleet.engine.tester.contract import Test
from metafleet.engine.tester.declared.fitting import declares
from metafleet.engine.tester.declared.many import run_each
from metafleet.engine.tester.jobs import spec_of
from metafleet.hub.advisor.evidence.outcomes import Outcome, outcome_in, outcome_of, unpacked

SIGNAL_BARS: Final = {"trend-following": "bar_minutes"}
"""EAs whose signals come from bars of an input's minutes: their own, shorter bars only wake them, so that a
test on bars of that length enters and leaves where one on their own bars would."""

DEPOSIT: Final = 10_000
"""Account currency of the tested account: USD."""

_AT_ONCE: Final = 10
"""Sets of one piece of work: small enough that two processes end together. Those of an EA that declares are
one piece: they share prices, indicators and the proof that its on_bar does the same."""


class TryingFailed(Exception):
    """A process that tried ended badly; the text is its last words."""


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """Some sets of one EA on one symbol.

    key: whose work it is, as its asker knows it. rates: path of the array. from_s: None, from the warm-up
    on. places: which of the EA's sets these are.
    """

    key: str
    slug: str
    symbol: str
    timeframe: str
    rates: str
    from_s: int | None
    to_s: int
    places: list[int]
    inputs: list[dict[str, InputValue]]


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a piece of work. outcomes: as `Outcome.packed`, in the order of the places.

    doubt: how what the EA declares differs from what it does, by which its on_bar ran; "" where it does not.
    """

    key: str
    places: list[int]
    outcomes: list[bytes]
    doubt: str = ""


def fits(cls: type[Expert], timeframe: str) -> str:
    """Return why an EA cannot be judged by bars of a timeframe; "" where it can."""
    if cls.on_signal is not Expert.on_signal:
        return "It asks the Brain for signals, and what a model did is on that model's card."
    own = cls.timeframe
    if cls.slug in SIGNAL_BARS:
        own = timeframe
    if PERIODS_S[BY_NAME[own]] < PERIODS_S[BY_NAME[timeframe]]:
        return f"It trades bars of {own}, and evidence is made of bars of {timeframe}."
    return ""


def attempt(
    cls: type[Expert], rates: Array, work: Work, doubt: Callable[[str], object] | None = None
) -> list[Outcome]:
    """Test each set and return what it did, in order. doubt: as of `run_each`.

    Raises TestRefused, and whatever the EA raises.
    """
    supply = KeptSupply(spec_of(work.symbol), rates, BY_NAME[work.timeframe])
    test = Test(
        symbol=work.symbol,
        timeframe=work.timeframe if cls.slug in SIGNAL_BARS else "",
        from_s=work.from_s,
        to_s=work.to_s,
    )
    return run_each(
        cls,
        test,
        {work.symbol: supply},
        work.inputs,
        lambda _, story: outcome_in(story),
        lambda _, result: outcome_of(result.deals),
        doubt=doubt,
    )


def by_processes(pieces: Sequence[Work], processes: int) -> Iterator[Done]:
    """Do all pieces in so many processes and yield what comes, in no order.

    Raises TryingFailed where one ends badly; the others are ended then, and where nobody listens any more.
    """
    shares = [list(pieces[place::processes]) for place in range(max(1, processes))]
    heard: queue.Queue[Done | TryingFailed | None] = queue.Queue()
    crew = [_Trier(share, heard) for share in shares if share]
    try:
        left = len(crew)
        while left:
            said = heard.get()
            if isinstance(said, TryingFailed):
                raise said
            if said is None:
                left -= 1
            else:
                yield said
    finally:
        for one in crew:
            one.end()


class _Trier:
    """A process at work, and the thread that listens to it."""

    def __init__(self, share: Sequence[Work], heard: queue.Queue[Done | TryingFailed | None]) -> None:
        self._heard = heard
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the process has ended
        with tempfile.TemporaryFile() as given:
            given.write(msgspec.msgpack.encode(share))
            given.seek(0)
            self._process = subprocess.Popen(
                [sys.executable, "-m", "metafleet.hub.advisor.evidence.worker"],
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=self._said,
            )
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """End the process, if it has not ended, and wait for both."""
        self._process.kill()
        self._process.wait()
        self._thread.join()
        self._said.close()

    def _listen(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - a pipe was asked for
        with self._process.stdout as lines:
            for line in lines:
                self._heard.put(msgspec.json.decode(line, type=Done))
        code = self._process.wait()
        if code == 0:
            self._heard.put(None)
            return
        self._said.seek(0)
        words = self._said.read().decode(errors="replace").strip()[-400:]
        self._heard.put(TryingFailed(words or f"the process ended with {code}"))


def pieces_of(work: Work) -> Iterator[Work]:
    """Yield a piece of work as smaller ones."""
    size = max(1, len(work.inputs)) if declares(EXPERTS[work.slug]) else _AT_ONCE
    for begin in range(0, len(work.inputs), size):
        yield msgspec.structs.replace(
            work,
            places=work.places[begin : begin + size],
            inputs=work.inputs[begin : begin + size],
        )


def keep_rates(rates: Array, path: Path) -> str:
    """Write bars where a process finds them."""
    np.save(path, np.ascontiguousarray(rates, RATES), allow_pickle=False)
    return str(path)


def do(work: Work) -> Done:
    """Do a piece of work in this process."""
    rates = np.load(work.rates, mmap_mode="r", allow_pickle=False)
    doubts: list[str] = []
    outcomes = attempt(EXPERTS[work.slug], rates, work, doubts.append)
    return Done(
        key=work.key,
        places=work.places,
        outcomes=[one.packed() for one in outcomes],
        doubt=" ".join(doubts),
    )


def opened(done: Done) -> list[Outcome]:
    """Return the trades of a piece of work, by its places."""
    return [unpacked(one) for one in done.outcomes]
