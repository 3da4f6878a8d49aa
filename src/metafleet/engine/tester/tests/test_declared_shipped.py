"""What the EAs that ship declare is what they do: trade for trade, word for word."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from metafleet.engine.experts.catalogue import EXPERTS
from metafleet.engine.market.arrays import RATES, Array
from metafleet.engine.market.symbols import SYMBOLS
from metafleet.engine.market.timeframes import BY_NAME, M1
from metafleet.engine.tester import Test, TestResult
from metafleet.engine.tester.contract import TickModel
from metafleet.engine.tester.declared import compiling
from metafleet.engine.tester.declared.compiling import KERNEL_CACHE
from metafleet.engine.tester.run import run_test
from metafleet.engine.tester.tests.rooms import supply, walk
from metafleet.engine.tester.tests.test_declared import BELIEVED, same
from metafleet.engine.tester.tests.test_shipped import EAGER

pytestmark = pytest.mark.skipif(not compiling.is_there(), reason="metafleet[fast] is not installed")

DECLARED: Final = ("trend-following", "mean-reversion", "channel-breakout", "momentum", "scalping")

OWN: Final = {"trend-following": "M5", "scalping": "M1"}
"""Bars of the EAs that have no timeframe among their inputs."""

RULES: Final[dict[str, dict[str, Any]]] = {
    "by risk": {"risk_percent": 1.0, "session_start_hour": 14, "session_end_hour": 3},
    "by volatility": {"sizing": "volatility", "daily_loss_percent": 0.2},
    "fixed": {"sizing": "fixed", "max_spread_points": 8},
    "too small": {"risk_percent": 0.001},
}

BARS: Final = Path(__file__).resolve().parents[5] / ".." / "shared/data/bars"


def both(slug: str, symbol: str, rates: Array, inputs: dict[str, Any], **facts: Any) -> list[TestResult]:
    """The test by what is declared and by on_bar."""
    test = Test(symbol=symbol, from_s=int(rates["time"][1_500]), inputs=inputs, **facts)
    prices = supply(rates, symbol, BY_NAME["M15"] if rates["time"][1] - rates["time"][0] == 900 else M1)
    return [run_test(EXPERTS[slug], test, prices, kernel_cache=each) for each in (KERNEL_CACHE, None)]


def test_all_that_can_be_said_in_arrays_is() -> None:
    silent = {"grid", "brain-signal"}
    assert {*DECLARED, *silent} == set(EXPERTS)


@pytest.mark.parametrize("slug", DECLARED)
@pytest.mark.parametrize(("symbol", "ticks"), [("EURUSD", "ohlc"), ("USDJPY", "ohlc"), ("EURUSD", "open")])
def test_a_walk_is_traded_as_it_is_declared(slug: str, symbol: str, ticks: TickModel) -> None:
    rates = walk(5_000, seed=3, symbol=symbol)
    for rule, inputs in RULES.items():
        quick, slow = both(
            slug, symbol, rates, EAGER[slug] | inputs, timeframe=OWN.get(slug, ""), ticks=ticks
        )
        assert quick.notes[0].startswith(BELIEVED), rule
        same(quick, slow)
        if rule == "too small":
            assert "is less than the smallest volume risks" in slow.log[0]
        else:
            assert len(slow.deals) > 20, rule


@pytest.mark.parametrize("slug", DECLARED)
def test_a_walk_is_traded_as_it_is_declared_without_what_looks_after_a_position(slug: str) -> None:
    bare: dict[str, dict[str, Any]] = {
        "trend-following": {"trailing_atr": 0.0, "target_atr": 0.0, "direction": "long"},
        "mean-reversion": {"max_bars": 0},
        "channel-breakout": {"trailing_atr": 0.0, "ends_at_middle": False, "max_width_atr": 6.0},
        "momentum": {"trailing_atr": 0.0, "confirmation": "both"},
        "scalping": {"max_atr_points": 45, "max_trades": 3},
    }
    rates = walk(5_000, seed=4)
    quick, slow = both(slug, "EURUSD", rates, EAGER[slug] | bare[slug], timeframe=OWN.get(slug, ""))
    assert quick.notes[0].startswith(BELIEVED)
    assert len(slow.deals) > 4
    same(quick, slow)


def test_signals_of_longer_bars_are_declared_of_minutes() -> None:
    rates = walk(6_000, seed=3)
    for bare in ({}, {"trailing_atr": 0.0}):
        quick, slow = both(
            "trend-following", "EURUSD", rates, EAGER["trend-following"] | bare, timeframe="M1"
        )
        assert quick.notes[0].startswith(BELIEVED)
        assert len(slow.deals) > 20
        same(quick, slow)


@pytest.mark.skipif(
    not BARS.exists(), reason="the developer data set ../shared/data is not beside the repository"
)
@pytest.mark.parametrize(
    ("name", "symbol"), [("EURUSD_M15_2018-2020", "EURUSD"), ("XAUUSD_M15_2023-2024", "XAUUSD")]
)
def test_real_bars_are_traded_as_they_are_declared(name: str, symbol: str) -> None:
    rates = _real(BARS / f"{name}.csv.gz", symbol, 5_000)
    for slug in DECLARED[:-1]:  # bars of M15 have no minutes to scalp
        inputs = {"bar_minutes": 15} if slug == "trend-following" else {}
        quick, slow = both(slug, symbol, rates, inputs, timeframe="M15" if inputs else "")
        assert quick.notes[0].startswith(BELIEVED), slug
        assert len(slow.deals) > 20, slug
        same(quick, slow)


def _real(path: Path, symbol: str, count: int) -> Array:
    """The first bars of a file, with spreads, which it has none of."""
    with gzip.open(path, "rt") as file:
        rows = np.genfromtxt(file, delimiter=",", skip_header=1, usecols=range(5), max_rows=count)
    rates = np.zeros(len(rows), RATES)
    rates["time"], rates["tick_volume"] = rows[:, 0], 10
    for column, price in enumerate(("open", "high", "low", "close"), 1):
        rates[price] = rows[:, column].round(SYMBOLS[symbol].digits)
    rates["spread"] = np.random.default_rng(1).integers(4, 30, len(rates))
    return rates
