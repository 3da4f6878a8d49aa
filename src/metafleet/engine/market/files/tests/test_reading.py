"""Files of every maker become the same arrays, however packed; what is wrong is said by line and field."""

from __future__ import annotations

import bz2
import datetime as dt
import gzip
import lzma
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metafleet.engine.market.arrays import RATES
from metafleet.engine.market.files.opening import MarketFileRefused
from metafleet.engine.market.files.reading import read_market_file, symbol_in
from metafleet.engine.market.files.tables import Fault
from metafleet.engine.market.tests.real import DATA, needs_data

OURS = "time,open,high,low,close,tick_volume,spread\n1704186000,1.10427,1.10430,1.10420,1.10425,35,8\n"
MT5 = (
    "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\r\n"
    "2024.01.02\t09:00:00\t1.10427\t1.10430\t1.10420\t1.10425\t35\t0\t8\r\n"
)
BAR = (_AT := 1_704_186_000, 1.10427, 1.1043, 1.1042, 1.10425)


def _file(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


OHLC = "1.10427,1.10430,1.10420,1.10425"
OHLCV = "Open,High,Low,Close,Volume"

MADE_BY_US = ("table of bars", "UTC")
MADE_BY_MT5 = ("MetaTrader 5 bars", "server")
MADE_BY_MT4 = ("MetaTrader 4 bars", "server")
MADE_BY_HISTDATA = ("HistData bars", "UTC-5")
MADE_BY_DUKASCOPY = ("Dukascopy bars", "UTC")


@pytest.mark.parametrize(
    ("name", "text", "made_by", "rest"),
    [
        ("EURUSD.csv", OURS, MADE_BY_US, (35, 8, 0)),
        ("EURUSD_M1.csv", MT5, MADE_BY_MT5, (35, 8, 0)),
        ("EURUSD_M1.csv", MT5.replace("\t0\t8", "\t70\t"), MADE_BY_MT5, (35, 0, 70)),
        ("EURUSD60.csv", f"2024.01.02,09:00,{OHLC},35", MADE_BY_MT4, (35, 0, 0)),
        ("DAT_MT_EURUSD_M1.csv", f"2024.01.02,09:00,{OHLC},0\n", MADE_BY_HISTDATA, (0, 0, 0)),
        (
            "DAT_ASCII_EURUSD_M1_2024.csv",
            "20240102 090000;1.104270;1.104300;1.104200;1.104250;0\n",
            MADE_BY_HISTDATA,
            (0, 0, 0),
        ),
        (
            "EURUSD.csv",
            f"Gmt time,{OHLCV}\n02.01.2024 09:00:00.000,{OHLC},34.2\n",
            MADE_BY_DUKASCOPY,
            (35, 0, 0),
        ),
        (
            "EURUSD.csv",
            f"Local time,{OHLCV}\n02.01.2024 11:00:00.000 GMT+0200,{OHLC},35\n",
            MADE_BY_DUKASCOPY,
            (35, 0, 0),
        ),
        ("eurusd-m1.csv", f"timestamp,{OHLCV.lower()}\n1704186000000,{OHLC},35\n", MADE_BY_US, (35, 0, 0)),
        (
            "EURUSD.tsv",
            f"Timestamp,{OHLCV},\n2024-01-02 09:00:00,{OHLC},35,9\n".replace(",", "\t"),
            MADE_BY_US,
            (35, 0, 0),
        ),
        (
            "EURUSD.csv",
            f"Date,Time,Open,High,Low,Close\n2024-01-02,09:00,{OHLC}\n".replace(",", ";"),
            MADE_BY_US,
            (0, 0, 0),
        ),
        (
            "EURUSD.csv",
            f"datetime,open,high,low,close\n2024-01-02T09:00:00Z,{OHLC}\n",
            MADE_BY_US,
            (0, 0, 0),
        ),
    ],
)
def test_bars_of_every_maker_are_the_same(
    tmp_path: Path, name: str, text: str, made_by: tuple[str, str], rest: tuple[int, int, int]
) -> None:
    data = read_market_file(_file(tmp_path, name, text))
    assert (data.format, data.zone) == made_by
    assert (data.kind, data.symbol, data.digits) == ("bars", "EURUSD", 5)
    assert data.faults == []
    assert data.rows.dtype == RATES
    assert data.rows.tolist() == [(*BAR, *rest)]
    assert data.lines.tolist() == [len(text.splitlines())]


@pytest.mark.parametrize(
    ("name", "rows", "made_by"),
    [
        (
            "EURUSD.csv",
            ("time_ms,bid,ask", "1704186000123,1.1,1.10008", "1704186001000,1.1,1.10009"),
            "table of",
        ),
        (
            "EURUSD_ticks.csv",
            (
                "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>",
                "2024.01.02\t09:00:00.123\t1.1\t1.10008\t\t",
                "2024.01.02\t09:00:01.000\t\t1.10009\t\t",
            ),
            "MetaTrader 5",
        ),
        (
            "DAT_ASCII_EURUSD_T_2024.csv",
            ("20240102 090000123,1.1,1.10008,0", "20240102 090001000,1.1,1.10009,0"),
            "HistData",
        ),
        (
            "EURUSD.csv",
            (
                "Gmt time,Ask,Bid,AskVolume,BidVolume",
                "02.01.2024 09:00:00.123,1.10008,1.1,0.9,0.8",
                "02.01.2024 09:00:01.000,1.10009,1.1,1,1",
            ),
            "Dukascopy",
        ),
        (
            "EURUSD.csv",
            ("timestamp,askPrice,bidPrice", "1704186000123,1.10008,1.1", "1704186001000,1.10009,1.1"),
            "Dukascopy",
        ),
    ],
)
def test_ticks_of_every_maker_are_the_same(
    tmp_path: Path, name: str, rows: tuple[str, ...], made_by: str
) -> None:
    data = read_market_file(_file(tmp_path, name, "\n".join(rows)))
    assert (data.format, data.kind, data.symbol, data.digits) == (f"{made_by} ticks", "ticks", "EURUSD", 5)
    assert data.rows[["time_msc", "bid", "ask", "time", "flags"]].tolist() == [
        (1_704_186_000_123, 1.1, 1.10008, 1_704_186_000, 6),
        (1_704_186_001_000, 1.1, 1.10009, 1_704_186_001, 4),
    ]


def test_there_is_no_quote_before_both_sides_were_said(tmp_path: Path) -> None:
    rows = ["\t\t\t", "1.1\t\t\t", "\t1.2\t\t", "1.15\t\t\t"]
    text = "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\n"
    text += "".join(f"2024.01.02\t09:00:0{at}.000\t{row}\n" for at, row in enumerate(rows))
    data = read_market_file(_file(tmp_path, "EURUSD.csv", text))
    assert data.rows[["bid", "ask"]].tolist() == [(1.1, 1.2), (1.15, 1.2)]
    assert data.lines.tolist() == [4, 5]
    assert data.faults == []


def test_deals_of_an_exchange_keep_price_volume_and_flags(tmp_path: Path) -> None:
    rows = ["100\t100.2\t\t", "\t\t100.1\t5", "99\t\t\t", "\t\t100.1\t2"]
    lines = [f"2024.01.02\t09:00:0{at}.000\t{row}" for at, row in enumerate(rows)]
    header = "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>"
    expected = [(0.0, 0.0, 6), (100.1, 5.0, 24), (100.1, 5.0, 2), (100.1, 2.0, 16)]
    for flags in (None, [6, 56, 2, 88]):
        told = lines if flags is None else [f"{line}\t{own}" for line, own in zip(lines, flags, strict=True)]
        text = "\n".join([header if flags is None else f"{header}\t<FLAGS>", *told])
        data = read_market_file(_file(tmp_path, f"SBER_{flags is None}.csv", text))
        assert data.rows[["last", "volume_real"]].tolist() == [row[:2] for row in expected]
        assert data.rows["flags"].tolist() == (flags or [row[2] for row in expected])
        assert data.rows["volume"].tolist() == [0, 5, 5, 2]


_prices = st.integers(min_value=1, max_value=10**7).map(lambda points: points / 1e5)
_bars = st.lists(
    st.tuples(
        st.integers(min_value=1, max_value=10**6),
        st.tuples(_prices, _prices, _prices, _prices),
        st.integers(min_value=0, max_value=10**6),
        st.integers(min_value=0, max_value=999),
    ),
    min_size=1,
    max_size=30,
)


@given(_bars, st.sampled_from(["ours", "mt5", "mt4", "dukascopy", "quoted"]), st.booleans())
def test_whatever_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    bars: list[tuple[int, tuple[float, ...], int, int]],
    maker: str,
    ends_without_newline: bool,
) -> None:
    time_s, lines, expected = 1_704_186_000, list[str](), list[tuple[float, ...]]()
    for minutes, prices, volume, spread in bars:
        time_s += 60 * minutes
        at = dt.datetime.fromtimestamp(time_s, dt.UTC)
        shown = [f"{price:.5f}" for price in prices]
        lines.append(
            {
                "ours": ",".join([str(time_s), *shown, str(volume), str(spread)]),
                "quoted": ",".join(f'"{cell}"' for cell in [str(time_s), *shown, str(volume), str(spread)]),
                "mt5": "\t".join([f"{at:%Y.%m.%d}", f"{at:%H:%M:%S}", *shown, str(volume), "0", str(spread)]),
                "mt4": ",".join([f"{at:%Y.%m.%d}", f"{at:%H:%M}", *shown, str(volume)]),
                "dukascopy": ",".join([f"{at:%d.%m.%Y %H:%M:%S}.000", *shown, str(volume)]),
            }[maker]
        )
        knows_spread = maker in ("ours", "mt5", "quoted")
        expected.append((time_s, *prices, volume, spread if knows_spread else 0, 0))
    header = {
        "ours": OURS.splitlines()[0],
        "quoted": ",".join(f'"{cell}"' for cell in OURS.splitlines()[0].split(",")),
        "mt5": MT5.splitlines()[0],
        "dukascopy": f"Gmt time,{OHLCV}",
    }
    text = "\n".join(([header[maker]] if maker in header else []) + lines)
    path = _file(tmp_path_factory.mktemp("bars"), "EURUSD.csv", text + ("" if ends_without_newline else "\n"))
    data = read_market_file(path)
    assert data.faults == []
    assert data.rows.tolist() == expected


def _zip(content: bytes, path: Path) -> bytes:
    with zipfile.ZipFile(path.with_suffix(".tmp"), "w") as archive:
        archive.writestr("DAT_EURUSD.csv", content)
        archive.writestr("DAT_EURUSD.txt", "a report of gaps")
    return path.with_suffix(".tmp").read_bytes()


@pytest.mark.parametrize(
    ("ending", "pack"),
    [
        (".gz", lambda content, _: gzip.compress(content)),
        (".bz2", lambda content, _: bz2.compress(content)),
        (".xz", lambda content, _: lzma.compress(content)),
        (".zip", _zip),
        ("", lambda content, _: content),
        ("", lambda content, _: b"\xef\xbb\xbf" + content),
        ("", lambda content, _: content.decode().encode("utf-16")),
    ],
)
def test_a_file_may_be_packed_and_in_any_encoding(
    tmp_path: Path, ending: str, pack: Callable[[bytes, Path], bytes]
) -> None:
    path = tmp_path / f"EURUSD.csv{ending}"
    path.write_bytes(pack(MT5.encode(), path))
    data = read_market_file(path)
    assert (data.symbol, data.rows.tolist()) == ("EURUSD", [(*BAR, 35, 8, 0)])


def test_dukascopys_own_ticks_and_candles_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "USDJPY" / "2024" / "00" / "02"
    folder.mkdir(parents=True)
    ticks = struct.pack(">IIIff", 123, 141_558, 141_550, 1.0, 2.0)
    (folder / "09h_ticks.bi5").write_bytes(lzma.compress(ticks, lzma.FORMAT_ALONE))
    read = read_market_file(folder / "09h_ticks.bi5")
    assert (read.symbol, read.kind, read.zone) == ("USDJPY", "ticks", "UTC")
    assert read.rows[["time_msc", "bid", "ask"]].tolist() == [(_AT * 1000 + 123, 141.55, 141.558)]
    candle = struct.pack(">IIIIIf", 9 * 3_600, 141_550, 141_560, 141_540, 141_570, 3.2)
    nothing = struct.pack(">IIIIIf", 9 * 3_600 + 60, 141_560, 141_560, 141_560, 141_560, 0.0)
    (folder / "BID_candles_min_1.bi5").write_bytes(lzma.compress(candle + nothing, lzma.FORMAT_ALONE))
    bars = read_market_file(folder / "BID_candles_min_1.bi5")
    assert bars.rows.tolist() == [(_AT, 141.55, 141.57, 141.54, 141.56, 4, 0, 0)]


@pytest.mark.parametrize("version", [401, 400])
def test_metatrader_4s_history_is_read(tmp_path: Path, version: int) -> None:
    header = struct.pack("<i64s12siiii52x", version, b"(C)opyright", b"EURUSD", 1, 5, 0, 0)
    if version == 401:
        bars = struct.pack("<qddddqiq", BAR[0], *BAR[1:], 35, 8, 0)
    else:
        bars = struct.pack("<iddddd", BAR[0], BAR[1], BAR[3], BAR[2], BAR[4], 35.0)
    data = read_market_file(_file(tmp_path, "some.hst", header + bars))
    assert (data.symbol, data.zone, data.digits) == ("EURUSD", "server", 5)
    assert data.rows.tolist() == [(*BAR, 35, 8 if version == 401 else 0, 0)]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("1704186060,1,x,1,1,1,1", Fault(3, "high", "'x' is not a number")),
        ("1704186060,1,,1,1,1,1", Fault(3, "high", "is missing")),
        ("1704186060,1,1,nan,1,1,1", Fault(3, "low", "'nan' is not a number")),
        ("1704186060,1,1,1,inf,1,1", Fault(3, "close", "'inf' is not a number")),
        ("yesterday,1,1,1,1,1,1", Fault(3, "time", "'yesterday' is not a time")),
        ("-5,1,1,1,1,1,1", Fault(3, "time", "'-5' is not a time")),
        ("1704186060,1,1,1,1,many,1", Fault(3, "tick_volume", "'many' is not a number")),
        ("1704186060,1,1,1,1,1", Fault(3, "row", "6 fields where there should be 7")),
        ("", None),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_and_the_rest_is_read(
    tmp_path: Path, row: str, fault: Fault | None
) -> None:
    data = read_market_file(_file(tmp_path, "EURUSD.csv", f"{OURS}{row}\n1704186120,1,1,1,1,1,1\n"))
    assert data.faults == ([fault] if fault else [])
    assert data.lines.tolist() == [2, 4]
    assert data.rows["time"].tolist() == [_AT, _AT + 120]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("EURUSD.csv", b"", "the file is empty"),
        ("EURUSD.csv", b"\n\n", "the file is empty"),
        (
            "EURUSD.csv",
            b"symbol,price\nEURUSD,1\n",
            "line 1: 'symbol,price' begins no known format; expected bars",
        ),
        ("EURUSD.csv", b"02/01/2024,09:00,1,1,1,1,1\n", "begins no known format"),
        ("EURUSD.csv.gz", gzip.compress(MT5.encode(), mtime=0)[:60], "the file is damaged"),
        ("EURUSD.zip", b"PK\x03\x04 nothing", "the file is damaged"),
        ("EURUSD.png", b"\x89PNG\r\n\x1a\n\0\0\0", "begins no known format"),
        ("EURUSD.csv", b"a\0\0\0b", "is not a text file"),
        ("09h_ticks.bi5", lzma.compress(b"", lzma.FORMAT_ALONE), "whose hour it is must be in its path"),
        ("EURUSD_2024-01-02_09h.bi5", lzma.compress(b"x" * 21, lzma.FORMAT_ALONE), "is cut off"),
    ],
)
def test_what_is_no_market_data_is_refused(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    path = _file(tmp_path, name, content)
    with pytest.raises(MarketFileRefused, match=says) as refused:
        read_market_file(path)
    assert str(refused.value).startswith(str(path))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MarketFileRefused, match="cannot be read: No such file"):
        read_market_file(tmp_path / "EURUSD.csv")


@pytest.mark.parametrize(
    ("path", "symbol"),
    [
        ("EURUSD_M1_2018.csv.gz", "EURUSD"),
        ("DAT_ASCII_GBPJPY_M1_2018.zip", "GBPJPY"),
        ("MT5_export_XAUUSD_M5.csv", "XAUUSD"),
        ("usdcad-m1-bid.csv", "USDCAD"),
        ("USDJPY/2024/00/02/09h_ticks.bi5", "USDJPY"),
        ("USDTRY_H1.csv", "USDTRY"),
        ("prices.csv", None),
    ],
)
def test_a_symbol_is_found_in_the_name(path: str, symbol: str | None) -> None:
    assert symbol_in(Path(path)) == symbol


@pytest.mark.parametrize(
    ("path", "symbol"),
    [
        ("NAS100_M5.csv", "NAS100"),
        ("nas100.csv", "NAS100"),
        ("EURUSD.m_M1.csv", "EURUSD.m"),
        ("EURUSD_M1.csv", "EURUSD"),
        ("XAUUSD_M1.csv", "XAUUSD"),
        ("NAS1000.csv", None),
    ],
)
def test_a_users_own_symbols_are_found_too(path: str, symbol: str | None) -> None:
    assert symbol_in(Path(path), ["EURUSD", "EURUSD.m", "NAS100"]) == symbol


@needs_data
@pytest.mark.parametrize(
    ("name", "made_by", "rows", "digits", "period_s"),
    [
        ("originals/HistData_ASCII_EURUSD_M1_2018_first3000.csv", "HistData bars", 3_000, 5, 60),
        ("originals/MT5_export_XAUUSD_M5_first3000.csv", "MetaTrader 5 bars", 3_000, 2, 300),
        ("originals/MT5_export_XAUUSD_H1_mixed_periods.csv.gz", "MetaTrader 5 bars", 14_210, 2, 3_600),
        ("originals/dirty_EURUSD_M1_90-100k.tsv.gz", "table of bars", 9_999, 5, 60),
        ("bars/XAUUSD_M5_2025.csv.gz", "table of bars", 58_230, 2, 300),
        ("ticks/XAUUSD_ticks_oanda_2014-05-09.csv.gz", "table of ticks", None, 3, 0),
    ],
)
def test_real_files_are_recognised(
    name: str, made_by: str, rows: int | None, digits: int, period_s: int
) -> None:
    data = read_market_file(DATA / name)
    assert (data.format, data.digits, data.period_s, data.faults) == (made_by, digits, period_s, [])
    assert rows is None or len(data.rows) == rows


def test_times_are_read_as_the_calendar_has_them(tmp_path: Path) -> None:
    text = "".join(f"2024.02.{day},00:00,1,1,1,1,1\n" for day in ("28", "29", "30"))
    data = read_market_file(_file(tmp_path, "EURUSD1440.csv", text))
    assert [fault.line for fault in data.faults] == [3]
    assert (
        dt.datetime.fromtimestamp(int(data.rows["time"][-1]), dt.UTC).isoformat()
        == "2024-02-29T00:00:00+00:00"
    )
