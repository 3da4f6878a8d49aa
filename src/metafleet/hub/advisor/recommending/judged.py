"""What is to be thought of each EA on each symbol now: of no tenant, and the same for all."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from metafleet.engine.experts.catalogue import EXPERTS
from metafleet.engine.experts.inputs import InputValue
from metafleet.engine.experts.provenance import content_hash
from metafleet.engine.market.symbols import SYMBOLS
from metafleet.engine.market.timeframes import BY_NAME, PERIODS_S
from metafleet.hub.advisor import analysis
from metafleet.hub.advisor.evidence import judging, trying, walking
from metafleet.hub.advisor.evidence.judging import Judgement
from metafleet.hub.advisor.evidence.outcomes import Outcome, days_of
from metafleet.hub.advisor.evidence.regimes import Regimes
from metafleet.hub.advisor.evidence.sets import changed
from metafleet.hub.advisor.recommending import gathering
from metafleet.hub.advisor.recommending.gathering import Pair
from metafleet.hub.advisor.recommending.prices import TIMEFRAME, Prices, recorded
from metafleet.hub.advisor.recommending.records import Evidence, Unjudged
from metafleet.hub.advisor.recommending.tiles import Tile

_PERIOD_S: Final = PERIODS_S[BY_NAME[TIMEFRAME]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An EA on a symbol with the inputs that are chosen now. days: what it made by day, out of sample."""

    slug: str
    content_hash: str
    symbol: str
    inputs: Mapping[str, InputValue]
    evidence: Evidence
    days: Mapping[int, float]
    sets: Sequence[Mapping[str, InputValue]]
    outcomes: Sequence[Outcome]

    @property
    def judgement(self) -> Judgement:
        return self.evidence.judgement

    def days_with(self, inputs: Mapping[str, InputValue]) -> Mapping[int, float] | None:
        """Return what these inputs made by day; None where they are none of the sets."""
        for place, one in enumerate(self.sets):
            if dict(one) == dict(inputs):
                return days_of(self.outcomes[place])
        return None


@dataclass(frozen=True, slots=True)
class Judged:
    """Everything that could be judged, and what could not."""

    candidates: Sequence[Candidate]
    unjudged: Sequence[Unjudged]


_kept: dict[tuple[str, str], tuple[object, Candidate]] = {}
"""By EA and symbol: what it rests on, and the judgement. Once a week it rests on something else."""
_labelled: dict[tuple[str, str], Regimes] = {}
"""By symbol and hash of the bars, the oldest first."""
_LABELLED_AT_MOST: Final = 24
_lock = threading.Lock()


def judged(pairs: Sequence[Pair] | None = None, *, is_gathered: bool = True) -> Judged:
    """Judge all pairs by what is kept of them; what has not changed is not thought about again.

    is_gathered: whether what is missing will come.
    """
    missing = (
        "Its evidence is still being gathered."
        if is_gathered
        else "Who runs this installation has switched off that evidence is gathered."
    )
    pairs = gathering.pairs() if pairs is None else pairs
    unjudged = [*_too_short(), *_without_prices(pairs)]
    regimes = {pair.prices.symbol: _regimes(pair.prices) for pair in pairs}
    compared = sum(len(pair.sets) for pair in pairs)
    candidates = []
    for pair in pairs:
        found = _judged(pair, *regimes[pair.prices.symbol], compared)
        if found is None:
            unjudged.append(_unjudged(pair.cls.slug, pair.prices.symbol, missing))
        else:
            candidates.append(found)
    return Judged(candidates, unjudged)


def _judged(pair: Pair, regimes: Regimes, now: Regimes, source: str, compared: int) -> Candidate | None:
    stretches = gathering.tested(pair)
    if not stretches:
        return None
    digests = tuple(pair.prices.digest(one.from_s, one.to_s) for one in stretches)
    key = (content_hash(pair.cls), gathering.engine(), digests, now.newest, source, compared)
    name = (pair.cls.slug, pair.prices.symbol)
    with _lock:
        kept = _kept.get(name)
    if kept is not None and kept[0] == key:
        return kept[1]
    outcomes, stretches = gathering.outcomes(pair)
    if not outcomes:
        return None
    made = _candidate(pair, outcomes, stretches, regimes, now.newest, source, compared)
    with _lock:
        _kept[name] = (key, made)
    return made


def _candidate(
    pair: Pair,
    outcomes: Sequence[Outcome],
    stretches: Sequence[Tile],
    regimes: Regimes,
    now: str,
    source: str,
    compared: int,
) -> Candidate:
    prices = pair.prices
    begin_s, end_s = max(prices.begin_s, stretches[0].from_s), stretches[-1].to_s
    walked = walking.walk(outcomes, begin_s, end_s)
    judgement = judging.judge(walked, outcomes, regimes, now=now, tried=compared)
    inputs = pair.sets[walked.chosen or 0]
    evidence = Evidence(
        judgement=judgement,
        origin=prices.origin(begin_s, end_s),
        tried=len(pair.sets),
        compared=compared,
        changed=list(changed(pair.cls, inputs)),
        regime_source=source,
        deposit=trying.DEPOSIT,
    )
    return Candidate(
        slug=pair.cls.slug,
        content_hash=content_hash(pair.cls),
        symbol=prices.symbol,
        inputs=inputs,
        evidence=evidence,
        days=days_of(walked.after),
        sets=pair.sets,
        outcomes=outcomes,
    )


def regimes_of(prices: Prices) -> Regimes:
    """Return the regime of each bar, by the bars up to it; of a year that takes two seconds, once."""
    rates = np.ascontiguousarray(prices.rates)
    key = (prices.symbol, hashlib.sha256(rates.tobytes()).hexdigest())
    with _lock:
        kept = _labelled.get(key)
    if kept is None:
        times = np.ascontiguousarray(rates["time"], np.int64)
        kept = Regimes(times, _PERIOD_S, analysis.regimes(rates).tolist())
        with _lock:
            _labelled[key] = kept
            while len(_labelled) > _LABELLED_AT_MOST:
                del _labelled[next(iter(_labelled))]
    return kept


def _regimes(prices: Prices) -> tuple[Regimes, Regimes, str]:
    """Return the regimes of the bars, those of now, and whose bars the latter are of.

    Now is what is recorded of this installation's market; where nothing is, the end of the bars.
    """
    own = regimes_of(prices)
    market = prices if prices.source == "record" else recorded(prices.symbol)
    if market is None or market is prices:
        return own, own, prices.source
    return own, regimes_of(market), market.source


def _too_short() -> list[Unjudged]:
    return [_unjudged(cls.slug, "", why) for cls in EXPERTS.values() if (why := trying.fits(cls, TIMEFRAME))]


def _without_prices(pairs: Sequence[Pair]) -> list[Unjudged]:
    have = {(pair.cls.slug, pair.prices.symbol) for pair in pairs}
    return [
        _unjudged(cls.slug, symbol, "There are too few bars of it here.")
        for cls in EXPERTS.values()
        if not trying.fits(cls, TIMEFRAME)
        for symbol in cls.symbols
        if (cls.slug, symbol) not in have and symbol in SYMBOLS
    ]


def _unjudged(slug: str, symbol: str, why: str) -> Unjudged:
    return Unjudged(slug=slug, name=EXPERTS[slug].name, symbol=symbol, why=why)
