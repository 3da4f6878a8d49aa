"""Each feature on prices of which one can say by hand what it must be."""

from __future__ import annotations

from math import log, sqrt
from typing import Any, Final

import numpy as np
import pytest
from numpy.typing import NDArray

from metafleet.brain import features
from metafleet.brain.features import CALENDAR
from metafleet.brain.features.tests.markets import HOUR_S, MONDAY_S, SPEC, bars_of

BARS: Final = 300

RISING: Final = bars_of([100.0 + place for place in range(BARS)])
"""A point higher with every bar, from 100 to 399; each bar opens at the close before."""

FALLING: Final = bars_of([399.0 - place for place in range(BARS)])

ZIGZAG: Final = bars_of([100.0, 101.0] * (BARS // 2))
"""100 and 101 in turn; the newest is 101."""

FLAT: Final = bars_of([100.0] * BARS)

RISES: Final = {
    **{f"return_{span}": span / (399 - span) for span in (1, 2, 3, 5, 10, 20, 60, 120)},
    "atr_14": 1 / 399,
    "atr_50": 1 / 399,
    "realised_20": sqrt(sum(log(c / (c - 1)) ** 2 for c in range(380, 400)) / 20),
    "realised_60": sqrt(sum(log(c / (c - 1)) ** 2 for c in range(340, 400)) / 60),
    "parkinson_20": sqrt(sum(log(c / (c - 1)) ** 2 for c in range(380, 400)) / (80 * log(2))),
    "atr_change_14_100": 1.0,
    "atr_rank_100": 0.0,  # the same range of an ever higher price
    "realised_rank_250": 0.0,
    **{f"range_position_{span}": 1.0 for span in (20, 50, 100)},
    "bar_body": 1.0,
    "upper_shadow": 0.0,
    "lower_shadow": 0.0,
    "range_atr": 1.0,
    "adx_14": 1.0,
    "direction_14": 1.0,
    **{f"efficiency_{span}": 1.0 for span in (10, 20, 50)},
    **{f"slope_t_{span}": 100.0 for span in (20, 60)},
    **{f"rsi_{span}": 1.0 for span in (7, 14)},
    **{f"change_atr_{span}": float(span) for span in (5, 10, 40)},
    "macd_12_26": 25 / 3 - 11 / 3,  # a linearly weighted mean of n is a third of n - 1 behind
    "macd_histogram_12_26_9": 0.0,
    **{f"distance_{span}": (span - 1) / 2 for span in (10, 20, 50, 200)},
    **{f"zscore_{span}": (span - 1) / 2 / sqrt((span * span - 1) / 12) for span in (20, 50)},
    "average_gap_20_50": (49 - 19) / 2,
}

FALLS: Final = {
    **{f"return_{span}": -span / (100 + span) for span in (1, 2, 3, 5, 10, 20, 60, 120)},
    "atr_14": 1 / 100,
    "atr_rank_100": 1.0,
    "realised_rank_250": 1.0,
    **{f"range_position_{span}": 0.0 for span in (20, 50, 100)},
    "bar_body": -1.0,
    "adx_14": 1.0,
    "direction_14": -1.0,
    "efficiency_20": 1.0,
    **{f"slope_t_{span}": -100.0 for span in (20, 60)},
    **{f"rsi_{span}": 0.0 for span in (7, 14)},
    **{f"change_atr_{span}": -float(span) for span in (5, 10, 40)},
    "macd_12_26": 11 / 3 - 25 / 3,
    "distance_20": -9.5,
    "zscore_20": -9.5 / sqrt(399 / 12),
    "average_gap_20_50": -15.0,
}

TURNS: Final = {
    "return_1": 0.01,
    "return_2": 0.0,
    "return_3": 0.01,
    "atr_14": 1 / 101,
    "realised_20": log(1.01),
    "realised_60": log(1.01),
    "parkinson_20": log(1.01) / sqrt(4 * log(2)),
    "atr_rank_100": 0.5 * 49 / 99,  # 1/101 and 1/100 in turn: 50 of 99 are above, 49 are equal
    "range_position_20": 1.0,
    "range_atr": 1.0,
    "adx_14": 0.0,
    "direction_14": 0.0,
    "efficiency_10": 0.0,
    "slope_t_20": sqrt(3 / 22),  # r^2 = 25 / (665 x 5) = 1/133; sqrt(18 / 132)
    "rsi_7": 4 / 7,
    "rsi_14": 0.5,
    "change_atr_5": 1.0,
    "change_atr_10": 0.0,
    "macd_12_26": 42 / 78 - 182 / 351,  # even weights are on 101
    "macd_histogram_12_26_9": 7 / 351 * 8 / 9,  # five of nine are 7/351, four are -7/351
    "distance_10": 0.5,
    "zscore_20": 1.0,
    "average_gap_20_50": 0.0,
}

STILL: Final = {
    **{f"return_{span}": 0.0 for span in (1, 2, 3, 5, 10, 20, 60, 120)},
    **dict.fromkeys(("atr_14", "atr_50", "realised_20", "realised_60", "parkinson_20"), 0.0),
    "atr_change_14_100": 1.0,
    "atr_rank_100": 0.5,
    "realised_rank_250": 0.5,
    **{f"range_position_{span}": 0.5 for span in (20, 50, 100)},
    **dict.fromkeys(("bar_body", "upper_shadow", "lower_shadow", "range_atr"), 0.0),
    "adx_14": 0.0,
    "direction_14": 0.0,
    **{f"efficiency_{span}": 0.0 for span in (10, 20, 50)},
    **{f"slope_t_{span}": 0.0 for span in (20, 60)},
    **{f"rsi_{span}": 0.5 for span in (7, 14)},
    **{f"change_atr_{span}": 0.0 for span in (5, 10, 40)},
    "macd_12_26": 0.0,
    "macd_histogram_12_26_9": 0.0,
    **{f"distance_{span}": 0.0 for span in (10, 20, 50, 200)},
    **{f"zscore_{span}": 0.0 for span in (20, 50)},
    "average_gap_20_50": 0.0,
    "spread_atr": 0.0,
    "spread_relative_50": 1.0,
    **{f"strength_{side}_{span}": 0.0 for side in ("base", "profit") for span in (5, 20, 60)},
    **{f"minutes_{way}_event_{word}": 1440.0 for way in ("to", "since") for word in ("high", "medium")},
}


def _newest(name: str, rates: NDArray[Any], **given: Any) -> float:
    return float(features.newest([name], rates, spec=SPEC, **given)[0])


@pytest.mark.parametrize(
    ("rates", "name", "value"),
    [
        *((RISING, *case) for case in RISES.items()),
        *((FALLING, *case) for case in FALLS.items()),
        *((ZIGZAG, *case) for case in TURNS.items()),
        *((FLAT, *case) for case in STILL.items()),
    ],
)
def test_it_is_what_it_must_be(rates: NDArray[Any], name: str, value: float) -> None:
    assert _newest(name, rates) == np.float32(value)


def test_a_bar_is_taken_apart() -> None:
    rates = bars_of([10.0])
    rates[["open", "high", "low", "close"]] = (11.0, 15.0, 7.0, 13.0)
    found = {name: _newest(name, rates) for name in ("bar_body", "upper_shadow", "lower_shadow")}
    assert found == {"bar_body": 0.25, "upper_shadow": 0.25, "lower_shadow": 0.5}
    rates[["open", "high", "low", "close"]] = (13.0, 15.0, 7.0, 11.0)
    assert _newest("bar_body", rates) == -0.25


def test_a_range_reaches_to_the_close_before_it() -> None:
    rates = bars_of([100.0] * 15)
    rates["high"][-1], rates["low"][-1], rates["close"][-1] = 107.0, 104.0, 106.0
    assert _newest("atr_14", rates) == np.float32(7 / 14 / 106)
    assert _newest("range_atr", rates) == 14.0


@pytest.mark.parametrize(
    ("hours", "values"),
    [
        (0, {"hour_sin": 0, "hour_cos": 1, "weekday": 1, "is_monday": 1, "is_friday": 0}),
        (6, {"hour_sin": 1, "hour_cos": 0, "session_asia": 1, "session_london": 0, "session_new_york": 0}),
        (2, {"hour_sin": 0.5, "session_asia": 1}),
        (12, {"hour_sin": 0, "hour_cos": -1, "session_asia": 0, "session_london": 1}),
        (15, {"session_london": 1, "session_new_york": 1, "session_asia": 0}),
        (18, {"hour_sin": -1, "hour_cos": 0, "session_london": 1}),
        (19, {"session_london": 0, "session_new_york": 1}),
        (20, {"hour_cos": 0.5, "hour_sin": -sqrt(0.75)}),
        (24, {"weekday": 2, "is_monday": 0, "session_new_york": 0}),
        (4 * 24 + 1, {"weekday": 5, "is_friday": 1, "session_asia": 0}),
        (6 * 24, {"weekday": 0}),
        (-24 * 2, {"weekday": 6}),
    ],
)
def test_the_clock_is_the_server_s(hours: int, values: dict[str, float]) -> None:
    rates = bars_of([1.0], begin_s=MONDAY_S + hours * HOUR_S)
    for name, value in values.items():
        assert _newest(name, rates) == pytest.approx(float(np.float32(value)), abs=1e-15), name


def test_a_spread_is_measured_in_ranges_and_by_itself() -> None:
    rates = bars_of([1.1 + 0.001 * (place % 2) for place in range(50)])
    rates["spread"] = 10
    rates["spread"][-1] = 60
    assert _newest("spread_atr", rates) == np.float32(60 * 0.00001 / 0.001)
    assert _newest("spread_relative_50", rates) == np.float32(60 / 11)


def _rising(factor: float, span: int) -> NDArray[Any]:
    """Return bars that stand still and then are worth so many times more, span bars later."""
    rates = bars_of([1.0] * (BARS - span) + [factor] * span)
    rates["close"][-span:-1] = 1.0
    return rates


@pytest.mark.parametrize("span", [5, 20, 60])
def test_a_currency_is_as_strong_as_its_pairs_say(span: int) -> None:
    """EURUSD rises by a half, EURJPY by a quarter; GBPUSD falls by a quarter; GBPJPY says nothing."""
    beside = {
        "EURJPY": _rising(1.25, span),
        "GBPUSD.m": _rising(0.75, span),
        "GBPJPY": _rising(9.0, span),
        "EURUSD": _rising(7.0, span),  # ourselves, once more: not counted
        "EURNZD": _rising(5.0, span)[:-1],  # has no bar of the newest time
        "EURCHF": np.delete(_rising(5.0, span), BARS - 1 - span),  # none of the time before
        "EURGBP": RISING[:0],  # has no bars
    }
    own = _rising(1.5, span)
    assert _newest(f"strength_base_{span}", own, beside=beside) == np.float32((0.5 + 0.25) / 2)
    assert _newest(f"strength_profit_{span}", own, beside=beside) == np.float32((-0.5 + 0.25) / 2)
    assert _newest(f"strength_base_{span}", own) == 0.5
    assert _newest(f"strength_profit_{span}", own) == -0.5


def _events(*rows: tuple[int, str, int]) -> NDArray[Any]:
    """rows: minutes after the bar's opening, currency, weight."""
    return np.array([(MONDAY_S + minutes * 60, *rest) for minutes, *rest in rows], CALENDAR)


@pytest.mark.parametrize(
    ("events", "values"),
    [
        ([], {"to_event_high": 1440, "since_event_high": 1440}),
        ([(90, "EUR", 3)], {"to_event_high": 90, "to_event_medium": 90, "since_event_high": 1440}),
        ([(-30, "USD", 2)], {"since_event_high": 1440, "since_event_medium": 30, "to_event_medium": 1440}),
        ([(0, "All", 3)], {"to_event_high": 0, "since_event_high": 1440}),
        ([(5, "JPY", 3), (7, "EUR", 1)], {"to_event_high": 1440, "to_event_medium": 1440}),
        ([(1500, "EUR", 3), (-1441, "EUR", 3)], {"to_event_high": 1440, "since_event_high": 1440}),
        (
            [(60, "EUR", 3), (15, "USD", 3), (-9, "EUR", 3), (-4, "USD", 3)],
            {"to_event_high": 15, "since_event_high": 4},
        ),
        ([(1, "EUR", 2), (2, "EUR", 3)], {"to_event_high": 2, "to_event_medium": 1}),
    ],
)  # fmt: skip
def test_events_are_counted_from_the_bar_s_opening(
    events: list[tuple[int, str, int]], values: dict[str, int]
) -> None:
    rates = bars_of([1.1])
    for name, value in values.items():
        assert _newest(f"minutes_{name}", rates, calendar=_events(*events)) == value, name


def test_every_feature_has_a_case() -> None:
    moved = {*RISES, *FALLS, *TURNS}
    others = {"spread_atr", "spread_relative_50", "weekday", "is_monday", "is_friday", "hour_sin", "hour_cos"}
    families = ("strength_", "minutes_", "session_")
    assert {name for name in features.names() if not name.startswith(families)} == moved | others


def test_prices_that_are_none_do_no_harm() -> None:
    rates = bars_of([1.0, 0.0, -37.0, *[20.0] * 297])
    row = features.matrix(features.names(), rates, spec=SPEC)
    assert np.isfinite(row[features.look_back(features.names()) :]).all()


def test_an_unknown_name_is_told_with_what_it_may_have_meant() -> None:
    with pytest.raises(features.UnknownFeature, match=r"there is no feature 'atr_1'; did you mean atr_14\?"):
        features.matrix(["atr_1"], RISING, spec=SPEC)


def test_no_bars_say_nothing() -> None:
    names = features.names()
    assert features.matrix(names, RISING[:0], spec=SPEC).shape == (0, len(names))
    assert np.isnan(features.newest(names, RISING[:0], spec=SPEC)).all()
    assert features.newest((), RISING, spec=SPEC).shape == (0,)
