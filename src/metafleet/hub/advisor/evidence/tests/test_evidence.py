from __future__ import annotations

import numpy as np
import pytest

from metafleet.hub.advisor.evidence.diversity import correlation
from metafleet.hub.advisor.evidence.judging import expected_fall, judge, mean_interval
from metafleet.hub.advisor.evidence.outcomes import days_of, joined, nothing, unpacked
from metafleet.hub.advisor.evidence.regimes import Regimes
from metafleet.hub.advisor.evidence.tests.made import MONDAY_S, outcome
from metafleet.hub.advisor.evidence.walking import best, walk

YEAR_S = 364 * 86_400
END_S = MONDAY_S + YEAR_S


def regimes(label: str = "trend") -> Regimes:
    times = np.arange(MONDAY_S, END_S, 900)
    return Regimes(times, 900, [label] * len(times))


def year(mean: float, seed: int) -> list[float]:
    return list(np.random.default_rng(seed).normal(mean, 10.0, 1_400).round(2))


def test_trades_are_the_same_after_packing() -> None:
    made = outcome([1.5, -2.0, 3.25])
    again = unpacked(made.packed())
    assert again.net.tolist() == [1.5, -2.0, 3.25]
    assert (again.entered_s == made.entered_s).all()
    assert (again.exited_s == made.exited_s).all()


def test_stretches_are_joined_by_entry() -> None:
    late, early = outcome([1.0], begin_s=MONDAY_S + 900), outcome([2.0])
    assert joined([late, early]).net.tolist() == [2.0, 1.0]
    assert len(joined([])) == 0


def test_a_day_is_the_exits() -> None:
    made = outcome([1.0, 2.0, 4.0], every_s=43_200)
    day = MONDAY_S // 86_400
    assert days_of(made) == {day: 3.0, day + 1: 4.0}


def test_the_best_set_is_chosen_by_what_had_ended_in_the_stretch() -> None:
    good, bad = outcome([3.0, 1.0] * 10), outcome([1.0, -1.0] * 10)
    end = MONDAY_S + 20 * 6 * 3_600
    assert best([bad, good], MONDAY_S, end) == 1
    # A huge profit that is still open when the choice is made changes nothing.
    late = outcome([1.0, -1.0] * 9 + [1.0, 10_000.0])
    assert best([late, good], MONDAY_S, int(late.exited_s[-1]) - 1) == 1


def test_nothing_is_chosen_where_nothing_was_earned_or_too_little_was_seen() -> None:
    assert best([outcome([-1.0, 0.5] * 20)], MONDAY_S, END_S) is None
    assert best([outcome([1.0, 2.0, 3.0])], MONDAY_S, END_S) is None
    assert best([], MONDAY_S, END_S) is None


def test_a_year_is_walked_in_nine_steps_whose_trades_lie_out_of_sample() -> None:
    walked = walk([outcome(year(4.0, 1)), outcome(year(-4.0, 2))], MONDAY_S, END_S)
    assert [step.chosen for step in walked.steps] == [0] * 9
    assert walked.chosen == 0
    first, last = walked.steps[0], walked.steps[-1]
    assert first.window.out_s - first.window.begin_s == 112 * 86_400
    assert (walked.after.entered_s >= first.window.out_s).all()
    assert last.window.end_s == END_S


def test_what_happens_later_changes_no_earlier_choice() -> None:
    before = year(2.0, 3)
    cut_s = MONDAY_S + 252 * 86_400
    cut = 252 * 4
    other = [*before[:cut], *year(-50.0, 4)[cut:]]
    rivals = outcome(year(1.0, 5))
    first, second = (walk([outcome(one), rivals], MONDAY_S, cut_s) for one in (before, other))
    assert first.after.net.tolist() == second.after.net.tolist()
    assert (first.chosen, [step.chosen for step in first.steps]) == (
        second.chosen,
        [step.chosen for step in second.steps],
    )
    whole = [walk([outcome(one), rivals], MONDAY_S, END_S) for one in (before, other)]
    early = [step.chosen for step in whole[0].steps if step.window.out_s <= cut_s]
    assert early == [step.chosen for step in whole[1].steps if step.window.out_s <= cut_s]


def test_an_edge_is_supported_and_says_how_sure_it_is() -> None:
    outcomes = [outcome(year(3.0, 6)), *(outcome(year(0.0, seed)) for seed in range(10, 20))]
    found = judge(walk(outcomes, MONDAY_S, END_S), outcomes, regimes(), tried=11)
    assert (found.verdict, found.missing) == ("supported", [])
    assert found.similar == found.trades > 900
    assert found.low is not None
    assert found.high is not None
    assert found.net_per_trade is not None
    assert 2.0 < found.low < found.net_per_trade < found.high < 4.0
    assert found.fall is not None
    assert 0 < found.fall.usual < found.fall.bad
    assert found.equity[-1][1] == pytest.approx(found.net)
    assert len(found.equity) <= 60


def test_noise_is_not_enough_evidence_and_losing_speaks_against() -> None:
    noise = [outcome(year(0.0, seed)) for seed in range(30, 45)]
    found = judge(walk(noise, MONDAY_S, END_S), noise, regimes(), tried=15)
    assert found.verdict != "supported"
    assert found.missing
    # It earns while it is chosen, and loses in each stretch after: every choice is wrong.
    losing = outcome([(6.0 if (place // 4) % 140 < 112 else -9.0) + place % 3 for place in range(1_400)])
    begin = losing.entered_s
    walked = walk([losing], MONDAY_S, END_S)
    assert len(begin) == 1_400
    assert walked.steps
    down = outcome(year(-4.0, 50))
    forced = walk([down], MONDAY_S, END_S)
    said = judge(forced, [down], regimes(), tried=1)
    assert said.verdict == "thin"
    assert said.trades == 0
    assert "none is chosen" in said.missing[0]


def test_only_trades_of_todays_regime_are_similar() -> None:
    times = np.arange(MONDAY_S, END_S, 900)
    labels = ["range" if at < END_S - 45 * 86_400 else "trend" for at in times.tolist()]
    outcomes = [outcome(year(3.0, 7))]
    found = judge(walk(outcomes, MONDAY_S, END_S), outcomes, Regimes(times, 900, labels), tried=1)
    assert found.regime == "trend"
    assert 120 < found.similar < 126
    unknown = judge(walk(outcomes, MONDAY_S, END_S), outcomes, Regimes(times[:0], 900, []), tried=1)
    assert (unknown.verdict, unknown.similar) == ("thin", 0)
    assert "The regime of the market is not known." in unknown.missing


def test_a_trade_has_the_regime_of_the_newest_bar_that_had_closed() -> None:
    times = MONDAY_S + 900 * np.arange(3)
    held = Regimes(times, 900, ["a", "b", "c"])
    moments = np.array([MONDAY_S, MONDAY_S + 899, MONDAY_S + 900, MONDAY_S + 1_800, MONDAY_S + 9_999])
    assert held.at(moments) == ["", "", "a", "b", "c"]


def test_too_short_a_time_is_said_so() -> None:
    made = [outcome([1.0] * 20)]
    found = judge(walk(made, MONDAY_S, MONDAY_S + 3 * 86_400), made, regimes(), tried=1)
    assert found.verdict == "thin"
    assert "too few days" in found.missing[0]
    assert found.equity == []
    assert found.fall is None


def test_intervals_hold_the_mean_about_as_often_as_they_say() -> None:
    hits = 0
    for seed in range(200):
        chance = np.random.default_rng(seed)
        found = mean_interval(chance.normal(1.0, 5.0, 60), chance)
        assert found is not None
        hits += found[0] <= 1.0 <= found[1]
    assert 160 <= hits <= 195  # of 200 with a confidence of 0.9; blocks of few trades are a little narrow


def test_what_never_loses_never_falls() -> None:
    chance = np.random.default_rng(1)
    fall = expected_fall(np.full(20, 2.0), 30, chance)
    assert fall is not None
    assert (fall.usual, fall.bad) == (0.0, 0.0)
    assert expected_fall(np.full(5, 2.0), 30, chance) is None


def test_days_that_move_together_are_correlated() -> None:
    monday = MONDAY_S // 86_400
    days = [monday + week * 7 + day for week in range(6) for day in range(5)]
    up = {day: float(place % 7) for place, day in enumerate(days)}
    found = correlation(up, {day: 2 * value for day, value in up.items()})
    assert found is not None
    assert found[0] == pytest.approx(1.0)
    assert found[1] == 30
    opposite = correlation(up, {day: -value for day, value in up.items()})
    assert opposite is not None
    assert opposite[0] == pytest.approx(-1.0)
    assert correlation(up, {}) is None
    assert correlation(up, dict.fromkeys(days, 1.0)) is None
    assert nothing().net.tolist() == []
