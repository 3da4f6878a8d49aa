"""What every EA that ships must keep to, whatever its idea is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metafleet.engine.broker.book import Tickets
from metafleet.engine.broker.ledger import Ledger, open_ledger
from metafleet.engine.broker.quotes import Quotes
from metafleet.engine.experts import Bar, InputRefused, parse_inputs
from metafleet.engine.experts.catalogue import EXPERTS
from metafleet.engine.experts.offline import OfflineRun
from metafleet.engine.experts.signals import SignalTape
from metafleet.engine.experts.tests.market import MAGIC, account
from metafleet.engine.market.symbols import SYMBOLS
from metafleet.engine.market.ticks import bar_ticks
from metafleet.engine.tester import Test, TestResult
from metafleet.engine.tester.run import run_test
from metafleet.engine.tester.tests.rooms import rolled, supply, walk

WALK = walk(6_000)
WARM_UP: Final = 1_500

SIGNALS: Final = rolled(WALK)
"""Of dice, with hours of silence between: so that Brain Signal follows, and goes alone, too."""

EAGER: Final[Mapping[str, dict[str, Any]]] = {
    "trend-following": {"bar_minutes": 5, "fast_period": 3, "slow_period": 8, "atr_period": 5},
    "grid": {"step_points": 20, "anchor_minutes": 20, "calm_minutes": 20, "calm_steps": 40.0},
    "mean-reversion": {"timeframe": "M5", "band_deviations": 0.8, "adx_limit": 100.0, "max_bars": 4}
    | {"band_period": 40, "min_reward": 0.0},
    "channel-breakout": {"timeframe": "M15", "channel_period": 6, "beyond_atr": 0.0, "one_a_day": False},
    "momentum": {"timeframe": "M15", "change_period": 4, "strength": 0.3, "slope_period": 5},
    "scalping": {"extreme": 35.0, "max_atr_points": 0, "session_start_hour": 1, "session_end_hour": 0}
    | {"max_trades": 20},
    "brain-signal": {"timeframe": "M15", "max_bars": 3, "own_change_period": 4, "own_strength": 0.3},
}
"""Inputs by which each trades often enough to be judged."""


def tried(slug: str, rates: Any, **inputs: Any) -> TestResult:
    test = Test(
        symbol="EURUSD", from_s=int(rates["time"][WARM_UP]), timeframe="M1", inputs=EAGER[slug] | inputs
    )
    return run_test(EXPERTS[slug], test, supply(rates), signals=SIGNALS)


def test_all_that_ship_are_judged_here() -> None:
    assert set(EAGER) == set(EXPERTS)


@pytest.mark.parametrize("slug", EXPERTS)
def test_prices_to_come_change_nothing_before_them(slug: str) -> None:
    at = 4_000
    other = WALK.copy()
    for name in ("open", "high", "low", "close"):
        other[name][at:] = WALK[name][at:][::-1] + 0.01
    other["high"], other["low"] = WALK["high"].copy(), WALK["low"].copy()
    other["high"][at:] = other["open"][at:] + 0.003
    other["low"][at:] = other["open"][at:] - 0.003
    other["close"][at:] = other["open"][at:] + 0.001
    until_msc = int(WALK["time"][at]) * 1000
    known, otherwise = (tried(slug, rates) for rates in (WALK, other))
    before = [deal for deal in known.deals if deal.time_msc < until_msc]
    assert before == [deal for deal in otherwise.deals if deal.time_msc < until_msc]
    assert len(before) > 10
    assert list(known.deals) != list(otherwise.deals)


def seated(slug: str, ledger: Ledger, history: Sequence[Bar]) -> OfflineRun:
    run = OfflineRun(EXPERTS[slug], ledger, "EURUSD", MAGIC, EAGER[slug], history)
    run.desk.brain = SignalTape("EURUSD", SIGNALS)
    return run


def lived(slug: str, restarts: frozenset[int]) -> Ledger:
    """The ledger of an EA at a desk that plays ticks, made anew within these minutes."""
    bars = [Bar(*row[:7]) for row in WALK.tolist()]
    quotes = Quotes(SYMBOLS.values())
    ledger = open_ledger(account(), quotes, Tickets(), bars[WARM_UP].time_s * 1000)
    run = seated(slug, ledger, bars[:WARM_UP])
    for place, bar in enumerate(bars[WARM_UP:]):
        for count, tick in enumerate(bar_ticks(SYMBOLS["EURUSD"], bar, 60, 4)):
            ledger.on_tick(tick)
            if count == 2 and place in restarts:
                run = seated(slug, ledger, run.desk.bars(5_000))
            run.take(tick)
    return ledger


@pytest.mark.parametrize("slug", EXPERTS)
def test_a_restarted_ea_goes_on_as_if_nothing_had_been(slug: str) -> None:
    through = lived(slug, frozenset())
    broken = lived(slug, frozenset(range(40, 4_500, 83)))
    assert broken.deals == through.deals
    assert len(through.deals) > 20


@pytest.mark.parametrize("slug", EXPERTS)
@given(
    sizing=st.sampled_from(["risk", "volatility", "fixed"]),
    share=st.floats(0.01, 5.0),
    fixed=st.floats(0.01, 5.0),
    largest=st.floats(0.02, 2.0),
    seed=st.integers(0, 1_000),
)
@settings(max_examples=6, deadline=None)
def test_it_never_holds_more_than_it_declares(
    slug: str, sizing: str, share: float, fixed: float, largest: float, seed: int
) -> None:
    declared = set(parse_inputs(EXPERTS[slug], {}))
    shares = {"risk_percent": share, "volatility_percent": share}
    wanted = shares | {"sizing": sizing, "fixed_volume": fixed, "max_volume": largest, "volume": largest}
    rates = walk(2_600, seed=seed)
    result = tried(slug, rates, **{name: value for name, value in wanted.items() if name in declared})
    most = 2 * int(result.inputs["max_levels"]) if slug == "grid" else 1
    assert most_open(result.deals) <= most
    for deal in result.deals:
        assert deal.volume <= largest + 1e-8  # as near as the broker compares
        assert deal.volume == pytest.approx(round(deal.volume, 2), abs=1e-9)
        assert deal.entry != 0 or not deal.symbol or deal.sl is not None


@pytest.mark.parametrize("slug", sorted(set(EXPERTS) - {"grid"}))
def test_each_entry_says_why(slug: str) -> None:
    result = tried(slug, WALK)
    opened = [deal.order for deal in result.deals if deal.symbol and deal.entry == 0]
    assert len(opened) > 5
    assert all(result.reasons[order].note.endswith(".") for order in opened)


def most_open(deals: Any) -> int:
    """How many positions were open at once."""
    held, most = set[int](), 0
    for deal in deals:
        if deal.symbol:
            (held.add if deal.entry == 0 else held.discard)(deal.position_id)
            most = max(most, len(held))
    return most


@pytest.mark.parametrize(
    ("slug", "inputs", "field"),
    [
        ("trend-following", {"fast_period": 30, "slow_period": 30}, "fast_period"),
        ("trend-following", {"session_start_hour": 5, "session_end_hour": 5}, "session_end_hour"),
        ("grid", {"target_steps": 9.0}, "target_steps"),
        ("mean-reversion", {"min_reward": 2.5}, "min_reward"),
        ("mean-reversion", {"timeframe": "M7"}, "timeframe"),
        ("channel-breakout", {"trailing_atr": 1.0}, "trailing_atr"),
        ("momentum", {"macd_fast": 26}, "macd_fast"),
        ("scalping", {"target_points": 12}, "target_points"),
        ("scalping", {"sizing": "double"}, "sizing"),
    ],
)
def test_inputs_that_do_not_fit_together_are_refused_by_name(
    slug: str, inputs: dict[str, Any], field: str
) -> None:
    with pytest.raises(InputRefused) as refused:
        parse_inputs(EXPERTS[slug], inputs)
    assert refused.value.field == field
