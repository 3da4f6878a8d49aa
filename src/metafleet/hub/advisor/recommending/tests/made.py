"""Candidates and a recorded market that are made for tests of recommendations."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
import numpy as np

from metafleet.engine.experts.catalogue import EXPERTS
from metafleet.engine.experts.provenance import content_hash
from metafleet.engine.market.arrays import RATES, Array
from metafleet.engine.market.servertime import SERVER_ZONE, Zone
from metafleet.hub.advisor.evidence.judging import judge
from metafleet.hub.advisor.evidence.outcomes import days_of
from metafleet.hub.advisor.evidence.regimes import Regimes
from metafleet.hub.advisor.evidence.sets import input_sets
from metafleet.hub.advisor.evidence.tests.made import MONDAY_S, outcome
from metafleet.hub.advisor.evidence.walking import walk
from metafleet.hub.advisor.models import AdviceStanding
from metafleet.hub.advisor.recommending import advising
from metafleet.hub.advisor.recommending.judged import Candidate, Judged
from metafleet.hub.advisor.recommending.records import Evidence, Origin, Unjudged
from metafleet.hub.kernel.tenancy import tenant_scope
from metafleet.hub.market import record
from tests.cast import NOW, Person

END_S = MONDAY_S + 364 * 86_400
SERVER = "metafleet-Paper"


def candidate(
    slug: str, symbol: str = "EURUSD", *, mean: float = 3.0, seed: int = 1, regime: str = "calm range"
) -> Candidate:
    """An EA on a symbol whose first set made so much a trade for a year; eleven other sets made nothing."""
    cls = EXPERTS[slug]
    sets = input_sets(cls, 12)
    made = [
        outcome(list(np.random.default_rng(seed + place).normal(one, 10.0, 1_400).round(2)))
        for place, one in enumerate((mean, *(0.0,) * 11))
    ]
    times = np.arange(MONDAY_S, END_S, 900)
    walked = walk(made, MONDAY_S, END_S)
    evidence = Evidence(
        judgement=judge(walked, made, Regimes(times, 900, [regime] * len(times)), tried=30),
        origin=Origin(source="record", name=SERVER, from_s=MONDAY_S, to_s=END_S),
        tried=12,
        compared=30,
        changed=[],
        regime_source="record",
        deposit=10_000,
    )
    return Candidate(
        slug=slug,
        content_hash=content_hash(cls),
        symbol=symbol,
        inputs=sets[walked.chosen or 0],
        evidence=evidence,
        days=days_of(walked.after),
        sets=sets,
        outcomes=made,
    )


def known(*candidates: Candidate, unjudged: tuple[Unjudged, ...] = ()) -> Judged:
    return Judged(candidates, unjudged)


def advise(
    person: Person, judged: Judged, *, now: datetime = NOW, asks_outside: bool = False
) -> AdviceStanding | None:
    with tenant_scope(person.tenant_id):
        return advising.advise(tenant_id=person.tenant_id, known=judged, asks_outside=asks_outside, now=now)


def shown(standing: AdviceStanding | None) -> list[Any]:
    assert standing is not None
    return list(advising.shown_of(standing))


def keep_market(symbol: str, since: datetime, days: int, *, seed: int = 5, start: float = 1.1) -> None:
    """Record a random walk of so many days from an instant on, Monday to Friday."""
    begin_s = Zone(SERVER_ZONE).wall_s(int(since.timestamp())) // 86_400 * 86_400
    record.keep(SERVER, symbol, minutes(begin_s, days, seed=seed, start=start))


def minutes(begin_s: int, days: int, *, seed: int, start: float) -> Array:
    chance = np.random.default_rng(seed)
    times = np.arange(begin_s, begin_s + days * 86_400, 60)
    times = times[((times // 86_400) + 3) % 7 < 5]
    closes = start * np.exp(chance.normal(0, 1e-4, len(times)).cumsum())
    opens = np.concatenate(([start], closes[:-1]))
    rows = np.zeros(len(times), RATES)
    rows["time"], rows["tick_volume"], rows["spread"] = times, 20, 8
    rows["open"], rows["close"] = opens.round(5), closes.round(5)
    rows["high"], rows["low"] = np.maximum(opens, closes).round(5), np.minimum(opens, closes).round(5)
    return rows


def thin(one: Candidate) -> Candidate:
    """The same with a verdict of not enough."""
    judgement = msgspec.structs.replace(
        one.evidence.judgement, verdict="thin", missing=["12 trades; at least 30 are needed."]
    )
    evidence = msgspec.structs.replace(one.evidence, judgement=judgement)
    return Candidate(
        slug=one.slug,
        content_hash=one.content_hash,
        symbol=one.symbol,
        inputs=one.inputs,
        evidence=evidence,
        days=one.days,
        sets=one.sets,
        outcomes=one.outcomes,
    )
