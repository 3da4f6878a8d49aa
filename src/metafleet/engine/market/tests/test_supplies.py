"""Where a paper terminal's prices come from: the sample, the generator, files of any maker."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from metafleet.engine.market.arrays import TICKS, Array
from metafleet.engine.market.files.opening import MarketFileRefused
from metafleet.engine.market.history import History
from metafleet.engine.market.modes import Making, ticks_of
from metafleet.engine.market.servertime import Zone
from metafleet.engine.market.sources import SourceRefused
from metafleet.engine.market.supplies import GeneratedSupply, Supply, open_supplies
from metafleet.engine.market.symbolfile import known_symbols
from metafleet.engine.market.symbols import EURUSD, GBPUSD, SYMBOLS
from metafleet.engine.market.timeframes import D1, H1, M1

MONDAY = 1_704_672_000
HEADER = "time,open,high,low,close\n"
ROWS = "".join(f"{MONDAY + 60 * place},1.1,1.2,1.0,1.1\n" for place in range(600))


def _all(supply: Supply) -> Array:
    return supply.between(0, 1 << 40)


def test_the_sample_is_lived_through_as_it_is(tmp_path: Path) -> None:
    supplies = open_supplies("sample", SYMBOLS, cache=tmp_path)
    assert list(supplies) == list(SYMBOLS)
    histories = {name: History(supply.spec) for name, supply in supplies.items()}
    for tick in ticks_of(supplies, Making(mode="ohlc")):
        histories[tick.symbol].add(tick.time_msc, tick.bid, tick.ask)
    for name, supply in supplies.items():
        lived, kept = histories[name].rates_from_pos(M1, 0, 1 << 30), _all(supply)
        for field in ("time", "open", "high", "low", "close", "spread"):
            assert lived[field].tolist() == kept[field].tolist()
        days = histories[name].rates_from_pos(D1, 0, 100)["time"]
        assert len(days) == 10
        assert np.all(days % 86_400 == 0)


def test_the_generator_gives_any_stretch_the_same() -> None:
    supply, again = GeneratedSupply(EURUSD, 7), GeneratedSupply(EURUSD, 7)
    begin, end = supply.first_s + 3 * 86_400, supply.first_s + 16 * 86_400
    whole = supply.between(begin, end)
    parts = [again.between(at, min(end, at + 100_000)) for at in range(begin, end, 100_000)]
    assert np.concatenate(parts).tolist() == whole.tolist()
    assert begin <= whole["time"][0]
    assert whole["time"][-1] < end
    assert set(((whole["time"] // 86_400 + 4) % 7).tolist()) == {1, 2, 3, 4, 5}
    assert len(supply.between(0, supply.first_s)) == 0


def test_bitcoin_is_quoted_on_a_saturday() -> None:
    saturday = MONDAY + 130 * 7 * 86_400 + 5 * 86_400 + 3_600
    quoted = {
        name: len(GeneratedSupply(known_symbols()[name], 7).between(saturday, saturday + 3_600))
        for name in ("BTCUSD", "EURUSD")
    }
    assert quoted == {"BTCUSD": 60, "EURUSD": 0}


def test_of_a_folder_the_finest_file_of_each_symbol_is_read_once(tmp_path: Path) -> None:
    for name in ("EURUSD_M1.csv", "EURUSD_H1.csv", "GBPUSD_M1.csv", "notes.md", "NOPE_M1.csv"):
        (tmp_path / name).write_text("broken" if name == "EURUSD_H1.csv" else HEADER + ROWS)
    supplies = open_supplies(str(tmp_path), known_symbols(), cache=tmp_path / "cache", zone="UTC")
    assert list(supplies) == ["EURUSD", "GBPUSD"]
    assert [supply.timeframe for supply in supplies.values()] == [M1, M1]
    assert (supplies["EURUSD"].first_s, supplies["EURUSD"].last_s) == (MONDAY, MONDAY + 599 * 60)
    kept = sorted((tmp_path / "cache").glob("*.npy"))
    assert len(kept) == 2
    written = [path.stat().st_mtime_ns for path in kept]
    open_supplies(str(tmp_path), known_symbols(), cache=tmp_path / "cache", zone="UTC")
    assert [path.stat().st_mtime_ns for path in kept] == written


def test_ticks_are_taken_only_if_they_are_wanted(tmp_path: Path) -> None:
    (tmp_path / "EURUSD_H1.csv").write_text(HEADER + "".join(ROWS.splitlines(keepends=True)[::60]))
    (tmp_path / "EURUSD_ticks.csv").write_text(f"time_ms,bid,ask\n{MONDAY}000,1.1,1.2\n")
    bars = open_supplies(str(tmp_path), {"EURUSD": EURUSD}, cache=tmp_path / "c")["EURUSD"]
    ticks = open_supplies(str(tmp_path), {"EURUSD": EURUSD}, cache=tmp_path / "c", wants_ticks=True)["EURUSD"]
    assert (bars.timeframe, ticks.timeframe) == (H1, 0)
    assert _all(ticks).dtype == TICKS
    (tmp_path / "EURUSD_ticks.csv").unlink()
    with pytest.raises(SourceRefused, match="has no ticks of EURUSD"):
        open_supplies(str(tmp_path), {"EURUSD": EURUSD}, cache=tmp_path / "c", wants_ticks=True)


def test_another_zone_is_another_clock(tmp_path: Path) -> None:
    (tmp_path / "EURUSD.csv").write_text(HEADER + ROWS)
    for zone in ("UTC", "UTC+2", "America/New_York+7"):
        supply = open_supplies(str(tmp_path), {"EURUSD": EURUSD}, cache=tmp_path / "c", zone=zone)["EURUSD"]
        assert supply.first_s == Zone(zone).wall_s(MONDAY)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("nowhere", "'nowhere' is none of generator, sample, a file or a folder"),
        (".", "has no file that is named after one of the symbols: AUDUSD"),
    ],
)
def test_what_a_source_has_not_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceRefused, match=says):
        open_supplies(source, {"AUDUSD": known_symbols()["AUDUSD"]}, cache=tmp_path)


def test_an_unsound_file_is_refused_by_line(tmp_path: Path) -> None:
    (tmp_path / "GBPUSD.csv").write_text(f"{HEADER}60,1,1,1,1\n120,1,0.5,1,1\n")
    with pytest.raises(MarketFileRefused, match="line 3"):
        open_supplies(str(tmp_path / "GBPUSD.csv"), {"GBPUSD": GBPUSD}, cache=tmp_path)
