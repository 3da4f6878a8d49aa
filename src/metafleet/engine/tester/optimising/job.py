"""One try: a document that says what to test, and the document that comes back.

Both are plain JSON, so that the same jobs run in a process beside this one or on another machine:

    outcome = run_job(msgspec.json.decode(line, type=Job))

A job carries no market: it says which one, and what it must be. The machine opens it once, mapped into
memory, for as many jobs as come.
"""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path
from typing import Final, Literal

import msgspec
import numpy as np

from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.inputs import InputRefused, InputValue
from metafleet.engine.market import generator
from metafleet.engine.market.arrays import Array
from metafleet.engine.market.servertime import SERVER_ZONE
from metafleet.engine.market.supplies import Supply, open_supplies
from metafleet.engine.market.symbols import SymbolSpec
from metafleet.engine.tester.contract import NoBars, Test, TestRefused
from metafleet.engine.tester.declared.compiling import KERNEL_CACHE
from metafleet.engine.tester.declared.proving import OTHERWISE, PROVED
from metafleet.engine.tester.optimising.baking import baked
from metafleet.engine.tester.optimising.luck import Moments
from metafleet.engine.tester.optimising.measuring import measure, nothing_traded
from metafleet.engine.tester.optimising.sources import ExpertMissing, ExpertRef, expert_of
from metafleet.engine.tester.run import run_test

MARKET_CACHE: Final = Path.home() / ".cache" / "metafleet" / "market"
"""Where market files are kept once they are read, unless somebody says otherwise."""

State = Literal["done", "failed"]


class MarketRef(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Which market. source: as of `open_supplies`. specs: the conditions of its symbols, by name.

    from_s, to_s: of a market that is made, what of it is needed: it is made once a machine, and kept.
    sha256: of all that it holds; a machine whose market is another one refuses the job. "" for any.
    """

    source: str
    specs: dict[str, SymbolSpec]
    seed: int = 0
    zone: str = SERVER_ZONE
    wants_ticks: bool = False
    from_s: int | None = None
    to_s: int | None = None
    sha256: str = ""


class Job(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One test of an EA, its inputs complete. engine: `engine_version` where the job was made.

    wants_days: the outcome has each day's equity. may_be_empty: a time without bars, as a weekend is, is one
    in which nothing was traded; else such a test is refused.
    """

    expert: ExpertRef
    market: MarketRef
    test: Test
    engine: str
    wants_days: bool = False
    may_be_empty: bool = False

    @property
    def key(self) -> str:
        """What the outcome hangs on: the same key, the same outcome, on any machine and at any time."""
        of = (
            self.expert.sha256,
            self.market.sha256,
            self.test,
            self.engine,
            self.wants_days,
            self.may_be_empty,
        )
        return hashlib.sha256(msgspec.json.encode(of, order="deterministic")).hexdigest()


class Outcome(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What came of a job. figures: by the names of `measuring.FIGURES`. days: (time_s, equity) each.

    error: why it failed, one line; is_refused: the EA itself says that these inputs do not go together.
    doubt: where what the EA declares was not what it does, one line. elapsed_s: of the test alone.
    """

    key: str
    inputs: dict[str, InputValue]
    state: State
    figures: dict[str, float | None] = {}
    returns: Moments | None = None
    days: list[tuple[int, float]] = []
    error: str = ""
    is_refused: bool = False
    doubt: str = ""
    elapsed_s: float = 0.0


class JobRefused(ValueError):
    """This machine cannot run the job: it has another EA, market or engine, or none."""


def run_job(job: Job, *, market_cache: Path = MARKET_CACHE) -> Outcome:
    """Run one job and return what came of it; an EA that fails is an outcome too.

    Raises JobRefused, TestRefused, SourceRefused and MarketFileRefused for what would be refused again here
    whatever the inputs: not the try is wrong, but the machine or the test.
    """
    if job.engine != engine_version():
        raise JobRefused(f"the job is of engine {job.engine}, this one is {engine_version()}")
    supplies = _market(job.market, market_cache)
    try:
        cls = expert_of(job.expert)
    except ExpertMissing as missing:
        raise JobRefused(str(missing)) from missing
    return outcome_of(job, cls, supplies)


def outcome_of(
    job: Job,
    cls: type[Expert],
    supplies: Mapping[str, Supply],
    *,
    kernel_cache: Path | None = KERNEL_CACHE,
) -> Outcome:
    """Run one job with a class and prices that somebody has opened already, and return what came of it.

    For processes that shut themselves in between the two: that they are those which the job names is for
    the caller to see. kernel_cache: as of `run_test`. Raises TestRefused.
    """
    try:
        result = run_test(cls, job.test, supplies, kernel_cache=kernel_cache, believes_after=PROVED)
    except NoBars:
        if not job.may_be_empty:
            raise
        figures = nothing_traded(float(job.test.deposit))
        return Outcome(key=job.key, inputs=job.test.inputs, state="done", figures=figures)
    except TestRefused:
        raise
    except (Exception, SystemExit) as fault:  # noqa: BLE001 - an EA may do anything
        return failed(job, _words(fault), is_refused=isinstance(fault, InputRefused))
    made = measure(result)
    return Outcome(
        key=job.key,
        inputs=job.test.inputs,
        state="done",
        figures=made.figures,
        returns=made.returns,
        days=made.days if job.wants_days else [],
        doubt=next((note for note in result.notes if note.startswith(OTHERWISE)), ""),
        elapsed_s=result.elapsed_s,
    )


def failed(job: Job, error: str, *, is_refused: bool = False) -> Outcome:
    """Return the outcome of a job that failed."""
    return Outcome(key=job.key, inputs=job.test.inputs, state="failed", error=error, is_refused=is_refused)


def market_of(ref: MarketRef, market_cache: Path = MARKET_CACHE) -> MarketRef:
    """Return the reference with the hash of what the market holds here.

    Raises SourceRefused, MarketFileRefused.
    """
    return msgspec.structs.replace(ref, sha256=_hash(_anywhere(ref), market_cache))


def supplies_of(ref: MarketRef, market_cache: Path = MARKET_CACHE) -> dict[str, Supply]:
    """Return a market's supplies, opened once. Raises SourceRefused, MarketFileRefused."""
    return _opened(_anywhere(ref), market_cache)


@cache
def engine_version() -> str:
    """Return the version of what decides a test's outcome: metafleet's, and a hash of the engine's sources.

    Without the latter a development checkout would take results of yesterday's engine for today's.
    """
    return f"{metadata.version('metafleet')}+{_digest_of(Path(__file__).resolve().parents[2])}"


def _digest_of(folder: Path) -> str:
    whole = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*.py") if "tests" not in path.parts):
        whole.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes())
    return whole.hexdigest()[:12]


def _market(ref: MarketRef, market_cache: Path) -> dict[str, Supply]:
    found = market_of(ref, market_cache) if ref.sha256 else ref
    if found.sha256 != ref.sha256:
        raise JobRefused(f"the market {ref.source} has changed, or is another one here")
    return supplies_of(ref, market_cache)


def _anywhere(ref: MarketRef) -> bytes:
    return msgspec.json.encode(msgspec.structs.replace(ref, sha256=""))


@lru_cache(maxsize=4)
def _opened(ref: bytes, market_cache: Path) -> dict[str, Supply]:
    one = msgspec.json.decode(ref, type=MarketRef)
    supplies = open_supplies(
        one.source,
        one.specs,
        cache=market_cache,
        seed=one.seed,
        zone=one.zone,
        wants_ticks=one.wants_ticks,
    )
    if one.from_s is None or one.to_s is None:
        return supplies
    made_by = f"{_digest_of(Path(generator.__file__).parent)}, seed {one.seed}, {one.zone}"
    return {
        name: supply
        if supply.last_s is not None
        else baked(supply, one.from_s, one.to_s, folder=market_cache, made_by=made_by)
        for name, supply in supplies.items()
    }


@lru_cache(maxsize=4)
def _hash(ref: bytes, market_cache: Path) -> str:
    """Of prices and conditions; of a market without end, of what it is made from."""
    whole = hashlib.sha256()
    for name, supply in _opened(ref, market_cache).items():
        about = (name, supply.timeframe, supply.first_s, supply.last_s, supply.spec)
        whole.update(msgspec.json.encode(about))
        if supply.last_s is None:
            whole.update(ref)
        else:
            _update(whole, supply.between(supply.first_s, supply.last_s + 1))
    return whole.hexdigest()


def _update(whole: hashlib._Hash, rows: Array) -> None:
    """A stretch at a time, so that years of mapped ticks are never in memory at once."""
    for begin in range(0, len(rows), _STRETCH):
        whole.update(np.ascontiguousarray(rows[begin : begin + _STRETCH]).tobytes())


_STRETCH: Final = 1 << 18


def _words(fault: BaseException) -> str:
    line = ""
    frames = traceback.extract_tb(fault.__traceback__)
    if frames and not isinstance(fault, InputRefused):
        line = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})"
    return f"{type(fault).__name__}: {fault}{line}"[:400]
