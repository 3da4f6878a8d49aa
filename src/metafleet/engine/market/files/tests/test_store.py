"""Arrays that are kept: by the server's clock, mapped, found again, whole or not at all."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pytest

from metafleet.engine.market.arrays import RATES, TICKS
from metafleet.engine.market.files import store
from metafleet.engine.market.files.opening import MarketFileRefused
from metafleet.engine.market.files.reading import read_market_file
from metafleet.engine.market.files.store import keep, kept_once, open_kept
from metafleet.engine.market.sessions import usual_spread_points
from metafleet.engine.market.symbols import EURUSD, XAUUSD
from metafleet.engine.market.timeframes import D1, M1

HEADER = "time,open,high,low,close,tick_volume,spread\n"
SUMMER = 1_719_835_200
"""2024-07-01 12:00 UTC, which is 15:00 by a server's clock."""


def _file(folder: Path, text: str, name: str = "EURUSD_M1.csv") -> Path:
    (folder / name).write_text(text)
    return folder / name


def test_bars_are_kept_by_the_servers_clock(tmp_path: Path) -> None:
    source = _file(tmp_path, f"{HEADER}{SUMMER},1.1,1.2,1.0,1.15,9,7\n{SUMMER + 60},1.1,1.2,1.0,1.15,9,7\n")
    path = keep([read_market_file(source)], tmp_path / "kept", EURUSD)
    assert path == tmp_path / "kept" / "EURUSD_M1.npy"
    opened = open_kept(path)
    assert opened.rows.dtype == RATES
    assert isinstance(opened.rows, np.memmap)
    assert not opened.rows.flags.writeable
    assert opened.rows.tolist()[0] == (SUMMER + 3 * 3_600, 1.1, 1.2, 1.0, 1.15, 9, 7, 0)
    about = opened.about
    assert (about.symbol, about.timeframe, about.rows, about.zone) == ("EURUSD", M1, 2, "America/New_York+7")
    assert (about.first_s, about.last_s) == (SUMMER + 3 * 3_600, SUMMER + 3 * 3_600 + 60)
    assert (about.counts_ticks, about.knows_spread, about.source) == (True, True, "EURUSD_M1.csv")


def test_what_a_file_does_not_say_is_what_is_usual(tmp_path: Path) -> None:
    source = _file(tmp_path, f"time,open,high,low,close\n{SUMMER},1.1,1.2,1.0,1.15\n")
    opened = open_kept(keep([read_market_file(source)], tmp_path, EURUSD))
    row = opened.rows[0]
    assert (row["tick_volume"], row["spread"]) == (1, usual_spread_points(EURUSD, SUMMER))
    assert (opened.about.counts_ticks, opened.about.knows_spread) == (False, False)


def test_a_servers_own_file_keeps_its_times_and_days_begin_at_midnight(tmp_path: Path) -> None:
    days = [dt.date(2024, 7, 1), dt.date(2024, 7, 2)]
    text = "".join(f"{day:%Y.%m.%d},00:00,1.1,1.2,1.0,1.15,9\n" for day in days)
    opened = open_kept(keep([read_market_file(_file(tmp_path, text, "EURUSD1440.csv"))], tmp_path, EURUSD))
    assert opened.about.timeframe == D1
    assert opened.rows["time"].tolist() == [1_719_792_000, 1_719_878_400]
    # Days of a table by UTC begin at 21:00 there.
    text = f"{HEADER}1719781200,1.1,1.2,1.0,1.15,9,7\n1719867600,1.1,1.2,1.0,1.15,9,7\n"
    opened = open_kept(keep([read_market_file(_file(tmp_path, text))], tmp_path, EURUSD))
    assert opened.rows["time"].tolist() == [1_719_792_000, 1_719_878_400]


def test_ticks_are_kept_too(tmp_path: Path) -> None:
    text = f"time_ms,bid,ask\n{SUMMER}123,1.1,1.2\n{SUMMER}123,1.1,1.2\n{SUMMER}999,1.1,1.3\n"
    opened = open_kept(keep([read_market_file(_file(tmp_path, text))], tmp_path, EURUSD, zone="UTC+1"))
    assert opened.rows.dtype == TICKS
    assert opened.rows["time_msc"].tolist() == [(SUMMER + 3_600) * 1000 + ms for ms in (123, 123, 999)]
    assert opened.rows["flags"].tolist() == [6, 0, 4]
    assert opened.about.timeframe == 0


def test_prices_have_the_symbols_digits(tmp_path: Path) -> None:
    text = f"time_ms,bid,ask\n{SUMMER}123,2350.1249,2350.1251\n"
    path = keep([read_market_file(_file(tmp_path, text, "XAUUSD.csv"))], tmp_path, XAUUSD)
    opened = open_kept(path)
    assert opened.rows[["bid", "ask"]].tolist() == [(2350.12, 2350.13)]
    assert opened.about.digits == 2


def test_the_hour_that_a_clock_shows_twice_is_kept_once(tmp_path: Path) -> None:
    begin = int(dt.datetime(2024, 11, 3, 4, tzinfo=dt.UTC).timestamp())
    rows = [f"{begin + 600 * place},1.1,1.2,1.0,1.15,9,7\n" for place in range(24)]
    opened = open_kept(keep([read_market_file(_file(tmp_path, HEADER + "".join(rows)))], tmp_path, EURUSD))
    assert np.all(np.diff(opened.rows["time"]) == 600)
    assert len(opened.rows) == 18


def test_a_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = _file(tmp_path, f"{HEADER}{SUMMER},1.1,1.2,1.0,1.15,9,7\n")
    first = kept_once(source, tmp_path / "cache", EURUSD)
    monkeypatch.setattr(store, "read_market_file", lambda *_: pytest.fail("was read again"))
    assert kept_once(source, tmp_path / "cache", EURUSD).rows.tolist() == first.rows.tolist()
    monkeypatch.undo()
    source.write_text(f"{HEADER}{SUMMER},1.3,1.4,1.2,1.35,9,7\n")
    assert kept_once(source, tmp_path / "cache", EURUSD).rows["open"].tolist() == [1.3]
    assert kept_once(source, tmp_path / "cache", EURUSD, zone="UTC").rows["time"].tolist() == [SUMMER]


def test_a_write_that_fails_leaves_no_array(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = _file(tmp_path, f"{HEADER}{SUMMER},1.1,1.2,1.0,1.15,9,7\n")
    path = keep([read_market_file(source)], tmp_path / "kept", EURUSD)
    monkeypatch.setattr(np, "save", lambda *_, **__: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(MarketFileRefused, match="cannot be written: disk full"):
        keep([read_market_file(source)], tmp_path / "kept", EURUSD)
    assert [file.name for file in (tmp_path / "kept").iterdir()] == ["EURUSD_M1.npy"]
    with pytest.raises(MarketFileRefused, match="cannot be read"):
        open_kept(path)


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-30]), "is no array that was kept"),
        (lambda path: path.write_bytes(b"nothing"), "is no array that was kept"),
        (lambda path: np.save(path, np.zeros(3)), "is not what EURUSD_M1.json says"),
        (lambda path: path.with_suffix(".json").write_text("{}"), "is no array that was kept"),
        (
            lambda path: path.with_suffix(".json").write_text(
                json.dumps(json.loads(path.with_suffix(".json").read_text()) | {"version": 99})
            ),
            "was kept in form 99",
        ),
    ],
)
def test_a_harmed_array_is_refused(tmp_path: Path, harm: object, says: str) -> None:
    source = _file(tmp_path, f"{HEADER}{SUMMER},1.1,1.2,1.0,1.15,9,7\n")
    path = keep([read_market_file(source)], tmp_path, EURUSD)
    assert callable(harm)
    harm(path)
    with pytest.raises(MarketFileRefused, match=says):
        open_kept(path)


def test_bars_of_no_timeframe_are_refused(tmp_path: Path) -> None:
    rows = "".join(f"{SUMMER + 420 * place},1.1,1.2,1.0,1.15,9,7\n" for place in range(5))
    with pytest.raises(MarketFileRefused, match="bars of 420 s are none of MetaTrader's timeframes"):
        keep([read_market_file(_file(tmp_path, HEADER + rows))], tmp_path, EURUSD)


def test_several_files_of_a_symbol_become_one(tmp_path: Path) -> None:
    texts = [f"{HEADER}{SUMMER + 60 * place},1.1,1.2,1.0,1.15,9,7\n" for place in range(3)]
    parts = [read_market_file(_file(tmp_path, text, f"EURUSD_{at}.csv")) for at, text in enumerate(texts)]
    opened = open_kept(keep([parts[2], parts[0], parts[1]], tmp_path, EURUSD, zone="UTC"))
    assert opened.rows["time"].tolist() == [SUMMER, SUMMER + 60, SUMMER + 120]
    assert opened.about.source == "EURUSD_2.csv, EURUSD_0.csv, EURUSD_1.csv"
    with pytest.raises(MarketFileRefused, match=r"begins before EURUSD_1\.csv ends"):
        keep([parts[1], parts[1]], tmp_path, EURUSD)
