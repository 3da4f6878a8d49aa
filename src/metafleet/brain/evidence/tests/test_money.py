"""Costs, trades and their intervals."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from metafleet.brain.evidence import bootstrap
from metafleet.brain.evidence.costs import Costs, CostTerms, costs_of
from metafleet.brain.evidence.trades import Chances, sides_of, traded
from metafleet.engine.market.arrays import RATES, Array
from metafleet.engine.market.symbols import (
    EURUSD,
    SWAP_CURRENCY_DEPOSIT,
    SWAP_INTEREST_CURRENT,
    USDJPY,
    XAUUSD,
    SymbolSpec,
)

DAY = 86_400
MONDAY = 1_262_563_200  # 2010-01-04


def bars(price: float, days: int = 14, spread: int = 10) -> Array:
    rates = np.zeros(days, RATES)
    rates["time"] = MONDAY + np.arange(days) * DAY
    for name in ("open", "high", "low", "close"):
        rates[name] = price
    rates["spread"] = spread
    return rates


def costs(spec: SymbolSpec, price: float, **changes: Any) -> Costs:
    return costs_of(bars(price), spec, CostTerms(**changes), {"USD": 1.0})


def test_a_spread_is_a_share_of_the_price() -> None:
    assert costs(EURUSD, 1.25).spread == pytest.approx(1e4 * 10 * 1e-5 / 1.25)
    assert costs(EURUSD, 1.25, spread_points=20).spread == pytest.approx(1e4 * 20 * 1e-5 / 1.25)
    assert costs(USDJPY, 100.0).spread == pytest.approx(1.0)


def test_commission_is_of_both_sides_and_of_pairs_only() -> None:
    assert costs(EURUSD, 1.25).commission == pytest.approx(1e4 * 7 / 125_000)
    assert costs(USDJPY, 100.0).commission == pytest.approx(1e4 * 7 / 100_000)
    assert costs(XAUUSD, 1_200.0).commission == 0
    assert costs(EURUSD, 1.25, commission=0).commission == 0


def test_a_cross_says_when_its_commission_is_guessed() -> None:
    cross = msgspec.structs.replace(
        EURUSD, name="EURJPY", currency_profit="JPY", point=0.001, tick_size=0.001, digits=3
    )
    guessed = costs_of(bars(130.0), cross, CostTerms(), {"USD": 1.0})
    assert guessed.commission == pytest.approx(0.7)
    assert guessed.notes == (
        "EURJPY: commission as if a EUR were a US dollar; its rate is not among the bars.",
    )
    told = costs_of(bars(130.0), cross, CostTerms(), {"USD": 1.0, "EUR": 1.25})
    assert told.commission == pytest.approx(0.56)
    assert told.notes == ()


def test_swaps_of_points_and_of_interest_are_reckoned_and_others_said_not_to_be() -> None:
    points = costs(EURUSD, 1.25)
    assert (points.swap_long, points.swap_short) == pytest.approx((-0.576, 0.232))
    interest = msgspec.structs.replace(EURUSD, swap_mode=SWAP_INTEREST_CURRENT, swap_long=-3.6, swap_short=0)
    assert costs(interest, 1.25).swap_long == pytest.approx(-1.0)
    money = msgspec.structs.replace(EURUSD, swap_mode=SWAP_CURRENCY_DEPOSIT)
    assert costs(money, 1.25).swap_long == 0
    assert "none were charged" in costs(money, 1.25).notes[0]
    assert costs(EURUSD, 1.25, with_swaps=False).swap_long == 0


def test_nights_count_three_times_on_wednesday_and_not_at_weekends() -> None:
    made = costs(EURUSD, 1.25)
    begin = np.array([MONDAY, MONDAY, MONDAY + 2 * DAY, MONDAY + 4 * DAY, MONDAY])
    end = np.array([MONDAY + 3_600, MONDAY + DAY, MONDAY + 3 * DAY, MONDAY + 7 * DAY, MONDAY + 7 * DAY])
    assert made.nights_between(begin, end).tolist() == [0, 1, 3, 1, 7]


def chances(bars_: list[int], exits: list[int], symbols: list[int] | None = None) -> Chances:
    count = len(bars_)
    net = np.arange(count, dtype=float)
    return Chances(
        symbols=np.array(symbols or [0] * count, np.int16),
        bars=np.array(bars_),
        exits=np.array(exits),
        buys=net,
        sells=-net,
        gross_buys=net + 1,
        gross_sells=-net + 1,
        left_s=np.array(exits) * 3_600,
    )


def test_a_symbol_has_one_position_at_a_time() -> None:
    made = traded(chances([0, 1, 2, 3, 4, 7], [3, 4, 5, 6, 7, 9]), np.array([1, 1, -1, -1, 1, 0], np.int8))
    # The second one is taken at the close of the bar in which the first was over.
    assert made.places.tolist() == [0, 3]
    assert made.sides.tolist() == [1, -1]
    assert made.net.tolist() == [0.0, -3.0]
    assert made.gross.tolist() == [1.0, -2.0]


def test_symbols_trade_beside_each_other() -> None:
    made = traded(chances([0, 1, 0, 1], [5, 6, 1, 6], [0, 0, 1, 1]), np.ones(4, np.int8))
    assert made.places.tolist() == [0, 2, 3]
    assert len(traded(chances([0], [1]), np.zeros(1, np.int8))) == 0


def test_sides_are_those_of_a_verdict() -> None:
    from metafleet.brain.model.tests.made import made_linear

    model, told = made_linear(), np.array([0.0, 0.45, 0.4501, 0.5, 0.5499, 0.55, 1.0])
    words = {1: "buy", -1: "sell", 0: "none"}
    sides = [words[side] for side in sides_of(told, model.spec.threshold).tolist()]
    assert sides == [model.verdict(p).side for p in told.tolist()]
    assert sides == ["sell", "sell", "none", "none", "none", "buy", "buy"]


def test_every_draw_has_as_many_days() -> None:
    made = bootstrap.day_weights(23, 5, seed=1, resamples=200)
    assert (made.sum(axis=1) == 23).all()
    assert made.mean() == pytest.approx(1.0)
    assert (made == bootstrap.day_weights(23, 5, seed=1, resamples=200)).all()
    assert bootstrap.day_weights(3, 50, seed=1, resamples=4).tolist() == [[1, 1, 1]] * 4


def test_days_that_hang_together_widen_the_interval() -> None:
    random = np.random.default_rng(2)
    weeks = np.repeat(random.standard_normal(200), 5)
    ones = np.ones(1_000)
    widths = []
    for block in (1, 10):
        found = bootstrap.ratio(weeks, ones, bootstrap.day_weights(1_000, block, 3), 0.95)
        assert found.low is not None
        assert found.high is not None
        widths.append(found.high - found.low)
    assert widths[1] > 1.7 * widths[0]


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    random, held = np.random.default_rng(4), 0
    draws = bootstrap.day_weights(250, 5, 1, resamples=600)
    for _ in range(200):
        found = bootstrap.ratio(random.standard_normal(250) + 0.3, np.ones(250), draws, 0.9)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.3 <= found.high
    assert 165 <= held <= 194  # 180, within about three deviations of 4.2, and a little less


def test_no_trades_have_no_figure() -> None:
    draws = bootstrap.day_weights(50, 5, 1, resamples=50)
    assert bootstrap.ratio(np.zeros(50), np.zeros(50), draws, 0.95).value is None
    assert bootstrap.sharpe(np.zeros(50), draws, 0.95).value is None


def test_the_area_is_one_for_who_knows_and_half_for_who_does_not() -> None:
    random = np.random.default_rng(5)
    rose = random.uniform(size=4_000) < 0.5
    days = np.repeat(np.arange(100), 40)
    draws = bootstrap.day_weights(100, 5, 1, resamples=100)
    assert bootstrap.auc(rose.astype(float), rose, days, draws, 0.95).value == 1.0
    blind = bootstrap.auc(random.uniform(size=4_000), rose, days, draws, 0.95)
    assert blind.low is not None
    assert blind.high is not None
    assert blind.low < 0.5 < blind.high
    # Of two normal distributions a deviation apart it is the normal distribution function of 1 / √2.
    some = bootstrap.auc(random.standard_normal(4_000) + rose, rose, days, draws, 0.95)
    assert some.value == pytest.approx(0.760, abs=0.02)


def test_the_sharpe_ratio_is_of_a_year() -> None:
    daily = np.random.default_rng(6).standard_normal(500) + 0.1
    found = bootstrap.sharpe(daily, bootstrap.day_weights(500, 5, 1), 0.95)
    assert found.value == pytest.approx(daily.mean() / daily.std(ddof=1) * 252**0.5)
    assert found.low is not None
    assert found.high is not None
    assert found.low < (found.value or 0) < found.high
