from __future__ import annotations

import pytest

from metafleet.cli.simulator.histogram import Histogram


def test_quantiles_are_within_a_thirtieth_of_the_truth() -> None:
    histogram = Histogram()
    for n in range(1, 100_001):
        histogram.record(n / 1e5)
    for share in (0.01, 0.5, 0.9, 0.99, 0.999, 1.0):
        assert histogram.quantile_s(share) == pytest.approx(share, rel=1 / 30)


@pytest.mark.parametrize("seconds", [0.0, 1e-6, 33e-6, 0.01, 1.0, 3000.0])
def test_one_duration_is_every_quantile(seconds: float) -> None:
    histogram = Histogram()
    histogram.record(seconds)
    assert histogram.quantile_s(0.5) == pytest.approx(seconds, rel=1 / 30, abs=2e-6)
    assert histogram.longest_s == seconds


def test_nothing_has_no_latency() -> None:
    assert Histogram().quantile_s(0.99) == 0.0


def test_what_was_drained_is_counted_no_more() -> None:
    histogram, total = Histogram(), Histogram()
    histogram.record(0.25)
    total.add(histogram.drain())
    total.add(histogram.drain())
    assert (total.count, histogram.count) == (1, 0)
    assert total.quantile_s(0.5) == pytest.approx(0.25, rel=1 / 30)
