"""When what has died may be started again."""

from __future__ import annotations

from itertools import pairwise

from metafleet.runner.agent.rule import CALM_S, HOUR_S, RestartRule


def starts(rule: RestartRule, from_s: float, until_s: float) -> list[float]:
    """Start whenever the rule lets, each dying at once."""
    made, now_s = [], from_s
    while (now_s := now_s + rule.wait_s(now_s)) < until_s:
        rule.note(now_s)
        made.append(now_s)
    return made


def test_waits_double_and_no_hour_has_more_than_it_may() -> None:
    made = starts(RestartRule(6), 0.0, 4 * HOUR_S)
    assert [round(later - earlier) for earlier, later in pairwise(made[:6])] == [2, 4, 8, 16, 32]
    assert max(sum(at <= other < at + HOUR_S for other in made) for at in made) == 6
    assert len(made) == 24


def test_after_a_calm_time_it_is_started_at_once() -> None:
    rule = RestartRule(6)
    starts(rule, 0.0, 30.0)
    assert rule.wait_s(20.0) > 0
    assert rule.wait_s(30.0 + CALM_S) == 0
