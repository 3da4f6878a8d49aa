"""Mean Reversion: which side it takes, when it stays out, and how a trade ends."""

from __future__ import annotations

from typing import Any

import pytest

from metafleet.engine.experts.mean_reversion import MeanReversion
from metafleet.engine.tester.tests.scenes import atr_at, entries, exits, minutes, played, quiet

FELL = [*quiet(), 1.0990, 1.0975, 1.0962, 1.0985]
"""Far below the band, and back inside with the last bar."""
AFTER = [1.0984, 1.0984, 1.0984, 1.0984, 1.0984, 1.0984]
CALM: dict[str, Any] = {"adx_limit": 100.0}


def mirrored(closes: list[float]) -> list[float]:
    return [round(2.2 - close, 5) for close in closes]


@pytest.mark.parametrize(("closes", "side"), [(FELL + AFTER, 0), (mirrored(FELL + AFTER), 1)])
def test_it_trades_a_return_into_the_bands_towards_their_middle(closes: list[float], side: int) -> None:
    (entry,) = entries(played(MeanReversion, closes, **CALM))
    place = len(FELL) - 1
    sign = 1 if side == 0 else -1
    assert (entry.type, entry.comment) == (side, "reversion")
    assert entry.time_msc // 1000 == minutes(closes)["time"][place + 1]
    middle = sum(closes[place - 19 : place + 1]) / 20
    assert entry.sl is not None
    assert entry.tp is not None
    assert sign * (entry.tp - entry.price) == pytest.approx(abs(middle - closes[place]), abs=1.1e-5)
    stop = 2.5 * atr_at(closes, place, 14)
    assert sign * (entry.price - entry.sl) == pytest.approx(stop, abs=1.1e-5)
    assert entry.volume == int(30.0 / (stop * 100_000) * 100) / 100


def test_a_price_still_outside_is_left_alone() -> None:
    assert entries(played(MeanReversion, [*FELL[:-1], 1.0955, 1.0948], **CALM)) == []


def test_a_trend_keeps_it_out() -> None:
    assert entries(played(MeanReversion, FELL + AFTER, adx_limit=25.0)) == []


def test_a_middle_too_near_for_its_risk_keeps_it_out() -> None:
    closes = FELL + AFTER
    assert entries(played(MeanReversion, closes, min_reward=1.0, stop_atr=4.0, **CALM)) == []


def test_the_target_is_reached() -> None:
    closes = [*FELL, 1.0990, 1.1000, 1.1006, 1.1006]
    (entry,), (out,) = (found(played(MeanReversion, closes, **CALM)) for found in (entries, exits))
    assert entry.tp is not None
    assert out.price == pytest.approx(entry.tp, abs=5e-4)
    assert out.profit > 0


def test_what_does_not_come_back_is_closed_after_its_time() -> None:
    closes = FELL + AFTER
    (entry,), (out,) = (
        found(played(MeanReversion, closes, max_bars=3, **CALM)) for found in (entries, exits)
    )
    assert out.time_msc - entry.time_msc == 3 * 60_000


def test_it_sleeps_between_crossings_where_there_is_nothing_to_look_after() -> None:
    """The same trade, though it is not asked at each bar."""
    closes = FELL + AFTER
    awake, asleep = (played(MeanReversion, closes, max_bars=bars, **CALM) for bars in (1_000, 0))
    assert list(awake.deals) == list(asleep.deals)
    assert len(entries(asleep)) == 1
