"""Views of markets: looked at when due, by one worker, and kept by the hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from metafleet.engine.broker.records import SERVER_NAME
from metafleet.engine.experts.indicators import ADX, ATR
from metafleet.engine.market.history import aggregated
from metafleet.engine.market.timeframes import BY_NAME
from metafleet.hub.advisor.analysis import NAMES, looking, measures, queries, refreshing, views
from metafleet.hub.advisor.models import MarketHour, MarketView
from metafleet.hub.advisor.tests.walks import bars, noise
from metafleet.hub.market import record

NOW = datetime(2024, 3, 11, 12, tzinfo=UTC)
MINUTES = 50 * 1_440


@pytest.fixture(scope="module")
def minutes() -> np.ndarray:
    return bars(noise(MINUTES, 1e-4), period_s=60)


@pytest.mark.django_db
def test_each_symbol_and_timeframe_is_looked_at_when_it_is_due(minutes: np.ndarray) -> None:
    record.keep(SERVER_NAME, "EURUSD", minutes)
    first = refreshing.refresh_due(NOW)
    assert [(one.symbol, one.timeframe) for one in views()] == [
        ("EURUSD", name) for name in ("H1", "H4", "M15")
    ]
    assert len(first) == 3
    days = {one.timeframe: one for one in queries.standings()}["D1"]
    assert (days.view, days.looked_at) == (None, NOW)  # fifty days are too few, and it says so
    assert refreshing.refresh_due(NOW + timedelta(minutes=4)) == []
    assert len(refreshing.refresh_due(NOW + timedelta(minutes=5))) == 3
    assert MarketView.objects.count() == 4
    assert MarketHour.objects.count() == 3


@pytest.mark.django_db
def test_a_row_that_another_worker_has_is_left_alone(minutes: np.ndarray) -> None:
    record.keep(SERVER_NAME, "EURUSD", minutes[-5_000:])
    refreshing.refresh_due(NOW)
    MarketView.objects.update(due_at=NOW + timedelta(minutes=2))
    assert refreshing.refresh_due(NOW + timedelta(minutes=1)) == []


@pytest.mark.django_db
def test_what_was_said_is_kept_by_the_hour_and_forgotten_in_the_end(minutes: np.ndarray) -> None:
    for place in (60, 30, 15, 0):
        MarketView.objects.update(due_at=NOW)
        record.keep(SERVER_NAME, "EURUSD", minutes[: len(minutes) - place])
        refreshing.refresh_due(NOW)
    kept = queries.history(SERVER_NAME, "EURUSD", "M15")
    last_s = int(minutes["time"][-1]) + 60
    assert [one.known_s for one in kept] == [last_s - 3_600, last_s]
    assert refreshing.forget_old(NOW) == 0
    assert refreshing.forget_old(NOW + timedelta(days=500)) > 0
    assert MarketHour.objects.count() == 0


def test_a_views_figures_are_those_of_the_indicators(minutes: np.ndarray) -> None:
    rates = aggregated(minutes, BY_NAME["H1"])
    found = looking.look(rates, server="s", symbol="EURUSD", timeframe="H1", point=1e-5)
    assert found is not None
    view, past = found
    columns = measures.columns_of(rates)
    (atr,) = ATR(14).over(columns)
    adx, _, _ = ADX(14).over(columns)
    assert view.volatility.atr_points == pytest.approx(atr[-1] / 1e-5)
    assert view.volatility.atr_percent == pytest.approx(100 * atr[-1] / rates["close"][-1])
    assert view.trend.adx == pytest.approx(adx[-1])
    changes = np.diff(np.log(rates["close"]))[-20:]
    assert view.volatility.realised_percent == pytest.approx(100 * np.sqrt(24 * np.mean(changes**2)))
    assert view.change_percent == pytest.approx(100 * (rates["close"][-1] / rates["close"][-25] - 1))
    assert (view.bar_s, view.known_s) == (rates["time"][-1], rates["time"][-1] + 3_600)
    assert len(view.closes) == 48
    assert {len(one) for one in (past.times, past.regimes, past.probabilities, past.percentiles)} == {500}
    assert past.times[-1] == view.bar_s
    assert past.percentiles[-1] == pytest.approx(view.volatility.percentile, abs=1e-3)
    assert view.regime is not None
    assert NAMES[past.regimes[-1]] == view.regime.name


def test_a_view_hangs_on_nothing_later(minutes: np.ndarray) -> None:
    rates = aggregated(minutes, BY_NAME["H1"])
    other = rates.copy()
    other["close"][700:] *= 1.5
    views = [
        looking.look(one[:700], server="s", symbol="EURUSD", timeframe="H1", point=1e-5)
        for one in (rates, other)
    ]
    assert views[0] == views[1]


def test_the_spread_is_held_against_the_same_hour_of_other_days() -> None:
    minutes = bars(noise(5 * 1_440 + 10 * 60 + 30, 1e-4), period_s=60)
    at_ten = minutes["time"] % 86_400 // 3_600 == 10
    minutes["spread"][at_ten] = 20
    minutes["spread"][-15:] = 30
    found = measures.spread(minutes)
    assert found is not None
    assert (found.now_points, found.usual_points, found.ratio, found.hours) == (30, 20, 1.5, 5)
    assert measures.spread(minutes[:2_000]) is None


@pytest.mark.parametrize(
    ("values", "share"), [([1, 2, 3, 4], 1.0), ([1, 2, 3, 0], 0.0), ([1, 3, 3, 3], 2 / 3), ([5], 0.5)]
)
def test_a_percentile_counts_equal_values_half(values: list[float], share: float) -> None:
    assert measures.percentile(np.array(values, np.float64)) == pytest.approx(share)
