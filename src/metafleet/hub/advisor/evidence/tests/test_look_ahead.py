"""Shifting the future of the bars never changes an earlier recommendation's evidence."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from metafleet.engine.experts.catalogue import EXPERTS
from metafleet.engine.market.arrays import Array
from metafleet.hub.advisor.evidence import trying
from metafleet.hub.advisor.evidence.judging import judge
from metafleet.hub.advisor.evidence.outcomes import Outcome
from metafleet.hub.advisor.evidence.regimes import Regimes
from metafleet.hub.advisor.evidence.sets import input_sets
from metafleet.hub.advisor.evidence.tests.made import MONDAY_S, rates_of
from metafleet.hub.advisor.evidence.trying import Work
from metafleet.hub.advisor.evidence.walking import walk

DAYS = 84
NOW_S = MONDAY_S + DAYS * 86_400
SETS = 4


def tried(slug: str, rates: Array) -> list[Outcome]:
    inputs = input_sets(EXPERTS[slug], SETS)
    work = Work(
        key="",
        slug=slug,
        symbol="EURUSD",
        timeframe="M15",
        rates="",
        from_s=MONDAY_S + 14 * 86_400,
        to_s=int(rates["time"][-1]) + 900,
        places=list(range(SETS)),
        inputs=inputs,
    )
    return trying.attempt(EXPERTS[slug], rates, work)


def volatile(rates: Array) -> Regimes:
    """Any rule that looks back only would do."""
    moves = np.abs(np.diff(np.log(rates["close"]), prepend=np.log(rates["open"][0])))
    sums = np.concatenate(([0.0], moves.cumsum()))
    means = np.array([(sums[at + 1] - sums[max(0, at - 95)]) / 96 for at in range(len(moves))])
    return Regimes(rates["time"].astype(np.int64), 900, ["wild" if one > 3e-4 else "calm" for one in means])


def shifted(rates: Array) -> Array:
    """Return bars whose future, from NOW_S on, lies a per cent higher and is three times as wild."""
    other = rates.copy()
    later = other["time"] >= NOW_S
    for name in ("open", "high", "low", "close"):
        base = rates["close"][~later][-1]
        other[name][later] = (base * 1.01 + 3 * (rates[name][later] - base)).round(5)
    return other


@pytest.mark.parametrize("slug", ["mean-reversion", "momentum", "trend-following"])
def test_the_future_changes_no_earlier_evidence(slug: str) -> None:
    rates = rates_of(DAYS + 28)
    other = shifted(rates)
    assert not np.array_equal(rates["close"], other["close"])
    made = []
    for bars in (rates, other):
        outcomes = tried(slug, bars)
        walked = walk(outcomes, MONDAY_S + 14 * 86_400, NOW_S)
        past = bars[bars["time"] < NOW_S]
        assert any(len(one.known_at(NOW_S)) for one in outcomes)
        made.append(
            (
                [one.known_at(NOW_S).packed() for one in outcomes],
                walked.chosen,
                [step.chosen for step in walked.steps],
                msgspec.json.encode(
                    judge(walked, [one.known_at(NOW_S) for one in outcomes], volatile(past), tried=SETS)
                ),
            )
        )
    assert made[0] == made[1]
    # And the proof can fail: what comes after is another thing.
    after = [[one.packed() for one in tried(slug, bars)] for bars in (rates, other)]
    assert after[0] != after[1]


def test_labels_of_the_past_are_those_of_the_past_alone() -> None:
    rates = rates_of(DAYS + 28)
    past = int((rates["time"] < NOW_S).sum())
    assert volatile(rates).labels[:past] == volatile(shifted(rates)).labels[:past]


def test_processes_find_what_one_finds(tmp_path: Path) -> None:
    rates = rates_of(56)
    slug, inputs = "momentum", input_sets(EXPERTS["momentum"], 12)
    work = Work(
        key="",
        slug=slug,
        symbol="EURUSD",
        timeframe="M15",
        rates=trying.keep_rates(rates, tmp_path / "rates.npy"),
        from_s=MONDAY_S + 14 * 86_400,
        to_s=int(rates["time"][-1]) + 900,
        places=list(range(12)),
        inputs=inputs,
    )
    done = list(trying.by_processes(list(trying.pieces_of(work)), 2))
    found = {place: made for one in done for place, made in zip(one.places, one.outcomes, strict=True)}
    own = trying.attempt(EXPERTS[slug], rates, work)
    assert sorted(found) == list(range(12))
    assert [found[place] for place in range(12)] == [one.packed() for one in own]


def test_a_process_that_fails_says_why(tmp_path: Path) -> None:
    rates = trying.keep_rates(rates_of(28), tmp_path / "rates.npy")
    work = Work(
        key="",
        slug="momentum",
        symbol="NOSUCH",
        timeframe="M15",
        rates=rates,
        from_s=None,
        to_s=MONDAY_S + 86_400,
        places=[0],
        inputs=input_sets(EXPERTS["momentum"], 1),
    )
    with pytest.raises(trying.TryingFailed, match="NOSUCH"):
        list(trying.by_processes([work], 1))


def test_what_the_bars_are_too_long_for_is_said() -> None:
    assert trying.fits(EXPERTS["momentum"], "M15") == trying.fits(EXPERTS["trend-following"], "M15") == ""
    assert "bars of M1" in trying.fits(EXPERTS["grid"], "M15")
    assert "asks the Brain" in trying.fits(EXPERTS["brain-signal"], "M15")
