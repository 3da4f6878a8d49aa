"""Training on real bars, which are no part of the project; the whole study is benchmarks/brain_study.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from metafleet.brain.learners.trees import TreeSettings
from metafleet.brain.training import Study, train
from metafleet.brain.training.bars import read_bars
from metafleet.engine.market.symbolfile import known_symbols
from metafleet.engine.market.tests.real import DATA, needs_data

COLUMNS = ("return_1", "return_20", "return_60", "atr_14", "rsi_14", "efficiency_20", "weekday", "hour_sin")


@needs_data
def test_nothing_is_found_in_real_hours_by_a_few_features(tmp_path: Path) -> None:
    known = known_symbols()
    wanted = {name: known[name] for name in ("EURUSD", "USDJPY")}
    bars = read_bars(DATA / "bars", wanted, "H1", cache=tmp_path, begin_s=1_420_070_400, end_s=1_546_300_800)
    assert [len(rates) for rates in bars.values()] == [pytest.approx(24_800, rel=0.01)] * 2
    study = Study(
        name="real", bars=bars, specs=known, timeframe="H1", features=COLUMNS, trees=TreeSettings(rounds=60)
    )
    card = train(study).card
    assert not card.gate.promoted
    assert card.gate.verdict.startswith("No edge found: ")
    # Of a retail account: about a point and a half of spread, and seven dollars a lot for both sides.
    for cost in card.costs:
        assert 0.3 < cost.spread_bps < 3
        assert 0.4 < cost.commission_bps < 0.8


@needs_data
def test_shorter_bars_are_added_up_where_there_are_no_longer_ones(tmp_path: Path) -> None:
    spec = {"EURUSD": known_symbols()["EURUSD"]}
    file = DATA / "bars" / "EURUSD_M15_2018-2020.csv.gz"
    bars = read_bars(file, spec, "H4", cache=tmp_path)["EURUSD"]
    assert (bars["time"] % 14_400 == 0).all()
    quarters = read_bars(file, spec, "M15", cache=tmp_path)["EURUSD"]
    assert len(bars) == len(set((quarters["time"] // 14_400).tolist()))
    assert read_bars(file, spec, "M5", cache=tmp_path) == {}
