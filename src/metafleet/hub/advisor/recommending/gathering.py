"""Gather evidence: run what was not run of each shipped EA, symbol and set of inputs; keep it as rows."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from django.db.models import QuerySet

from metafleet.engine.experts.catalogue import EXPERTS
from metafleet.engine.experts.expert import Expert
from metafleet.engine.experts.inputs import InputValue
from metafleet.engine.experts.provenance import content_hash
from metafleet.engine.market.symbols import SYMBOLS
from metafleet.engine.tester.optimising.job import engine_version
from metafleet.hub.advisor.evidence import trying
from metafleet.hub.advisor.evidence.outcomes import Outcome, joined, unpacked
from metafleet.hub.advisor.evidence.sets import hash_of, input_sets
from metafleet.hub.advisor.evidence.trying import Done, Work
from metafleet.hub.advisor.models import TestedSet
from metafleet.hub.advisor.recommending import tiles
from metafleet.hub.advisor.recommending.prices import TIMEFRAME, Prices, prices_of
from metafleet.hub.advisor.recommending.tiles import Tile

logger = logging.getLogger(__name__)

Told = Callable[[int, int], object]
"""Is told how many sets are done, of how many."""


@dataclass(frozen=True, slots=True)
class Pair:
    """An EA on a symbol's prices, with the sets of inputs that are tried."""

    cls: type[Expert]
    prices: Prices
    sets: Sequence[dict[str, InputValue]]

    @property
    def hashes(self) -> list[str]:
        """The sets' names, in their order."""
        return [hash_of(one) for one in self.sets]


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was done: sets of stretches that were run, how many there are in all, seconds."""

    ran: int
    total: int
    elapsed_s: float
    sources: dict[str, str] = field(default_factory=dict)


@cache
def engine() -> str:
    """Return what decides a test's outcome, by name: read once, for the sources do not change under us."""
    return engine_version()


def pairs(experts: Iterable[type[Expert]] | None = None, sets: int | None = None) -> list[Pair]:
    """Return every EA that ships with each symbol that it is for and that there are prices of.

    EAs whose own bars are shorter than TIMEFRAME are left out; `trying.fits` says why.
    """
    prices: dict[str, Prices | None] = {}
    made = []
    for cls in EXPERTS.values() if experts is None else experts:
        if trying.fits(cls, TIMEFRAME):
            continue
        tried = input_sets(cls) if sets is None else input_sets(cls, sets)
        for symbol in cls.symbols:
            if symbol not in prices:
                prices[symbol] = prices_of(symbol) if symbol in SYMBOLS else None
            if (found := prices[symbol]) is not None:
                made.append(Pair(cls, found, tried))
    return made


def gather(wanted: Sequence[Pair], *, processes: int, told: Told | None = None) -> Gathered:
    """Run what is missing and keep it. Safe to run twice and to be ended: what is kept is not run again.

    Raises trying.TryingFailed.
    """
    began_s = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="metafleet-advice-") as folder:
        jobs = {job.work.key: job for pair in wanted for job in _jobs(pair, Path(folder))}
        count, done = sum(len(job.work.places) for job in jobs.values()), 0
        pieces = [piece for job in jobs.values() for piece in trying.pieces_of(job.work)]
        for one in trying.by_processes(pieces, processes):
            _keep(jobs[one.key], one)
            if one.doubt:
                logger.error("%s: %s", one.key, one.doubt)
            done += len(one.places)
            if told is not None:
                told(done, count)
    total = sum(len(pair.sets) for pair in wanted)
    sources = {pair.prices.symbol: f"{pair.prices.source} {pair.prices.name}" for pair in wanted}
    return Gathered(count, total, round(time.perf_counter() - began_s, 2), sources)


@dataclass(frozen=True, slots=True)
class _Job:
    """A stretch of a pair that lacks some sets."""

    pair: Pair
    tile: Tile
    digest: str
    work: Work


def _jobs(pair: Pair, folder: Path) -> list[_Job]:
    """Return what is to be run of a pair; its bars are written down for the processes."""
    prices, cls = pair.prices, pair.cls
    made = []
    for tile in needed(pair):
        digest = prices.digest(tile.from_s, tile.to_s)
        kept = set(_rows(pair).filter(bars_hash=digest).values_list("inputs_hash", flat=True))
        places = [place for place, name in enumerate(pair.hashes) if name not in kept]
        if not places:
            continue
        path = folder / f"{prices.symbol}-{tile.to_s}.npy"
        if not path.exists():
            trying.keep_rates(prices.until(tile.to_s), path)
        work = Work(
            key=f"{cls.slug} {prices.symbol} {tile.from_s}",
            slug=cls.slug,
            symbol=prices.symbol,
            timeframe=TIMEFRAME,
            rates=str(path),
            from_s=tile.from_s,
            to_s=tile.to_s,
            places=places,
            inputs=[pair.sets[place] for place in places],
        )
        made.append(_Job(pair, tile, digest, work))
    return made


def _keep(job: _Job, done: Done) -> None:
    cls, hashes = job.pair.cls, job.pair.hashes
    rows = [
        TestedSet(
            slug=cls.slug,
            content_hash=content_hash(cls),
            symbol=job.pair.prices.symbol,
            timeframe=TIMEFRAME,
            inputs_hash=hashes[place],
            from_s=job.tile.from_s,
            to_s=job.tile.to_s,
            bars_hash=job.digest,
            engine=engine(),
            trades=len(unpacked(packed)),
            outcome=packed,
        )
        for place, packed in zip(done.places, done.outcomes, strict=True)
    ]
    TestedSet.objects.bulk_create(rows, ignore_conflicts=True)


def needed(pair: Pair) -> list[Tile]:
    """Return the stretches that a pair's evidence rests on: those that are tested, and one that is to be."""
    have, begin_s, end_s = tested(pair), pair.prices.begin_s, pair.prices.end_s
    return [*have, *tiles.missing(have, begin_s, end_s)]


def tested(pair: Pair) -> list[Tile]:
    """Return the stretches on today's bars that follow on each other, of which something is kept."""
    prices = pair.prices
    rows = _rows(pair).filter(to_s__gt=prices.begin_s)
    digests = {
        Tile(from_s, to_s): digest
        for from_s, to_s, digest in rows.values_list("from_s", "to_s", "bars_hash").distinct()
    }
    return tiles.chain(
        digests,
        prices.begin_s,
        prices.end_s,
        lambda one: prices.digest(one.from_s, one.to_s) == digests[one],
    )


def outcomes(pair: Pair) -> tuple[list[Outcome], list[Tile]]:
    """Return what each set did over all stretches, and the stretches; nothing where some set is not there."""
    stretches = tested(pair)
    digests = [pair.prices.digest(one.from_s, one.to_s) for one in stretches]
    found: dict[str, dict[str, Outcome]] = {}
    for name, digest, packed in (
        _rows(pair).filter(bars_hash__in=digests).values_list("inputs_hash", "bars_hash", "outcome")
    ):
        found.setdefault(name, {})[digest] = unpacked(bytes(packed))
    made = [[found.get(name, {}).get(digest) for digest in digests] for name in pair.hashes]
    if not stretches or any(one is None for parts in made for one in parts):
        return [], []
    return [joined([one for one in parts if one is not None]) for parts in made], stretches


def _rows(pair: Pair) -> QuerySet[TestedSet]:
    return TestedSet.objects.filter(
        content_hash=content_hash(pair.cls),
        symbol=pair.prices.symbol,
        timeframe=TIMEFRAME,
        engine=engine(),
    )
