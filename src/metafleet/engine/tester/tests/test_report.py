"""The report's document is bounded and loses no extreme; the exports have everything."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest

from metafleet.engine.market.arrays import RATES
from metafleet.engine.tester.contract import Curve
from metafleet.engine.tester.exports import KINDS, ExportRefused, export
from metafleet.engine.tester.report import MOST_CANDLES, MOST_POINTS, make_test_report, results_of
from metafleet.engine.tester.tests.made import MONDAY_S, by_hand, deal, traded


def test_years_of_hours_are_bounded_and_keep_every_extreme() -> None:
    count = 60_000
    walk = 1_000 + np.cumsum(np.random.default_rng(1).normal(0, 1, count))
    low = walk - 1
    low[31_234] = 3.0
    times = MONDAY_S + 3_600 * np.arange(count, dtype=np.int64)
    bars = np.zeros(count, RATES)
    bars["time"], bars["high"], bars["low"] = times, walk + 2, low
    curve = Curve(times=times, balance=walk, equity=walk, low=low, margin=np.zeros(count))
    report = make_test_report(msgspec.structs.replace(by_hand(), curve=curve, bars=bars))
    assert MOST_POINTS * 0.9 < len(report.curve) <= MOST_POINTS
    assert max(point.equity for point in report.curve) == walk.max()
    assert min(point.low for point in report.curve) == 3.0
    assert report.curve[-1].equity == walk[-1]
    assert [one.time_msc for one in report.curve] == sorted(one.time_msc for one in report.curve)
    assert report.bars is not None
    assert report.bars.period_s == 86_400
    assert len(report.bars.times) <= MOST_CANDLES
    assert max(report.bars.high) == walk.max() + 2


def test_results_stand_in_round_steps_and_zero_is_an_edge() -> None:
    bins = results_of([-50, -1, 0, 0, 1, 99.5, 100])
    assert bins[0].low == -50
    assert sum(one.count for one in bins) == 7
    assert [one.count for one in bins if one.low == 0] == [3]
    assert bins[-1].low <= 100 < bins[-1].high
    assert results_of([]) == []


def test_the_same_result_is_the_same_document() -> None:
    result = traded()
    made = msgspec.json.encode(make_test_report(result))
    assert made == msgspec.json.encode(make_test_report(result))
    document = msgspec.json.decode(made)
    assert document["figures"]["totalTrades"] == len(document["trades"])
    assert document["setup"]["symbol"] == "EURUSD"
    assert document["trades"][0]["mae"] <= 0


def test_tables_have_everything(tmp_path: Path) -> None:
    result = msgspec.structs.replace(traded(), log=["one"])
    for kind in KINDS:
        path = tmp_path / f"{kind}.csv"
        count = export(result, kind, path)
        rows = list(csv.DictReader(path.read_text().splitlines()))
        assert len(rows) == count
    deals = list(csv.DictReader((tmp_path / "deals.csv").read_text().splitlines()))
    assert len(deals) == len(result.deals)
    assert (deals[0]["profit"], deals[0]["time"][:10]) == ("10000.00", "2024-01-08")


def test_a_comment_is_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    export(by_hand(deal(2, 1, 0, 0, 1.1, comment="=cmd()")), "deals", path)
    assert "'=cmd()" in path.read_text()


def test_parquet_without_its_library_is_one_clear_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ExportRefused, match=r"pip install 'metafleet\[parquet\]'"):
        export(traded(), "deals", tmp_path / "deals.parquet")
    with pytest.raises(ExportRefused, match=r"must end in \.csv or \.parquet"):
        export(traded(), "deals", tmp_path / "deals.xls")
    assert list(tmp_path.iterdir()) == []


def test_parquet_has_types(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    result = traded()
    for kind in KINDS:
        path = tmp_path / f"{kind}.parquet"
        count = export(result, kind, path)
        assert parquet.read_table(path).num_rows == count
    table = parquet.read_table(tmp_path / "deals.parquet")
    assert table.num_rows == len(result.deals)
    assert {name: str(table.schema.field(name).type) for name in ("ticket", "price", "time", "profit")} == {
        "ticket": "int64",
        "price": "double",
        "time": "timestamp[ms]",
        "profit": "decimal128(18, 2)",
    }
    assert table["profit"].to_pylist()[0] == result.deals[0].profit
